//! From a cell's settings to its task and its model.

use std::path::Path;

use tasks::{TASKS, Task};
use toml::Table;
use train::{Model, Shell};

use crate::error::{LabError, suggestion, suggestion_from};
use crate::experiment::Positions;
use crate::plan::{Cell, block_of, refused};
use crate::sizes;
use layer::{Layer, Site};

/// The task `name`, and its settings with all that decides its sequences; files are looked for below `root`.
///
/// # Errors
/// Unknown task or settings that make none.
pub fn task(name: &str, settings: &Table, root: &Path) -> Result<(Table, Box<dyn Task>), LabError> {
    if !TASKS.iter().any(|t| t.name == name) {
        let help = suggestion(name, TASKS.iter().map(|t| t.name));
        return Err(LabError::usage(format!("there is no task `{name}`"), help));
    }
    let resolved = tasks::resolve(name, settings, root);
    let built = resolved.and_then(|settings| Ok((tasks::build(name, &settings, root)?, settings)));
    let (task, settings) = built.map_err(|error| LabError::Usage {
        message: format!("task `{name}`: {error}"),
        help: suggestion_from(&error.to_string()),
    })?;
    Ok((settings, task))
}

/// The task of a cell.
///
/// # Errors
/// As [`task`]; where a file is another one than when the cell was planned, too.
pub fn task_of(cell: &Cell) -> Result<Box<dyn Task>, LabError> {
    Ok(task(&cell.task, &cell.settings, &cell.root)?.1)
}

/// The model of a cell with fresh parameters: the same cell gives the same bits.
///
/// # Errors
/// Options that a layer does not take, or a layer that does not take the task's length.
pub fn build(cell: &Cell, task: &dyn Task) -> Result<Model, LabError> {
    let (time, width) = (task.time(), cell.model.width);
    let symbols = task.vocabularies().iter().sum::<usize>() + task.values() + task.slots() * task.classes();
    sizes::check_weights(cell, "embedding and read-out", symbols, width)?;
    if cell.model.positions != Positions::None {
        sizes::check_weights(cell, "the positions of the shell", time, width)?;
    }
    // Each depth and each part has a seed of its own, all from the cell's.
    let seed = |part: u64| cell.seed.wrapping_mul(1_000_003).wrapping_add(part);
    let mut mixers: Vec<Box<dyn Layer>> = Vec::new();
    let mut mlps: Vec<Box<dyn Layer>> = Vec::new();
    for depth in 0..cell.model.depth as u64 {
        let site = Site { time, width, seed: seed(2 * depth + 1) };
        let (definition, options) = block_of(cell, depth as usize)?;
        mixers.push((definition.build)(&options, site).map_err(|e| refused(&cell.label, &e.to_string()))?);
        if depth == 0 {
            let each = mixers[0].parameters().iter().map(|p| p.value.len()).sum();
            sizes::check_weights(cell, "blocks", cell.model.depth, each)?;
        }
        if cell.model.mlp {
            let mlp = zoo::find("mlp").expect("the table has an MLP");
            let site = Site { seed: seed(2 * depth + 2), ..site };
            mlps.push((mlp.build)(&Table::new(), site).map_err(|e| refused("mlp", &e.to_string()))?);
            if depth == 0 {
                let each = mlps[0].parameters().iter().map(|p| p.value.len()).sum();
                sizes::check_weights(cell, "MLPs", cell.model.depth, each)?;
            }
        }
    }
    let positions = match cell.model.positions {
        Positions::None => None,
        Positions::Sinusoidal => Some(attention_positions(time, width)),
    };
    let shell =
        Shell { mixers, mlps, positions, width, residual: cell.model.residual, norm: cell.model.norm, seed: seed(0) };
    Model::new(shell, task).map_err(|error| refused(&cell.label, &error.to_string()))
}

fn attention_positions(time: usize, width: usize) -> ndarray::Array2<f32> {
    layer::positions::sinusoidal(time, width, 10_000.0)
}
