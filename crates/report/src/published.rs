//! Numbers from elsewhere, and ours beside them.
//!
//! An experiment file says where a number was printed, how it was come by, and what differs in the set-up. It is no claim:
//! whoever is outside says so and by how much.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::scores::Row;
use crate::stats::Summary;
use crate::table::Table;

/// A number from elsewhere, as it stands in the experiment file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Published {
    /// What it is of, in the words of its source.
    pub what: String,
    /// Our task.
    pub task: String,
    /// Label of our series, if we have one that stands for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub layer: Option<String>,
    /// Our metric.
    #[serde(default = "accuracy")]
    pub metric: String,
    /// Our split.
    #[serde(default = "test")]
    pub split: String,
    /// Our rows of this length alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub n: Option<u64>,
    /// Our rows with so many pairs alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub k: Option<u64>,
    /// Our rows of this width alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub width: Option<u64>,
    /// The number; several where a source gives it more than once.
    pub values: Vec<f64>,
    /// What may be called the same: from, to. Without one, the difference is all there is to say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub band: Option<[f64; 2]>,
    /// Where it is from.
    pub source: String,
    /// How it was come by.
    pub checked: Checked,
    /// What differs in the set-up, and what was tried where ours is outside.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub differs: String,
}

/// How a published number was come by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Checked {
    /// Read in the source named.
    Read,
    /// Read off a plot of the source.
    Plot,
    /// Follows from a formula.
    Computed,
    /// From memory; nobody looked it up.
    Memory,
}

impl Checked {
    fn words(self) -> &'static str {
        match self {
            Self::Read => "read there",
            Self::Plot => "read off the plot",
            Self::Computed => "computed",
            Self::Memory => "from memory, not checked",
        }
    }
}

fn accuracy() -> String {
    "accuracy".into()
}

fn test() -> String {
    "test".into()
}

impl Published {
    /// Refuses what nothing can be held against.
    ///
    /// # Errors
    /// Says what is missing.
    pub fn check(&self) -> Result<(), String> {
        let finite = self.values.iter().chain(self.band.iter().flatten()).all(|value| value.is_finite());
        match self.band {
            _ if self.values.is_empty() => Err(format!("published `{}` has no values", self.what)),
            _ if !finite => Err(format!("published `{}` has a value that is no number", self.what)),
            Some([low, high]) if low > high => {
                Err(format!("published `{}`: its band goes from {low} down to {high}", self.what))
            }
            _ => Ok(()),
        }
    }

    /// Ours: mean over lags, then over seeds. None where there are no such rows; a failed cell leaves its seed out.
    pub fn ours(&self, rows: &[Row]) -> Option<Summary> {
        let label = self.layer.as_ref()?;
        let is = |asked: Option<u64>, of_row: Option<u64>| asked.is_none_or(|size| of_row == Some(size));
        let mut seeds: BTreeMap<Option<u64>, (f64, u32)> = BTreeMap::new();
        let wanted = rows.iter().filter(|row| {
            (&row.task, &row.label, &row.metric, &row.split) == (&self.task, label, &self.metric, &self.split)
                && is(self.n, row.n)
                && is(self.k, row.k)
                && is(self.width, row.width)
        });
        for (row, value) in wanted.filter_map(|row| Some((row, row.value?))) {
            let (sum, count) = seeds.entry(row.seed).or_default();
            (*sum, *count) = (*sum + value, *count + 1);
        }
        let means: Vec<f64> = seeds.into_values().map(|(sum, count)| sum / f64::from(count)).collect();
        Summary::of(&means)
    }

    /// Whether ours is where the source says, and if not, how far off.
    fn verdict(&self, ours: &Summary) -> String {
        let [low, high] = self.band.unwrap_or_else(|| {
            let ends = |pick: fn(f64, f64) -> f64| self.values.iter().copied().reduce(pick).expect("checked");
            [ends(f64::min), ends(f64::max)]
        });
        let off = (ours.mean - high).max(low - ours.mean).max(0.0);
        let side = if ours.mean > high { "above" } else { "below" };
        match (self.band, off) {
            (Some(_), 0.0) => "inside".to_owned(),
            (Some(_), off) => format!("**outside**: {} {side}", number(off)),
            (None, 0.0) => "the same".to_owned(),
            (None, off) => format!("{} {side}", number(off)),
        }
    }
}

