//! Claims: sentences with a threshold, written before the run and held against the CSV.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::counted::Counted;
use crate::reach::Reach;
use crate::scores::Row;

/// A claim as it stands in the experiment file. Exactly one of `at_least`, `at_most`, `equals`,
/// `within_of_floor`, `above_floor_at_most` and `within_of_expected` is its threshold.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Claim {
    /// Short kebab-case name.
    pub id: String,
    /// The claim in words.
    pub text: String,
    /// Rows of this task.
    pub task: String,
    /// Rows of these series.
    pub layers: Vec<String>,
    /// Rows of this metric.
    #[serde(default = "accuracy")]
    pub metric: String,
    /// Rows of this split.
    #[serde(default = "test")]
    pub split: String,
    /// Rows of this length alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub n: Option<u64>,
    /// Rows of this width alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub width: Option<u64>,
    /// Rows with so many pairs alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub k: Option<u64>,
    /// Rows at these lags alone; at any if none is given.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub at_lags: Vec<u64>,
    /// Which lags.
    #[serde(default)]
    pub lags: Lags,
    /// What has to hold: every lag by itself, or the mean over them.
    #[serde(default)]
    pub per: Per,
    /// Mean over seeds is at least this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at_least: Option<f64>,
    /// Mean over seeds is at most this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at_most: Option<f64>,
    /// Mean over seeds is this near to the floor, on either side.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub within_of_floor: Option<f64>,
    /// Mean over seeds is above the floor by no more than this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub above_floor_at_most: Option<f64>,
    /// Mean over seeds is exactly this, or as near to it as `tolerance` says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub equals: Option<f64>,
    /// How far from `equals` it may be, on either side.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tolerance: Option<f64>,
    /// Mean over seeds is this near to what a closed form says, on either side.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub within_of_expected: Option<f64>,
    /// Declared reach of its rows is exactly this text, such as `0,1,3,4`, besides the threshold.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reach: Option<String>,
    /// Profiles of which it is claimed.
    #[serde(default = "both")]
    pub profiles: Vec<String>,
}

fn accuracy() -> String {
    "accuracy".into()
}

fn test() -> String {
    "test".into()
}

fn both() -> Vec<String> {
    vec!["quick".into(), "full".into()]
}

/// Which lags a claim is about.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Lags {
    /// All of them.
    #[default]
    All,
    /// Those in the series' declared reach.
    InsideReach,
    /// Those outside it.
    BeyondReach,
}

/// What a claim has to hold for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Per {
    /// Every lag of every series.
    #[default]
    Lag,
    /// The mean over lags of every series.
    Series,
}

/// A claim held against the rows.
#[derive(Clone, Debug, PartialEq)]
pub struct Verdict {
    /// The claim's name.
    pub id: String,
    /// The claim in words.
    pub text: String,
    /// Whether it holds everywhere.
    pub holds: bool,
    /// Numbers it was held against.
    pub checked: usize,
    /// How many of them miss the threshold.
    pub missed: usize,
    /// The number that is nearest to missing, or misses by most, in words.
    pub tightest: String,
    /// What the metric is had by in this task.
    pub counted: Counted,
    /// What else tells the numbers of one series apart: of `depth`, `n`, `K` and `width` those that differ.
    pub each: Vec<&'static str>,
}

impl Claim {
    /// Refuses a claim that cannot be held against anything.
    ///
    /// # Errors
    /// Says what is missing.
    pub fn check(&self) -> Result<(), String> {
        let thresholds = [
            self.at_least,
            self.at_most,
            self.equals,
            self.within_of_floor,
            self.above_floor_at_most,
            self.within_of_expected,
        ];
        if self.tolerance.is_some() && self.equals.is_none() {
            return Err(format!("claim `{}` has a tolerance without `equals`", self.id));
        }
        match thresholds.iter().flatten().count() {
            1 => Ok(()),
            n => Err(format!(
                "claim `{}` has {n} thresholds; give exactly one of at_least, at_most, equals, \
                 within_of_floor, above_floor_at_most, within_of_expected",
                self.id
            )),
        }
    }

