//! Two runs side by side: for each series and number, both means, their difference with its interval, and a verdict.

use std::collections::BTreeMap;

use crate::scores::Row;
use crate::stats::Summary;
use crate::{maps, timings};

/// What can be said of a difference.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Every single value is the same.
    Equal,
    /// Values differ, and the interval of the difference holds 0 (or, for times, the quartiles overlap).
    Alike,
    /// The second is higher.
    Higher,
    /// The second is lower.
    Lower,
    /// Values differ, and one repetition says nothing about spread.
    Unclear,
    /// Only the first run has it.
    OnlyFirst,
    /// Only the second run has it.
    OnlySecond,
}

impl Verdict {
    /// In words.
    pub fn words(self) -> &'static str {
        match self {
            Self::Equal => "equal",
            Self::Alike => "no clear difference",
            Self::Higher => "B is higher",
            Self::Lower => "B is lower",
            Self::Unclear => "differs; nothing is known of its spread",
            Self::OnlyFirst => "only in A",
            Self::OnlySecond => "only in B",
        }
    }
}

/// One number of one series in both runs.
#[derive(Debug, Clone, PartialEq)]
pub struct Line {
    /// Task, series, and what else tells the number from others.
    pub what: String,
    /// Name of the number, and its split.
    pub metric: String,
    /// Mean over seeds (lags are averaged within a seed) in the first run.
    pub first: Option<f64>,
    /// And in the second.
    pub second: Option<f64>,
    /// Second less first; for times, their ratio.
    pub difference: Option<f64>,
    /// Half the 95 % interval of the difference: of pairs where both runs have the same seeds, else by Welch.
    pub half: Option<f64>,
    /// What can be said.
    pub verdict: Verdict,
}

/// Seeds' values of one number, mean over lags.
type BySeed = BTreeMap<Option<u64>, f64>;

/// Every number that either run has, sorted by task, series and metric.
pub fn scores(first: &[Row], second: &[Row]) -> Vec<Line> {
    let (first, second) = (grouped(first), grouped(second));
    let mut keys: Vec<_> = first.keys().chain(second.keys()).collect();
    keys.sort();
    keys.dedup();
    let none = BySeed::new();
    keys.into_iter()
        .map(|key| {
            let (a, b) = (first.get(key).unwrap_or(&none), second.get(key).unwrap_or(&none));
            line(key, a, b)
        })
        .collect()
}

/// What tells numbers apart: task, label and sizes in words; metric and split in words.
type Key = (String, String);

fn grouped(rows: &[Row]) -> BTreeMap<Key, BySeed> {
    let mut sums: BTreeMap<Key, BTreeMap<Option<u64>, (f64, usize)>> = BTreeMap::new();
    for row in rows.iter().filter(|row| !row.is_floor()) {
        let sizes = [("depth", row.depth), ("n", row.n), ("k", row.k)];
        let sizes: String = sizes.iter().filter_map(|(name, value)| Some(format!(", {name} {}", (*value)?))).collect();
        let metric = if row.failed() { "failed".to_owned() } else { format!("{} {}", row.split, row.metric) };
        let key = (format!("{}: {}{sizes}", row.task, row.label), metric.trim().to_owned());
        let (sum, count) = sums.entry(key).or_default().entry(row.seed).or_default();
        *sum += if row.failed() { 1.0 } else { row.value.unwrap_or(f64::NAN) };
        *count += 1;
    }
    let mean =
        |seeds: BTreeMap<_, (f64, usize)>| seeds.into_iter().map(|(seed, (s, c))| (seed, s / c as f64)).collect();
    sums.into_iter().map(|(key, seeds)| (key, mean(seeds))).collect()
}

