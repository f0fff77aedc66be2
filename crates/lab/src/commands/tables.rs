//! The tables that sum an experiment up.

use std::collections::HashMap;

use report::scores::Row;
use report::table::{self, Table};
use report::{Data, series, timings};

use super::table as drawn;
use crate::experiment::Experiment;
use crate::measure::Measure;

/// Title and text of each table, for the terminal.
pub fn of(experiment: &Experiment, data: &Data, cell_times: &str) -> Vec<(String, String)> {
    let text = |table: Table| {
        let headers: Vec<&str> = table.headers.iter().map(String::as_str).collect();
        (table.title, drawn(&headers, &table.rows))
    };
    if experiment.measure == Measure::Accuracy {
        let numbers = numbers(data).into_iter().map(text);
        return verdicts(&data.scores, cell_times).into_iter().chain(numbers).collect();
    }
    all(experiment, data).into_iter().map(text).collect()
}

/// Every table that sums the experiment up.
pub fn all(experiment: &Experiment, data: &Data) -> Vec<Table> {
    let tables: Vec<Table> = match experiment.measure {
        Measure::Accuracy => {
            let of_trainings = trained(&data.scores).into_iter();
            let verdicts = of_trainings.filter_map(|task| table::verdict(&data.scores, &task).ok());
            verdicts.chain(numbers(data)).collect()
        }
        Measure::Reach => vec![table::exact(&data.scores), table::reach(&data.scores)],
        // Where nothing could be timed, the rows say why.
        Measure::Throughput => [
            table::throughput(&data.timings, timings::WIDTH, timings::most_threads(&data.timings)),
            table::scaling(&data.timings, &data.scores),
            table::crossover(&data.timings),
        ]
        .into_iter()
        .flatten()
        .collect(),
    };
    tables.into_iter().filter(|table| !table.rows.is_empty()).collect()
}

/// Tasks on which models were trained: these have a learning rate, or at least an oracle on test data. What probes find may
/// have floors, too, of no split.
fn trained(rows: &[Row]) -> Vec<String> {
    let of_test = |row: &Row| row.is_floor() && row.split == "test";
    let is_trained =
        |task: &String| rows.iter().any(|row| row.task == *task && (row.metric == "learning_rate" || of_test(row)));
    series::tasks(rows).into_iter().filter(is_trained).collect()
}

/// What probes of trained models found.
fn numbers(data: &Data) -> Vec<Table> {
    let trained = trained(&data.scores);
    let probed = series::tasks(&data.scores).into_iter().filter(|task| !trained.contains(task));
    probed.map(|task| table::numbers(&data.scores, &task)).collect()
}

/// Columns that the README has room for and a terminal has not.
const WIDE_ONLY: [&str; 3] = ["FLOPs", "steps to solve", "learning rate"];

/// The verdict of every task for the terminal, with the seconds that a cell took.
fn verdicts(rows: &[Row], cell_times: &str) -> Vec<(String, String)> {
    trained(rows)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn floors_of_a_probe_make_it_no_training() {
        let row = |task: &str, layer: &str, metric: &str, split: &str| {
            let [task, layer, metric, split] = [task, layer, metric, split].map(str::to_owned);
            Row { task, layer, metric, split, label: "a".into(), value: Some(0.5), ..Row::default() }
        };
        let rows = [
            row("sort", "", "accuracy", "test"),
            row("sort", "conv", "accuracy", "test"),
            row("decode sort", "", "exact_greedy", ""),
            row("decode sort", "conv", "exact_greedy", "trained"),
        ];
        assert_eq!(trained(&rows), ["sort"]);
    }
}
