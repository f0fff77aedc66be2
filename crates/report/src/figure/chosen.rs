//! Which series a figure shows, how they look in every figure, and which are not there to be shown.

use super::{FigureError, Spec};
use crate::Data;
use crate::font;
use crate::scene::{Anchor, Scene, Text};
use crate::series::{NONE, distinct};
use crate::style::{self, MUTED, Style};

/// Longest piece of an error's text that a figure repeats.
const REASON: usize = 60;
const NOTE_EM: f64 = 12.0;
const NOTE_LINE: f64 = 17.0;

/// The task whose rows are drawn: that of the specification, else the usual one of the kind.
pub(super) fn task<'a>(spec: &'a Spec, usual: &'a str) -> &'a str {
    if spec.task.is_empty() { usual } else { &spec.task }
}

/// The labels to draw: those asked for that were found, in the order asked for; all that were found if none is.
pub(super) fn labels<'a>(spec: &Spec, found: &[&'a str]) -> Vec<&'a str> {
    if spec.layers.is_empty() {
        return found.to_vec();
    }
    spec.layers.iter().filter_map(|wanted| found.iter().copied().find(|label| label == wanted)).collect()
}

/// Position of a label among all series of the data, `none` left out: a series looks the same in every figure.
pub(super) fn index(data: &Data, label: &str) -> usize {
    let scores = data.scores.iter().map(|row| (&row.layer, &row.label));
    let maps = data.maps.iter().map(|row| (&row.layer, &row.label));
    let all = scores.chain(maps).chain(data.points.iter().map(|row| (&row.layer, &row.label)));
    let order = distinct(all.filter(|(layer, _)| !layer.is_empty() && *layer != NONE).map(|(_, label)| label.as_str()));
    order.iter().position(|other| *other == label).unwrap_or(0)
}

/// How a series looks.
pub(super) fn style(data: &Data, layer: &str, label: &str) -> Style {
    if layer == NONE { style::none() } else { style::series(index(data, label)) }
}

/// Titles of the panels and the members of each, as positions in `members` (layer, label). Who is named in no panel
/// stands in a last one; without panels all stand in one that has no title.
pub(super) fn panels(spec: &Spec, members: &[(&str, &str)]) -> Vec<(String, Vec<usize>)> {
    let names = |panel: &super::Panel, (layer, label): (&str, &str)| {
        panel.layers.iter().any(|name| name == layer || name == label)
    };
    let positions = |wanted: &dyn Fn((&str, &str)) -> bool| -> Vec<usize> {
        (0..members.len()).filter(|position| wanted(members[*position])).collect()
    };
    let mut panels: Vec<_> = spec
        .panels
        .iter()
        .map(|panel| (panel.title.clone(), positions(&|member| names(panel, member))))
        .filter(|(_, members)| !members.is_empty())
        .collect();
    let rest = positions(&|member| !spec.panels.iter().any(|panel| names(panel, member)));
    if !rest.is_empty() {
        panels.push((if panels.is_empty() { String::new() } else { "others".to_owned() }, rest));
    }
    panels
}

/// The sentence that names what is missing: series asked for that have no numbers, and cells of a task and of
/// these splits (all if none is given) that failed.
/// Empty if all is there.
pub(super) fn gaps(data: &Data, spec: &Spec, (task, splits): (&str, &[&str]), drawn: &[&str]) -> String {
    let here = |row: &&crate::scores::Row| {
        let of_split = row.split.is_empty() || splits.is_empty() || splits.contains(&row.split.as_str());
        row.failed() && row.task == task && of_split
    };
    let failed = || data.scores.iter().filter(here);
    let wanted = |label: &str| spec.layers.is_empty() || spec.layers.iter().any(|wanted| wanted == label);
    let mut parts = Vec::new();
    for (label, split) in distinct(failed().map(|row| (row.label.as_str(), row.split.as_str()))) {
        if !wanted(label) {
            continue;
        }
        let cells: Vec<_> = failed().filter(|row| row.label == label && row.split == split).collect();
        let seeds = distinct(cells.iter().map(|row| (row.seed, row.depth))).len();
        let reason: String = cells[0].error.chars().take(REASON).collect();
        let more = if cells[0].error.chars().count() > REASON { "…" } else { "" };
        let split = if split.is_empty() { String::new() } else { format!(" {split}") };
        parts.push(format!("{label}{split} ({seeds} failed: {reason}{more})"));
    }
    let absent = spec.layers.iter().filter(|label| !drawn.contains(&label.as_str()));
    let absent = absent.filter(|label| failed().all(|row| row.label != **label));
    parts.extend(absent.map(|label| format!("{label} (no rows)")));
    if parts.is_empty() { String::new() } else { format!("missing: {}", parts.join("; ")) }
}

/// Writes muted lines from row `y` on; returns the row below them.
pub(super) fn note(scene: &mut Scene, text: &str, left: f64, right: f64, mut y: f64) -> f64 {
    for line in font::wrap(text, NOTE_EM, false, right - left) {
        scene.text(Text::new((left, y), line, NOTE_EM, MUTED, Anchor::Start));
        y += NOTE_LINE;
    }
    y
}

/// Nothing to draw.
pub(super) fn nothing(spec: &Spec, what: String, file: &'static str, found: Vec<String>) -> FigureError {
    FigureError::Nothing { id: spec.id.clone(), what, file, found }
}

/// Question, and what the numbers are.
pub(super) fn subtitles(spec: &Spec, numbers: String) -> Vec<String> {
    let question = spec.question.trim();
    (!question.is_empty()).then(|| question.to_owned()).into_iter().chain([numbers]).collect()
}

/// `1 seed`, `mean of 3 seeds`.
pub(super) fn seeds(count: usize) -> String {
    if count == 1 { "1 seed".to_owned() } else { format!("mean of {count} seeds") }
}