    /// Holds the claim against rows. A claim that finds no rows does not hold.
    pub fn judge(&self, rows: &[Row]) -> Verdict {
        let counted = Counted::of(rows, &self.task, &self.metric);
        let by_lag = self.per == Per::Lag && counted != Counted::Nothing;
        let mut groups: BTreeMap<Key, (f64, f64, f64, usize)> = BTreeMap::new();
        for row in rows.iter().filter(|row| self.wants(row)) {
            let lag = if by_lag { row.lag } else { None };
            let key = Key { label: row.label.clone(), depth: row.depth, n: row.n, k: row.k, width: row.width, lag };
            let (sum, floors, expected, count) = groups.entry(key).or_default();
            // A failed cell has no value; as NaN it can only miss.
            *sum += row.value.unwrap_or(f64::NAN);
            *floors += row.floor.unwrap_or(f64::NAN);
            *expected += row.expected.unwrap_or(f64::NAN);
            if self.reach.as_ref().is_some_and(|reach| *reach != row.reach) {
                *sum = f64::NAN;
            }
            *count += 1;
        }
        let margins: Vec<(f64, Key, f64)> = groups
            .into_iter()
            .map(|(key, (sum, floors, expected, count))| {
                let mean = |sum: f64| sum / count as f64;
                (self.margin(mean(sum), mean(floors), mean(expected)), key, mean(sum))
            })
            .collect();
        let missed = margins.iter().filter(|(margin, ..)| margin.is_nan() || *margin < 0.0).count();
        let missing: Vec<&String> =
            self.layers.iter().filter(|label| !margins.iter().any(|(_, key, _)| key.label == **label)).collect();
        // NaN counts as the lowest margin of all.
        let order = |margin: f64| if margin.is_nan() { f64::NEG_INFINITY } else { margin };
        let tightest = margins.iter().min_by(|a, b| order(a.0).total_cmp(&order(b.0)));
        let tightest = match (missing.first(), tightest) {
            (Some(label), _) => format!("no results for `{label}`"),
            (None, Some((_, key, value))) => {
                let several = |size: fn(&Key) -> Option<u64>| {
                    let of_label = margins.iter().filter(|(_, k, _)| k.label == key.label);
                    of_label.map(|(_, k, _)| size(k)).collect::<BTreeSet<_>>().len() > 1
                };
                let (depths, widths) = (several(|key| key.depth), several(|key| key.width));
                format!("{} at {}", number(*value), key.shown(depths, widths))
            }
            (None, None) => "nothing to hold it against".to_owned(),
        };
        let differs = |size: fn(&Key) -> Option<u64>| {
            margins.iter().any(|(_, a, _)| margins.iter().any(|(_, b, _)| a.label == b.label && size(a) != size(b)))
        };
        let sizes = [
            ("depth", differs(|key| key.depth)),
            ("n", differs(|key| key.n)),
            ("K", differs(|key| key.k)),
            ("width", differs(|key| key.width)),
        ];
        let each = sizes.into_iter().filter(|(_, differs)| *differs).map(|(name, _)| name).collect();
        let holds = missed == 0 && missing.is_empty() && !margins.is_empty();
        let (id, text, checked) = (self.id.clone(), self.text.clone(), margins.len());
        Verdict { id, text, holds, checked, missed, tightest, counted, each }
    }

    fn wants(&self, row: &Row) -> bool {
        let about = row.task == self.task && self.layers.contains(&row.label) && !row.is_floor();
        let number = row.failed() || (row.metric == self.metric && row.split == self.split);
        let sees = || row.lag.is_some_and(|lag| Reach::parse(&row.reach).sees(lag));
        // A failed cell has no lag where its task asks at many: it counts whichever are asked for, or the claim would
        // be held against the seeds that survived.
        let at = row.failed()
            || match self.lags {
                Lags::All => true,
                Lags::InsideReach => sees(),
                Lags::BeyondReach => !sees(),
            };
        let here = row.failed() || self.at_lags.is_empty() || row.lag.is_some_and(|lag| self.at_lags.contains(&lag));
        let is = |asked: Option<u64>, of_row: Option<u64>| asked.is_none_or(|size| of_row == Some(size));
        let size = is(self.n, row.n) && is(self.k, row.k) && is(self.width, row.width);
        about && number && at && here && size
    }

