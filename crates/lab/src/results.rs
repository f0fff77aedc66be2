//! The results of an experiment, read back from its folder.

use std::collections::HashSet;
use std::path::Path;

use report::scores::Row;
use report::{Data, maps, points, scores, timings, traces};
use toml::{Table, Value};

use crate::error::LabError;
use crate::experiment::{Experiment, Profile};
use crate::measure::Measure;
use crate::place;
use crate::plan::{self, Cell, Job, Planned};

/// Reads every CSV file of a results folder that the experiment's measurement has.
///
/// # Errors
/// When one is missing, cut short, of another version, or holds what is no number.
pub fn read(root: &Path, folder: &Path, name: &str, measure: Measure) -> Result<Data, LabError> {
    if !folder.join("scores.csv").exists() {
        return Err(LabError::Incomplete {
            message: format!("there are no results in {}", place::shown(folder)),
            help: Some(format!("make them with: lab run {name}")),
        });
    }
    let wrong = |error: scores::ReadError| LabError::Incomplete {
        message: error.to_string(),
        help: Some(format!("make the results anew with: lab run {name}")),
    };
    let mut data = Data { scores: scores::read(&folder.join("scores.csv")).map_err(wrong)?, ..Data::default() };
    let there = |file: &str| Some(folder.join(file)).filter(|path| path.exists());
    if measure == Measure::Throughput {
        data.timings = timings::read(&folder.join("timings.csv")).map_err(wrong)?;
    } else {
        if measure == Measure::Reach || there("maps.csv").is_some() {
            data.maps = maps::read(&folder.join("maps.csv")).map_err(wrong)?;
        }
        if let Some(path) = there("points.csv") {
            data.points = points::read(&path).map_err(wrong)?;
        }
        if let Some(path) = there("traces.csv") {
            data.traces = traces::read(&path).map_err(wrong)?;
        }
    }
    add_peers(&mut data, root)?;
    Ok(data)
}

/// File with the checksums of the CSV files beside it, as `b3sum` prints them.
pub const SUMS: &str = "checksums.txt";

/// Its line for one file.
pub fn sum_line(file: &str, bytes: &[u8]) -> String {
    format!("{}  {file}\n", blake3::hash(bytes).to_hex())
}

/// CSV files of a results folder that are not what the run wrote; none can be told where there are no checksums.
pub fn edited(folder: &Path) -> Vec<String> {
    let sums = std::fs::read_to_string(folder.join(SUMS)).unwrap_or_default();
    let files = sums.lines().filter_map(|line| Some((line, line.split_once("  ")?.1)));
    let changed = files.filter(|(line, file)| {
        let bytes = std::fs::read(folder.join(file)).unwrap_or_default();
        sum_line(file, &bytes).trim_end() != *line
    });
    changed.map(|(_, file)| format!("{} is not what its run wrote", place::shown(&folder.join(file)))).collect()
}

/// Puts what peers took for the same passes beside the lab's timings, where somebody has timed them.
///
/// # Errors
/// When a file of theirs is there and cannot be read.
pub fn add_peers(data: &mut Data, root: &Path) -> Result<(), LabError> {
    let mut joined = Vec::new();
    for file in ["peers-by-n.csv", "peers.csv"] {
        let path = root.join("results/throughput").join(file);
        if data.timings.is_empty() || !path.exists() {
            continue;
        }
        let text = std::fs::read_to_string(&path).map_err(|e| LabError::file("cannot read", &path, e))?;
        let peers = timings::from_peers(&text).map_err(|e| LabError::Incomplete {
            message: e.to_string().replace("peers.csv", file),
            help: Some("make it anew with scripts/peers/compare, or take it from version control".to_owned()),
        })?;
        joined.extend(timings::join(&data.timings, &peers));
    }
    data.timings.extend(joined);
    Ok(())
}

/// The cells that a run on the machine of these results had.
///
/// # Errors
/// As [`plan::plan`].
pub fn plan(root: &Path, experiment: &Experiment, profile: Profile, data: &Data) -> Result<Vec<Planned>, LabError> {
    let of_lab = data.timings.iter().filter(|row| row.implementation == "lab");
    match of_lab.filter_map(|row| row.threads).max() {
        Some(threads) => plan::plan_for(root, experiment, profile, threads as usize),
        None => plan::plan(root, experiment, profile),
    }
}

/// Titles of planned cells that have no row, not even one with an error.
pub fn gaps(planned: &[Planned], data: &Data) -> Vec<String> {
    let of = |lag: fn(&Row) -> Option<u64>| -> HashSet<_> {
        data.scores.iter().map(|r| (&r.task, &r.label, r.seed, r.n, r.k, r.width, lag(r))).collect()
    };
    let (scored, at_lag) = (of(|_| None), of(|row| row.lag));
    let probed: HashSet<_> =
        data.scores.iter().map(|r| (&r.task, &r.label, r.seed, r.n, r.k, (r.width, r.depth))).collect();
    // What is a map alone has no number in scores.
    let mapped: HashSet<_> = data.maps.iter().map(|r| (&r.task, &r.label, r.seed, r.n, r.depth)).collect();
    let of_lab = data.timings.iter().filter(|row| row.implementation == "lab");
    let timed: HashSet<_> = of_lab.map(|r| (&r.label, r.pass.as_str(), r.n, r.width, r.threads)).collect();
    let is_there = |cell: &Cell| {
        let number = |key| number(&cell.settings, key);
        let (seed, n) = (Some(cell.seed), number("n"));
        match &cell.job {
            Job::Train(_) => {
                let width = Some(cell.model.width as u64);
                let at = |lag| (&cell.called, &cell.label, seed, n, number("k"), width, lag);
                scored.contains(&at(None)) && (number("lag").is_none() || at_lag.contains(&at(number("lag"))))
            }
            Job::Probe { .. } => {
                let (width, depth) = (cell.model.width as u64, cell.model.depth as u64);
                let sizes = (Some(width), Some(depth));
                probed.contains(&(&cell.called, &cell.label, seed, n, number("k"), sizes))
                    || n.is_some_and(|n| mapped.contains(&(&cell.called, &cell.label, cell.seed, n, depth)))
            }
            Job::Time if cell.task == "ceiling" => {
                timed.contains(&(&"peak".to_owned(), "", None, None, number("threads")))
            }
            Job::Time => {
                let pass = cell.settings.get("pass").and_then(Value::as_str).unwrap_or("both");
                timed.contains(&(&cell.label, pass, n, number("width"), number("threads")))
            }
        }
    };
    planned.iter().filter(|plan| !is_there(&plan.cell)).map(|plan| plan.cell.title()).collect()
}

fn number(settings: &Table, key: &str) -> Option<u64> {
    settings.get(key).and_then(Value::as_integer).and_then(|v| u64::try_from(v).ok())
}
