//! `lab run NAME`.

mod dry;
mod results;
mod trainings;

use std::collections::HashSet;
use std::io::IsTerminal;
use std::path::Path;
use std::time::Instant;

use layer_testkit::peak;

use super::Context;
use crate::cli::RunArgs;
use crate::error::{LabError, suggestion};
use crate::experiment::{self, Experiment};
use crate::finished::{Done, Finished, Outcome};
use crate::isolate::Limits;
use crate::measure::{Measure, probe, timing, training};
use crate::plan::{self, Cell, Job, Planned};
use crate::progress::Progress;
use crate::schedule::{self, Sweep, Watch};
use crate::store::Store;
use crate::{place, provenance};

use results::Results;
use trainings::Trainings;

/// Runs what is missing, then writes CSV, figures and provenance, and prints the verdict.
pub fn run(context: &Context, arguments: &RunArgs) -> Result<u8, LabError> {
    let profile = arguments.profile.profile();
    let (name, path) = experiment::find(&context.root, &arguments.name)?;
    let mut experiment = experiment::load(&context.root, &path, profile, &arguments.overrides)?;
    narrow(&mut experiment, arguments)?;
    let planned = plan::plan(&context.root, &experiment, profile)?;
    let folder = match &arguments.out {
        Some(folder) => folder.clone(),
        None => {
            keeps_its_place(&context.root, &name, &path)?;
            place::results(&context.root, &name, profile, &changes(arguments, &experiment))
        }
    };
    let threads =
        arguments.threads.map_or_else(|| std::thread::available_parallelism().map_or(1, Into::into), usize::from);
    if arguments.dry_run {
        return dry::run(context, &planned, &folder, threads, arguments.force);
    }
    // A timing cell runs alone, on as many threads as it says.
    let side_by_side = if experiment.measure == Measure::Throughput { 1 } else { threads };
    let store = Store::open(&folder)?;
    let progress = Progress::new(side_by_side, context.verbosity, std::io::stderr().is_terminal());
    schedule::stop_on_signals();
    let start = Instant::now();
    let revision = provenance::revision(&context.root);
    let limits = Limits { time: arguments.cell_timeout, memory: arguments.cell_memory };
    let trainings = match &experiment.trained {
        None => Trainings::none(),
        Some(trained) => {
            // Beside the results that were asked for, or where the experiment that trains keeps its own.
            let folder = match &arguments.out {
                Some(folder) => folder.join(&trained.experiment),
                None => place::results(&context.root, &trained.experiment, profile, ""),
            };
            Trainings::of(&planned, &folder, threads, &progress, &|cell, watch| train(cell, limits, watch))?
        }
    };
    let sweep = in_order(&planned, &trainings, &store, |planned, models| {
        let run = |cell: &Cell, watch: &mut Watch<'_>| one(cell, models, limits, watch);
        schedule::sweep(planned, &store, side_by_side, arguments.force, &progress, &run)
    })?;
    if sweep.stopped {
        let finished = sweep.finished.iter().flatten().count();
        eprintln!(
            "stopped: {finished} of {} cells are finished and kept; run the same command to go on",
            planned.len()
        );
        return Ok(schedule::stopped());
    }
    let results = Results {
        context,
        name: &name,
        profile,
        experiment: &experiment,
        planned: &planned,
        folder: &folder,
        revision,
        trainings: trainings.count(),
    };
    results.write(&sweep.finished, sweep.kept, threads, start.elapsed())
}