    /// By how much the threshold is met; negative when it is missed.
    fn margin(&self, value: f64, floor: f64, expected: f64) -> f64 {
        let met = [
            self.at_least.map(|t| value - t),
            self.at_most.map(|t| t - value),
            self.equals.map(|t| self.tolerance.unwrap_or(0.0) - (value - t).abs()),
            self.within_of_floor.map(|t| t - (value - floor).abs()),
            self.within_of_expected.map(|t| t - (value - expected).abs()),
            self.above_floor_at_most.map(|t| t - (value - floor)),
        ];
        met.into_iter().flatten().next().unwrap_or(f64::NAN)
    }
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Key {
    label: String,
    /// Told only where a series has several.
    depth: Option<u64>,
    n: Option<u64>,
    k: Option<u64>,
    width: Option<u64>,
    lag: Option<u64>,
}

impl Key {
    fn shown(&self, with_depth: bool, with_width: bool) -> String {
        let depth = self.depth.filter(|_| with_depth);
        let width = self.width.filter(|_| with_width);
        let parts = [("depth", depth), ("n", self.n), ("k", self.k), ("width", width), ("lag", self.lag)];
        let parts = parts.into_iter().filter_map(|(name, value)| Some(format!(", {name} {}", value?)));
        self.label.clone() + &parts.collect::<String>()
    }
}

/// Three decimals suit accuracies; counts and tiny differences need others.
fn number(value: f64) -> String {
    match value.abs() {
        size if size >= 100.0 && value.fract() == 0.0 => format!("{value}"),
        size if size > 0.0 && size < 1e-3 => format!("{value:.1e}"),
        _ => format!("{value:.3}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(label: &str, lag: u64, seed: u64, value: f64) -> Row {
        Row {
            task: "t".into(),
            layer: "conv".into(),
            label: label.into(),
            reach: "0..6".into(),
            n: Some(64),
            lag: Some(lag),
            seed: Some(seed),
            metric: "accuracy".into(),
            split: "test".into(),
            value: Some(value),
            floor: Some(0.25),
            ..Row::default()
        }
    }

    fn claim(text: &str) -> Claim {
        let head = "id = \"c\"\ntext = \"words\"\ntask = \"t\"\nlayers = [\"a\"]\n";
        toml::from_str(&format!("{head}{text}")).unwrap()
    }

    #[test]
    fn every_lag_is_held_against_the_mean_over_seeds() {
        let rows = [row("a", 1, 0, 1.0), row("a", 1, 1, 0.9), row("a", 9, 0, 0.5), row("a", 9, 1, 0.3)];
        let verdict = claim("at_least = 0.95").judge(&rows);
        assert!(!verdict.holds && verdict.checked == 2 && verdict.missed == 1);
        assert_eq!(verdict.tightest, "0.400 at a, n 64, lag 9");
        assert!(claim("at_least = 0.94\nlags = \"inside-reach\"").judge(&rows).holds);
        assert!(claim("at_most = 0.41\nlags = \"beyond-reach\"").judge(&rows).holds);
        assert!(claim("within_of_floor = 0.16\nlags = \"beyond-reach\"").judge(&rows).holds);
        assert!(!claim("within_of_floor = 0.14\nlags = \"beyond-reach\"").judge(&rows).holds);
        assert!(claim("above_floor_at_most = 0.5\nper = \"series\"").judge(&rows).holds);
        assert!(!claim("above_floor_at_most = 0.5").judge(&rows).holds);
    }

    #[test]
    fn a_failed_cell_or_a_missing_series_never_holds() {
        let failed = Row { value: None, error: "diverged".into(), ..row("a", 1, 1, 0.0) };
        assert!(!claim("at_most = 2.0").judge(&[row("a", 1, 0, 1.0), failed]).holds);
        let none = claim("at_most = 2.0").judge(&[row("b", 1, 0, 1.0)]);
        assert!(!none.holds && none.tightest == "no results for `a`");
    }

    /// A task that asks at many lags leaves a failed cell without one, and other seeds have rows at every lag.
    #[test]
    fn a_failed_cell_misses_whichever_lags_are_asked_for() {
        let survived = [row("a", 1, 0, 1.0), row("a", 9, 0, 1.0)];
        let no_lag = Row { lag: None, floor: None, split: String::new(), ..row("a", 0, 1, 0.0) };
        for lag in [None, Some(1), Some(9)] {
            let failed = Row { lag, value: None, error: "diverged".into(), ..no_lag.clone() };
            for lags in ["all", "inside-reach", "beyond-reach"] {
                for per in ["lag", "series"] {
                    let claim = claim(&format!("at_most = 2.0\nn = 64\nlags = \"{lags}\"\nper = \"{per}\""));
                    assert!(claim.judge(&survived).holds, "{lags}, {per}");
                    let verdict = claim.judge(&[&survived[..], std::slice::from_ref(&failed)].concat());
                    assert!(!verdict.holds && verdict.missed > 0, "lag {lag:?}, {lags}, {per}: {verdict:?}");
                }
            }
            // What failed elsewhere is another matter.
            let elsewhere = Row { n: Some(128), ..failed };
            assert!(claim("at_most = 2.0\nn = 64").judge(&[&survived[..], &[elsewhere]].concat()).holds);
        }
    }

    #[test]
    fn exact_values_closed_forms_and_declared_sets() {
        let deep = |depth, value, expected| Row {
            depth: Some(depth),
            expected: Some(expected),
            lag: None,
            ..row("a", 0, 0, value)
        };
        let rows = [deep(5, 3061.0, 3061.0), deep(10, 3571.0, 3570.0)];
        let verdict = claim("within_of_expected = 0.5").judge(&rows);
        assert!(!verdict.holds && verdict.missed == 1);
        assert_eq!(verdict.tightest, "3571 at a, depth 10, n 64");
        assert!(claim("within_of_expected = 1.0").judge(&rows).holds);
        assert!(!claim("within_of_expected = 1.0").judge(&[row("a", 1, 0, 1.0)]).holds, "there is no closed form");
        assert!(claim("equals = 3061").judge(&rows[..1]).holds);
        assert!(!claim("equals = 3061").judge(&rows).holds);
        assert!(claim("equals = 3300\ntolerance = 300").judge(&rows).holds);
        let declared = rows[0].reach.clone();
        assert!(claim(&format!("equals = 3061\nreach = \"{declared}\"")).judge(&rows[..1]).holds);
        assert!(!claim("equals = 3061\nreach = \"0,1,3,4\"").judge(&rows[..1]).holds);
    }

    #[test]
    fn what_tells_the_numbers_of_a_series_apart_is_read_from_the_rows() {
        let at = |label: &str, depth, n| Row { depth: Some(depth), n: Some(n), lag: None, ..row(label, 0, 0, 1.0) };
        let told = |rows: &[Row]| {
            let claim = Claim { layers: vec!["a".into(), "b".into()], ..claim("at_most = 2.0") };
            let verdict = claim.judge(rows);
            (verdict.counted == Counted::Lags, verdict.each)
        };
        assert_eq!(told(&[row("a", 1, 0, 1.0), row("b", 9, 0, 1.0)]), (true, vec![]));
        assert_eq!(told(&[at("a", 1, 64), at("a", 2, 64), at("b", 1, 64)]), (false, vec!["depth"]));
        assert_eq!(told(&[at("a", 1, 64), at("b", 2, 128)]), (false, vec![]), "two series differ, neither by itself");
        assert_eq!(told(&[at("a", 1, 64), at("a", 2, 128)]), (false, vec!["depth", "n"]));
        // Another series says whether the metric is had by lag; another task, or another metric, does not.
        assert_eq!(told(&[at("a", 1, 64), row("c", 1, 0, 1.0)]), (true, vec![]));
        for (task, metric) in [("u", "accuracy"), ("t", "loss")] {
            let other = Row { task: task.into(), metric: metric.into(), ..row("a", 1, 0, 1.0) };
            assert_eq!(told(&[at("a", 1, 64), other]), (false, vec![]), "{task}, {metric}");
        }
    }

    #[test]
    fn a_claim_has_exactly_one_threshold() {
        assert!(claim("at_least = 0.5").check().is_ok());
        assert!(claim("at_least = 0.5\ntolerance = 0.1").check().unwrap_err().contains("without `equals`"));
        assert!(claim("").check().unwrap_err().contains("0 thresholds"));
        assert!(claim("at_least = 0.5\nat_most = 0.6").check().unwrap_err().contains("2 thresholds"));
    }
}
