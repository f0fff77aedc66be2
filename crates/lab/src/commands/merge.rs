//! `lab merge DIR…`.

mod cells;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::Instant;

use serde_json::json;

use super::Context;
use super::run::results::Results;
use crate::cli::{Format, MergeArgs};
use crate::error::{LabError, exit};
use crate::manifest::Manifest;
use crate::plan::Planned;
use crate::shard::{self, Shard};
use crate::sources::Sources;
use crate::store::{Kept, Store};
use crate::{place, provenance};

use cells::Gathered;

/// Joins the cells of shards into one folder, and writes there what a run would have written. Everything is looked at
/// before anything is written.
pub fn run(context: &Context, arguments: &MergeArgs) -> Result<u8, LabError> {
    let start = Instant::now();
    let sources = Sources::open(&context.root, &arguments.folders, arguments.experiment.as_deref())?;
    let Sources { folders, manifest, asked, planned, .. } = &sources;
    let out = match &arguments.out {
        Some(folder) => folder.clone(),
        None => manifest.request.folder(&context.root, asked)?,
    };
    // What is there already is a source like the others: merging twice, or into one of the shards, is nothing special.
    let mut from = folders.clone();
    if !from.iter().any(|folder| same(folder, &out)) {
        from.push(out.clone());
    }
    let gathered = cells::gather(planned, &from, &manifest.instruction_set)?;
    gathered.warnings.iter().for_each(|warning| eprintln!("warning: {warning}"));
    sources.strangers().iter().for_each(|stranger| eprintln!("not of this sweep, and left out: {stranger}"));
    if !gathered.missing.is_empty() {
        return Ok(incomplete(context, &sources, &gathered));
    }
    let models = models(context, arguments, &sources, &out)?;
    let open = |folder: &Path| Store::open(folder).map(|store| store.of(&manifest.instruction_set));
    // Both folders are held before anything is written to one of them.
    let models = models.map(|(models, folder)| open(&folder).map(|store| (models, store))).transpose()?;
    let store = open(&out)?;
    Manifest { shard: None, ..manifest.clone() }.write(&out)?;
    if let Some((models, store)) = models {
        models.copy_to(&store)?;
    }
    let kept = planned.iter().filter(|plan| matches!(store.read(&plan.cell), Kept::Finished(_))).count();
    gathered.copy_to(&store)?;
    let finished = planned.iter().map(|plan| match store.read(&plan.cell) {
        Kept::Finished(finished) => Some(finished),
        Kept::Absent | Kept::Damaged(_) => None,
    });
    let results = Results {
        context,
        name: &asked.name,
        profile: manifest.request.profile,
        experiment: &asked.experiment,
        planned,
        folder: &out,
        revision: provenance::revision(&context.root),
        trainings: None,
        merged: Some(folders.len()),
        instruction_set: &manifest.instruction_set,
    };
    results.write(&finished.collect::<Vec<_>>(), kept, 1, start.elapsed())
}

/// The models of another experiment that were looked at, and where they go: a run in the merged folder would else train
/// them again. None of them is needed for the results, so none is missed.
fn models(
    context: &Context,
    arguments: &MergeArgs,
    sources: &Sources,
    out: &Path,
) -> Result<Option<(Gathered, PathBuf)>, LabError> {
    let Some(trained) = &sources.asked.experiment.trained else { return Ok(None) };
    let trainers: Vec<Planned> = sources.planned.iter().filter_map(|p| p.trainer.as_deref().cloned()).collect();
    let to = match &arguments.out {
        Some(_) => out.join(&trained.experiment),
        None => place::results(&context.root, &trained.experiment, sources.manifest.request.profile, ""),
    };
    let mut from: Vec<PathBuf> = sources.folders.iter().map(|folder| folder.join(&trained.experiment)).collect();
    from.push(to.clone());
    let models = cells::gather(&trainers, &from, &sources.manifest.instruction_set)?;
    Ok(models.brings(&to).then_some((models, to)))
}

/// Whether two paths are one folder.
fn same(one: &Path, other: &Path) -> bool {
    one == other || one.canonicalize().ok().zip(other.canonicalize().ok()).is_some_and(|(one, other)| one == other)
}

/// Lists what is missing, and who has to run it.
fn incomplete(context: &Context, sources: &Sources, gathered: &Gathered) -> u8 {
    let Sources { planned, manifest, .. } = sources;
    // Folders of other divisions of the same sweep may be mixed; then nobody is in charge of a cell.
    let dealt = sources.parts.map(|n| shard::deal(planned, n));
    let shard_of = |index: usize| dealt.as_ref().map(|dealt| dealt[index]);
    let missing: Vec<(String, Option<Shard>)> =
        gathered.missing.iter().map(|index| (planned[*index].cell.title(), shard_of(*index))).collect();
    if context.format == Format::Json {
        let each = missing.iter().map(|(title, shard)| json!({"cell": title, "shard": shard}));
        println!("{:#}", json!({"cells": planned.len(), "missing": each.collect::<Vec<_>>()}));
        return exit::INCOMPLETE;
    }
    println!("{} of {} cells of {} are missing, and nothing was written:", missing.len(), planned.len(), manifest.name);
    for (title, shard) in &missing {
        println!("  {title}{}", shard.map_or(String::new(), |shard| format!(" (shard {shard})")));
    }
    let shards: BTreeSet<Shard> = missing.iter().filter_map(|(_, shard)| *shard).collect();
    let shards: Vec<String> = shards.iter().map(Shard::to_string).collect();
    match &shards[..] {
        [] => println!("run what is missing, and merge again; finished cells are kept"),
        some => println!("run shard {} as the others were run, or name its folder, too", some.join(", shard ")),
    }
    exit::INCOMPLETE
}