/// Sweeps over what looks at nothing that this run trains, and then over the rest.
fn in_order(
    planned: &[Planned],
    foreign: &Trainings<'_>,
    store: &Store,
    sweep: impl Fn(&[Planned], &Trainings<'_>) -> Result<Sweep, LabError>,
) -> Result<Sweep, LabError> {
    let own: HashSet<String> =
        planned.iter().filter(|p| matches!(p.cell.job, Job::Train(_))).map(|p| p.cell.key()).collect();
    let is_second = |plan: &&Planned| plan.trainer.as_ref().is_some_and(|trainer| own.contains(&trainer.cell.key()));
    let (second, first): (Vec<Planned>, Vec<Planned>) = planned.iter().cloned().partition(|plan| is_second(&plan));
    let mut swept = sweep(&first, foreign)?;
    if second.is_empty() || swept.stopped {
        swept.finished.resize(planned.len(), None);
        return Ok(swept);
    }
    let models = Trainings::own(&first, &swept.finished, store);
    let looked = sweep(&second, &models)?;
    let (mut of_first, mut of_second) = (swept.finished.into_iter(), looked.finished.into_iter());
    let finished = planned.iter().map(|plan| if is_second(&plan) { of_second.next() } else { of_first.next() });
    Ok(Sweep {
        finished: finished.map(|finished| finished.expect("one for each cell")).collect(),
        kept: swept.kept + looked.kept,
        stopped: looked.stopped,
    })
}

/// Trains, here or, where there is a limit, in a process of its own.
fn train(cell: &Cell, limits: Limits, watch: &mut Watch<'_>) -> Option<Done> {
    if limits.is_any() { limits.run(cell, watch) } else { training::run(cell, watch) }
}

/// Runs one cell; `None` when it was stopped.
fn one(cell: &Cell, trainings: &Trainings<'_>, limits: Limits, watch: &mut Watch<'_>) -> Option<Done> {
    let start = Instant::now();
    let outcome = match &cell.job {
        Job::Train(_) => return train(cell, limits, watch),
        Job::Probe { .. } => probe::run(cell, &|trained| trainings.model(trained)).map(Outcome::Reach),
        Job::Time => timing::run(cell, &peak::of).map(Outcome::Throughput),
    };
    Some((Finished::since(start, outcome), None))
}

/// Applies --layers and --seeds.
fn narrow(experiment: &mut Experiment, arguments: &RunArgs) -> Result<(), LabError> {
    if let Some(seeds) = arguments.seeds {
        if seeds == 0 || seeds > 1 << 16 {
            return Err(LabError::usage(format!("--seeds {seeds} is out of range"), "choose 1 to 65536"));
        }
        experiment.seeds = seeds;
    }
    if arguments.layers.is_empty() {
        return Ok(());
    }
    let mut wanted = Vec::new();
    for list in &arguments.layers {
        wanted.extend(names_in(list, experiment)?);
    }
    experiment.layers.retain(|row| wanted.contains(&row.label) || wanted.contains(&row.layer));
    Ok(())
}

/// The labels and names in a list with commas between. A label may itself hold commas, so the longest that fits is
/// taken: `attention, rotary` is one label and not every attention.
fn names_in(list: &str, experiment: &Experiment) -> Result<Vec<String>, LabError> {
    let pieces: Vec<&str> = list.split(',').collect();
    let mut names = Vec::new();
    let mut start = 0;
    while start < pieces.len() {
        let longest = (start + 1..=pieces.len()).rev().find_map(|end| {
            let name = pieces[start..end].join(",").trim().to_owned();
            experiment.layers.iter().any(|row| row.label == name || row.layer == name).then_some((end, name))
        });
        let Some((end, name)) = longest else {
            let piece = pieces[start].trim();
            let all = experiment.layers.iter().flat_map(|row| [row.label.as_str(), row.layer.as_str()]);
            let mut all: Vec<&str> = all.collect();
            all.sort_unstable();
            all.dedup();
            return Err(LabError::usage(format!("--layers: the experiment has no `{piece}`"), suggestion(piece, all)));
        };
        names.push(name);
        start = end;
    }
    Ok(names)
}

/// Refuses to let a file from elsewhere write into the results of an experiment of the same name.
fn keeps_its_place(root: &Path, name: &str, path: &Path) -> Result<(), LabError> {
    let own = root.join("experiments").join(format!("{name}.toml"));
    let same = |a: &Path, b: &Path| a.canonicalize().ok().zip(b.canonicalize().ok()).is_none_or(|(a, b)| a == b);
    if !own.exists() || same(&own, path) {
        return Ok(());
    }
    Err(LabError::usage(
        format!("{} has the name of the experiment `{name}` and would write into its results", path.display()),
        "rename the file, or choose a folder with --out DIR",
    ))
}

/// What makes this another question than the committed one.
fn changes(arguments: &RunArgs, experiment: &Experiment) -> String {
    let mut changes = arguments.overrides.clone();
    if !arguments.layers.is_empty() {
        changes.extend(experiment.layers.iter().map(|row| format!("layer {}", row.label)));
    }
    changes.extend(arguments.seeds.map(|seeds| format!("seeds {seeds}")));
    changes.join("\n")
}
