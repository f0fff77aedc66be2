//! Cells that look at layers.

use std::path::Path;

use layer::{Layer as _, Shape};

use toml::{Table, Value};

use super::{Cell, Job, Planned, cell_of, expand, name_of, plan as plan_of, rows_of};
use crate::error::{LabError, suggestion};
use crate::experiment::{self, Experiment, Profile};
use crate::measure::probe::{self, Settings};
use crate::{model, sizes};

/// The cells of one entry of `tasks` that is a probe, with the entries before it. `trainings` are those of the models that
/// it may look at.
pub(super) fn plan(
    experiment: &Experiment,
    row: &Table,
    before: &[Table],
    trainings: &[Planned],
) -> Result<Vec<Planned>, LabError> {
    let shell = experiment.model.as_ref().expect("checked when it was loaded");
    let name = name_of(row)?;
    if row.contains_key("training") {
        return Err(LabError::usage(format!("probe `{name}`: a probe trains nothing"), "take `training` out"));
    }
    if row.contains_key("of") {
        return of_own(experiment, row, before, trainings);
    }
    let is_trained = row.get("trained").and_then(Value::as_bool) == Some(true);
    if is_trained && experiment.trained.is_none() {
        let message = format!("probe `{name}`: trained = true, and there is no table [trained]");
        let help =
            "say who trains: [trained] with `experiment` and `task`, or of = \"TASK\" for a task of this experiment";
        return Err(LabError::usage(message, help));
    }
    if probe::is_of_trained(name) && !is_trained {
        let trained = trained_on(before);
        let message = format!("probe `{name}`: it looks at trained models, and nothing says which");
        let choose = if trained.is_empty() { String::new() } else { format!("; there are: {}", trained.join(", ")) };
        return Err(LabError::usage(message, format!("write of = \"TASK\", with a task before it{choose}")));
    }
    let mut planned = Vec::new();
    for table in expand(row) {
        let settings = Settings::read(name, &table)?;
        for layer in rows_of(experiment, row) {
            let is_imported = trainings.iter().any(|t| t.cell.label == layer.label);
            // Where nobody says which, trained models are looked at for every row that has one.
            if settings.trained && !is_imported && experiment::labels_of(row).is_none() {
                continue;
            }
            if settings.depth.is_some() && !layer.blocks.is_empty() {
                let message = format!("probe `{name}`: layer `{}` has blocks, which say its depth", layer.label);
                return Err(LabError::usage(message, "take `depth` out of the task, or name rows without blocks"));
            }
            let mut cell = cell_of(layer, shell, Job::Probe { trained: None })?;
            name.clone_into(&mut cell.task);
            cell.called = experiment::called(row);
            cell.settings = table.clone();
            cell.model.depth = settings.depth.unwrap_or(cell.model.depth);
            cell.model.width = settings.width.unwrap_or(cell.model.width);
            // Box weights have no seed: a second one would be the same measurement again.
            let seeds = if settings.weights == probe::Weights::Box { 1 } else { experiment.seeds };
            for seed in 0..seeds {
                let cell = Cell { seed, ..cell.clone() };
                planned.push(if settings.trained {
                    of_training(cell, &settings, experiment, trainings)?
                } else {
                    of_bare(cell, &settings)?
                });
            }
        }
    }
    Ok(planned)
}

/// A probe of models that this experiment trains: a cell for each of them that `of` names, of these layers and, where the
/// probe says so, of this n and k.
fn of_own(
    experiment: &Experiment,
    row: &Table,
    before: &[Table],
    trainings: &[Planned],
) -> Result<Vec<Planned>, LabError> {
    let name = name_of(row)?;
    let of = row.get("of").and_then(Value::as_str).expect("checked when it was loaded");
    let trained = trained_on(before);
    if !trained.iter().any(|task| task == of) {
        let message = format!("probe `{name}`: no task before it is called `{of}`");
        return Err(LabError::usage(message, suggestion(of, trained.iter().map(String::as_str))));
    }
    let labels: Vec<&str> = rows_of(experiment, row).map(|layer| layer.label.as_str()).collect();
    let models = || trainings.iter().filter(|t| t.cell.called == of && labels.contains(&t.cell.label.as_str()));
    let mut planned = Vec::new();
    for table in expand(row) {
        let count = planned.len();
        for training in models() {
            let number = |table: &Table, key: &str| table.get(key).and_then(Value::as_integer);
            let same = |key: &str| number(&table, key).is_none_or(|n| number(&training.cell.settings, key) == Some(n));
            if !same("k") || !(probe::other_lengths(name) || same("n")) {
                continue;
            }
            // What tells results apart, and the probe does not say.
            let mut settings = table.clone();
            let time = model::task_of(&training.cell)?.time();
            settings.entry("n").or_insert(Value::Integer(time as i64));
            if let Some(k) = training.cell.settings.get("k") {
                settings.entry("k").or_insert(k.clone());
            }
            settings.insert("trained".to_owned(), Value::Boolean(true));
            let read = Settings::read(name, &settings)?;
            fits(name, &read, &training.cell)?;
            let cell = Cell {
                task: name.to_owned(),
                called: experiment::called(row),
                settings,
                job: Job::Probe { trained: Some(Box::new(training.cell.clone())) },
                ..training.cell.clone()
            };
            let work = work(&cell, &read, training.flops).saturating_mul(2);
            planned.push(Planned { cell, work, trainer: Some(Box::new(training.clone())), ..training.clone() });
        }
        // A narrowed run may have none of its models; settings that no model has are a slip.
        if planned.len() == count && models().next().is_some() {
            let asked = ["n", "k"].into_iter().filter_map(|key| Some(format!("{key} = {}", table.get(key)?)));
            let asked = asked.collect::<Vec<_>>().join(", ");
            let message = format!("probe `{name}`: no model that was trained on `{of}` has {asked}");
            return Err(LabError::usage(message, "take n and k out: the probe then looks at every model of that task"));
        }
    }
    Ok(planned)
}

