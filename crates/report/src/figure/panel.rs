//! One panel: grid, floors, reach marks, bands, lines, and labels at the line ends.

use super::axis::{AccuracyAxis, LagAxis};
use super::lag_bins::{LagBins, middle};
use super::words;
use crate::font;
use crate::labels::spread;
use crate::scene::{Anchor, Scene, Shape, Text};
use crate::series::{Floor, NONE, Series};
use crate::style::{self, Color, DOTS, GRID, INK, MUTED, Marker, Style};

/// Room for the thin lines from line ends to labels.
pub(super) const LEADER: f64 = 30.0;
const SWATCH: f64 = 38.0;
const LABEL_EM: f64 = 12.0;
const LABEL_LINE: f64 = 14.5;
const LABEL_GAP: f64 = 2.5;
const LABEL_LIMIT: f64 = 190.0;
const TITLE_EM: f64 = 13.5;
const MARK_EM: f64 = 11.0;
const MARKER: f64 = 7.0;
const BAND_OPACITY: f64 = 0.10;
/// Accuracies this near to each other cannot be told apart in a panel.
const SAME: f64 = 0.03;

/// Both axes of a panel.
#[derive(Debug)]
pub(super) struct Frame<'a> {
    pub(super) lag: &'a LagAxis,
    pub(super) accuracy: AccuracyAxis,
}

/// A name beside the panel, and the line end it belongs to.
#[derive(Debug)]
pub(super) struct Label {
    lines: Vec<String>,
    /// The series it names; empty for floors.
    series: String,
    /// Lag and accuracy of the last point; none for a series that failed everywhere.
    end: Option<(u64, f64)>,
    /// None for floors.
    style: Option<Style>,
}

impl Label {
    fn new(text: &str, series: &str, end: Option<(u64, f64)>, style: Option<Style>) -> Self {
        Self { lines: font::wrap(text, LABEL_EM, false, LABEL_LIMIT), series: series.to_owned(), end, style }
    }

    /// Swatch and text.
    pub(super) fn width(&self) -> f64 {
        SWATCH + self.lines.iter().map(|line| font::width(line, LABEL_EM, false)).fold(0.0, f64::max)
    }

    pub(super) fn height(&self) -> f64 {
        LABEL_LINE * self.lines.len() as f64 + LABEL_GAP
    }

    fn color(&self) -> Color {
        self.style.map_or(MUTED, |style| style.color)
    }
}

fn style_of(series: &Series) -> Style {
    if series.layer == NONE { style::none() } else { style::series(series.index) }
}

/// The labels of a panel: its series, then the floors.
pub(super) fn labels(series: &[&Series], floors: &[Floor], bins: &LagBins) -> Vec<Label> {
    let of_series = series.iter().map(|series| {
        let at = |bin: &[u64]| Some((middle(bin), series.accuracy_at(bin)?.mean));
        let end = bins.iter().rev().find_map(at);
        let text = match (end, series.failures().len()) {
            (None, _) => format!("{}: failed", series.label),
            (_, 0) => series.label.to_owned(),
            (_, failed) => format!("{} ({failed} failed)", series.label),
        };
        Label::new(&text, series.label, end, Some(style_of(series)))
    });
    let of_floors = floors.iter().filter_map(|floor| {
        let end = bins.iter().rev().find_map(|bin| Some((middle(bin), floor.mean(bin, |_| true)?)))?;
        let height = format!(": {}\u{a0}%", (1000.0 * end.1).round() / 10.0);
        let text = floor.label.clone() + if floor.is_constant() { &height } else { "" };
        Some(Label::new(&text, "", Some(end), None))
    });
    of_series.chain(of_floors).collect()
}

/// Where the reach of some series ends: text, column, colours.
#[derive(Debug)]
pub(super) struct ReachMark {
    text: String,
    x: f64,
    /// Within the axis: a line is drawn through the panel.
    inside: bool,
    /// Label and colour of each series whose reach ends here.
    series: Vec<(String, Color)>,
}

impl ReachMark {
    fn width(&self) -> f64 {
        font::width(&self.text, MARK_EM, false) + 12.0
    }
}

