//! Sizes that no machine has: refused before memory is asked for.

use std::sync::OnceLock;

use layer::{Cost, Layer, Pace, Reach};
use tasks::Task;
use toml::Value;
use train::Training;

use crate::error::LabError;
use crate::experiment::{Experiment, TASK_KEYS};
use crate::plan::Cell;

/// Cells of one run; a plan of more could not be held, let alone run.
const CELLS: usize = 100_000;

/// Learned numbers of one model, 1 GiB of them.
const WEIGHTS: usize = 1 << 28;

/// Steps that one model reaches over: to both sides of the longest sequence.
const REACH: usize = 1 << 21;

/// Steps of a micro-batch, as the training loop cuts them.
const MICRO_BATCH_STEPS: usize = 256;

/// Refuses a grid without cells, and one with too many, by counting alone.
///
/// # Errors
/// Names the empty list, or the count.
pub fn check_count(experiment: &Experiment) -> Result<(), LabError> {
    let mut cells = 0usize;
    for row in &experiment.tasks {
        let mut grid = experiment.layers.len().saturating_mul(experiment.seeds as usize);
        for (key, value) in row.iter().filter(|(key, _)| !TASK_KEYS.contains(&key.as_str())) {
            let Value::Array(values) = value else { continue };
            if values.is_empty() {
                let name = row.get("name").and_then(Value::as_str).unwrap_or_default();
                let message = format!("task `{name}`: the list `{key}` is empty");
                return Err(LabError::usage(message, format!("give at least one value, such as {key} = [4]")));
            }
            grid = grid.saturating_mul(values.len());
        }
        cells = cells.saturating_add(grid);
    }
    if cells <= CELLS {
        return Ok(());
    }
    Err(LabError::usage(
        format!("this makes {cells} cells, and {CELLS} is the most of one run"),
        "lower seeds, shorten the lists of settings, or run some --layers at a time",
    ))
}

/// Refuses a table of so many rows as wide as the model, and blocks that come to too many weights together.
///
/// # Errors
/// Says what is too large.
pub fn check_weights(cell: &Cell, what: &str, count: usize, each: usize) -> Result<(), LabError> {
    if count.saturating_mul(each) <= WEIGHTS {
        return Ok(());
    }
    Err(LabError::usage(
        format!("layer `{}`: {what} take {count} × {each} numbers, more than 2^28", cell.label),
        "lower model.width, model.depth, n or the vocabulary of the task",
    ))
}

/// What layers in a row come to, held against what one model may have while it grows: how much the next one adds is known only
/// when it is built, and a row of a thousand that each are just allowed is not.
#[derive(Default)]
pub struct Growing {
    weights: usize,
    pace: Pace,
    span: usize,
}

impl Growing {
    /// Adds a layer.
    ///
    /// # Errors
    /// Says what is too large by now: weights, or steps that are reached.
    pub fn add(&mut self, cell: &Cell, layer: &dyn Layer) -> Result<(), LabError> {
        self.weights += layer.parameters().iter().map(|parameter| parameter.value.len()).sum::<usize>();
        if self.weights > WEIGHTS {
            return Err(LabError::usage(
                format!("layer `{}`: its blocks take more than 2^28 numbers together", cell.label),
                "lower model.width, the depth, or the sizes of single blocks",
            ));
        }
        if let Reach::Lags(lags) = layer.reach() {
            self.span = self.span.saturating_add(lags.span().saturating_mul(self.pace.stride));
        }
        self.pace = self.pace.then(layer.pace());
        if self.span.max(self.pace.stride).max(self.pace.lost) > REACH {
            return Err(LabError::usage(
                format!("layer `{}`: its blocks reach over more than 2^21 steps together", cell.label),
                "lower the depth, or kernel, dilations, stride or window of single blocks",
            ));
        }
        Ok(())
    }
}

/// Bytes that a training step of a cell takes, about; refuses one that does not fit this machine's memory.
///
/// # Errors
/// Says how much it takes and how much there is.
pub fn check_memory(
    title: &str,
    training: &Training,
    task: &dyn Task,
    targets: usize,
    cost: &Cost,
) -> Result<f64, LabError> {
    let sequences = (MICRO_BATCH_STEPS / task.time()).max(1) as f64;
    // Weights, their gradients and two moments; what a micro-batch keeps and its gradients; the sequences themselves.
    let weights = 16.0 * cost.parameters as f64;
    let kept = 2.0 * sequences * cost.bytes_kept as f64;
    let needed = weights + kept + training.batch as f64 * sequence_bytes(task, targets) as f64;
    check_bytes(title, "a training step", needed, "lower training.batch, n or model.width")?;
    Ok(needed)
}

/// Bytes of one sequence of a batch: tokens and real-valued inputs of each step, and targets.
fn sequence_bytes(task: &dyn Task, targets: usize) -> usize {
    4 * task.time() * (task.vocabularies().len() + task.values()) + 48 * targets
}

/// Refuses what does not fit this machine's memory.
///
/// # Errors
/// Says how much it takes and how much there is.
pub fn check_bytes(title: &str, what: &str, needed: f64, help: &str) -> Result<(), LabError> {
    let there = *MEMORY.get_or_init(memory) as f64;
    if needed <= there || there == 0.0 {
        return Ok(());
    }
    let gib = f64::from(1 << 30);
    Err(LabError::usage(
        format!("{title}: {what} takes about {:.0} GiB, and this machine has {:.0} GiB", needed / gib, there / gib),
        help,
    ))
}

static MEMORY: OnceLock<u64> = OnceLock::new();

/// Bytes of memory, those of the control group where there is one; 0 if the system does not say.
fn memory() -> u64 {
    let Ok(mut system) = sysinfo::System::new() else { return 0 };
    system.refresh_memory();
    let group = system.cgroup_limits().map_or(u64::MAX, |limits| limits.total_memory);
    system.total_memory().min(group)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::model;

    #[test]
    fn weights_are_counted_over_all_blocks() {
        let settings = "question = \"\"\nmeasure = \"throughput\"\nseeds = 1\nlayers = [{ label = \"a\", layer = \"none\" }]\n\
                        tasks = [{ name = \"pass\", n = 1, width = 1 }]";
        let root = Path::new("");
        let experiment = crate::experiment::of_text(root, (root, settings), Default::default(), &[]).unwrap();
        let cell = crate::plan::plan(root, &experiment, Default::default()).unwrap().remove(0).cell;
        let mut growing = Growing { weights: WEIGHTS - 6, ..Growing::default() };
        growing.add(&cell, &layer::Norm::new(3)).unwrap();
        let refused = growing.add(&cell, &layer::Norm::new(1)).unwrap_err().to_string();
        assert!(refused.contains("layer `a`: its blocks take more than 2^28"), "{refused}");
    }

    /// 64 steps of `recall-vectors` with a key of 32 numbers hold 31 more numbers each than with a key of one.
    #[test]
    fn real_valued_inputs_take_memory_too() {
        let bytes = |width: usize| {
            let settings = format!("n = 64\nk = 4\nkey_width = {width}").parse().unwrap();
            sequence_bytes(model::task("recall-vectors", &settings, Path::new("")).unwrap().1.as_ref(), 1)
        };
        assert_eq!(bytes(32) - bytes(1), 4 * 64 * 31);
    }
}
