//! An experiment as a list of cells: one layer row × one task setting × one seed.

use std::collections::HashSet;

use serde::{Deserialize, Serialize};
use toml::{Table, Value};
use train::Training;

use crate::error::{LabError, suggestion, suggestion_from};
use crate::experiment::{self, Experiment, LayerRow, ModelSettings};
use crate::{model, sizes};
use tasks::Task;

/// Everything that decides a cell's scores, and its label, which does not.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Cell {
    /// Name of the series.
    pub label: String,
    /// Row of the layer table.
    pub layer: String,
    /// Options of the layer, defaults filled in.
    pub options: Table,
    /// Options of each mixer in a row, where they differ; defaults filled in.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub blocks: Vec<Table>,
    /// The shell; its depth is this row's.
    pub model: ModelSettings,
    /// Name of the task.
    pub task: String,
    /// Settings of the task.
    pub settings: Table,
    /// Budget.
    pub training: Training,
    /// Seed of parameters and data.
    pub seed: u64,
}

/// A cell with what is known of it before it runs.
#[derive(Clone, Debug)]
pub struct Planned {
    /// The cell.
    pub cell: Cell,
    /// Declared reach of the whole model.
    pub reach: layer::Reach,
    /// Learned numbers of the whole model.
    pub parameters: u64,
    /// FLOPs of one training step of one sequence.
    pub flops: u64,
}

impl Planned {
    /// FLOPs of the cell if no training stops early; orders the queue and weighs the progress bar.
    pub fn work(&self) -> u64 {
        let training = &self.cell.training;
        // A training step of a tiny model is not free: drawing a sequence and moving it about costs some kFLOPs.
        let sequence = self.flops.saturating_add(50_000);
        let sequences = (training.steps as u64).saturating_mul(training.batch as u64);
        // Capped, so that the sum over a sweep of at most 100,000 cells stays a number, too.
        let work = sequence.saturating_mul(sequences).saturating_mul(training.learning_rates.len() as u64);
        work.min(1 << 46)
    }
}

impl Cell {
    /// Name of its file: a hash of all that decides the scores, the code and the instruction set included.
    pub fn key(&self) -> String {
        let unlabelled = Self { label: String::new(), ..self.clone() };
        let text = serde_json::to_string(&unlabelled).expect("settings are plain data");
        let mut hasher = blake3::Hasher::new();
        hasher.update(text.as_bytes());
        hasher.update(crate::CODE_FINGERPRINT.as_bytes());
        hasher.update(kernels::isa::in_use().name().as_bytes());
        hasher.finalize().to_hex()[..24].to_owned()
    }

    /// For messages: `recall-at-lag n=64 k=4, attention, seed 0`.
    pub fn title(&self) -> String {
        let settings: Vec<String> = self.settings.iter().map(|(k, v)| format!("{k}={v}")).collect();
        format!("{} {}, {}, seed {}", self.task, settings.join(" "), self.label, self.seed)
    }
}

/// All cells in the order of the file: tasks, then layers, then seeds. Every model is built once on the way, so that
/// what cannot be built is refused before anything runs.
///
/// # Errors
/// Unknown layers, tasks, options or settings, sizes that do not fit; names the row and the nearest valid name.
pub fn plan(experiment: &Experiment) -> Result<Vec<Planned>, LabError> {
    sizes::check_count(experiment)?;
    let mut planned = Vec::new();
    for row in &experiment.tasks {
        let training = experiment::training_of(experiment, row)?;
        let Some(name) = row.get("name").and_then(Value::as_str) else {
            let help = "each entry of `tasks` has a name, such as name = \"recall-at-lag\"";
            return Err(LabError::usage("a task has no name", help));
        };
        for settings in expand(row) {
            let task = model::task(name, &settings)?;
            for layer in rows_of(experiment, row) {
                let definition = zoo::find(&layer.layer).ok_or_else(|| unknown_layer(&layer.layer))?;
                let resolve =
                    |options: &Table| (definition.resolve)(options).map_err(|e| refused(&layer.label, &e.to_string()));
                let options = resolve(&layer.options)?;
                let blocks = layer.blocks.iter().map(|block| {
                    let mut options = layer.options.clone();
                    options.extend(block.clone());
                    resolve(&options)
                });
                let blocks = blocks.collect::<Result<Vec<_>, _>>()?;
                let depth =
                    if blocks.is_empty() { layer.depth.unwrap_or(experiment.model.depth) } else { blocks.len() };
                let cell = Cell {
                    label: layer.label.clone(),
                    layer: layer.layer.clone(),
                    options,
                    blocks,
                    model: ModelSettings { depth, ..experiment.model.clone() },
                    task: name.to_owned(),
                    settings: settings.clone(),
                    training: training.clone(),
                    seed: 0,
                };
                let built = model::build(&cell, task.as_ref())?;
                enough_to_score(task.as_ref(), &training)?;
                let targets = task.sequence(0, tasks::Split::Train, 0).targets.len();
                let cost = built.cost(1, task.time(), targets);
                sizes::check_memory(&cell, task.as_ref(), targets, &cost)?;
                let reach = built.reach();
                planned.extend((0..experiment.seeds).map(|seed| Planned {
                    cell: Cell { seed, ..cell.clone() },
                    reach: reach.clone(),
                    parameters: cost.parameters,
                    flops: cost.flops(),
                }));
            }
        }
    }
    if planned.is_empty() {
        return Err(LabError::usage("no task is for any of these layers", "choose other --layers"));
    }
    distinct(&planned)?;
    Ok(planned)
}

