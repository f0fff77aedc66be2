//! Cells that train a model.

use std::path::Path;

use train::Training;

use super::{Cell, Job, Planned, block_of, cell_of, expand, name_of, rows_of};
use crate::error::LabError;
use crate::experiment::{self, Experiment, ModelSettings};
use crate::{model, sizes};
use tasks::{Split, Task};
use toml::{Table, Value};

/// The cells of one entry of `tasks`.
pub(super) fn plan(root: &Path, experiment: &Experiment, row: &Table) -> Result<Vec<Planned>, LabError> {
    let shell = experiment.model.as_ref().expect("checked when it was loaded");
    let training = experiment::training_of(experiment, row)?;
    let name = name_of(row)?;
    if row.contains_key("of") {
        return Err(LabError::usage(format!("task `{name}`: `of` is for probes"), "take `of` out"));
    }
    let mut planned = Vec::new();
    for mut settings in expand(row) {
        let width = width_of(name, &mut settings)?;
        let shell = &ModelSettings { width: width.unwrap_or(shell.width), ..shell.clone() };
        let (settings, task) = model::task(name, &settings, root)?;
        enough_to_score(task.as_ref(), &training)?;
        let targets = task.sequence(0, Split::Train, 0).targets.len();
        for layer in rows_of(experiment, row) {
            let mut cell = cell_of(layer, shell, Job::Train(training.clone()))?;
            name.clone_into(&mut cell.task);
            cell.called = experiment::called_with(row, &settings)?;
            cell.settings = settings.clone();
            root.clone_into(&mut cell.root);
            sources_fit(&cell, task.as_ref())?;
            let built = model::build(&cell, task.as_ref())?;
            if task.shows_answers() && built.reach().contains(-1) {
                return Err(LabError::usage(
                    format!("layer `{}` sees the next step, and there stands the answer of task `{name}`", layer.label),
                    "make it causal, or leave it out with `layers` of the task",
                ));
            }
            let cost = built.cost(1, task.time(), targets);
            let bytes = sizes::check_memory(&cell.title(), &training, task.as_ref(), targets, &cost)?;
            let (reach, parameters, flops) = (built.reach(), cost.parameters, cost.flops());
            let work = work(flops, &training);
            planned.extend((0..experiment.seeds).map(|seed| {
                let cell = Cell { seed, ..cell.clone() };
                Planned { cell, reach: reach.clone(), parameters, flops, work, bytes, trainer: None }
            }));
        }
    }
    Ok(planned)
}

/// Takes the width of the models out of the settings of a task, where it is an axis beside those of the task. A layer row that
/// has a width of its own keeps that.
fn width_of(name: &str, settings: &mut Table) -> Result<Option<usize>, LabError> {
    let Some(value) = settings.remove("width") else { return Ok(None) };
    match value.as_integer() {
        Some(width @ 1..=16_384) => Ok(Some(width as usize)),
        _ => Err(LabError::usage(
            format!("task `{name}`: width = {value} is no width of a model"),
            "choose a whole number from 1 to 16384, or a list of such",
        )),
    }
}

/// Refuses a layer that takes another number of steps as the source than the task has: it would read answers there.
fn sources_fit(cell: &Cell, task: &dyn Task) -> Result<(), LabError> {
    let Some(decoding) = task.decoding() else { return Ok(()) };
    for depth in 0..cell.model.depth {
        let (_, options) = block_of(cell, depth)?;
        let source = options.get("source").and_then(Value::as_integer);
        if let Some(source) = source.filter(|source| usize::try_from(*source) != Ok(decoding.source)) {
            let (label, called, steps) = (&cell.label, &cell.called, decoding.source);
            return Err(LabError::usage(
                format!("layer `{label}`: source = {source}, and the source of task `{called}` has {steps} steps"),
                format!("set source = {steps} in the options of the layer, or n = {source} in the task"),
            ));
        }
    }
    Ok(())
}

/// FLOPs of the cell if no training stops early.
fn work(flops: u64, training: &Training) -> u64 {
    // A training step of a tiny model is not free: drawing a sequence and moving it about costs some kFLOPs.
    let sequence = flops.saturating_add(50_000);
    let sequences = (training.steps as u64).saturating_mul(training.batch as u64);
    // Capped, so that the sum over a sweep of at most 100,000 cells stays a number, too.
    let work = sequence.saturating_mul(sequences).saturating_mul(training.learning_rates.len() as u64);
    work.min(1 << 46)
}

/// Refuses splits that do not ask for every lag, since a lag that nobody asked for has no accuracy, and those in which a
/// sequence would come twice.
fn enough_to_score(task: &dyn Task, training: &Training) -> Result<(), LabError> {
    let lags = task.lags().len();
    let splits = [
        ("training.validation", training.validation, Split::Validation),
        ("training.test", training.test, Split::Test),
    ];
    for (name, count, split) in splits {
        if let Some(most) = task.available(split).filter(|most| count > *most) {
            let message = format!("{name} = {count}, and the {} split of `{}` has {most}", split.name(), task.name());
            return Err(LabError::usage(message, format!("choose {most} or fewer: none would count twice")));
        }
        if count < lags {
            let message = format!("{name} = {count} sequences cannot score the {lags} lags of `{}`", task.name());
            return Err(LabError::usage(message, format!("choose at least {lags}, better {} or more", 20 * lags)));
        }
    }
    Ok(())
}
