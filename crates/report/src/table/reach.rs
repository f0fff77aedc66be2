//! The reach and the wiring of each series: declared, measured, and what training makes of it.

use super::Table;
use crate::scores::Row;
use crate::series::distinct;
use crate::stats::Summary;

const BEFORE: &str = "untrained";
const AFTER: &str = "trained";

/// One line for each label that was trained, of the rows of tasks `support` and `wiring`; none if there are none.
///
/// Means over seeds, of trained models or before → after training. Pairs wrong are (output, input) pairs in which the
/// measurement differs from what the layer declares, by gradient + by exchanging an input, in the worst seed. Gradient
/// elsewhere is the metric `share_elsewhere`, in per cent. Wiring and question wiring (how much where the read-out step
/// looks changes with the input, or with the question alone) are 0 to 1, as is the variation of the Jacobian; all three
/// with ± half the 95 % Student-t interval. `error` stands where all cells failed, `–` where nothing was measured.
pub fn reach(rows: &[Row]) -> Table {
    let trained = |row: &&Row| row.split == AFTER && ["support", "wiring"].contains(&row.task.as_str());
    let labels = distinct(rows.iter().filter(trained).map(|row| row.label.as_str()));
    let headers = [
        "layer",
        "declared reach",
        "lags seen",
        "pairs wrong",
        "gradient elsewhere, %",
        "wiring",
        "question wiring",
        "Jacobian variation",
        "recall",
    ];
    let seeds = distinct(rows.iter().filter(trained).filter_map(|row| row.seed)).len();
    let seeds = if seeds == 1 { "1 seed".to_owned() } else { format!("mean of {seeds} seeds") };
    let title = format!("reach and wiring: declared, measured, {BEFORE} → {AFTER}, {seeds}, ± half the 95 % interval");
    let line = |label: &&str| Label::new(rows, label).line();
    Table { title, headers: headers.map(str::to_owned).to_vec(), rows: labels.iter().map(line).collect() }
}

/// The rows of a label at the depth at which it was trained.
struct Label<'a> {
    label: &'a str,
    rows: Vec<&'a Row>,
}

impl<'a> Label<'a> {
    fn new(rows: &'a [Row], label: &'a str) -> Self {
        let of_label = || rows.iter().filter(|row| row.label == label);
        let depths = distinct(of_label().filter(|row| row.split == AFTER).filter_map(|row| row.depth));
        let at_depth = |row: &&Row| row.depth.is_none_or(|depth| depths.is_empty() || depths.contains(&depth));
        Self { label, rows: of_label().filter(at_depth).collect() }
    }

    fn values(&self, task: &str, metric: &str, split: &str) -> Vec<f64> {
        let wanted = |row: &&&Row| row.task == task && row.metric == metric && (split.is_empty() || row.split == split);
        self.rows.iter().filter(wanted).filter_map(|row| row.value).collect()
    }

    /// What stands where there is no number.
    fn absent(&self, task: &str) -> String {
        let failed = self.rows.iter().any(|row| row.task == task && row.failed());
        if failed { "error" } else { "–" }.to_owned()
    }

    fn line(&self) -> Vec<String> {
        let failed = self.rows.iter().filter(|row| row.failed());
        let failed = distinct(failed.map(|row| (&row.task, &row.split, row.seed))).len();
        let name = self.label;
        let declared = self.rows.iter().map(|row| row.reach.as_str()).find(|reach| !reach.is_empty());
        vec![
            if failed == 0 { name.to_owned() } else { format!("{name} ({failed} failed)") },
            declared.unwrap_or("–").to_owned(),
            self.lags(),
            self.wrong(),
            self.change("share_elsewhere", |mean| rounded(100.0 * mean, 1), false),
            self.change("wiring", |mean| rounded(mean, 2), true),
            self.change("question_wiring", |mean| rounded(mean, 2), true),
            self.change("jacobian_variation", |mean| rounded(mean, 2), true),
            self.mean("wiring", "accuracy"),
        ]
    }

