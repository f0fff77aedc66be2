//! `lab run NAME`.

mod dry;
pub(super) mod results;
mod shard;
mod trainings;

use std::collections::HashSet;
use std::io::IsTerminal;
use std::time::Instant;

use layer_testkit::peak;

use super::Context;
use crate::cli::RunArgs;
use crate::error::LabError;
use crate::finished::{Done, Finished, Outcome};
use crate::isolate::Limits;
use crate::manifest::Manifest;
use crate::measure::{Measure, probe, timing, training};
use crate::plan::{self, Cell, Job, Planned};
use crate::progress::Progress;
use crate::request::Request;
use crate::schedule::{self, Sweep, Watch};
use crate::store::Store;
use crate::{place, provenance};

use results::Results;
use trainings::Trainings;

/// Runs what is missing, then writes CSV, figures and provenance, and prints the verdict. Of a shard the cells are all.
pub fn run(context: &Context, arguments: &RunArgs) -> Result<u8, LabError> {
    let request = Request::from(arguments);
    let asked = request.load(&context.root)?;
    let (name, experiment, profile) = (&asked.name, &asked.experiment, request.profile);
    let whole = plan::plan(&context.root, experiment, profile)?;
    let folder = match (&arguments.out, arguments.shard) {
        (Some(folder), _) => folder.clone(),
        (None, None) => request.folder(&context.root, &asked)?,
        (None, Some(shard)) => place::shard(&request.folder(&context.root, &asked)?, shard),
    };
    let manifest = Manifest::new(name, &request, &whole, arguments.shard);
    let planned = arguments.shard.map_or_else(|| whole.clone(), |shard| shard.take(&whole));
    if let Some(shard) = arguments.shard {
        Manifest::gives_way(&folder, shard)?;
    }
    let threads =
        arguments.threads.map_or_else(|| std::thread::available_parallelism().map_or(1, Into::into), usize::from);
    if arguments.dry_run {
        return dry::run(context, &planned, &folder, threads, arguments.force);
    }
    // A timing cell runs alone, on as many threads as it says.
    let side_by_side = if experiment.measure == Measure::Throughput { 1 } else { threads };
    let store = if arguments.wait { Store::open_when_free(&folder)? } else { Store::open(&folder)? };
    manifest.write(&folder)?;
    let progress = Progress::new(side_by_side, context.verbosity, std::io::stderr().is_terminal());
    schedule::stop_on_signals();
    let start = Instant::now();
    let revision = provenance::revision(&context.root);
    let limits = Limits { time: arguments.cell_timeout, memory: arguments.cell_memory };
    let trainings = match &experiment.trained {
        None => Trainings::none(),
        Some(trained) => {
            // Beside the results that were asked for, or where the experiment that trains keeps its own: but there two
            // shards at once would be in each other's way.
            let folder = match (&arguments.out, arguments.shard) {
                (None, None) => place::results(&context.root, &trained.experiment, profile, ""),
                _ => folder.join(&trained.experiment),
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
    if let Some(shard) = arguments.shard {
        let usual = arguments.out.is_none();
        return Ok(shard::tell(
            context,
            &shard::Ran { shard, name, folder: &folder, usual },
            &planned,
            &sweep.finished,
        ));
    }
    let results = Results {
        context,
        name,
        profile,
        experiment,
        planned: &planned,
        folder: &folder,
        revision,
        trainings: trainings.count(),
        merged: None,
        instruction_set: &manifest.instruction_set,
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
    // A training that is tried anew next time takes along what looks at its model.
    let waits = |trained: &Option<Box<Cell>>| trained.as_ref().is_some_and(|trained| !trainings.is_kept(trained));
    let passing = outcome.is_err() && matches!(&cell.job, Job::Probe { trained } if waits(trained));
    Some((Finished { passing, ..Finished::since(start, outcome) }, None))
}
