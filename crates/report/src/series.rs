//! Rows gathered into what figures and tables show: series, floors, settings.

use std::collections::BTreeMap;

use crate::reach::Reach;
use crate::scores::Row;
use crate::stats::Summary;

/// The layer that measures the shell: grey, and in every panel.
pub const NONE: &str = "none";

/// Lags at which accuracy is called a floor of the same height as another.
const SAME_FLOOR: f64 = 0.015;

/// A length, a number of pairs, and a width: rows of different settings are never averaged together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Setting {
    /// Steps in a sequence.
    pub n: Option<u64>,
    /// Key–value pairs, where the task has them.
    pub k: Option<u64>,
    /// Features at a step, where one series has several widths; series that differ in it stand beside each other.
    pub width: Option<u64>,
}

impl Setting {
    fn of(row: &Row, several: &[&str]) -> Self {
        Self { n: row.n, k: row.k, width: row.width.filter(|_| several.contains(&row.label.as_str())) }
    }

    /// Its numbers that there are, each with its name in words: `n`, `K`, `width`.
    pub fn named(self) -> impl Iterator<Item = (&'static str, u64)> {
        let named = [("n", self.n), ("K", self.k), ("width", self.width)];
        named.into_iter().filter_map(|(name, value)| Some((name, value?)))
    }

    /// Floors may leave `n` or `k` empty: they hold for all.
    fn has_floor(self, row: &Row) -> bool {
        row.n.is_none_or(|n| Some(n) == self.n) && row.k.is_none_or(|k| Some(k) == self.k)
    }
}

/// All rows of one series.
#[derive(Debug, Clone)]
pub struct Series<'a> {
    /// Its name.
    pub label: &'a str,
    /// The layer's kebab name.
    pub layer: &'a str,
    /// Position among all series of the file, `none` left out: it decides the colour.
    pub index: usize,
    /// Its rows, all metrics.
    pub rows: Vec<&'a Row>,
}

impl Series<'_> {
    /// Declared reach.
    pub fn reach(&self) -> Reach {
        Reach::parse(self.reach_text())
    }

    /// Declared reach as it stands in the file.
    pub fn reach_text(&self) -> &str {
        self.rows.iter().map(|row| row.reach.as_str()).find(|reach| !reach.is_empty()).unwrap_or("")
    }

    /// Rows of one metric that have a value.
    pub fn values(&self, metric: &str) -> impl Iterator<Item = (&Row, f64)> {
        self.rows.iter().filter(move |row| row.metric == metric).filter_map(|row| Some((*row, row.value?)))
    }

    /// Test accuracies at lags for which `wanted` holds, by seed.
    pub fn accuracies(&self, wanted: impl Fn(u64) -> bool) -> BTreeMap<Option<u64>, Vec<f64>> {
        let mut by_seed: BTreeMap<_, Vec<f64>> = BTreeMap::new();
        for row in self.rows.iter().filter(|row| row.is_test_accuracy()) {
            if let (Some(lag), Some(value)) = (row.lag, row.value)
                && wanted(lag)
            {
                by_seed.entry(row.seed).or_default().push(value);
            }
        }
        by_seed
    }

    /// Mean and interval over seeds of the mean accuracy at the wanted lags.
    pub fn accuracy(&self, wanted: impl Fn(u64) -> bool) -> Option<Summary> {
        let means = self.accuracies(wanted).into_values().map(|seed| seed.iter().sum::<f64>() / seed.len() as f64);
        Summary::of_accuracies(&means.collect::<Vec<_>>())
    }

    /// As [`Series::accuracy`], at these lags.
    pub fn accuracy_at(&self, lags: &[u64]) -> Option<Summary> {
        self.accuracy(|lag| lags.contains(&lag))
    }

    /// Number of distinct trainings (seed, and lag where each lag is trained by itself) that failed.
    pub fn failures(&self) -> Vec<(Option<u64>, Option<u64>)> {
        distinct(self.rows.iter().filter(|row| row.failed()).map(|row| (row.seed, row.lag)))
    }
}

/// A floor: what is reached without the information at the lag.
#[derive(Debug, Clone, PartialEq)]
pub struct Floor {
    /// Names joined by ` = ` where floors coincide.
    pub label: String,
    /// The reach of the layers it is a floor for; empty if it is one for all.
    pub reach: String,
    /// Accuracy by lag; one entry without a lag where it is the same at all.
    pub points: BTreeMap<Option<u64>, f64>,
}

impl Floor {
    /// Accuracy at a lag.
    pub fn at(&self, lag: u64) -> Option<f64> {
        self.points.get(&Some(lag)).or_else(|| self.points.get(&None)).copied()
    }

    /// Whether it is a floor for any of these series.
    pub fn concerns(&self, series: &[&Series]) -> bool {
        self.reach.is_empty() || series.iter().any(|series| series.reach_text() == self.reach)
    }