fn line((what, metric): &Key, a: &BySeed, b: &BySeed) -> Line {
    let values = |run: &BySeed| run.values().copied().collect::<Vec<f64>>();
    let (first, second) = (Summary::of(&values(a)), Summary::of(&values(b)));
    let (difference, half) = match (&first, &second) {
        (Some(one), Some(two)) => difference(a, b, one, two),
        _ => (None, None),
    };
    let verdict = match (&first, &second, difference, half) {
        (None, ..) => Verdict::OnlySecond,
        (_, None, ..) => Verdict::OnlyFirst,
        _ if a == b => Verdict::Equal,
        (_, _, Some(difference), Some(half)) if difference.abs() > half => {
            if difference > 0.0 {
                Verdict::Higher
            } else {
                Verdict::Lower
            }
        }
        (_, _, _, Some(_)) => Verdict::Alike,
        _ => Verdict::Unclear,
    };
    let mean = |summary: Option<Summary>| summary.map(|s| s.mean);
    Line {
        what: what.clone(),
        metric: metric.clone(),
        first: mean(first),
        second: mean(second),
        difference,
        half,
        verdict,
    }
}

fn difference(a: &BySeed, b: &BySeed, one: &Summary, two: &Summary) -> (Option<f64>, Option<f64>) {
    if a.keys().eq(b.keys()) {
        let pairs: Vec<f64> = a.values().zip(b.values()).map(|(a, b)| b - a).collect();
        let summary = Summary::of(&pairs);
        return (summary.map(|s| s.mean), summary.and_then(|s| s.half));
    }
    // Each half is t·s/√n of its own run; the root of their squares is wider than Welch's interval, never narrower.
    let half = one.half.zip(two.half).map(|(one, two)| one.hypot(two));
    (Some(two.mean - one.mean), half)
}

/// Every pass that either run has timed: the ratio of the medians, and whether the quartiles are apart.
pub fn timings(first: &[timings::Row], second: &[timings::Row]) -> Vec<Line> {
    let key = |row: &timings::Row| {
        (row.implementation.clone(), row.label.clone(), row.pass.clone(), row.batch, row.n, row.width, row.threads)
    };
    let by_key = |rows: &'_ [timings::Row]| -> BTreeMap<_, timings::Row> {
        rows.iter().map(|row| (key(row), row.clone())).collect()
    };
    let (first, second) = (by_key(first), by_key(second));
    let mut keys: Vec<_> = first.keys().chain(second.keys()).collect();
    keys.sort();
    keys.dedup();
    keys.into_iter().map(|key| pass(first.get(key), second.get(key))).collect()
}

fn pass(first: Option<&timings::Row>, second: Option<&timings::Row>) -> Line {
    let row = first.or(second).expect("a key of one of them");
    let seconds = |row: Option<&timings::Row>| row.and_then(|row| row.seconds_median);
    let quartiles = |row: Option<&timings::Row>| row.and_then(|row| row.seconds_low.zip(row.seconds_high));
    let verdict = match (seconds(first), seconds(second), quartiles(first), quartiles(second)) {
        (None, None, ..) if first.is_some() && second.is_some() => Verdict::Equal,
        (_, None, ..) => Verdict::OnlyFirst,
        (None, ..) => Verdict::OnlySecond,
        (Some(one), Some(two), ..) if one == two => Verdict::Equal,
        (_, _, Some((_, high)), Some((low, _))) if low > high => Verdict::Higher,
        (_, _, Some((low, _)), Some((_, high))) if high < low => Verdict::Lower,
        (_, _, Some(_), Some(_)) => Verdict::Alike,
        _ => Verdict::Unclear,
    };
    let sizes = [("n", row.n), ("width", row.width), ("threads", row.threads)];
    let sizes: String = sizes.iter().filter_map(|(name, value)| Some(format!(", {name} {}", (*value)?))).collect();
    Line {
        what: format!("{}, {}{sizes}", row.label, row.implementation),
        metric: format!("{} seconds", row.pass).trim().to_owned(),
        first: seconds(first),
        second: seconds(second),
        difference: seconds(first).zip(seconds(second)).map(|(one, two)| two / one),
        half: None,
        verdict,
    }
}