/// One mark for each distinct end of a finite reach, ascending.
pub(super) fn reach_marks(series: &[&Series], axis: &LagAxis) -> Vec<ReachMark> {
    let (first, last) = (axis.lags[0], axis.lags[axis.lags.len() - 1]);
    let finite = |series: &&&Series| series.layer != NONE && series.reach().end().is_some();
    let mut ends: Vec<(u64, Vec<(String, Color)>)> = Vec::new();
    for series in series.iter().filter(finite) {
        let end = series.reach().end().unwrap_or(0);
        let one = (series.label.to_owned(), style_of(series).color);
        match ends.iter_mut().find(|(other, _)| *other == end) {
            Some((_, all)) => all.push(one),
            None => ends.push((end, vec![one])),
        }
    }
    ends.sort_by_key(|(end, _)| *end);
    let mark = |words: &str, (end, series): &(u64, Vec<(String, Color)>)| ReachMark {
        text: match *end {
            end if end < first => format!("← {words} {end}"),
            end if end > last => format!("{words} {end} →"),
            end => format!("{words} {end}"),
        },
        x: axis.x((*end).clamp(first, last)),
        inside: (first..=last).contains(end),
        series: series.clone(),
    };
    let long: Vec<_> = ends.iter().map(|end| mark("reach ends at lag", end)).collect();
    let room = axis.right - axis.left;
    if long.iter().map(ReachMark::width).sum::<f64>() <= room {
        return long;
    }
    ends.iter().map(|end| mark("reach", end)).collect()
}

/// Draws the title at `top`; returns the height it takes, with room for reach marks where there are any.
pub(super) fn title(scene: &mut Scene, text: &str, top: f64, marks: bool, axis: &LagAxis) -> f64 {
    scene.text(Text::new((axis.left, top + 8.0), text, TITLE_EM, INK, Anchor::Start).bold());
    if marks { 46.0 } else { 28.0 }
}

pub(super) fn draw(
    scene: &mut Scene,
    frame: &Frame,
    bins: &LagBins,
    series: &[&Series],
    floors: &[Floor],
    labels: Vec<Label>,
    marks: &[ReachMark],
) {
    grid(scene, frame);
    draw_reach(scene, frame, marks);
    for floor in floors {
        let point = |bin: &[u64]| Some((frame.lag.x(middle(bin)), frame.accuracy.y(floor.mean(bin, |_| true)?)));
        scene.path(bins.iter().filter_map(point).collect(), MUTED, 1.4, DOTS);
    }
    draw_labels(scene, frame, &labels);
    let measured: Vec<_> = series.iter().map(|series| (*series, measured(series, frame, bins))).collect();
    for (series, points) in &measured {
        let color = style_of(series).color;
        scene.series = series.label.to_owned();
        let edge = |bound: fn(&Point) -> f64| -> Vec<_> {
            points.iter().map(|point| (point.at.0, frame.accuracy.y(bound(point)))).collect()
        };
        let (low, high) = (edge(|point| point.summary.low), edge(|point| point.summary.high));
        let outline = low.iter().chain(high.iter().rev()).copied().collect();
        scene.add(Shape::Polygon { points: outline, color, opacity: BAND_OPACITY });
        for edge in [low, high] {
            scene.path(edge, style::tint(color, 0.4), 0.8, &[]);
        }
    }
    for (series, points) in &measured {
        scene.series = series.label.to_owned();
        draw_seeds(scene, frame, series, points);
    }
    for (series, points) in &measured {
        let style = style_of(series);
        scene.series = series.label.to_owned();
        let line: Vec<_> = points.iter().map(|point| point.at).collect();
        if line.len() > 1 {
            scene.path(line, style.color, 2.0, style.dash);
        }
        for point in points {
            scene.marker(point.at, style.marker, MARKER, style.color, words::tip(series, point.bin, &point.summary));
        }
    }
    scene.series.clear();
}

/// Single seeds as small dots. Learning to recall is all or nothing, and a mean between hides that. Dots that the
/// marker of the mean covers are left out.
fn draw_seeds(scene: &mut Scene, frame: &Frame, series: &Series, points: &[Point<'_>]) {
    for point in points {
        for values in series.accuracies(|lag| point.bin.contains(&lag)).into_values() {
            let value = values.iter().sum::<f64>() / values.len() as f64;
            let y = frame.accuracy.y(value);
            if (y - point.at.1).abs() > MARKER / 2.0 + 1.0 {
                let dot = Marker::Circle.outline(3.6).iter().map(|(dx, dy)| (point.at.0 + dx, y + dy)).collect();
                scene.add(Shape::Polygon { points: dot, color: style_of(series).color, opacity: 0.6 });
            }
        }
    }
}

struct Point<'a> {
    bin: &'a [u64],
    at: (f64, f64),
    summary: crate::stats::Summary,
}

