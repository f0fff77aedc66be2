//! The sentences of a figure.

use super::Spec;
use crate::series::{Group, Series};
use crate::stats::Summary;

/// Lines under the title: the question; the setting and what line, band and dots mean.
pub(super) fn subtitles(group: &Group, spec: &Spec) -> Vec<String> {
    let seeds = group.seeds();
    let mut parts = Vec::new();
    parts.extend(group.setting.n.map(|n| format!("n = {n} steps")));
    parts.extend(group.setting.k.map(|k| format!("K = {k} pairs")));
    parts.push(match seeds {
        1 => "1 seed, no interval".to_owned(),
        _ => format!("mean of {seeds} seeds, band: 95\u{a0}% Student-t interval, small dots: single seeds"),
    });
    if !group.floors.is_empty() {
        parts.push("dotted: floors".to_owned());
    }
    let question = spec.question.trim();
    let question = (!question.is_empty()).then(|| question.to_owned());
    question.into_iter().chain([parts.join(" · ")]).collect()
}

/// What the figure shows, in words.
pub(super) fn description(group: &Group) -> String {
    let mut text = format!("Accuracy on the test split against the lag in steps back, {} series.", group.series.len());
    let (first, last) = (group.lags[0], group.lags[group.lags.len() - 1]);
    for series in &group.series {
        let at = |lag| series.accuracy(|other| other == lag).map(|summary| format!("{} at lag {lag}", value(&summary)));
        let words: Vec<_> = [first, last].into_iter().filter_map(at).collect();
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
pub(super) fn tip(series: &Series, lag: u64, summary: &Summary) -> String {
    let seeds = if summary.count == 1 { "1 seed".to_owned() } else { format!("{} seeds", summary.count) };
    format!("{}, lag {lag}: {} ({seeds})", series.label, value(summary))
}

fn value(summary: &Summary) -> String {
    match summary.half {
        Some(half) => format!("{:.2} ± {half:.2}", summary.mean),
        None => format!("{:.2}", summary.mean),
    }
}