/// Published numbers with ours beside them, from the first of `runs` (each a profile and its rows) that has what was asked.
pub fn table(published: &[Published], runs: &[(&str, Vec<Row>)]) -> Table {
    let lines = published.iter().map(|it| {
        let ours = runs.iter().find_map(|(profile, rows)| Some((*profile, it.ours(rows)?)));
        let spread = |(profile, ours): &(&str, Summary)| {
            let half = ours.half.map(|half| format!(" ± {}", number(half))).unwrap_or_default();
            let seeds = if ours.count == 1 { "seed" } else { "seeds" };
            format!("{}{half} ({profile}, {} {seeds})", number(ours.mean), ours.count)
        };
        let band = it.band.map(|[low, high]| format!(" (band {} … {})", number(low), number(high)));
        let sizes = [("n", it.n), ("K", it.k), ("width", it.width)];
        let sizes: String = sizes.iter().filter_map(|(name, size)| Some(format!(", {name} = {}", (*size)?))).collect();
        vec![
            format!("{}{sizes}", it.what),
            it.values.iter().map(|value| number(*value)).collect::<Vec<_>>().join(", ") + &band.unwrap_or_default(),
            format!("{}; {}", it.source, it.checked.words()),
            it.layer.clone().unwrap_or_else(|| "–".to_owned()),
            ours.as_ref().map_or_else(|| "not run".to_owned(), spread),
            ours.as_ref().map_or_else(|| "–".to_owned(), |(_, ours)| it.verdict(ours)),
            it.differs.clone(),
        ]
    });
    let headers =
        ["published", "value", "source", "our series", "ours ± half the 95 % interval", "verdict", "what differs"];
    Table { title: String::new(), headers: headers.map(str::to_owned).to_vec(), rows: lines.collect() }
}

/// Three decimals suit accuracies; tiny losses need others.
fn number(value: f64) -> String {
    if value.abs() >= 1e-3 || value == 0.0 { format!("{value:.3}") } else { format!("{value:.1e}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn published(more: &str) -> Published {
        let head = "what = \"CNN\"\ntask = \"t\"\nlayer = \"conv\"\nsource = \"a page\"\nchecked = \"read\"\n";
        toml::from_str(&format!("{head}{more}")).unwrap()
    }

    fn row(seed: u64, lag: u64, value: f64) -> Row {
        let texts = ["t", "conv", "accuracy", "test"].map(str::to_owned);
        let [task, label, metric, split] = texts;
        Row {
            task,
            label,
            metric,
            split,
            seed: Some(seed),
            lag: Some(lag),
            n: Some(40),
            value: Some(value),
            ..Row::default()
        }
    }

    #[test]
    fn ours_is_the_mean_over_seeds_of_the_means_over_lags() {
        let rows = [row(0, 1, 0.8), row(0, 2, 1.0), row(1, 1, 0.7)];
        let ours = published("values = [0.9]").ours(&rows).unwrap();
        assert!((ours.mean - 0.8).abs() < 1e-12 && ours.count == 2);
        assert_eq!(published("values = [0.9]\nn = 64").ours(&rows), None);
    }

    #[test]
    fn a_size_is_taken_from_the_first_run_that_has_it() {
        let long = Row { n: Some(400), ..row(0, 1, 0.6) };
        let runs = [("full", vec![long]), ("quick", vec![row(0, 1, 0.8)])];
        let ours = |more: &str| table(&[published(&format!("values = [0.9]\n{more}"))], &runs).rows[0][4].clone();
        assert_eq!(ours("n = 400"), "0.600 (full, 1 seed)");
        assert_eq!(ours("n = 40"), "0.800 (quick, 1 seed)");
        assert_eq!(ours("n = 4"), "not run");
    }

    #[test]
    fn verdicts_say_by_how_much() {
        let says =
            |more: &str, value: f64| table(&[published(more)], &[("quick", vec![row(0, 1, value)])]).rows[0][5].clone();
        assert_eq!(says("values = [0.94]\nband = [0.9, 0.95]", 0.92), "inside");
        assert_eq!(says("values = [0.94]\nband = [0.9, 0.95]", 0.87), "**outside**: 0.030 below");
        assert_eq!(says("values = [0.94, 0.923]", 0.96), "0.020 above");
        assert_eq!(says("values = [5.8e-5]", 6.8e-5), "1.0e-5 above");
        assert_eq!(says("values = [0.94]\nn = 64", 0.87), "–");
    }

    #[test]
    fn what_nothing_can_be_held_against_is_refused() {
        assert!(published("values = []").check().unwrap_err().contains("no values"));
        assert!(published("values = [nan]").check().unwrap_err().contains("no number"));
        assert!(published("values = [1]\nband = [1.0, 0.5]").check().unwrap_err().contains("down to"));
        assert_eq!(published("values = [1]\nband = [0.5, 1.0]").check(), Ok(()));
    }
}