fn measured<'a>(series: &Series, frame: &Frame, bins: &'a LagBins) -> Vec<Point<'a>> {
    let point = |bin: &'a [u64]| {
        let summary = series.accuracy_at(bin)?;
        Some(Point { bin, at: (frame.lag.x(middle(bin)), frame.accuracy.y(summary.mean)), summary })
    };
    bins.iter().filter_map(point).collect()
}

fn grid(scene: &mut Scene, frame: &Frame) {
    let (left, right) = (frame.lag.left - 8.0, frame.lag.right + 8.0);
    for percent in [0, 25, 50, 75, 100] {
        let y = frame.accuracy.y(f64::from(percent) / 100.0);
        let (color, width) = if percent == 0 { (MUTED, 1.0) } else { (GRID, 1.0) };
        scene.path(vec![(left, y), (right, y)], color, width, &[]);
        if percent % 50 == 0 {
            scene.text(Text::new((left - 7.0, y), percent.to_string(), 12.0, MUTED, Anchor::End));
        }
    }
    for lag in &frame.lag.lags {
        let x = frame.lag.x(*lag);
        scene.path(vec![(x, frame.accuracy.bottom), (x, frame.accuracy.bottom + 4.0)], MUTED, 1.0, &[]);
    }
}

pub(super) fn draw_reach(scene: &mut Scene, frame: &Frame, marks: &[ReachMark]) {
    let top = frame.accuracy.top;
    let sizes: Vec<_> = marks.iter().map(ReachMark::width).collect();
    let wishes: Vec<_> = marks.iter().map(|mark| mark.x).collect();
    let centres = spread(&wishes, &sizes, frame.lag.left - 8.0, frame.lag.right + 8.0);
    for (mark, centre) in marks.iter().zip(centres) {
        // Text and line go with a series only where it is the only one whose reach ends here.
        let shared = if let [(label, _)] = &mark.series[..] { label.as_str() } else { "" };
        scene.series = shared.to_owned();
        scene.text(Text::new((centre, top - 20.0), &mark.text, MARK_EM, MUTED, Anchor::Middle));
        for (index, (label, color)) in mark.series.iter().enumerate() {
            let x = mark.x + 9.0 * (index as f64 - (mark.series.len() - 1) as f64 / 2.0);
            scene.series.clone_from(label);
            scene.marker((x, top - 8.0), Marker::DownwardTriangle, 6.5, *color, mark.text.clone());
        }
        scene.series = shared.to_owned();
        if mark.inside {
            scene.path(vec![(mark.x, top - 4.0), (mark.x, frame.accuracy.bottom)], mark.series[0].1, 0.8, &[2.0, 3.0]);
        }
        scene.series.clear();
    }
}

fn draw_labels(scene: &mut Scene, frame: &Frame, labels: &[Label]) {
    let right = frame.lag.right + LEADER;
    let (top, bottom) = (frame.accuracy.top - 6.0, frame.accuracy.bottom + 6.0);
    // Ends that look the same count as equal, so that their labels keep the order of the file, floors last.
    let wish = |label: &Label| label.end.map_or(bottom, |(_, end)| frame.accuracy.y((end / SAME).round() * SAME));
    let wishes: Vec<_> = labels.iter().map(wish).collect();
    let sizes: Vec<_> = labels.iter().map(Label::height).collect();
    for (label, centre) in labels.iter().zip(spread(&wishes, &sizes, top, bottom)) {
        scene.series.clone_from(&label.series);
        let first = centre - LABEL_LINE * label.lines.len().saturating_sub(1) as f64 / 2.0;
        if let Some((lag, accuracy)) = label.end {
            let from = (frame.lag.x(lag) + 6.0, frame.accuracy.y(accuracy));
            let elbow = (frame.lag.right + 10.0, from.1);
            scene.path(vec![from, elbow, (right - 6.0, first), (right - 2.0, first)], label.color(), 0.7, &[]);
        }
        let dash = label.style.map_or(DOTS, |style| style.dash);
        scene.path(vec![(right, first), (right + SWATCH - 6.0, first)], label.color(), 2.0, dash);
        if let Some(style) = label.style {
            let middle = (right + (SWATCH - 6.0) / 2.0, first);
            scene.marker(middle, style.marker, MARKER, style.color, String::new());
        }
        let color = if label.style.is_some() { INK } else { MUTED };
        for (line, text) in label.lines.iter().enumerate() {
            let at = (right + SWATCH, first + LABEL_LINE * line as f64);
            scene.text(Text::new(at, text, LABEL_EM, color, Anchor::Start));
        }
    }
    scene.series.clear();
}
