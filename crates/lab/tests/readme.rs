//! Every command that a page shows is run, or is named here with the reason why not: no page shows what does not work.

mod support;

use std::fs;
use std::path::Path;

use support::{std_lab, stderr, workspace};

/// Commands that are not run from here, word for word.
const NOT_RUN: &[(&str, &str)] = &[
    ("cargo test", "it is what runs this"),
    ("cargo test -p tasks", "a part of it"),
    ("scripts/check", "it runs this; its steps are the commands that are held here"),
    ("scripts/figures", "it would rewrite the work tree; it is `lab report`, which is held by --check"),
    // The recipe of CONTRIBUTING.md for a layer of one's own; new_layer_in_a_copy.rs does as it says.
    ("cargo test -p causal-mean", "there is no such layer until one follows the recipe"),
    ("cargo run -p lab -- conform causal-mean", "there is no such layer until one follows the recipe"),
    (".venv/bin/python scripts/golden/make.py", "needs PyTorch"),
    ("cargo run -p lab -- run mine.toml --smoke", "the file is made by the recipe"),
    ("cp experiments/long-range.toml mine.toml", "makes it"),
    ("cat >> mine.toml <<'END'", "adds the layer to it"),
    ("cargo run -p lab -- status results/long-range/shards/*", "shards.rs makes shards, and status.rs looks at them"),
    ("cargo run -p lab -- merge results/long-range/shards/*", "shards.rs makes shards, and merges them"),
];

/// The commands of a page with their lines: what follows `$` in console blocks, and whole lines in shell blocks.
fn commands(page: &str) -> Vec<(usize, String)> {
    let mut commands = Vec::new();
    let mut block: Option<String> = None;
    let mut document_end: Option<String> = None;
    for (index, line) in page.lines().enumerate() {
        let line = line.trim();
        if let Some(language) = line.strip_prefix("```") {
            block = if block.is_some() { None } else { Some(language.to_owned()) };
            continue;
        }
        let command = match block.as_deref() {
            Some("console") => line.strip_prefix("$ "),
            Some("sh" | "bash" | "shell") if !line.is_empty() && !line.starts_with('#') => Some(line),
            _ => None,
        };
        let Some(command) = command else { continue };
        if let Some(end) = &document_end {
            if line == end {
                document_end = None;
            }
            continue;
        }
        document_end = command.split_once("<<").map(|(_, end)| end.trim().trim_matches('\'').to_owned());
        commands.push((index + 1, command.to_owned()));
    }
    assert!(block.is_none(), "a block is not closed");
    commands
}

/// What is run for `lab ARGUMENTS`: the same where it changes nothing, else the nearest that changes nothing here.
fn safe(arguments: &[&str], out: &Path) -> Vec<String> {
    let mut safe: Vec<String> = arguments.iter().map(|a| (*a).to_owned()).collect();
    let sub_command = arguments.iter().find(|a| !a.starts_with('-')).copied().unwrap_or_default();
    let out = || out.to_str().unwrap().to_owned();
    match sub_command {
        "run" if !arguments.contains(&"--dry-run") => {
            safe.retain(|a| !["--smoke", "--quick", "--full"].contains(&a.as_str()));
            safe.extend(["--smoke".into(), "--out".into(), out()]);
            if !["reach", "throughput"].iter().any(|name| arguments.contains(name)) {
                // An override that stands last wins.
                safe.push("training.steps=4".into());
            }
        }
        "new-layer" => safe.push("--dry-run".into()),
        "report" if !arguments.contains(&"--check") => safe.push("--check".into()),
        "plot" => panic!("say here what is run for `lab plot` without changing the work tree"),
        _ => {}
    }
    safe
}

/// The exit codes that are fine: results may not have been made yet.
fn fine(arguments: &[&str], results: bool) -> &'static [i32] {
    match arguments.first() {
        // A table may be behind while results are being made anew; `figures.rs` holds that it is not.
        Some(&"report") => &[0, 1, 3],
        Some(&"check") if !results => &[3],
        _ => &[0],
    }
}

fn hold(page: &str) {
    let results = workspace().join("results/long-range/scores.csv").exists();
    let text = fs::read_to_string(workspace().join(page)).unwrap();
    for (line, command) in commands(&text) {
        if NOT_RUN.iter().any(|(known, _)| *known == command) {
            continue;
        }
        let Some(arguments) = command.strip_prefix("cargo run -p lab -- ") else {
            panic!("{page}:{line}: `{command}` is a new kind of command: run it here, or say in NOT_RUN why not");
        };
        assert!(!arguments.contains(['\'', '|', '>', '\\']), "{page}:{line}: this test knows spaces and \"…\" alone");
        // What stands between quotes is one argument.
        let pieces = arguments.split('"').enumerate();
        let arguments: Vec<&str> = pieces
            .flat_map(|(i, piece)| if i % 2 == 1 { vec![piece] } else { piece.split_whitespace().collect() })
            .collect();
        let out = tempfile::tempdir().unwrap();
        let output =
            std_lab().current_dir(workspace()).args(safe(&arguments, &out.path().join("out"))).output().unwrap();
        let code = output.status.code().unwrap_or(-1);
        assert!(fine(&arguments, results).contains(&code), "{page}:{line}: `{command}`: {code}: {}", stderr(&output));
    }
}

#[test]
fn commands_of_the_front_page_work() {
    hold("README.md");
}

#[test]
fn commands_of_every_other_page_work() {
    for entry in fs::read_dir(workspace()).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        if name.ends_with(".md") && name != "README.md" {
            hold(&name);
        }
    }
}

/// The two commands that the lab is known by stand on the front page, literally.
#[test]
fn the_front_page_shows_the_two_commands_first() {
    let text = fs::read_to_string(workspace().join("README.md")).unwrap();
    let first: Vec<String> = commands(&text).into_iter().take(2).map(|(_, command)| command).collect();
    assert_eq!(first, ["cargo run -p lab -- run long-range", "cargo test"]);
}

#[test]
fn commands_are_found_in_both_kinds_of_block_and_documents_are_not_commands() {
    let page = "```console\n$ a b\noutput\n```\n\n   ```sh\n   # why\n   c\n   cat > x <<'END'\n   d\n   END\n   e\n   ```\n```toml\nf\n```\n";
    let found: Vec<_> = commands(page).into_iter().map(|(line, command)| format!("{line} {command}")).collect();
    assert_eq!(found, ["2 a b", "8 c", "9 cat > x <<'END'", "12 e"]);
}
