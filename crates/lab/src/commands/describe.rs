//! `lab describe NAME`.

use layer::{Definition, OptionDoc, Shape};
use serde_json::json;
use tasks::{Split, TASKS, TaskDefinition};

use super::list::{SITE, state};
use super::{Context, table};
use crate::cli::Format;
use crate::error::{LabError, exit, suggestion};
use crate::experiment::{self, Profile};
use crate::measure::{self, probe, timing};
use crate::plan;

/// Prints all about a layer, a task, a probe, a work or an experiment.
pub fn run(context: &Context, name: &str) -> Result<u8, LabError> {
    if let Some(row) = zoo::LAYERS.iter().find(|row| row.name == name) {
        layer(context, row);
    } else if let Some(row) = zoo::STACKS.iter().find(|row| row.name == name) {
        stack(context, row);
    } else if let Some(row) = TASKS.iter().find(|row| row.name == name) {
        task(context, row)?;
    } else if let Some(definition) = probe::definitions().chain(&timing::WORKS).find(|d| d.name == name) {
        probe_or_work(context, definition);
    } else if experiment::names(&context.root).iter().any(|known| known == name) {
        experiment(context, name)?;
    } else {
        let known = experiment::names(&context.root);
        let all: Vec<&str> = zoo::LAYERS
            .iter()
            .chain(zoo::STACKS)
            .map(|r| r.name)
            .chain(TASKS.iter().map(|r| r.name))
            .chain(probe::definitions().chain(&timing::WORKS).map(|d| d.name))
            .chain(known.iter().map(String::as_str))
            .collect();
        return Err(LabError::usage(format!("nothing is called `{name}`"), suggestion(name, all)));
    }
    Ok(exit::FINE)
}

fn layer(context: &Context, row: &Definition) {
    let defaults = (row.defaults)();
    let built = (row.build)(&defaults, SITE).expect("the conformance kit builds every default");
    let cost = built.cost(Shape::new(1, SITE.time, SITE.width));
    let parameters: Vec<Vec<String>> =
        built.parameters().iter().map(|p| vec![p.name.clone(), format!("{:?}", p.value.shape())]).collect();
    if context.format == Format::Json {
        let options: Vec<_> = row
            .options
            .iter()
            .map(|o| json!({"name": o.name, "values": o.values, "default": defaults.get(o.name), "meaning": o.meaning}))
            .collect();
        let all = json!({
            "name": row.name, "summary": row.summary, "options": options, "reach": built.reach().to_string(),
            "lengths": built.lengths().to_string(), "affine": built.is_affine(),
            "permutation_equivariant": built.is_permutation_equivariant(), "state": state(built.as_ref()), "params": cost.parameters, "flops_forward": cost.flops_forward,
            "flops_backward": cost.flops_backward, "bytes_kept": cost.bytes_kept,
            "parameters": built.parameters().iter().map(|p| json!({"name": p.name, "shape": p.value.shape()})).collect::<Vec<_>>(),
        });
        println!("{all:#}");
        return;
    }
    println!("{}: {}\n", row.name, row.summary);
    println!("With default options, at time {} and width {}:", SITE.time, SITE.width);
    println!("  reach       {} (lags: output step minus input step)", built.reach());
    println!("  lengths     {} (steps that it takes)", built.lengths());
    println!("  map         {}", if built.is_affine() { "affine: a straight line" } else { "not affine" });
    let order = if built.is_permutation_equivariant() {
        "not seen: steps that change places take"
    } else {
        "seen: steps that change places do not take"
    };
    println!("  order       {order} their outputs with them");
    match state(built.as_ref()) {
        Some(state) => {
            println!("  stream      fed step by step, it remembers {state} numbers after {} steps", SITE.time)
        }
        None => println!("  stream      none: it cannot be fed step by step"),
    }
    println!("  parameters  {}", cost.parameters);
    println!(
        "  FLOPs       {} forward, {} backward (one sequence; a multiply-add is two)",
        cost.flops_forward, cost.flops_backward
    );
    println!("  kept bytes  {} between forward and backward", cost.bytes_kept);
    print_options(row);
    if !parameters.is_empty() {
        println!("\nParameters\n{}", table(&["parameter", "shape"], &parameters));
    }
}

/// A stack is built for a task, which says where its source ends.
fn stack(context: &Context, row: &Definition) {
    if context.format == Format::Json {
        let option = |o: &OptionDoc| json!({"name": o.name, "values": o.values, "meaning": o.meaning});
        let options: Vec<_> = row.options.iter().map(option).collect();
        println!("{:#}", json!({"name": row.name, "summary": row.summary, "options": options}));
        return;
    }
    println!("{}: {}", row.name, row.summary);
    print_options(row);
}

