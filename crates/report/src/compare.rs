//! Two runs side by side: for each series and number, both means, their difference with its interval, and a verdict.

use std::collections::BTreeMap;

use crate::scores::Row;
use crate::stats::Summary;
use crate::timings;

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
            Self::Unclear => "differs; one seed says nothing about spread",
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

/// Every pass that both runs have timed: the ratio of the medians, and whether the quartiles are apart.
pub fn timings(first: &[timings::Row], second: &[timings::Row]) -> Vec<Line> {
    let key = |row: &timings::Row| {
        (row.implementation.clone(), row.label.clone(), row.pass.clone(), row.batch, row.n, row.width, row.threads)
    };
    let of_second: BTreeMap<_, _> = second.iter().map(|row| (key(row), row)).collect();
    let mut lines = Vec::new();
    for row in first {
        let Some(other) = of_second.get(&key(row)) else { continue };
        let (Some(one), Some(two)) = (row.seconds_median, other.seconds_median) else { continue };
        let quartiles = |row: &timings::Row| row.seconds_low.zip(row.seconds_high);
        let verdict = match (quartiles(row), quartiles(other)) {
            _ if one == two => Verdict::Equal,
            (Some((_, high)), Some((low, _))) if low > high => Verdict::Higher,
            (Some((low, _)), Some((_, high))) if high < low => Verdict::Lower,
            (Some(_), Some(_)) => Verdict::Alike,
            _ => Verdict::Unclear,
        };
        let sizes = [("n", row.n), ("width", row.width), ("threads", row.threads)];
        let sizes: String = sizes.iter().filter_map(|(name, value)| Some(format!(", {name} {}", (*value)?))).collect();
        lines.push(Line {
            what: format!("{}, {}{sizes}", row.label, row.implementation),
            metric: format!("{} seconds", row.pass).trim().to_owned(),
            first: Some(one),
            second: Some(two),
            difference: Some(two / one),
            half: None,
            verdict,
        });
    }
    lines
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