/// What the entries are called that train models.
fn trained_on(rows: &[Table]) -> Vec<String> {
    let trains = |row: &&Table| name_of(row).is_ok_and(|name| probe::find(name).is_none());
    rows.iter().filter(trains).map(experiment::called).collect()
}

/// Refuses a trained model of which a probe has nothing to say, and settings that do not suit it.
fn fits(name: &str, settings: &Settings, trainer: &Cell) -> Result<(), LabError> {
    probe::fits(name, trainer).map_err(|why| {
        LabError::usage(
            format!("probe `{name}` of `{}`: {why}", trainer.label),
            "name other `layers`, or another task in `of`",
        )
    })?;
    probe::check(name, settings, trainer)
}

/// The cells of the experiment that trains the models.
pub(super) fn trainings(root: &Path, experiment: &Experiment, profile: Profile) -> Result<Vec<Planned>, LabError> {
    let Some(trained) = &experiment.trained else { return Ok(Vec::new()) };
    let trainer = experiment::trainer(root, trained, profile)?;
    let mut planned = plan_of(root, &trainer, profile)?;
    planned.retain(|plan| plan.cell.called == trained.task);
    if planned.is_empty() {
        let tasks = trainer.tasks.iter().filter_map(|row| row.get("name")?.as_str());
        let message = format!("trained.task: {} has no task `{}`", trained.experiment, trained.task);
        return Err(LabError::usage(message, suggestion(&trained.task, tasks)));
    }
    Ok(planned)
}

fn of_training(
    cell: Cell,
    settings: &Settings,
    experiment: &Experiment,
    trainings: &[Planned],
) -> Result<Planned, LabError> {
    let trained = experiment.trained.as_ref().expect("checked for the whole row");
    let is = |plan: &Planned, key: &str, value: Option<usize>| {
        let of_task = plan.cell.settings.get(key).and_then(toml::Value::as_integer);
        value.is_none_or(|value| of_task == i64::try_from(value).ok())
    };
    let found = trainings.iter().find(|plan| {
        plan.cell.label == cell.label
            && plan.cell.seed == cell.seed
            && is(plan, "n", Some(settings.n))
            && is(plan, "k", settings.k)
    });
    let Some(found) = found else {
        return Err(LabError::usage(
            format!("{}: {} trains no such model on {}", cell.title(), trained.experiment, trained.task),
            format!("n, k, seeds and the label have to be those of {}", trained.experiment),
        ));
    };
    fits(&cell.task, settings, &found.cell)?;
    let trained = Some(Box::new(found.cell.clone()));
    let cell = Cell { model: found.cell.model.clone(), job: Job::Probe { trained }, ..cell };
    let work = work(&cell, settings, found.flops).saturating_mul(2);
    Ok(Planned { cell, work, trainer: Some(Box::new(found.clone())), ..found.clone() })
}

fn of_bare(cell: Cell, settings: &Settings) -> Result<Planned, LabError> {
    probe::check(&cell.task, settings, &cell)?;
    let stack = probe::bare(&cell, settings)?;
    let shape = Shape::new(1, settings.n, cell.model.width);
    stack.output_shape(shape).map_err(|e| super::refused(&cell.label, &e.to_string()))?;
    let cost = stack.cost(shape);
    // What a forward keeps, its gradients, and a matrix over pairs of steps.
    let bytes =
        (3 * cost.bytes_kept.saturating_mul(settings.inputs as u64) + 8 * (settings.n * settings.n) as u64) as f64;
    sizes::check_bytes(&cell.title(), "a probe", bytes, "lower n, inputs, depth or model.width")?;
    let work = work(&cell, settings, cost.flops());
    let (reach, parameters, flops) = (stack.reach(), cost.parameters, cost.flops());
    Ok(Planned { cell, reach, parameters, flops, work, bytes, trainer: None })
}

/// Passes times FLOPs, about.
fn work(cell: &Cell, settings: &Settings, flops: u64) -> u64 {
    let passes = match (cell.task.as_str(), settings.outputs) {
        ("support", probe::Outputs::All) => 2 * settings.n,
        // A model trained at some dozens of steps reads so many: forwards alone.
        ("length", _) => settings.n / 128 + 1,
        ("map", _) => settings.n * settings.directions,
        _ => 2 * settings.directions,
    };
    (flops + 50_000).saturating_mul((passes * settings.inputs) as u64).min(1 << 46)
}
