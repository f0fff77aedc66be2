//! Which traces a figure shows: those of one trained model.

use super::{FigureError, Spec, chosen};
use crate::Data;
use crate::series::distinct;
use crate::traced::{Sequence, sequences};
use crate::traces::Row;

/// Longer sequences leave out the steps whose word is the filler `.`.
pub(super) const LONGEST: usize = 24;

/// The sequences of the first seed of the label asked for (the first there is if none is), in order of the file. Only
/// the one whose number is asked for, where one is.
pub(super) fn sequences_of<'a>(data: &'a Data, spec: &Spec) -> Result<Vec<Sequence<'a>>, FigureError> {
    let mut all = sequences(&data.traces);
    let found = distinct(all.iter().map(|one| one.task.to_owned()));
    all.retain(|one| one.split == "trained" && (spec.task.is_empty() || one.task == spec.task));
    let label = spec.layers.first().cloned().or_else(|| all.first().map(|one| one.label.to_owned()));
    let label = label.unwrap_or_default();
    all.retain(|one| one.label == label);
    if let Some((task, seed)) = all.first().map(|one| (one.task, one.seed)) {
        all.retain(|one| one.task == task && one.seed == seed);
    }
    all.retain(|one| spec.sequence.is_none_or(|wanted| one.sequence == wanted));
    if all.is_empty() {
        let number = spec.sequence.map_or(String::new(), |number| format!(", sequence {number}"));
        let what = format!("trained attention of task `{}`, label `{label}`{number}", spec.task);
        return Err(chosen::nothing(spec, what, "traces.csv", found));
    }
    Ok(all)
}

/// `83.1 %` with a space that does not break.
pub(super) fn percent(share: f64) -> String {
    format!("{:.1}\u{a0}%", 100.0 * share)
}

/// What the model answered, in words, and how sure it was of a single answer; empty where nothing is asked.
pub(super) fn answered(sequence: &Sequence) -> String {
    let Some(first) = sequence.answers.first() else { return String::new() };
    let all = |text: fn(&Row) -> &str| sequence.answers.iter().map(|row| text(row)).collect::<Vec<_>>().join(" ");
    let single = first.values.first().filter(|_| sequence.answers.len() == 1);
    let sure = single.map_or(String::new(), |share| format!(" with {}", percent(*share)));
    format!("right: {}; the model: {}{sure}", all(|row| &row.answer), all(|row| &row.text))
}