    /// `7 of 64`.
    fn lags(&self) -> String {
        let n = self.rows.iter().find(|row| row.task == "wiring" && row.metric == "lags").and_then(|row| row.n);
        let seen = Summary::of(&self.values("wiring", "lags", AFTER));
        let text = |seen: Summary| match n {
            Some(n) => format!("{} of {n}", number(seen.mean)),
            None => number(seen.mean),
        };
        seen.map_or_else(|| self.absent("wiring"), text)
    }

    /// The worst seed of either measurement.
    fn wrong(&self) -> String {
        let worst = |metric| self.values("support", metric, "").into_iter().max_by(f64::total_cmp);
        match (worst("pairs_wrong_by_gradient"), worst("pairs_wrong_by_perturbation")) {
            (None, None) => self.absent("support"),
            (by_gradient, by_perturbation) => {
                let text = |count: Option<f64>| count.map_or_else(|| self.absent("support"), number);
                format!("{} + {}", text(by_gradient), text(by_perturbation))
            }
        }
    }

    /// `0.17 ± 0.05 → 0.88 ± 0.02`, of a metric of task `wiring`.
    fn change(&self, metric: &str, text: fn(f64) -> String, interval: bool) -> String {
        let mean = |split: &str| Summary::of(&self.values("wiring", metric, split));
        let (before, after) = (mean(BEFORE), mean(AFTER));
        if before.is_none() && after.is_none() {
            return self.absent("wiring");
        }
        let shown = |summary: Option<Summary>| {
            let Some(Summary { mean, half, .. }) = summary else { return self.absent("wiring") };
            let half = half.filter(|half| interval && (mean, *half) != (0.0, 0.0));
            text(mean) + &half.map_or_else(String::new, |half| format!(" ± {half:.2}"))
        };
        format!("{} → {}", shown(before), shown(after))
    }

    /// Mean after training.
    fn mean(&self, task: &str, metric: &str) -> String {
        let mean = Summary::of(&self.values(task, metric, AFTER));
        mean.map_or_else(|| self.absent(task), |mean| rounded(mean.mean, 2))
    }
}

/// One line for each number that has a closed form: the mean over seeds, the closed form, and the largest difference of
/// any seed. `error` stands where all cells failed.
pub fn exact(rows: &[Row]) -> Table {
    let key = |row: &Row| (row.task.clone(), row.label.clone(), row.depth, row.n, row.metric.clone());
    let with_form: Vec<&Row> = rows.iter().filter(|row| row.expected.is_some()).collect();
    let line = |wanted: &(String, String, Option<u64>, Option<u64>, String)| {
        let here: Vec<_> = with_form.iter().filter(|row| key(row) == *wanted).collect();
        let values: Vec<_> = here.iter().filter_map(|row| row.value).collect();
        let apart = here.iter().filter_map(|row| Some((row.value? - row.expected?).abs())).max_by(f64::total_cmp);
        let error = || "error".to_owned();
        let (_, label, depth, n, metric) = wanted;
        let size = |size: &Option<u64>| size.map_or_else(|| "–".to_owned(), |size| size.to_string());
        vec![
            label.clone(),
            size(depth),
            size(n),
            metric.replace('_', " "),
            Summary::of(&values).map_or_else(error, |summary| number(summary.mean)),
            here[0].expected.map_or_else(error, number),
            apart.map_or_else(error, difference),
        ]
    };
    let headers = ["layer", "depth", "n", "what", "measured", "closed form", "difference"];
    Table {
        title: "measured numbers against their closed forms: mean of the seeds, largest difference of any".to_owned(),
        headers: headers.map(str::to_owned).to_vec(),
        rows: distinct(with_form.iter().map(|row| key(row))).iter().map(line).collect(),
    }
}

/// A bare `0` is exactly 0, as the wiring of a straight line is; `0.00` is merely small.
fn rounded(value: f64, digits: usize) -> String {
    if value == 0.0 { "0".to_owned() } else { format!("{value:.digits$}") }
}

fn difference(apart: f64) -> String {
    if apart == 0.0 || apart >= 1e-3 { number((apart * 1e6).round() / 1e6) } else { format!("{apart:.1e}") }
}

/// Whole numbers as such, others to six decimals: differences of 1e-6 are claimed.
fn number(value: f64) -> String {
    if value.fract() == 0.0 { value.to_string() } else { format!("{value:.6}") }
}
