//! What the figures of timings share: which rows, what is said above and below, and what a point says of itself.

use super::{FigureError, Spec, marks};
use crate::font;
use crate::scene::{Anchor, Scene, Text};
use crate::series::NONE;
use crate::style::{self, MUTED, Marker, Style};
use crate::table::{short, si};
use crate::timings::{Ceilings, Curve, Cut, Missing, PASSES, Row, Sample, WIDTH, curves, most_threads, threads_text};

pub(super) const FIGURE: f64 = 900.0;
pub(super) const MARGIN: f64 = 20.0;
/// Column of numbers and their title.
pub(super) const LEFT: f64 = 92.0;
pub(super) const NUMBER_EM: f64 = 12.0;
const NOTE_EM: f64 = 11.5;
const NOTE_LINE: f64 = 16.0;
/// More passes without a time than this are counted, not named.
const NAMED: usize = 4;

/// The passes that a figure shows: the one asked for, or `all`.
pub(super) fn passes(spec: &Spec, all: &[&'static str]) -> Result<Vec<&'static str>, FigureError> {
    match PASSES.iter().find(|pass| **pass == spec.pass) {
        Some(pass) => Ok(vec![*pass]),
        None if spec.pass.is_empty() => Ok(all.to_vec()),
        None => Err(FigureError::UnknownPass { id: spec.id.clone(), pass: spec.pass.clone() }),
    }
}

pub(super) fn threads(rows: &[Row], spec: &Spec) -> u64 {
    spec.threads.unwrap_or_else(|| most_threads(rows))
}

/// The series at each cut that has any.
pub(super) fn panels<'a>(
    rows: &'a [Row],
    spec: &Spec,
    cuts: impl Iterator<Item = Cut>,
) -> Result<Vec<(Cut, Vec<Curve<'a>>)>, FigureError> {
    let mut found = Vec::new();
    let mut nothing = Missing::All;
    for cut in cuts {
        match curves(rows, cut, &spec.layers) {
            Ok(curves) => found.push((cut, curves)),
            Err(missing) => nothing = missing,
        }
    }
    if found.is_empty() { Err(FigureError::Timings { id: spec.id.clone(), missing: nothing }) } else { Ok(found) }
}

pub(super) fn width(spec: &Spec) -> u64 {
    spec.width.unwrap_or(WIDTH)
}

pub(super) fn style_of(curve: &Curve) -> Style {
    if curve.layer == NONE { style::none() } else { style::series(curve.index) }
}

pub(super) fn pass_text(pass: &str) -> &'static str {
    if pass == "forward" { "forward" } else { "forward and backward" }
}

/// Shown when the pointer rests on a point.
pub(super) fn tip(sample: &Sample, cut: Cut, ceilings: Option<&Ceilings>) -> String {
    let row = sample.row;
    let [low, median, high] = sample.tokens().map(si);
    let (whose, range) = if row.implementation == crate::timings::LAB {
        (String::new(), "quartiles")
    } else {
        (format!(" in {} {}", row.implementation, row.version), "another run; 10th to 90th percentile")
    };
    let mut text = format!(
        "{}{whose}, n = {}, width {}, {}, {}: {median} tokens/s ({range} {low}–{high})",
        row.label,
        sample.n,
        cut.width,
        cut.pass,
        threads_text(cut.threads)
    );
    if let (Some(speed), Some(ceilings)) = (sample.speed(), ceilings) {
        text.push_str(&format!(", {:.0}\u{a0}% of the peak", 100.0 * speed / ceilings.peak));
    }
    if let Some(bytes) = row.bytes_peak {
        text.push_str(&format!(", {:.1} MiB", bytes as f64 / f64::from(1 << 20)));
    }
    if sample.noisy() {
        text.push_str(", noisy");
    }
    text
}

/// Stands before a number that was timed while the machine was not steady.
pub(super) fn noise(sample: &Sample) -> &'static str {
    if sample.noisy() { "~" } else { "" }
}

/// Three digits, without a unit: 0.0123, 1.20, 45.6, 789.
pub(super) fn three_digits(value: f64) -> String {
    let scientific = format!("{value:.2e}");
    let power: i32 = scientific.split_once('e').map_or(0, |(_, power)| power.parse().expect("a power of ten"));
    format!("{value:.*}", 2i32.saturating_sub(power).max(0) as usize)
}

/// Lines under the title: the question; the setting, and what the marks mean.
pub(super) fn subtitles(spec: &Spec, setting: &[String]) -> Vec<String> {
    let question = Some(spec.question.trim().to_owned()).filter(|question| !question.is_empty());
    question.into_iter().chain([setting.join(" · ")]).collect()
}

/// What is to be known beside the points: which are noisy, what has no time, what was asked for and is not there.
pub(super) fn notes(panels: &[(Cut, Vec<Curve>)], spec: &Spec) -> Vec<String> {
    let samples = || panels.iter().flat_map(|(_, curves)| curves).flat_map(|curve| &curve.samples);
    let noisy = samples().filter(|sample| sample.noisy()).count();
    let mut notes = Vec::new();
    if noisy > 0 {
        let all = samples().count();
        notes.push(format!("hollow with a cross: noisy, the machine was not steady ({noisy} of {all} points)"));
    }
    let failures = failures(panels);
    let mut named: Vec<String> = failures.iter().take(NAMED).cloned().collect();
    if failures.len() > NAMED {
        named.push(format!("and {} more", failures.len() - NAMED));
    }
    if !named.is_empty() {
        notes.push(format!("not timed: {}", named.join("; ")));
    }
    let there = |label: &&String| panels.iter().flat_map(|(_, curves)| curves).any(|curve| curve.label == **label);
    let missing: Vec<_> = spec.layers.iter().filter(|label| !there(label)).map(String::as_str).collect();
    if !missing.is_empty() {
        notes.push(format!("missing: {}", missing.join(", ")));
    }
    notes
}

