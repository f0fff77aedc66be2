//! The verdict on each series: accuracy by distance, what it cost, how often it solved the task.

use super::Table;
use crate::counted::Counted;
use crate::reach::Reach;
use crate::scores::Row;
use crate::series::{self, Floor, Group, Series, distinct};
use crate::stats::{Summary, median};

/// Distances that are averaged together: near, middle, far.
const BUCKETS: [(u64, u64); 3] = [(0, 4), (5, 16), (17, u64::MAX)];

/// Why there is no table.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum TableError {
    /// The scores hold nothing for this task.
    #[error("no rows of task `{task}` in the scores (tasks with rows: {})", found.join(", "))]
    NoRows {
        /// The task asked for.
        task: String,
        /// Tasks that the scores hold.
        found: Vec<String>,
    },
}

/// A range of distances that becomes a column.
#[derive(Debug, Clone, Copy)]
struct Bucket {
    first: u64,
    last: u64,
}

impl Bucket {
    fn holds(self, lag: u64) -> bool {
        (self.first..=self.last).contains(&lag)
    }

    fn header(self, counted: Counted) -> String {
        if counted == Counted::Nothing {
            "accuracy".to_owned()
        } else if counted == Counted::Answers {
            "all answers".to_owned()
        } else if self.first == self.last {
            format!("lag {}", self.first)
        } else {
            format!("lag {}–{}", self.first, self.last)
        }
    }
}

/// One row for each series and floor of a task.
///
/// Accuracies are means over the lags of a bucket, then over seeds, ± half the 95 % Student-t interval over seeds.
/// Where a layer has a finite reach, accuracy inside and beyond it stands apart, so that no bucket hides the edge.
/// "solved" counts trainings, failed ones among them; "steps to solve" is the median of those that solved.
///
/// # Errors
/// [`TableError::NoRows`] if the scores hold no layer for the task.
pub fn verdict(rows: &[Row], task: &str) -> Result<Table, TableError> {
    let groups = series::groups(rows, task);
    if groups.is_empty() {
        return Err(TableError::NoRows { task: task.to_owned(), found: series::tasks(rows) });
    }
    let all_lags = distinct(groups.iter().flat_map(|group| group.lags.iter().copied()));
    let counted = Counted::of(rows, task, "accuracy");
    let buckets = buckets(&all_lags, counted);
    let has_edge = |series: &Series| series.reach().end().is_some();
    let edges = counted == Counted::Lags && groups.iter().flat_map(|group| &group.series).any(has_edge);
    let several = groups.len() > 1;
    let mut headers = vec!["layer".to_owned()];
    let names = distinct(groups.iter().flat_map(|group| group.setting.named().map(|(name, _)| name)));
    headers.extend(several.then(|| names.join(", ")));
    headers.extend(buckets.iter().map(|bucket| bucket.header(counted)));
    if edges {
        headers.extend(["inside reach".to_owned(), "beyond reach".to_owned()]);
    }
    let rest = ["floor", "reach", "params", "FLOPs", "solved", "steps to solve", "learning rate"];
    headers.extend(rest.map(str::to_owned));
    let mut table = Table { title: title(&groups, task, counted), headers, rows: Vec::new() };
    for group in &groups {
        let setting = several.then(|| setting(group));
        let series = group.series.iter().map(|series| series_row(series, &buckets, edges, counted));
        let floors = group.merged_floors();
        let width = table.headers.len() - usize::from(several);
        let floors = floors.iter().map(|floor| floor_row(floor, &group.lags, &buckets, width));
        for mut row in series.chain(floors) {
            if let Some(setting) = &setting {
                row.insert(1, setting.clone());
            }
            table.rows.push(row);
        }
    }
    Ok(table)
}

/// The buckets that hold a lag, drawn in to the lags they hold; one of all where lags are not what is told.
fn buckets(lags: &[u64], counted: Counted) -> Vec<Bucket> {
    let drawn_in = |(first, last): &(u64, u64)| {
        let held = || lags.iter().copied().filter(|lag| (first..=last).contains(&lag));
        Some(Bucket { first: held().min()?, last: held().max()? })
    };
    let all = [(0, u64::MAX)];
    let wanted: &[(u64, u64)] = if counted == Counted::Lags { &BUCKETS } else { &all };
    wanted.iter().filter_map(drawn_in).collect()
}

fn setting(group: &Group) -> String {
    group.setting.named().map(|(_, value)| value.to_string()).collect::<Vec<_>>().join(", ")
}

fn title(groups: &[Group], task: &str, counted: Counted) -> String {
    let seeds = groups.iter().map(Group::seeds).max().unwrap_or(0);
    let mut parts = vec![task.to_owned()];
    if let [only] = groups {
        parts.extend(only.setting.named().map(|(name, value)| format!("{name} = {value}")));
    }
    let interval =
        if seeds == 1 { "1 seed".to_owned() } else { format!("{seeds} seeds, mean ± half the 95 % interval") };
    let by = if counted == Counted::Lags { " by lag" } else { "" };
    format!("{}: test accuracy{by}, {interval}", parts.join(", "))
}

