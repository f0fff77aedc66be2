//! An experiment as a list of cells: one layer row × one task setting × one seed.

mod probes;
mod trainings;
mod works;

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use toml::{Table, Value};
use train::Training;

use crate::error::{LabError, suggestion, suggestion_from};
use crate::experiment::{self, Experiment, LayerRow, ModelSettings, Profile};
use crate::measure::{Measure, probe};
use crate::sizes;

/// Everything that decides a cell's scores, and its label, which does not.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Cell {
    /// Name of the series.
    pub label: String,
    /// Row of the layer table.
    pub layer: String,
    /// Options of the layer, defaults filled in.
    pub options: Table,
    /// Options of each mixer in a row, where they differ; defaults filled in. One of another layer names it as `layer`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub blocks: Vec<Table>,
    /// The shell; its depth is this row's.
    pub model: ModelSettings,
    /// Name of the task, probe or work.
    pub task: String,
    /// What it is called in results; that decides nothing else.
    #[serde(default)]
    pub called: String,
    /// Its settings.
    pub settings: Table,
    /// Where files are looked for that the settings name; their checksum is one of the settings, so this decides nothing.
    #[serde(skip)]
    pub root: PathBuf,
    /// What is done.
    pub job: Job,
    /// Seed of parameters and data.
    pub seed: u64,
}

/// What a cell does.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Job {
    /// Trains a model on a task and scores it.
    Train(Training),
    /// Looks at fresh layers or, where another cell trains them, at a model before and after.
    Probe {
        /// The cell that trains it.
        trained: Option<Box<Cell>>,
    },
    /// Times a pass of a layer, or what the machine can do at most.
    Time,
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
    /// FLOPs of one training step of one sequence; 0 where it is known only when it runs.
    pub flops: u64,
    /// How much there is to do, about; orders the queue and weighs the progress bar.
    pub work: u64,
    /// The cell that trains what this one looks at.
    pub trainer: Option<Box<Planned>>,
}

impl Cell {
    /// All of its settings that decide scores, as a text.
    pub fn deciding(&self) -> String {
        let unlabelled = Self { label: String::new(), called: String::new(), ..self.clone() };
        serde_json::to_string(&unlabelled).expect("settings are plain data")
    }

    /// Name of its file: a hash of all that decides the scores, the code and the instruction set included.
    pub fn key(&self) -> String {
        self.key_on(kernels::isa::in_use().name())
    }

    /// The same on a machine whose kernels use this instruction set.
    pub fn key_on(&self, instruction_set: &str) -> String {
        let mut hasher = blake3::Hasher::new();
        hasher.update(self.deciding().as_bytes());
        hasher.update(crate::CODE_FINGERPRINT.as_bytes());
        match self.job {
            Job::Train(_) => {}
            Job::Probe { .. } => drop(hasher.update(crate::PROBES_FINGERPRINT.as_bytes())),
            Job::Time => drop(hasher.update(crate::WORKS_FINGERPRINT.as_bytes())),
        }
        hasher.update(instruction_set.as_bytes());
        hasher.finalize().to_hex()[..24].to_owned()
    }

    /// For messages: `recall-at-lag n=64 k=4, attention, seed 0`.
    pub fn title(&self) -> String {
        let settings = self.settings.iter().map(|(key, value)| format!(" {key}={value}")).collect::<String>();
        let of = if self.label.is_empty() { String::new() } else { format!(", {}", self.label) };
        format!("{}{settings}{of}, seed {}", self.called, self.seed)
    }
}

/// All cells in the order of the file: tasks, then layers, then seeds. Every model is built once on the way, so that
/// what cannot be built is refused before anything runs.
///
/// # Errors
/// Unknown layers, tasks, options or settings, sizes that do not fit; names the row and the nearest valid name.
pub fn plan(root: &Path, experiment: &Experiment, profile: Profile) -> Result<Vec<Planned>, LabError> {
    plan_for(root, experiment, profile, std::thread::available_parallelism().map_or(1, usize::from))
}

/// The same on a machine with so many threads.
///
/// # Errors
/// As [`plan`].
pub fn plan_for(
    root: &Path,
    experiment: &Experiment,
    profile: Profile,
    threads: usize,
) -> Result<Vec<Planned>, LabError> {
    sizes::check_count(experiment)?;
    let planned = match experiment.measure {
        Measure::Accuracy | Measure::Reach => trainings_and_probes(root, experiment, profile)?,
        Measure::Throughput => works::plan(experiment, threads)?,
    };
    if planned.is_empty() {
        return Err(LabError::usage("no task is for any of these layers", "choose other --layers"));
    }
    distinct(&planned)?;
    Ok(planned)
}