    /// Whether it is the same at every lag.
    pub fn is_constant(&self) -> bool {
        self.points.keys().all(Option::is_none)
            || self.points.values().all(|value| Some(value) == self.points.values().next())
    }

    /// Mean at the wanted lags of `lags`.
    pub fn mean(&self, lags: &[u64], wanted: impl Fn(u64) -> bool) -> Option<f64> {
        let values: Vec<_> = lags.iter().filter(|lag| wanted(**lag)).filter_map(|lag| self.at(*lag)).collect();
        (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
    }

    fn coincides(&self, other: &Self) -> bool {
        self.points.len() == other.points.len()
            && self
                .points
                .iter()
                .all(|(lag, value)| other.points.get(lag).is_some_and(|other| (other - value).abs() < SAME_FLOOR))
    }
}

/// Everything in the file about one task in one setting.
#[derive(Debug, Clone)]
pub struct Group<'a> {
    /// Length and number of pairs.
    pub setting: Setting,
    /// In the order of the file.
    pub series: Vec<Series<'a>>,
    /// In the order of the file, each by itself.
    pub floors: Vec<Floor>,
    /// Ascending.
    pub lags: Vec<u64>,
}

impl Group<'_> {
    /// Floors, those of the same height joined into one with all their names.
    pub fn merged_floors(&self) -> Vec<Floor> {
        let mut merged: Vec<Floor> = Vec::new();
        for floor in &self.floors {
            // Compared with the first of a cluster, so that a chain of near neighbours cannot drift.
            match merged.iter_mut().find(|first| first.coincides(floor)) {
                Some(first) => first.label = format!("{} = {}", first.label, floor.label),
                None => merged.push(floor.clone()),
            }
        }
        merged
    }

    /// Number of distinct seeds.
    pub fn seeds(&self) -> usize {
        distinct(self.series.iter().flat_map(|series| &series.rows).filter_map(|row| row.seed)).len()
    }
}

/// The tasks that have layers in the file, in order.
pub fn tasks(rows: &[Row]) -> Vec<String> {
    distinct(rows.iter().filter(|row| !row.is_floor()).map(|row| row.task.clone()))
}

/// The groups of one task, in the order in which their settings appear. Empty if the task has no layer rows.
pub fn groups<'a>(rows: &'a [Row], task: &str) -> Vec<Group<'a>> {
    // Over all tasks, so that a series keeps its colour from figure to figure.
    let order = distinct(rows.iter().filter(|row| !row.is_floor() && row.layer != NONE).map(|row| row.label.as_str()));
    let of_task: Vec<&Row> = rows.iter().filter(|row| row.task == task).collect();
    let layers = || of_task.iter().copied().filter(|row| !row.is_floor());
    let labels = distinct(layers().map(|row| row.label.as_str()));
    let widths = |label: &str| distinct(layers().filter(|row| row.label == label).map(|row| row.width)).len();
    let several: Vec<&str> = labels.into_iter().filter(|label| widths(label) > 1).collect();
    distinct(layers().map(|row| Setting::of(row, &several)))
        .into_iter()
        .map(|setting| {
            let here: Vec<_> = layers().filter(|row| Setting::of(row, &several) == setting).collect();
            let series = distinct(here.iter().map(|row| row.label.as_str())).into_iter().map(|label| {
                let rows: Vec<_> = here.iter().copied().filter(|row| row.label == label).collect();
                let index = order.iter().position(|other| *other == label).unwrap_or(0);
                Series { label, layer: &rows[0].layer, index, rows }
            });
            let mut lags = distinct(here.iter().filter(|row| row.is_test_accuracy()).filter_map(|row| row.lag));
            lags.sort_unstable();
            Group { setting, series: series.collect(), floors: floors(&of_task, setting), lags }
        })
        .collect()
}

fn floors(of_task: &[&Row], setting: Setting) -> Vec<Floor> {
    let here: Vec<_> = of_task
        .iter()
        .filter(|row| row.is_floor() && row.is_test_accuracy() && row.value.is_some() && setting.has_floor(row))
        .collect();
    let labels = distinct(here.iter().map(|row| row.label.as_str()));
    labels
        .into_iter()
        .map(|label| {
            let mut values: BTreeMap<Option<u64>, Vec<f64>> = BTreeMap::new();
            for row in here.iter().filter(|row| row.label == label) {
                values.entry(row.lag).or_default().extend(row.value);
            }
            let points = values.into_iter().map(|(lag, seeds)| (lag, seeds.iter().sum::<f64>() / seeds.len() as f64));
            let reach = here.iter().find(|row| row.label == label).map_or_else(String::new, |row| row.reach.clone());
            Floor { label: label.to_owned(), reach, points: points.collect() }
        })
        .collect()
}

/// Each value once, in order of first appearance.
pub(crate) fn distinct<T: PartialEq>(values: impl Iterator<Item = T>) -> Vec<T> {
    let mut seen = Vec::new();
    for value in values {
        if !seen.contains(&value) {
            seen.push(value);
        }
    }
    seen
}
