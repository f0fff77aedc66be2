//! The sentences of a figure.

use super::lag_bins::{self, LagBins};
use crate::series::{Floor, Group, Series};
use crate::stats::Summary;
use crate::table::Table;

/// Line under title and question: the setting, and what line, band and dots mean.
pub(super) fn note(group: &Group, bins: &LagBins) -> String {
    let seeds = group.seeds();
    let mut parts = Vec::new();
    parts.extend(group.setting.n.map(|n| format!("n = {n} steps")));
    parts.extend(group.setting.k.map(|k| format!("K = {k} pairs")));
    parts.extend(group.setting.width.map(|width| format!("width {width}")));
    parts.push(match seeds {
        1 => "1 seed, no interval".to_owned(),
        _ => format!("mean of {seeds} seeds, band: 95\u{a0}% Student-t interval, small dots: single seeds"),
    });
    if !group.floors.is_empty() {
        parts.push("dotted: floors".to_owned());
    }
    if bins.any_together() {
        parts.push("a point is the mean of neighbouring lags".to_owned());
    }
    parts.join(" · ")
}

/// A floor in words: its height, or the range of its heights.
pub(super) fn floor(floor: &Floor, lags: &[u64]) -> Option<String> {
    let percent = |height: f64| (1000.0 * height).round() / 10.0;
    let heights = || lags.iter().filter_map(|lag| floor.at(*lag)).map(percent);
    let (low, high) = (heights().min_by(f64::total_cmp)?, heights().max_by(f64::total_cmp)?);
    let text = if low == high { format!("{low}") } else { format!("{low} to {high}") };
    Some(format!("{}: {text}\u{a0}%", floor.label))
}

/// The drawn numbers: series, then floors, by lag.
pub(super) fn table(group: &Group, bins: &LagBins) -> Table {
    let dash = || "–".to_owned();
    let series = group.series.iter().map(|series| {
        let missing = |bin: &[u64]| {
            if series.failures().iter().any(|(_, at)| at.is_none_or(|at| bin.contains(&at))) {
                "failed".to_owned()
            } else {
                dash()
            }
        };
        let cell = |bin: &[u64]| series.accuracy_at(bin).map_or_else(|| missing(bin), |summary| value(&summary));
        [series.label.to_owned()].into_iter().chain(bins.iter().map(cell)).collect()
    });
    let floors = group.merged_floors().into_iter().map(|floor| {
        let height = |bin: &[u64]| floor.mean(bin, |_| true);
        let cells = bins.iter().map(|bin| height(bin).map_or_else(dash, |height| format!("{height:.2}")));
        [format!("floor {}", floor.label)].into_iter().chain(cells).collect()
    });
    Table {
        title: "Test accuracy by lag, mean over seeds ± half the 95\u{a0}% interval".to_owned(),
        headers: ["series".to_owned()].into_iter().chain(bins.iter().map(lag_bins::name)).collect(),
        rows: series.chain(floors).collect(),
    }
}

/// What the figure shows, in words.
pub(super) fn description(group: &Group, bins: &LagBins) -> String {
    let mut text = format!("Accuracy on the test split against the lag in steps back, {} series.", group.series.len());
    let ends = || bins.iter().next().into_iter().chain(bins.iter().next_back());
    for series in &group.series {
        let at = |bin: &[u64]| Some(format!("{} at {}", value(&series.accuracy_at(bin)?), lag_bins::name(bin)));
        let words: Vec<_> = ends().filter_map(at).collect();
        let words = if words.is_empty() { "failed".to_owned() } else { words.join(", ") };
        text.push_str(&format!(" {}: {words}.", series.label));
    }
    for floor in group.merged_floors() {
        if let Some(mean) = floor.mean(&group.lags, |_| true) {
            text.push_str(&format!(" Floor {}: {mean:.2}.", floor.label));
        }
    }
    text
}

/// Shown when the pointer rests on a point.
pub(super) fn tip(series: &Series, bin: &[u64], summary: &Summary) -> String {
    let seeds = if summary.count == 1 { "1 seed".to_owned() } else { format!("{} seeds", summary.count) };
    format!("{}, {}: {} ({seeds})", series.label, lag_bins::name(bin), value(summary))
}

/// `0.88 ± 0.02`.
pub(super) fn value(summary: &Summary) -> String {
    match summary.half {
        Some(half) => format!("{:.2} ± {half:.2}", summary.mean),
        None => format!("{:.2}", summary.mean),
    }
}