/// The cells of each entry of `tasks`, in order: trainings, and probes that look at layers, at models of this experiment
/// or at those of another.
fn trainings_and_probes(root: &Path, experiment: &Experiment, profile: Profile) -> Result<Vec<Planned>, LabError> {
    let foreign = probes::trainings(root, experiment, profile)?;
    let mut planned: Vec<Planned> = Vec::new();
    for (index, row) in experiment.tasks.iter().enumerate() {
        let name = name_of(row)?;
        experiment.measure.knows("tasks", name)?;
        let before = &experiment.tasks[..index];
        let cells = if probe::find(name).is_some() {
            let own: Vec<Planned> = planned.iter().filter(|p| matches!(p.cell.job, Job::Train(_))).cloned().collect();
            probes::plan(experiment, row, before, if row.contains_key("of") { &own } else { &foreign })?
        } else {
            trainings::plan(root, experiment, row)?
        };
        planned.extend(cells);
    }
    Ok(planned)
}

/// The name of a task row.
fn name_of(row: &Table) -> Result<&str, LabError> {
    row.get("name").and_then(Value::as_str).ok_or_else(|| {
        LabError::usage("a task has no name", "each entry of `tasks` has a name, such as name = \"recall-at-lag\"")
    })
}

/// The layer of a block, and its options.
///
/// # Errors
/// When there is no such layer.
pub fn block_of(cell: &Cell, depth: usize) -> Result<(&'static layer::Definition, Table), LabError> {
    let mut options = cell.blocks.get(depth).unwrap_or(&cell.options).clone();
    let name = options.remove("layer");
    let name = name.as_ref().and_then(Value::as_str).unwrap_or(&cell.layer);
    Ok((zoo::find(name).ok_or_else(|| unknown_layer(name))?, options))
}

/// A layer row as a cell that does nothing yet: options with every default filled in.
fn cell_of(row: &LayerRow, model: &ModelSettings, job: Job) -> Result<Cell, LabError> {
    let definition = zoo::find(&row.layer).ok_or_else(|| unknown_layer(&row.layer))?;
    let resolve = |options: &Table| (definition.resolve)(options).map_err(|e| refused(&row.label, &e.to_string()));
    let blocks = row.blocks.iter().map(|block| {
        let mut own = block.clone();
        match own.remove("layer") {
            None => {
                let mut options = row.options.clone();
                options.extend(own);
                resolve(&options)
            }
            // A block of another layer has options of its own alone.
            Some(name) => {
                let name = name.as_str().unwrap_or_default();
                let other = zoo::find(name).ok_or_else(|| unknown_layer(name))?;
                let mut options = (other.resolve)(&own).map_err(|e| refused(&row.label, &e.to_string()))?;
                options.insert("layer".to_owned(), Value::String(name.to_owned()));
                Ok(options)
            }
        }
    });
    let blocks = blocks.collect::<Result<Vec<_>, _>>()?;
    Ok(Cell {
        label: row.label.clone(),
        layer: row.layer.clone(),
        options: resolve(&row.options)?,
        blocks,
        model: row.shell(model),
        task: String::new(),
        called: String::new(),
        settings: Table::new(),
        root: PathBuf::new(),
        job,
        seed: 0,
    })
}

/// Refuses two cells that the CSV could not tell apart: they would be averaged without a word.
fn distinct(planned: &[Planned]) -> Result<(), LabError> {
    let mut seen = HashSet::new();
    let keys = |cell: &Cell| -> &[&str] {
        match cell.job {
            Job::Train(_) => &["n", "k", "lag"],
            Job::Probe { .. } => &["n", "k", "width", "depth"],
            Job::Time => &["n", "width", "pass", "threads"],
        }
    };
    let identity = |cell: &Cell| {
        // The depth is that of the row where the settings give none.
        let told = keys(cell).iter().filter(|key| **key != "depth");
        let numbers: Vec<_> = told.map(|key| cell.settings.get(*key).map(ToString::to_string)).collect();
        let model = (cell.model.depth, cell.model.width);
        (cell.called.clone(), cell.label.clone(), numbers, model, cell.seed)
    };
    match planned.iter().find(|plan| !seen.insert(identity(&plan.cell))) {
        None => Ok(()),
        Some(plan) => Err(LabError::usage(
            format!("two cells of one task, layer, {} and seed: {}", keys(&plan.cell).join(", "), plan.cell.title()),
            format!(
                "take the repeated value out of its list, or the repeated row out of `tasks`; settings other than {} are \
                 not told apart in the results",
                keys(&plan.cell).join(", ")
            ),
        )),
    }
}

/// An unknown layer, with the nearest name.
pub fn unknown_layer(name: &str) -> LabError {
    LabError::usage(
        format!("there is no layer `{name}`"),
        suggestion(name, zoo::LAYERS.iter().chain(zoo::STACKS).map(|l| l.name)),
    )
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
