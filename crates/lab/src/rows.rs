//! Finished cells as rows of CSV files.

mod probe;
mod timing;
mod training;

use report::scores::Row;
use report::unseen::tamed;
use report::{Data, maps, points, scores, timings, traces};
use serde::Serialize;

use crate::error::LabError;
use crate::finished::Finished;
use crate::measure::Measure;
use crate::plan::{Cell, Job, Planned};

/// The files that a run's results stand in: name and text. Scores and what else is equal in every run come first.
pub fn files(data: &Data, measure: Measure, cell_times: &str) -> Vec<(&'static str, String)> {
    let mut files = vec![("scores.csv", scores::write(&data.scores))];
    if measure == Measure::Throughput {
        files.push(("timings.csv", timings::write(&data.timings)));
        return files;
    }
    // A file for each kind of finding that there is; what looks at layers alone always has maps.
    if measure == Measure::Reach || !data.maps.is_empty() {
        files.push(("maps.csv", maps::write(&data.maps)));
    }
    if !data.points.is_empty() {
        files.push(("points.csv", points::write(&data.points)));
    }
    if !data.traces.is_empty() {
        files.push(("traces.csv", traces::write(&data.traces)));
    }
    files.push(("timings.csv", cell_times.to_owned()));
    files
}

/// All rows of an experiment, in the order of the plan.
///
/// # Errors
/// When a task of the plan cannot be built.
pub fn data(
    experiment: &str,
    measure: Measure,
    planned: &[Planned],
    finished: &[Option<Finished>],
) -> Result<Data, LabError> {
    Ok(match measure {
        Measure::Accuracy | Measure::Reach => {
            let is_training = |plan: &Planned| matches!(plan.cell.job, Job::Train(_));
            let mut data = probe::data(experiment, planned, finished);
            let mut scores = training::scores(experiment, planned, finished, &is_training)?;
            scores.append(&mut data.scores);
            Data { scores, ..data }
        }
        Measure::Throughput => timing::data(experiment, planned, finished),
    })
}

fn base_row(experiment: &str, plan: &Planned) -> Row {
    let cell = &plan.cell;
    Row {
        layer: cell.layer.clone(),
        label: cell.label.clone(),
        options: options(cell),
        depth: Some(cell.model.depth as u64),
        width: Some(cell.model.width as u64),
        reach: plan.reach.to_string(),
        params: Some(plan.parameters),
        flops: Some(plan.flops).filter(|flops| *flops > 0 || plan.parameters == 0),
        seed: Some(cell.seed),
        ..task_row(experiment, cell)
    }
}

fn task_row(experiment: &str, cell: &Cell) -> Row {
    let number =
        |key: &str| cell.settings.get(key).and_then(toml::Value::as_integer).and_then(|v| u64::try_from(v).ok());
    Row {
        experiment: experiment.into(),
        task: cell.called.clone(),
        n: number("n"),
        k: number("k"),
        lag: number("lag"),
        ..Row::default()
    }
}

/// A cell that gave no numbers.
fn failed_row(base: Row, metric: &str, error: &str) -> Row {
    Row { metric: metric.into(), error: tamed(error).replace(['\n', '\r'], " "), ..base }
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

/// `timings.csv` of trainings and probes: wall-clock seconds of each cell on its core, as a text.
pub fn cell_times(experiment: &str, planned: &[Planned], finished: &[Option<Finished>]) -> String {
    let mut writer = csv::Writer::from_writer(Vec::new());
    for (plan, finished) in planned.iter().zip(finished) {
        let (Some(finished), row) = (finished, task_row(experiment, &plan.cell)) else { continue };
        let timing = Timing {
            experiment,
            task: &plan.cell.called,
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