fn print_options(row: &Definition) {
    if row.options.is_empty() {
        return;
    }
    let defaults = (row.defaults)();
    let option = |o: &OptionDoc| {
        let default = defaults.get(o.name).map(ToString::to_string).unwrap_or_default();
        vec![o.name.to_owned(), o.values.to_owned(), default, o.meaning.to_owned()]
    };
    let options: Vec<Vec<String>> = row.options.iter().map(option).collect();
    println!("\nOptions\n{}", table(&["option", "values", "default", "what it does"], &options));
}

fn task(context: &Context, row: &TaskDefinition) -> Result<(), LabError> {
    let example = (row.build)(&row.example.parse().expect("examples are TOML"))
        .map_err(|e| LabError::usage(e.to_string(), "the example of this task is broken"))?;
    let sequence = example.sequence(0, Split::Train, 0);
    let floors = example.floors(0);
    let notes = example.notes();
    if context.format == Format::Json {
        let settings: Vec<_> =
            row.settings.iter().map(|s| json!({"name": s.name, "values": s.values, "meaning": s.meaning})).collect();
        let all = json!({
            "name": row.name, "summary": row.summary, "settings": settings,
            "example": {
                "settings": row.example, "sequence": example.render(&sequence), "lags": example.lags(),
                "notes": notes.iter().map(|(name, text)| json!({"name": name, "text": text})).collect::<Vec<_>>(),
                "floors": floors.iter().map(|f| json!({"name": f.name, "accuracy": f.accuracy})).collect::<Vec<_>>(),
            },
        });
        println!("{all:#}");
        return Ok(());
    }
    println!("{}: {}\n", row.name, row.summary);
    let settings: Vec<_> =
        row.settings.iter().map(|s| vec![s.name.to_owned(), s.values.to_owned(), s.meaning.to_owned()]).collect();
    println!("Settings\n{}", table(&["setting", "values (default)", "what it sets"], &settings));
    println!("\nAn example, with {}:\n", row.example.replace('\n', ", "));
    println!("{}\n", example.render(&sequence));
    if !notes.is_empty() {
        let notes: Vec<_> = notes.into_iter().map(|(name, text)| vec![name, text]).collect();
        println!("{}\n", table(&["what it is made of", "in words"], &notes));
    }
    println!("Lags that are scored: {:?}", example.lags());
    for floor in floors {
        println!("Floor: {} = {:.3}", floor.name, floor.accuracy);
    }
    Ok(())
}

fn probe_or_work(context: &Context, row: &measure::Definition) {
    if context.format == Format::Json {
        let setting =
            |(name, values, meaning): &(&str, &str, &str)| json!({"name": name, "values": values, "meaning": meaning});
        let settings: Vec<_> = row.settings.iter().map(setting).collect();
        println!("{:#}", json!({"name": row.name, "summary": row.summary, "settings": settings}));
        return;
    }
    println!("{}: {}\n", row.name, row.summary);
    let settings: Vec<Vec<String>> = row
        .settings
        .iter()
        .map(|(name, values, meaning)| [*name, values, meaning].map(str::to_owned).to_vec())
        .collect();
    println!("Settings\n{}", table(&["setting", "values (default)", "what it sets"], &settings));
}

fn experiment(context: &Context, name: &str) -> Result<(), LabError> {
    let (_, path) = experiment::find(&context.root, name)?;
    let loaded = experiment::load(&context.root, &path, Profile::Quick, &[])?;
    let cells = plan::plan(&context.root, &loaded, Profile::Quick)?.len();
    if context.format == Format::Json {
        println!("{:#}", json!({"name": name, "cells": cells, "settings": loaded}));
        return Ok(());
    }
    println!("{name}: {}\n", loaded.question);
    println!("Quick profile: {cells} cells, {} seeds.\n", loaded.seeds);
    let layers: Vec<_> = loaded
        .layers
        .iter()
        .map(|row| vec![row.label.clone(), row.layer.clone(), row.options.to_string().trim().replace('\n', ", ")])
        .collect();
    println!("Layers\n{}\n", table(&["series", "layer", "options"], &layers));
    let tasks: Vec<_> = loaded
        .tasks
        .iter()
        .map(|row| {
            let settings = row.iter().filter(|(key, _)| *key != "name").map(|(key, value)| format!("{key} = {value}"));
            let name = row.get("name").and_then(toml::Value::as_str).unwrap_or_default();
            vec![name.to_owned(), settings.collect::<Vec<_>>().join(", ")]
        })
        .collect();
    println!("Tasks\n{}\n", table(&["task", "settings (a list is an axis of the grid)"], &tasks));
    let claims: Vec<_> = loaded.claims.iter().map(|c| vec![c.id.clone(), c.text.clone()]).collect();
    println!("Claims\n{}\n", table(&["claim", "in words"], &claims));
    println!("All settings: lab show {name}     Run it: lab run {name}");
    Ok(())
}