/// Maps, row by row: how far a share is from that of the other run at most, series by series.
pub fn maps(first: &[maps::Row], second: &[maps::Row]) -> Vec<Line> {
    let what = |row: &maps::Row| format!("{}: {}, depth {}, n {}", row.task, row.label, row.depth, row.n);
    let key = |row: &maps::Row| (what(row), row.split.clone());
    let grouped = |rows: &[maps::Row]| -> BTreeMap<_, BTreeMap<(u64, u64), Vec<f64>>> {
        let mut groups: BTreeMap<_, BTreeMap<_, _>> = BTreeMap::new();
        for row in rows {
            groups.entry(key(row)).or_default().insert((row.seed, row.output), row.values.clone());
        }
        groups
    };
    let (first, second) = (grouped(first), grouped(second));
    let mut keys: Vec<_> = first.keys().chain(second.keys()).collect();
    keys.sort();
    keys.dedup();
    let line = |key: &(String, String)| {
        let (a, b) = (first.get(key), second.get(key));
        let largest = a.zip(b).map(|(a, b)| {
            let pairs = a.iter().filter_map(|(row, values)| Some((values, b.get(row)?)));
            let distances = pairs.flat_map(|(one, two)| one.iter().zip(two).map(|(one, two)| (one - two).abs()));
            distances.fold(0.0, f64::max)
        });
        let verdict = match (a, b) {
            (None, _) => Verdict::OnlySecond,
            (_, None) => Verdict::OnlyFirst,
            _ if a == b => Verdict::Equal,
            _ => Verdict::Unclear,
        };
        let metric = format!("{} shares", key.1).trim().to_owned();
        Line { what: key.0.clone(), metric, first: None, second: None, difference: largest, half: None, verdict }
    };
    keys.into_iter().map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(label: &str, values: &[f64]) -> Vec<Row> {
        let row = |(seed, value): (usize, &f64)| Row {
            task: "t".into(),
            layer: "conv".into(),
            label: label.into(),
            seed: Some(seed as u64),
            n: Some(64),
            lag: Some(1),
            metric: "accuracy".into(),
            split: "test".into(),
            value: Some(*value),
            ..Row::default()
        };
        values.iter().enumerate().map(row).collect()
    }

    #[test]
    fn pairs_of_seeds_give_the_interval_and_the_verdict() {
        let verdict = |a: &[f64], b: &[f64]| scores(&rows("a", a), &rows("a", b))[0].clone();
        assert_eq!(verdict(&[0.1, 0.5], &[0.1, 0.5]).verdict, Verdict::Equal);
        let higher = verdict(&[0.1, 0.5, 0.9], &[0.2, 0.61, 0.99]);
        assert_eq!((higher.verdict, higher.what.as_str()), (Verdict::Higher, "t: a, n 64"));
        assert!((higher.difference.unwrap() - 0.1).abs() < 1e-9 && higher.half.unwrap() < 0.03, "{higher:?}");
        assert_eq!(verdict(&[0.5, 0.5, 0.5], &[0.9, 0.1, 0.6]).verdict, Verdict::Alike);
        assert_eq!(verdict(&[0.5], &[0.4]).verdict, Verdict::Unclear);
        // Other numbers of seeds: no pairs.
        assert_eq!(verdict(&[0.1, 0.11], &[0.9, 0.9, 0.91]).verdict, Verdict::Higher);
    }

    #[test]
    fn what_only_one_run_has_and_what_failed_is_told() {
        let failed = Row { value: None, error: "diverged".into(), ..rows("a", &[0.0])[0].clone() };
        let lines = scores(&rows("a", &[0.5]), &[failed]);
        let told: Vec<_> = lines.iter().map(|line| (line.metric.as_str(), line.verdict)).collect();
        assert_eq!(told, [("failed", Verdict::OnlySecond), ("test accuracy", Verdict::OnlyFirst)]);
    }

    #[test]
    fn times_differ_when_their_quartiles_are_apart() {
        let row = |low, median, high| timings::Row {
            label: "conv".into(),
            pass: "both".into(),
            n: Some(32),
            seconds_low: Some(low),
            seconds_median: Some(median),
            seconds_high: Some(high),
            ..timings::Row::default()
        };
        let verdict = |a, b| timings(&[a], &[b])[0].verdict;
        assert_eq!(verdict(row(1.0, 1.1, 1.2), row(1.1, 1.15, 1.3)), Verdict::Alike);
        assert_eq!(verdict(row(1.0, 1.1, 1.2), row(2.0, 2.2, 2.4)), Verdict::Higher);
        assert_eq!(verdict(row(2.0, 2.2, 2.4), row(1.0, 1.1, 1.2)), Verdict::Lower);
    }
}
