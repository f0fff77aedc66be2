//! From a cell's settings to its task and its model.

use std::path::Path;

use tasks::{TASKS, Task};
use toml::Table;
use train::{Model, Readout, Shell};

use crate::error::{LabError, suggestion, suggestion_from};
use crate::experiment::{ModelSettings, Positions};
use crate::plan::{Cell, block_of, refused};
use crate::sizes;
use layer::{Layer, Shape, Site};

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
    let model = &cell.model;
    let mut input = input_of(cell, task)?;
    let symbols = task.vocabularies().iter().sum::<usize>() + task.values() + task.slots() * task.classes();
    sizes::check_weights(cell, "embedding and read-out", symbols, input.feature)?;
    if model.positions != Positions::None {
        sizes::check_weights(cell, "the positions of the shell", input.time, input.feature)?;
    }
    // Each depth and each part has a seed of its own, all from the cell's.
    let seed = |part: u64| cell.seed.wrapping_mul(1_000_003).wrapping_add(part);
    let mut growing = sizes::Growing::default();
    let mut mixers: Vec<Box<dyn Layer>> = Vec::new();
    let mut mlps: Vec<Box<dyn Layer>> = Vec::new();
    for depth in 0..model.depth as u64 {
        let site = Site { time: input.time, width: input.feature, seed: seed(2 * depth + 1) };
        let (definition, options) = block_of(cell, depth as usize)?;
        let mixer = (definition.build)(&options, site).map_err(|e| refused(&cell.label, &e.to_string()))?;
        input = mixer.output_shape(input).map_err(|e| refused(&cell.label, &e.to_string()))?;
        growing.add(cell, mixer.as_ref())?;
        mixers.push(mixer);
        if depth == 0 {
            let each = mixers[0].parameters().iter().map(|p| p.value.len()).sum();
            sizes::check_weights(cell, "blocks", cell.model.depth, each)?;
        }
        if model.mlp {
            let mlp = zoo::find("mlp").expect("the table has an MLP");
            let site = Site { time: input.time, width: input.feature, seed: seed(2 * depth + 2) };
            mlps.push((mlp.build)(&Table::new(), site).map_err(|e| refused("mlp", &e.to_string()))?);
            growing.add(cell, mlps[depth as usize].as_ref())?;
            if depth == 0 {
                let each = mlps[0].parameters().iter().map(|p| p.value.len()).sum();
                sizes::check_weights(cell, "MLPs", cell.model.depth, each)?;
            }
        }
    }
    if model.readout == Readout::Sequence {
        sizes::check_weights(cell, "the read-out", input.time * task.slots() * task.classes(), input.feature)?;
    }
    let positions = match model.positions {
        Positions::None => None,
        Positions::Sinusoidal => Some(attention_positions(task.time(), model.width)),
    };
    let &ModelSettings { width, embedding, readout, residual, norm, .. } = model;
    let shell = Shell { mixers, mlps, positions, width, embedding, readout, residual, norm, seed: seed(0) };
    Model::new(shell, task).map_err(|error| refused(&cell.label, &error.to_string()))
}

/// What the first mixer sees of a sequence.
fn input_of(cell: &Cell, task: &dyn Task) -> Result<Shape, LabError> {
    let ModelSettings { width, embedding, positions, .. } = cell.model;
    if embedding {
        return Ok(Shape::new(1, task.time(), width));
    }
    let refused = |what: String, help: &str| Err(LabError::usage(format!("layer `{}`: {what}", cell.label), help));
    if !task.vocabularies().is_empty() || task.values() == 0 {
        let what = format!("embedding = false, and the input of task `{}` is symbols", task.name());
        return refused(what, "leave embedding out: only numbers can go into a layer as they are");
    }
    if positions != Positions::None {
        return refused("embedding = false leaves nothing to add positions to".into(), "set positions = \"none\"");
    }
    Ok(Shape::new(1, task.time(), task.values()))
}

fn attention_positions(time: usize, width: usize) -> ndarray::Array2<f32> {
    layer::positions::sinusoidal(time, width, 10_000.0)
}
