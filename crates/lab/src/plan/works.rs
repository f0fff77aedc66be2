//! Cells that are timed.

use std::collections::HashSet;

use layer::{Reach, Shape};

use super::{Cell, Job, Planned, cell_of, expand, name_of, rows_of};
use crate::error::LabError;
use crate::experiment::{Experiment, ModelSettings};
use crate::measure::Measure;
use crate::measure::timing::{self, CeilingSettings, PassSettings};

/// Sizes that a small machine can be asked for.
const BOUNDS: [(&str, usize); 6] = [
    ("n", 1 << 20),
    ("sequences", 1 << 20),
    ("width", 1 << 12),
    ("steps", 1 << 20),
    ("rounds", 1 << 10),
    ("most_mib", 1 << 20),
];

pub(super) fn plan(experiment: &Experiment, all: usize) -> Result<Vec<Planned>, LabError> {
    let mut planned = Vec::new();
    for row in &experiment.tasks {
        let name = name_of(row)?;
        Measure::Throughput.knows("tasks", name)?;
        for table in expand(row) {
            let settings = timing::with_threads(&table, all)?;
            if name == "ceiling" {
                let _: CeilingSettings = timing::read(name, &settings)?;
                planned.push(ceiling(settings));
                continue;
            }
            let read: PassSettings = timing::read(name, &settings)?;
            check(&settings, &read)?;
            for layer in rows_of(experiment, row) {
                let mut cell = cell_of(layer, &ModelSettings::single(read.width), Job::Time)?;
                if cell.model.depth > 1 || !cell.blocks.is_empty() {
                    let message =
                        format!("layer `{}`: what is timed is one layer, without depth or blocks", cell.label);
                    return Err(LabError::usage(message, "take `depth` and `blocks` out of the row"));
                }
                name.clone_into(&mut cell.task);
                name.clone_into(&mut cell.called);
                cell.settings = settings.clone();
                planned.push(pass(cell, &read)?);
            }
        }
    }
    // On a machine with one core, "all" is 1: what is then asked twice is timed once.
    let mut seen = HashSet::new();
    planned.retain(|plan| seen.insert((plan.cell.label.clone(), plan.cell.settings.to_string())));
    Ok(planned)
}

fn check(table: &toml::Table, settings: &PassSettings) -> Result<(), LabError> {
    for (name, high) in BOUNDS {
        let Some(value) = table.get(name).and_then(toml::Value::as_integer) else { continue };
        if !(1..=high as i64).contains(&value) {
            let message = format!("work `pass`: {name} = {value} is out of range");
            return Err(LabError::usage(message, format!("choose 1 to {high}")));
        }
    }
    if !(settings.seconds > 0.0 && settings.seconds < 1e6) {
        let message = format!("work `pass`: seconds = {} is out of range", settings.seconds);
        return Err(LabError::usage(message, "choose a number above 0, such as 1.0"));
    }
    Ok(())
}

/// A pass: what the layer declares is asked at a few steps, since a layer of n² weights is not built at a large n to be
/// planned.
fn pass(cell: Cell, settings: &PassSettings) -> Result<Planned, LabError> {
    let small = PassSettings { n: settings.n.min(32), ..settings.clone() };
    let layer = timing::subject(&cell, &small).build().map_err(|e| super::refused(&cell.label, &e))?;
    let cost = layer.cost(Shape::new(1, small.n, small.width));
    Ok(Planned {
        cell,
        reach: layer.reach(),
        parameters: cost.parameters,
        flops: 0,
        work: 1,
        bytes: 0.0,
        trainer: None,
    })
}

fn ceiling(settings: toml::Table) -> Planned {
    let cell = Cell {
        label: String::new(),
        layer: String::new(),
        options: toml::Table::new(),
        blocks: Vec::new(),
        model: ModelSettings::single(1),
        task: "ceiling".to_owned(),
        called: "ceiling".to_owned(),
        settings,
        root: std::path::PathBuf::new(),
        job: Job::Time,
        seed: 0,
    };
    Planned { cell, reach: Reach::step(), parameters: 0, flops: 0, work: 1, bytes: 0.0, trainer: None }
}