fn series_row(series: &Series, buckets: &[Bucket], edges: bool, counted: Counted) -> Vec<String> {
    let first = |column: fn(&Row) -> Option<u64>| series.rows.iter().find_map(|row| column(row));
    let mut row = vec![series.label.to_owned()];
    row.extend(buckets.iter().map(|bucket| match micro(series) {
        // Answers that are asked for at some lags more often than at others.
        Some(summary) if counted == Counted::Answers && series.failures().is_empty() => plus_minus(&summary),
        _ => accuracy(series, |lag| bucket.holds(lag)),
    }));
    if edges {
        let reach = series.reach();
        row.push(accuracy(series, |lag| reach.sees(lag)));
        row.push(match reach {
            Reach::Unbounded => dash(),
            Reach::Lags(_) => accuracy(series, |lag| !reach.sees(lag)),
        });
    }
    let floors: Vec<_> = series.rows.iter().filter(|row| row.is_test_accuracy()).filter_map(|row| row.floor).collect();
    row.push(range(&floors, exact));
    row.push(series.reach_text().to_owned());
    row.push(first(|row| row.params).map_or_else(dash, grouped));
    row.push(first(|row| row.flops).map_or_else(dash, |flops| si(flops as f64)));
    row.push(solved(series));
    let steps: Vec<_> = series.values("steps_to_solve").map(|(_, steps)| steps).collect();
    row.push(median(&steps).map_or_else(dash, |steps| grouped(steps.round() as u64)));
    let rates: Vec<_> = series.values("learning_rate").map(|(_, rate)| rate).collect();
    row.push(range(&rates, |rate| rate.to_string()));
    row
}

fn floor_row(floor: &Floor, lags: &[u64], buckets: &[Bucket], width: usize) -> Vec<String> {
    let mut row = vec![floor.label.clone()];
    let mean = |bucket: &Bucket| floor.mean(lags, |lag| bucket.holds(lag));
    row.extend(buckets.iter().map(|bucket| mean(bucket).map_or_else(dash, exact)));
    row.resize(width, String::new());
    row
}

/// `0.98 ± 0.01`, `error` where all failed, `–` where nothing was measured.
fn accuracy(series: &Series, wanted: impl Fn(u64) -> bool) -> String {
    // A cell that failed before its lags were known counts against every bucket.
    let failed = series.failures().iter().filter(|(_, lag)| lag.is_none_or(&wanted)).count();
    match (series.accuracy(&wanted), failed) {
        (None, 0) => dash(),
        (None, _) => "error".to_owned(),
        (Some(summary), 0) => plus_minus(&summary),
        (Some(summary), 1) => format!("{} (1 error)", plus_minus(&summary)),
        (Some(summary), failed) => format!("{} ({failed} errors)", plus_minus(&summary)),
    }
}

/// Accuracy over all answers, where it is not a mean over lags.
fn micro(series: &Series) -> Option<Summary> {
    Summary::of_accuracies(&series.values("micro_accuracy").map(|(_, value)| value).collect::<Vec<_>>())
}

fn plus_minus(summary: &Summary) -> String {
    match summary.half {
        Some(half) => format!("{:.2} ± {half:.2}", summary.mean),
        None => format!("{:.2}", summary.mean),
    }
}

/// Trainings that solved the task among all, the failed ones included.
fn solved(series: &Series) -> String {
    let ended: Vec<_> = series.values("solved").map(|(row, value)| ((row.seed, row.lag), value)).collect();
    let lost = series.failures().into_iter().filter(|cell| ended.iter().all(|(other, _)| other != cell)).count();
    match ended.len() + lost {
        0 => dash(),
        all => format!("{}/{all}", ended.iter().filter(|(_, value)| *value > 0.5).count()),
    }
}

pub(crate) fn dash() -> String {
    "–".to_owned()
}

/// Floors are computed, not sampled: three digits, as many as 1/8 needs.
fn exact(floor: f64) -> String {
    ((1000.0 * floor).round() / 1000.0).to_string()
}

/// Smallest and largest; one text where they read the same.
fn range(values: &[f64], text: impl Fn(f64) -> String) -> String {
    let low = values.iter().copied().min_by(f64::total_cmp).map(&text);
    let high = values.iter().copied().max_by(f64::total_cmp).map(&text);
    match (low, high) {
        (Some(low), Some(high)) if low == high => low,
        (Some(low), Some(high)) => format!("{low}–{high}"),
        _ => dash(),
    }
}

/// 12,345.
fn grouped(value: u64) -> String {
    let digits = value.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// Three digits and a unit: 3.41 M.
pub(crate) fn si(value: f64) -> String {
    let (mut scaled, mut unit) = (value, 0);
    // 999.5 would print as "1000": it belongs to the next unit.
    while scaled >= 999.5 && unit < 6 {
        scaled /= 1000.0;
        unit += 1;
    }
    let digits = if unit == 0 || scaled >= 99.95 {
        0
    } else if scaled >= 9.995 {
        1
    } else {
        2
    };
    let unit = ["", " k", " M", " G", " T", " P", " E"][unit];
    format!("{scaled:.digits$}{unit}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_as_people_write_them() {
        assert_eq!([0, 999, 1000, 1_234_567].map(grouped), ["0", "999", "1,000", "1,234,567"]);
        let flops = [0.0, 950.0, 999.6, 3_412_000.0, 99_960_000.0, 9.9996e9, 4.0e18];
        assert_eq!(flops.map(si), ["0", "950", "1.00 k", "3.41 M", "100 M", "10.0 G", "4.00 E"]);
    }

    #[test]
    fn buckets_hold_what_was_measured() {
        let headers = |lags: &[u64], counted| {
            let all = buckets(lags, counted);
            all.into_iter().map(|bucket| bucket.header(counted)).collect::<Vec<_>>()
        };
        assert_eq!(headers(&[1, 2, 3, 4, 6, 16, 23, 63], Counted::Lags), ["lag 1–4", "lag 6–16", "lag 23–63"]);
        assert_eq!(headers(&[1, 64], Counted::Lags), ["lag 1", "lag 64"]);
        assert_eq!(headers(&[1, 2, 64], Counted::Answers), ["all answers"]);
        assert_eq!(headers(&[0], Counted::Nothing), ["accuracy"]);
        assert!(headers(&[], Counted::Nothing).is_empty());
    }
}
