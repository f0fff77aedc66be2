//! The tables that sum an experiment up, for the terminal.

use std::collections::HashMap;

use report::scores::Row;
use report::{Data, series, table, timings};

use super::table as drawn;
use crate::experiment::Experiment;
use crate::measure::Measure;

/// Title and text of each table.
pub fn of(experiment: &Experiment, data: &Data, cell_times: &str) -> Vec<(String, String)> {
    let plain = |table: table::Table| {
        let headers: Vec<&str> = table.headers.iter().map(String::as_str).collect();
        (table.title, drawn(&headers, &table.rows))
    };
    match experiment.measure {
        Measure::Accuracy => verdicts(&data.scores, cell_times),
        Measure::Reach => [table::exact(&data.scores), table::reach(&data.scores)]
            .into_iter()
            .filter(|table| !table.rows.is_empty())
            .map(plain)
            .collect(),
        // Where nothing could be timed, the rows say why.
        Measure::Throughput => [
            table::throughput(&data.timings, timings::WIDTH, timings::most_threads(&data.timings)),
            table::scaling(&data.timings, &data.scores),
            table::crossover(&data.timings),
        ]
        .into_iter()
        .flatten()
        .map(plain)
        .collect(),
    }
}

/// Columns that the README has room for and a terminal has not.
const WIDE_ONLY: [&str; 3] = ["FLOPs", "steps to solve", "learning rate"];

/// The verdict of every task for the terminal, with the seconds that a cell took.
fn verdicts(rows: &[Row], cell_times: &str) -> Vec<(String, String)> {
    series::tasks(rows)
        .into_iter()
        .filter_map(|task| {
            let mut verdict = table::verdict(rows, &task).ok()?;
            // A table of several lengths has them in its second column.
            let several = series::groups(rows, &task).len() > 1;
            let seconds = mean_seconds(cell_times, several);
            verdict.headers.push("s/cell".to_owned());
            for row in &mut verdict.rows {
                let label = row.first().cloned().unwrap_or_default();
                let setting = if several { row[1].clone() } else { String::new() };
                row.push(seconds.get(&(task.clone(), label, setting)).map_or("–".to_owned(), |s| format!("{s:.1}")));
            }
            let shown = |column: &usize| !WIDE_ONLY.contains(&verdict.headers[*column].as_str());
            let columns: Vec<usize> = (0..verdict.headers.len()).filter(shown).collect();
            let headers: Vec<&str> = columns.iter().map(|c| verdict.headers[*c].as_str()).collect();
            let rows: Vec<Vec<String>> =
                verdict.rows.iter().map(|row| columns.iter().map(|c| row[*c].clone()).collect()).collect();
            Some((verdict.title.clone(), drawn(&headers, &rows)))
        })
        .collect()
}

/// Seconds of a cell by task, label and, if asked for, setting («n» or «n, K»).
fn mean_seconds(timings: &str, by_setting: bool) -> HashMap<(String, String, String), f64> {
    let mut sums: HashMap<(String, String, String), (f64, f64)> = HashMap::new();
    let mut reader = csv::Reader::from_reader(timings.as_bytes());
    for row in reader.deserialize::<HashMap<String, String>>().flatten() {
        let field = |name: &str| row.get(name).cloned().unwrap_or_default();
        let setting: Vec<String> = ["n", "k"].map(field).into_iter().filter(|text| !text.is_empty()).collect();
        let setting = if by_setting { setting.join(", ") } else { String::new() };
        let entry = sums.entry((field("task"), field("label"), setting)).or_default();
        entry.0 += field("value").parse::<f64>().unwrap_or(0.0);
        entry.1 += 1.0;
    }
    sums.into_iter().map(|(key, (sum, count))| (key, sum / count)).collect()
}
