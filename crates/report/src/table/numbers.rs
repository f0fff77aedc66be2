//! What probes found, as a table: one row for each series and split, one column for each number.

use super::Table;
use crate::scores::Row;
use crate::series::distinct;
use crate::stats::Summary;

/// A size, and where it stands in a row.
type Size = (&'static str, fn(&Row) -> Option<u64>);

/// Means over seeds ± half the 95 % interval of every number of a task, at each size that it has.
pub fn numbers(rows: &[Row], task: &str) -> Table {
    let of_task: Vec<&Row> = rows.iter().filter(|row| row.task == task && !row.is_floor()).collect();
    let metrics = distinct(of_task.iter().filter(|row| !row.failed()).map(|row| row.metric.as_str()));
    let sizes: [Size; 3] = [("n", |row| row.n), ("K", |row| row.k), ("width", |row| row.width)];
    let told: Vec<_> = sizes.into_iter().filter(|(_, of)| distinct(of_task.iter().map(|r| of(r))).len() > 1).collect();
    let mut headers = vec!["layer".to_owned()];
    headers.extend(told.iter().map(|(name, _)| (*name).to_owned()));
    headers.push("of".to_owned());
    headers.extend(metrics.iter().map(|metric| metric.replace('_', " ")));
    let key =
        |row: &Row| (row.label.clone(), told.iter().map(|(_, of)| of(row)).collect::<Vec<_>>(), row.split.clone());
    let mut table = Table { title: task.to_owned(), headers, rows: Vec::new() };
    for group in distinct(of_task.iter().map(|row| key(row))) {
        let members: Vec<&&Row> = of_task.iter().filter(|row| key(row) == group).collect();
        let (label, sizes, split) = group;
        let mut cells = vec![label];
        cells.extend(sizes.iter().map(|size| size.map_or(String::new(), |size| size.to_string())));
        cells.push(split);
        cells.extend(metrics.iter().map(|metric| {
            let failed = members.iter().filter(|row| row.failed()).count();
            let values: Vec<f64> =
                members.iter().filter(|row| row.metric == *metric).filter_map(|row| row.value).collect();
            match Summary::of(&values) {
                None if failed > 0 => "failed".to_owned(),
                None => "–".to_owned(),
                Some(Summary { mean, half: Some(half), .. }) => format!("{} ± {}", short(mean), short(half)),
                Some(Summary { mean, .. }) => short(mean),
            }
        }));
        table.rows.push(cells);
    }
    table
}

/// Three digits after the point, or three that count where those would all be 0.
fn short(value: f64) -> String {
    if value == 0.0 || value.abs() >= 0.001 { format!("{value:.3}") } else { format!("{value:.1e}") }
}
