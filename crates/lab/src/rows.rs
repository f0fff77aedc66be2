//! Finished cells as rows of `scores.csv` and `timings.csv`.

use std::collections::{BTreeMap, HashSet};

use report::scores::Row;
use serde::Serialize;

use crate::error::LabError;
use crate::model;
use crate::plan::{Cell, Planned};
use crate::work::{Finished, Scores};

/// The rows of an experiment: for each task setting its floors, then every cell in the order of the plan.
///
/// # Errors
/// When a task of the plan cannot be built.
pub fn scores(experiment: &str, planned: &[Planned], finished: &[Option<Finished>]) -> Result<Vec<Row>, LabError> {
    let mut rows = Vec::new();
    let mut floor = 0.0;
    let mut last: Option<&Cell> = None;
    let mut reaches = HashSet::new();
    for (plan, finished) in planned.iter().zip(finished) {
        let cell = &plan.cell;
        if last.is_none_or(|last| last.task != cell.task || last.settings != cell.settings) {
            let (floors, value) = floor_rows(experiment, cell)?;
            rows.extend(floors);
            floor = value;
        }
        last = Some(cell);
        let Some(finished) = finished else { continue };
        let base = base_row(experiment, plan);
        let within = floor_within(plan)?;
        let sees_any = |within: &BTreeMap<usize, f64>| within.keys().any(|lag| plan.reach.contains(*lag as isize));
        if let Some(within) = &within
            && sees_any(within)
            && reaches.insert((cell.task.clone(), cell.settings.to_string(), base.reach.clone()))
        {
            rows.extend(within.iter().map(|(lag, value)| Row {
                label: format!("copier within {}", base.reach),
                reach: base.reach.clone(),
                lag: Some(*lag as u64),
                value: Some(*value),
                metric: "accuracy".into(),
                split: "test".into(),
                ..task_row(experiment, cell)
            }));
        }
        let floor = |lag: usize| within.as_ref().and_then(|w| w.get(&lag)).copied().unwrap_or(floor);
        match &finished.outcome {
            Err(error) => rows.push(Row { metric: "accuracy".into(), error: error.replace('\n', " "), ..base }),
            Ok(scores) => rows.extend(cell_rows(&base, scores, &floor)),
        }
    }
    Ok(rows)
}

fn cell_rows(base: &Row, scores: &Scores, floor: &dyn Fn(usize) -> f64) -> Vec<Row> {
    let metric = |name: &str, split: &str, value: f64| Row {
        metric: name.into(),
        split: split.into(),
        value: Some(value),
        ..base.clone()
    };
    let by_lag = scores.accuracy.iter().map(|(lag, accuracy)| Row {
        lag: Some(*lag as u64),
        floor: Some(floor(*lag)),
        ..metric("accuracy", "test", *accuracy)
    });
    let mut rows: Vec<Row> = by_lag.collect();
    rows.push(metric("loss", "test", scores.loss));
    rows.push(metric("accuracy", "validation", scores.validation_accuracy));
    rows.push(metric("loss", "validation", scores.validation_loss));
    rows.push(metric("loss", "train", scores.train_loss));
    rows.push(metric("learning_rate", "", scores.learning_rate));
    rows.push(metric("steps", "", scores.steps as f64));
    rows.push(metric("solved", "validation", f64::from(u8::from(scores.steps_to_solve.is_some()))));
    rows.extend(scores.steps_to_solve.map(|steps| metric("steps_to_solve", "validation", steps as f64)));
    rows
}

fn base_row(experiment: &str, plan: &Planned) -> Row {
    let cell = &plan.cell;
    Row {
        layer: cell.layer.clone(),
        label: cell.label.clone(),
        options: options(cell),
        depth: Some(cell.model.depth as u64),
        reach: plan.reach.to_string(),
        params: Some(plan.parameters),
        flops: Some(plan.flops),
        seed: Some(cell.seed),
        ..task_row(experiment, cell)
    }
}

fn task_row(experiment: &str, cell: &Cell) -> Row {
    let number =
        |key: &str| cell.settings.get(key).and_then(toml::Value::as_integer).and_then(|v| u64::try_from(v).ok());
    Row {
        experiment: experiment.into(),
        task: cell.task.clone(),
        n: number("n"),
        k: number("k"),
        lag: number("lag"),
        ..Row::default()
    }
}

/// The floor of a layer that sees only some of the lags.
fn floor_within(plan: &Planned) -> Result<Option<BTreeMap<usize, f64>>, LabError> {
    let task = model::task(&plan.cell.task, &plan.cell.settings)?;
    let sees = |lag: usize| plan.reach.contains(lag as isize);
    // A layer that sees all of the lags is held to the floors of the task.
    Ok(if task.lags().into_iter().all(sees) { None } else { task.floor_within(&sees) })
}

/// The floors of a task, and the one to beat.
fn floor_rows(experiment: &str, cell: &Cell) -> Result<(Vec<Row>, f64), LabError> {
    let task = model::task(&cell.task, &cell.settings)?;
    let base = Row { metric: "accuracy".into(), split: "test".into(), ..task_row(experiment, cell) };
    let floors = task.floors(0);
    let best = floors.first().map_or(0.0, |f| f.accuracy);
    let sequences = (0..200).map(|i| task.sequence(0, tasks::Split::Test, i));
    let (mut right, mut asked) = (0, 0);
    for sequence in sequences {
        let answers = task.oracle(&sequence);
        right += sequence.targets.iter().zip(&answers).filter(|(t, a)| t.class == **a).count();
        asked += answers.len();
    }
    let oracle = (String::from("oracle"), right as f64 / asked as f64);
    let named = floors.into_iter().map(|f| (f.name.to_owned(), f.accuracy)).chain(std::iter::once(oracle));
    Ok((named.map(|(label, value)| Row { label, value: Some(value), ..base.clone() }).collect(), best))
}

/// The options in one line; those of each block in brackets, where blocks differ.
fn options(cell: &Cell) -> String {
    if cell.blocks.is_empty() {
        return inline(&cell.options);
    }
    cell.blocks.iter().map(|block| format!("[{}]", inline(block))).collect::<Vec<_>>().join(" ")
}

/// `kernel = 3, dilations = [1, 2, 4]`
fn inline(options: &toml::Table) -> String {
    options.iter().map(|(key, value)| format!("{key} = {value}")).collect::<Vec<_>>().join(", ")
}

/// One cell's time; noisy, so it stands apart from the scores.
#[derive(Serialize)]
struct Timing<'a> {
    experiment: &'a str,
    task: &'a str,
    label: &'a str,
    n: Option<u64>,
    k: Option<u64>,
    lag: Option<u64>,
    seed: u64,
    metric: &'static str,
    unit: &'static str,
    value: f64,
}

/// `timings.csv`: wall-clock seconds of each cell on its core, as a text.
pub fn timings(experiment: &str, planned: &[Planned], finished: &[Option<Finished>]) -> String {
    let mut writer = csv::Writer::from_writer(Vec::new());
    for (plan, finished) in planned.iter().zip(finished) {
        let (Some(finished), row) = (finished, task_row(experiment, &plan.cell)) else { continue };
        let timing = Timing {
            experiment,
            task: &plan.cell.task,
            label: &plan.cell.label,
            n: row.n,
            k: row.k,
            lag: row.lag,
            seed: plan.cell.seed,
            metric: "cell_time",
            unit: "seconds",
            value: (finished.seconds * 1e3).round() / 1e3,
        };
        writer.serialize(timing).expect("plain fields");
    }
    String::from_utf8(writer.into_inner().expect("a vector takes everything")).expect("text")
}
