//! Timed passes as rows of `timings.csv`, and what layers declare as rows of `scores.csv`.

use std::collections::HashSet;

use layer::Site;
use report::{Data, scores, timings};
use toml::Value;

use super::options;
use crate::finished::{Finished, Outcome};
use crate::measure::timing::{self, PassSettings, PassTimed, Timed};
use crate::plan::{Cell, Planned};

pub(super) fn data(experiment: &str, planned: &[Planned], finished: &[Option<Finished>]) -> Data {
    let mut data = Data::default();
    let mut ceilings: Vec<(usize, f64, f64)> = Vec::new();
    for finished in finished.iter().flatten() {
        if let Ok(Outcome::Throughput(Timed::Ceiling { threads, peak_gflops, copy_gbs })) = &finished.outcome {
            ceilings.push((*threads, *peak_gflops, *copy_gbs));
            data.timings.extend(ceiling_rows(experiment, *threads, *peak_gflops, *copy_gbs));
        }
    }
    let mut declared = HashSet::new();
    for (plan, finished) in planned.iter().zip(finished) {
        let Some(finished) = finished else { continue };
        let cell = &plan.cell;
        let settings: Option<PassSettings> =
            (cell.task == "pass").then(|| timing::read("pass", &cell.settings).expect("read when the run was planned"));
        let row = |settings: &PassSettings| pass_row(experiment, cell, settings);
        match (&finished.outcome, settings) {
            (Ok(Outcome::Throughput(Timed::Pass(timed))), Some(settings)) => {
                let copy = ceilings.iter().find(|(threads, ..)| *threads == settings.threads).map(|c| digits(c.2));
                data.timings.push(timings::Row { copy_gbs: copy, ..timed_row(row(&settings), cell, &settings, timed) });
                if declared.insert((cell.label.clone(), settings.n)) {
                    data.scores.extend(path_rows(experiment, plan, settings.n));
                }
            }
            (Err(error), Some(settings)) => {
                data.timings.push(timings::Row { error: error.replace('\n', " "), ..row(&settings) });
            }
            _ => {}
        }
    }
    data
}

/// Six digits: more is noise.
fn digits(value: f64) -> f64 {
    format!("{value:.5e}").parse().expect("a number was printed")
}

fn pass_row(experiment: &str, cell: &Cell, settings: &PassSettings) -> timings::Row {
    timings::Row {
        experiment: experiment.to_owned(),
        layer: cell.layer.clone(),
        label: cell.label.clone(),
        options: options(cell),
        pass: settings.pass.name().to_owned(),
        n: Some(settings.n as u64),
        width: Some(settings.width as u64),
        threads: Some(settings.threads as u64),
        implementation: "lab".to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        ..timings::Row::default()
    }
}

fn timed_row(row: timings::Row, cell: &Cell, settings: &PassSettings, timed: &PassTimed) -> timings::Row {
    let row = timings::Row {
        work: timing::work_name(cell, settings).unwrap_or_default(),
        batch: Some(timed.batch as u64),
        ..row
    };
    let times = match &timed.times {
        Ok(times) => times,
        Err(why) => return timings::Row { error: why.replace('\n', " "), ..row },
    };
    let [low, median, high] = times.seconds.map(|seconds| Some(digits(seconds)));
    timings::Row {
        rounds: Some(times.rounds as u64),
        seconds_median: median,
        seconds_low: low,
        seconds_high: high,
        flops: Some(timed.flops),
        bytes_moved: Some(timed.bytes_moved),
        bytes_peak: times.bytes_peak,
        peak_gflops_before: Some(digits(times.peaks[0])),
        peak_gflops_after: Some(digits(times.peaks[1])),
        note: if times.noisy { "noisy".to_owned() } else { String::new() },
        ..row
    }
}

/// What the machine can do at most, as two rows: FLOPs and bytes of one second.
fn ceiling_rows(experiment: &str, threads: usize, peak_gflops: f64, copy_gbs: f64) -> [timings::Row; 2] {
    let row = |label: &str| timings::Row {
        experiment: experiment.to_owned(),
        label: label.to_owned(),
        threads: Some(threads as u64),
        implementation: "lab".to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        seconds_median: Some(1.0),
        ..timings::Row::default()
    };
    [
        timings::Row { flops: Some((peak_gflops * 1e9).round() as u64), ..row("peak") },
        timings::Row { bytes_moved: Some((copy_gbs * 1e9).round() as u64), ..row("copy") },
    ]
}

/// Layers in a row until the first step of n can touch the last one, as declared; where the options have dilations, also
/// with dilations 1, 2, 4, … in one layer.
fn path_rows(experiment: &str, plan: &Planned, n: usize) -> Vec<scores::Row> {
    let row = |metric: &str, value: usize| scores::Row {
        experiment: experiment.to_owned(),
        task: "pass".into(),
        layer: plan.cell.layer.clone(),
        label: plan.cell.label.clone(),
        options: options(&plan.cell),
        depth: Some(1),
        reach: plan.reach.to_string(),
        n: Some(n as u64),
        metric: metric.into(),
        value: Some(value as f64),
        ..scores::Row::default()
    };
    let contiguous = plan.reach.depth_to_connect(n).map(|depth| row("path", depth));
    contiguous.into_iter().chain(dilated(&plan.cell, n).map(|depth| row("path_dilated", depth))).collect()
}

/// The fewest dilations 1, 2, 4, … that connect n steps, by building such layers.
fn dilated(cell: &Cell, n: usize) -> Option<usize> {
    cell.options.get("dilations")?;
    let definition = zoo::find(&cell.layer)?;
    (1..=20).find(|count| {
        let mut options = cell.options.clone();
        let dilations = (0..*count).map(|level| Value::Integer(1 << level)).collect();
        options.insert("dilations".into(), Value::Array(dilations));
        let site = Site { time: 2, width: 1, seed: 0 };
        (definition.build)(&options, site).is_ok_and(|layer| layer.reach().longest_lag(n) == n - 1)
    })
}