/// One text for each label and length without a time; panels are told where it has none in some of them only.
fn failures(panels: &[(Cut, Vec<Curve>)]) -> Vec<String> {
    let one_width = panels.iter().all(|(cut, _)| cut.width == panels[0].0.width);
    let panel = |cut: &Cut| if one_width { cut.pass.to_owned() } else { format!("width {}", cut.width) };
    let mut grouped: Vec<(&Row, Vec<String>)> = Vec::new();
    for (cut, row) in panels
        .iter()
        .flat_map(|(cut, curves)| curves.iter().flat_map(|curve| &curve.failed).map(move |row| (cut, *row)))
    {
        let same = |other: &Row| other.label == row.label && other.n == row.n && other.error == row.error;
        match grouped.iter_mut().find(|(other, _)| same(other)) {
            Some((_, list)) => list.push(panel(cut)),
            None => grouped.push((row, vec![panel(cut)])),
        }
    }
    let text = |(row, list): (&Row, Vec<String>)| {
        let n = row.n.map_or_else(String::new, |n| format!(" at n = {n}"));
        let which = if list.len() == panels.len() { String::new() } else { format!(" ({})", list.join(", ")) };
        format!("{}{n}{which}: {}", row.label, short(&row.error, 60))
    };
    grouped.into_iter().map(text).collect()
}

/// Writes the notes; returns the row below them.
pub(super) fn write_notes(scene: &mut Scene, notes: &[String], mut y: f64) -> f64 {
    for line in notes.iter().flat_map(|note| font::wrap(note, NOTE_EM, false, FIGURE - 2.0 * MARGIN)) {
        scene.text(Text::new((MARGIN, y), line, NOTE_EM, MUTED, Anchor::Start));
        y += NOTE_LINE;
    }
    y
}

/// The marker of each other implementation, in the order in which they first stand in the rows.
pub(super) const PEER_MARKERS: [Marker; 5] =
    [Marker::Diamond, Marker::Square, Marker::Triangle, Marker::DownwardTriangle, Marker::Circle];

/// Says which open marker is whose; returns the row below.
pub(super) fn write_key(scene: &mut Scene, peers: &[String], mut y: f64) -> f64 {
    let mut x = MARGIN;
    for (index, peer) in peers.iter().enumerate() {
        let width = 16.0 + font::width(peer, NOTE_EM, false) + 18.0;
        if x + width > FIGURE - MARGIN && x > MARGIN {
            (x, y) = (MARGIN, y + NOTE_LINE);
        }
        marks::hollow(scene, (x + 5.0, y), (PEER_MARKERS[index % PEER_MARKERS.len()], 8.0), MUTED, String::new());
        scene.text(Text::new((x + 16.0, y), peer, NOTE_EM, MUTED, Anchor::Start));
        x += width;
    }
    if peers.is_empty() { y } else { y + NOTE_LINE }
}

/// No text stands on another or is cut off, and every point belongs to a series.
#[cfg(test)]
pub(super) fn assert_readable(scene: &Scene) {
    let boxes = scene.boxes();
    assert!(boxes.len() > 15, "{} texts", boxes.len());
    for (index, (text, [left, top, right, bottom])) in boxes.iter().enumerate() {
        let inside = *left >= 0.0 && *top >= 0.0 && *right <= scene.width && *bottom <= scene.height;
        assert!(inside, "`{text}` is cut");
        for (other, area) in &boxes[..index] {
            let apart = *right <= area[0] || area[2] <= *left || *bottom <= area[1] || area[3] <= *top;
            assert!(apart, "`{text}` on `{other}`");
        }
    }
    let points: Vec<_> = scene.items.iter().filter(|item| !item.tip.is_empty()).collect();
    assert!(!points.is_empty() && points.iter().all(|point| point.tip.starts_with(&point.series)));
    assert!(points.iter().all(|point| !point.series.is_empty()) && scene.series.is_empty());
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::timing_fixture;

    #[test]
    fn three_digits_of_any_size() {
        let numbers = [0.0, 0.012_34, 0.1, 0.9996, 1.2, 9.999, 45.64, 99.96, 789.4, 12_345.0];
        let shown = ["0.00", "0.0123", "0.100", "1.00", "1.20", "10.0", "45.6", "100", "789", "12345"];
        assert_eq!(numbers.map(three_digits), shown);
    }

    #[test]
    fn what_has_no_time_is_told_once_and_too_much_of_it_is_counted() {
        let rows: Vec<Row> = timing_fixture::rows()
            .into_iter()
            .map(|row| match row.n {
                Some(64 | 128) if row.label == "linear" && row.pass == "both" => {
                    Row { seconds_median: None, error: "stopped".into(), ..row }
                }
                Some(32 | 64) if row.label == "none" => Row { seconds_median: None, error: "late".into(), ..row },
                _ => row,
            })
            .collect();
        let cut = |pass| Cut { width: 64, pass, threads: 2 };
        let panels = panels(&rows, &Spec::default(), PASSES.map(cut).into_iter()).unwrap();
        let found = failures(&panels);
        assert_eq!(found[0], "none at n = 32: late");
        assert_eq!(found[3..], ["linear at n = 64 (both): stopped", "linear at n = 128 (both): stopped"]);
        let notes = notes(&panels, &Spec::default());
        assert!(notes[0].contains("(4 of 160 points)"), "{notes:?}");
        assert!(notes[1].ends_with("linear at n = 64 (both): stopped; and 1 more"), "{notes:?}");
    }
}
