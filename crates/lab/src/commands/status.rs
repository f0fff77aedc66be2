//! `lab status DIR…`.

mod states;

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::{Context, table};
use crate::cli::{Format, StatusArgs};
use crate::error::{LabError, exit};
use crate::manifest::plain;
use crate::place;
use crate::plan::Planned;
use crate::shard::{self, Shard};
use crate::sources::Sources;

use states::{Count, State, Survey};

/// As many cells of a kind are named; JSON names all.
const SHOWN: usize = 20;

/// Prints what is done, running, failed and missing, and about how long the rest takes. Changes nothing.
pub fn run(context: &Context, arguments: &StatusArgs) -> Result<u8, LabError> {
    let sources = Sources::open(&context.root, &arguments.folders, arguments.experiment.as_deref())?;
    let Sources { planned, folders, shards, .. } = &sources;
    let dealt = sources.parts.map(|n| shard::deal(planned, n));
    let set = sources.manifest.instruction_set.as_str();
    // A folder answers for its shard, several for the whole: what nobody has begun has no folder yet.
    let part =
        |shard: Option<Shard>| -> Vec<Planned> { shard.map_or_else(|| planned.clone(), |shard| shard.take(planned)) };
    let scope = if let [shard] = shards[..] { part(shard) } else { planned.clone() };
    let all = Survey::of(&scope, folders, set);
    let models = models(context, &sources, &all);
    let each: Vec<(&PathBuf, Option<Shard>, Count)> = folders
        .iter()
        .zip(shards)
        .map(|(folder, shard)| (folder, *shard, Survey::of(&part(*shard), std::slice::from_ref(folder), set).count()))
        .collect();
    let left = states::left(&all, models.as_ref());
    let dealt = dealt.filter(|_| shards.len() > 1).unwrap_or_default();
    let keyed: HashMap<String, Shard> = planned.iter().map(|plan| plan.cell.key()).zip(dealt).collect();
    let owner = |plan: &Planned| keyed.get(&plan.cell.key()).copied();
    match context.format {
        Format::Json => println!("{:#}", as_json(&sources, &all, &each, &owner, left.map(|(seconds, _)| seconds))),
        Format::Human => {
            let Sources { manifest, .. } = &sources;
            println!("{}, {} profile: {} cells", manifest.name, manifest.request.profile.name(), scope.len());
            println!("{}", folders_table(&each, &all, models.as_ref().map(|models| models.count())));
            models.iter().chain([&all]).for_each(print_running);
            print_failed(&all);
            print_missing(&all, &owner);
            println!("{}", last_line(&all, left));
        }
    }
    let Count { running, failed, missing, .. } = all.count();
    Ok(match (running + missing, failed) {
        (0, 0) => exit::FINE,
        (0, _) => exit::FAILED,
        _ => exit::INCOMPLETE,
    })
}

/// What becomes of the models of another experiment that cells of this one wait for.
fn models(context: &Context, sources: &Sources, all: &Survey) -> Option<Survey> {
    let trained = sources.asked.experiment.trained.as_ref()?;
    let mut trainers: Vec<Planned> = Vec::new();
    for trainer in all.waiting().filter_map(|plan| plan.trainer.as_deref()) {
        if !trainers.iter().any(|known| known.cell == trainer.cell) {
            trainers.push(trainer.clone());
        }
    }
    let profile = sources.manifest.request.profile;
    let mut folders: Vec<PathBuf> = sources.folders.iter().map(|folder| folder.join(&trained.experiment)).collect();
    folders.push(place::results(&context.root, &trained.experiment, profile, ""));
    (!trainers.is_empty()).then(|| Survey::of(&trainers, &folders, &sources.manifest.instruction_set))
}

fn folders_table(each: &[(&PathBuf, Option<Shard>, Count)], all: &Survey, models: Option<Count>) -> String {
    let row = |what: String, shard: String, count: &Count| {
        let Count { done, running, failed, missing } = count;
        let numbers = [done, running, failed, missing].map(ToString::to_string);
        [what, shard].into_iter().chain(numbers).collect::<Vec<_>>()
    };
    let part = |shard: &Option<Shard>| shard.map_or("all".to_owned(), |shard| shard.to_string());
    let mut rows: Vec<Vec<String>> =
        each.iter().map(|(folder, shard, count)| row(place::shown(folder), part(shard), count)).collect();
    if each.len() > 1 {
        rows.push(row("together".to_owned(), "all".to_owned(), &all.count()));
    }
    if let Some(count) = models {
        rows.push(row("models to look at".to_owned(), String::new(), &count));
    }
    table(&["folder", "shard", "done", "running", "failed", "missing"], &rows)
}

