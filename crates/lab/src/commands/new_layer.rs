//! `lab new-layer NAME`: a crate that conforms from its first minute, and its two lines in the zoo.

mod name;
mod plan;
mod taken;
mod template;

use serde_json::json;

use super::Context;
use crate::cli::Format;
use crate::error::{LabError, exit};

use name::Name;
use plan::Plan;

/// Makes the layer, or with `dry_run` only says what it would make.
///
/// # Errors
/// When the name is refused, when this is no workspace of the lab, or when a file cannot be written; nothing was changed
/// then.
pub fn run(context: &Context, given: &str, dry_run: bool) -> Result<u8, LabError> {
    let name = Name::parse(given)?;
    taken::refuse(&context.root, &name)?;
    let plan = Plan::new(&context.root, &name)?;
    if !dry_run {
        plan.apply()?;
    }
    match context.format {
        Format::Json => println!("{:#}", as_json(&plan, &name, dry_run)),
        Format::Human => print(&plan, &name, dry_run),
    }
    Ok(exit::FINE)
}

/// What to type next, and what it does.
fn next(name: &Name) -> [(String, &'static str); 4] {
    let name = name.kebab();
    [
        (format!("cargo test -p {name}"), "its conformance, and its formula by numbers"),
        (format!("cargo run -p lab -- conform {name}"), "each check, with its number and its tolerance"),
        (format!("cargo run -p lab -- describe {name}"), "what it declares"),
        ("scripts/figures".to_owned(), "its row in the README, when it is to stay"),
    ]
}

fn as_json(plan: &Plan, name: &Name, dry_run: bool) -> serde_json::Value {
    let files: Vec<String> = plan.files().map(|(path, _)| format!("{}/{path}", plan.folder())).collect();
    let lines: Vec<_> = plan.lines().map(|(file, line)| json!({"file": file, "line": line})).collect();
    let next: Vec<String> = next(name).into_iter().map(|(command, _)| command).collect();
    json!({"name": name.kebab(), "made": !dry_run, "files": files, "lines": lines, "next": next})
}

fn print(plan: &Plan, name: &Name, dry_run: bool) {
    let (kebab, made) = (name.kebab(), if dry_run { "Would make" } else { "Made" });
    println!("{made} {}, a layer that is a moving average until you replace it:\n", plan.folder());
    aligned(plan.files());
    println!("\nand one line in each of\n");
    aligned(plan.lines());
    if dry_run {
        return;
    }
    println!("\nNext:\n");
    aligned(next(name).into_iter());
    println!("\nIn an experiment, such as a copy of experiments/long-range.toml, it is a series as any other:\n");
    println!("  [[layers]]\n  label = \"{}\"\n  layer = \"{kebab}\"", kebab.replace('-', " "));
    println!("\nWhat to replace, file by file: CONTRIBUTING.md, \"Add a layer\".");
}

/// Two columns.
fn aligned(rows: impl Iterator<Item = (String, impl AsRef<str>)>) {
    let rows: Vec<_> = rows.collect();
    let width = rows.iter().map(|(first, _)| first.chars().count()).max().unwrap_or_default();
    for (first, second) in rows {
        println!("  {first:width$}  {}", second.as_ref());
    }
}