/// Refuses splits that do not ask for every lag: a lag that nobody asked for has no accuracy.
fn enough_to_score(task: &dyn Task, training: &Training) -> Result<(), LabError> {
    let lags = task.lags().len();
    for (name, count) in [("training.validation", training.validation), ("training.test", training.test)] {
        if count < lags {
            let message = format!("{name} = {count} sequences cannot score the {lags} lags of `{}`", task.name());
            return Err(LabError::usage(message, format!("choose at least {lags}, better {} or more", 20 * lags)));
        }
    }
    Ok(())
}

/// Refuses two cells that the CSV could not tell apart: they would be averaged without a word.
fn distinct(planned: &[Planned]) -> Result<(), LabError> {
    let mut seen = HashSet::new();
    let identity = |cell: &Cell| {
        let numbers = ["n", "k", "lag"].map(|key| cell.settings.get(key).map(ToString::to_string));
        (cell.task.clone(), cell.label.clone(), numbers, cell.seed)
    };
    match planned.iter().find(|plan| !seen.insert(identity(&plan.cell))) {
        None => Ok(()),
        Some(plan) => Err(LabError::usage(
            format!("two cells of one task, layer, n, k, lag and seed: {}", plan.cell.title()),
            "take the repeated value out of its list, or the repeated row out of `tasks`; settings other than n, k and \
             lag are not told apart in scores.csv",
        )),
    }
}

/// An unknown layer, with the nearest name.
pub fn unknown_layer(name: &str) -> LabError {
    LabError::usage(format!("there is no layer `{name}`"), suggestion(name, zoo::LAYERS.iter().map(|l| l.name)))
}

/// Settings that a layer does not take.
pub fn refused(label: &str, message: &str) -> LabError {
    LabError::Usage { help: suggestion_from(message), message: format!("layer `{label}`: {message}") }
}

/// The layer rows that a task is for: all, or those its `layers` names by label.
fn rows_of<'a>(experiment: &'a Experiment, task: &'a Table) -> impl Iterator<Item = &'a LayerRow> {
    let labels = experiment::labels_of(task);
    experiment.layers.iter().filter(move |row| labels.as_ref().is_none_or(|l| l.contains(&row.label.as_str())))
}

/// The grid of a task row: a list as value is an axis; the last axis varies fastest.
fn expand(row: &Table) -> Vec<Table> {
    let mut grid = vec![Table::new()];
    for (key, value) in row.iter().filter(|(key, _)| !experiment::TASK_KEYS.contains(&key.as_str())) {
        let values = match value {
            Value::Array(values) => values.clone(),
            single => vec![single.clone()],
        };
        grid = grid
            .into_iter()
            .flat_map(|settings| {
                values.iter().map(move |value| {
                    let mut settings = settings.clone();
                    settings.insert(key.clone(), value.clone());
                    settings
                })
            })
            .collect();
    }
    grid
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_axes_of_the_grid() {
        let row: Table = "name = \"t\"\nn = [8, 16]\nlag = [1, 2, 3]\nvocabulary = 4".parse().unwrap();
        let grid = expand(&row);
        assert_eq!(grid.len(), 6);
        assert!(
            grid.iter()
                .all(|settings| settings["vocabulary"].as_integer() == Some(4) && !settings.contains_key("name"))
        );
    }
}