fn print_running(survey: &Survey) {
    let running = survey.cells.iter().filter_map(|(plan, state)| match state {
        State::Running(mark) => Some((plan, mark)),
        _ => None,
    });
    for (plan, mark) in running {
        let share = if mark.share > 0.0 { format!("{:.0} %, ", 100.0 * mark.share) } else { String::new() };
        println!("running: {}: {share}process {} on {}", plan.cell.title(), mark.process, plain(&mark.host));
    }
}

fn print_failed(survey: &Survey) {
    for (plan, state) in &survey.cells {
        if let State::Failed { why, again } = state {
            let again = if *again { " (the next run tries it again)" } else { "" };
            println!("failed: {}: {}{again}", plan.cell.title(), plain(why));
        }
    }
}

fn print_missing(survey: &Survey, owner: &dyn Fn(&Planned) -> Option<Shard>) {
    let missing: Vec<&(Planned, State)> =
        survey.cells.iter().filter(|(_, state)| matches!(state, State::Missing { .. })).collect();
    for (plan, state) in missing.iter().take(SHOWN) {
        let shard = owner(plan).map_or(String::new(), |shard| format!(" (shard {shard})"));
        let damaged = match state {
            State::Missing { damaged: Some(why) } => format!(": its file is damaged, {}", plain(why)),
            _ => String::new(),
        };
        println!("missing: {}{shard}{damaged}", plan.cell.title());
    }
    if missing.len() > SHOWN {
        println!("missing: {} more; --json names all", missing.len() - SHOWN);
    }
}

fn last_line(all: &Survey, left: Option<(f64, usize)>) -> String {
    let Count { running, failed, missing, .. } = all.count();
    match left {
        _ if running + missing + failed == 0 => "everything is finished".to_owned(),
        _ if running + missing == 0 => "nothing is left to run but what failed".to_owned(),
        None => "how long the rest takes is not known yet: nothing has been done to go by".to_owned(),
        Some((seconds, 0)) => format!("nothing is running; one cell after the other takes {}", time(seconds)),
        Some((seconds, workers)) => format!("{} left, {workers} at a time", time(seconds)),
    }
}

/// Seconds for people.
fn time(seconds: f64) -> String {
    match seconds {
        s if s < 1.0 => "less than a second".to_owned(),
        s if s < 90.0 => format!("about {s:.0} seconds"),
        s if s < 5400.0 => format!("about {:.0} minutes", s / 60.0),
        s if s < 172_800.0 => format!("about {:.1} hours", s / 3600.0),
        s => format!("about {:.1} days", s / 86_400.0),
    }
}

fn as_json(
    sources: &Sources,
    all: &Survey,
    each: &[(&PathBuf, Option<Shard>, Count)],
    owner: &dyn Fn(&Planned) -> Option<Shard>,
    left: Option<f64>,
) -> Value {
    let cells = |of: &dyn Fn(&Planned, &State) -> Option<Value>| -> Vec<Value> {
        all.cells.iter().filter_map(|(plan, state)| of(plan, state)).collect()
    };
    let running = |plan: &Planned, state: &State| match state {
        State::Running(m) => Some(json!({
            "cell": plan.cell.title(), "host": m.host, "process": m.process, "share": m.share, "seen": m.seen,
        })),
        _ => None,
    };
    let failed = |plan: &Planned, state: &State| match state {
        State::Failed { why, again } => Some(json!({"cell": plan.cell.title(), "error": why, "tried_again": again})),
        _ => None,
    };
    let missing = |plan: &Planned, state: &State| match state {
        State::Missing { damaged } => {
            Some(json!({"cell": plan.cell.title(), "shard": owner(plan), "damaged": damaged}))
        }
        _ => None,
    };
    let folder = |(folder, shard, count): &(&PathBuf, Option<Shard>, Count)| {
        let Count { done, running, failed, missing } = count;
        let folder: &Path = folder;
        json!({
            "folder": folder, "shard": shard, "done": done, "running": running, "failed": failed, "missing": missing,
        })
    };
    json!({
        "experiment": sources.manifest.name,
        "profile": sources.manifest.request.profile,
        "cells": all.cells.len(),
        "done": all.count().done,
        "running": cells(&running),
        "failed": cells(&failed),
        "missing": cells(&missing),
        "seconds_left": left,
        "folders": each.iter().map(folder).collect::<Vec<_>>(),
    })
}
