//! Where the gradient of one output step lies, by how far back: untrained above, trained below.

mod table;

use super::accuracy_by_lag::{MARGIN, WIDTH, header};
use super::axis::{AccuracyAxis, LagAxis};
use super::ends::{self, End};
use super::log_axis::{self, LogAxis};
use super::panel::{self, Frame};
use super::{FigureError, Spec, chosen};
use crate::Data;
use crate::maps::Row;
use crate::scene::{Anchor, Point, Scene, Shape, Text};
use crate::series::{NONE, Series, distinct};
use crate::style::{self, GRID, INK, MUTED, Style};

const LEFT: f64 = 84.0;
/// Two panels have more room each than many.
const PANEL: f64 = 210.0;
const SMALL_PANEL: f64 = 150.0;
const GAP: f64 = 20.0;
const EM: f64 = 12.0;
/// Shares below this leave the plot.
const LOWEST: f64 = 1e-4;
/// Markers stand no nearer than this.
const APART: f64 = 24.0;

/// Share by lag of one series in one state.
struct Curve<'a> {
    label: &'a str,
    layer: &'a str,
    depth: u64,
    split: &'a str,
    /// Label, with the depth where the label has several.
    name: String,
    /// Decides how it looks.
    index: usize,
    seeds: usize,
    /// Mean, smallest and largest over seeds, from lag 0 on.
    shares: Vec<[f64; 3]>,
    /// Mean share that falls on steps ahead of the output, which have no lag.
    ahead: f64,
}

impl Curve<'_> {
    fn style(&self) -> Style {
        if self.layer == NONE { style::none() } else { style::series(self.index) }
    }
}

/// One scene for each length.
pub(super) fn scenes(data: &Data, spec: &Spec) -> Result<Vec<Scene>, FigureError> {
    let task = chosen::task(spec, "field");
    let rows: Vec<_> = data.maps.iter().filter(|row| row.task == task).collect();
    let labels = chosen::labels(spec, &distinct(rows.iter().map(|row| row.label.as_str())));
    let lengths = distinct(rows.iter().filter(|row| labels.contains(&row.label.as_str())).map(|row| row.n));
    if lengths.is_empty() {
        let found = distinct(data.maps.iter().map(|row| row.task.clone()));
        let what = format!("task `{task}`{}", if rows.is_empty() { "" } else { " with the labels of the figure" });
        return Err(chosen::nothing(spec, what, "maps.csv", found));
    }
    let of_length = |n: &u64| {
        let here: Vec<_> = rows.iter().copied().filter(|row| row.n == *n).collect();
        let stem = if lengths.len() == 1 { spec.id.clone() } else { format!("{}-n{n}", spec.id) };
        scene(data, spec, &curves(data, &here, &labels), *n, &stem)
    };
    Ok(lengths.iter().map(of_length).collect())
}

fn curves<'a>(data: &Data, rows: &[&'a Row], labels: &[&'a str]) -> Vec<Curve<'a>> {
    let mut kinds = Vec::new();
    for label in labels {
        let of_label = rows.iter().filter(|row| row.label == *label);
        let mut all = distinct(of_label.map(|row| (*label, row.depth, row.split.as_str())));
        all.sort_by_key(|(_, depth, _)| *depth);
        kinds.extend(all);
    }
    let members = distinct(kinds.iter().map(|(label, depth, _)| (*label, *depth)));
    let several = members.len() > distinct(members.iter().map(|(label, _)| *label)).len();
    let curve = |(label, depth, split): (&'a str, u64, &'a str)| {
        let here: Vec<_> =
            rows.iter().filter(|row| row.label == label && row.depth == depth && row.split == split).collect();
        let output = here.iter().map(|row| row.output).max().unwrap_or(0);
        let here: Vec<_> = here.into_iter().filter(|row| row.output == output).collect();
        let count = here.len() as f64;
        let share = |lag: u64| {
            let values: Vec<_> = here.iter().map(|row| row.values[(output - lag) as usize]).collect();
            let fold = |start: f64, pick: fn(f64, f64) -> f64| values.iter().copied().fold(start, pick);
            [values.iter().sum::<f64>() / count, fold(f64::MAX, f64::min), fold(0.0, f64::max)]
        };
        let ahead = here.iter().flat_map(|row| &row.values[output as usize + 1..]).sum::<f64>() / count;
        let layer = here[0].layer.as_str();
        // Depths of one label need styles of their own; else a series looks as in every figure.
        let place = members.iter().position(|member| *member == (label, depth)).unwrap_or(0);
        let index = if several { place } else { chosen::index(data, label) };
        let alone = members.iter().filter(|(other, _)| *other == label).count() == 1;
        let name = if alone { label.to_owned() } else { format!("{label}, depth {depth}") };
        let shares = (0..=output).map(share).collect();
        Curve { label, layer, depth, split, name, index, seeds: here.len(), shares, ahead }
    };
    kinds.into_iter().map(curve).collect()
}

fn scene(data: &Data, spec: &Spec, curves: &[Curve], n: u64, stem: &str) -> Scene {
    let mut scene = Scene {
        width: WIDTH,
        id: stem.to_owned(),
        title: spec.title.clone(),
        description: description(curves),
        ..Scene::default()
    };
    let most = curves.iter().map(|curve| curve.seeds).max().unwrap_or(1);
    let band = if most > 1 { ", band: smallest to largest" } else { "" };
    let numbers = format!(
        "share of the squared gradient of one output step · n = {n} steps · {}{band} · shares below 0.01\u{a0}% leave the \
         plot at its lower edge",
        chosen::seeds(most)
    );
    let mut y = header(&mut scene, &spec.title, &chosen::subtitles(spec, numbers));
    let last = curves.iter().map(|curve| curve.shares.len() as u64 - 1).max().unwrap_or(0);
    let lags: Vec<u64> = [0].into_iter().chain(log_axis::doublings(last)).collect();
    scene.table = table::table(curves, &lags);
    let column = |curve: &Curve| End::new(&curve.name, &curve.name, None, INK).width();
    let column = curves.iter().map(column).fold(0.0, f64::max);
    let axis = LagAxis { lags, left: LEFT, right: WIDTH - MARGIN - column - ends::LEADER };
    let top = y;
    let panels = panels(spec, curves);
    let height = if panels.len() > 2 { SMALL_PANEL } else { PANEL };
    for (title, members) in panels {
        let series: Vec<Series> = members.iter().map(|curve| declared(data, curve)).collect();
        let marks = panel::reach_marks(&series.iter().collect::<Vec<_>>(), &axis);
        y += panel::title(&mut scene, &title, y, !marks.is_empty(), &axis);
        let bottom = y + height.max(members.len() as f64 * 18.0);
        let frame = Frame { lag: &axis, accuracy: AccuracyAxis { top: y, bottom } };
        let share = LogAxis { first: LOWEST, last: 1.0, from: bottom, to: y };
        grid(&mut scene, &axis, share);
        panel::draw_reach(&mut scene, &frame, &marks);
        draw(&mut scene, &axis, share, &members);
        y = bottom + GAP;
    }
    y = y - GAP + 16.0;
    for lag in axis.numbered(EM) {
        scene.text(Text::new((axis.x(lag), y), lag.to_string(), EM, MUTED, Anchor::Middle));
    }
    y += 22.0;
    let middle = (axis.left + axis.right) / 2.0;
    scene.text(Text::new((middle, y), "lag (steps back, logarithmic)", EM + 1.0, INK, Anchor::Middle));
    let middle = (MARGIN + 6.0, (top + y - 38.0) / 2.0);
    scene.text(Text::new(middle, "share of the gradient (%, logarithmic)", EM + 1.0, INK, Anchor::Middle).upward());
    y += 24.0;
    let ahead = curves.iter().filter(|curve| curve.ahead > 0.0);
    let ahead: Vec<_> = distinct(ahead.map(|curve| format!("{} {} {}", curve.name, curve.split, percent(curve.ahead))))
        .into_iter()
        .collect();
    let ahead = if ahead.is_empty() {
        String::new()
    } else {
        format!("not shown, since it lies ahead of the step: {}", ahead.join("; "))
    };
    let missing =
        chosen::gaps(data, spec, (chosen::task(spec, "field"), &[]), &distinct(curves.iter().map(|curve| curve.label)));
    for line in [ahead, missing].iter().filter(|line| !line.is_empty()) {
        y = chosen::note(&mut scene, line, MARGIN, WIDTH - MARGIN, y);
    }
    scene.height = y.ceil();
    scene
}

/// Group by group, each state a panel.
fn panels<'a, 'b>(spec: &Spec, curves: &'b [Curve<'a>]) -> Vec<(String, Vec<&'b Curve<'a>>)> {
    let members: Vec<_> = curves.iter().map(|curve| (curve.layer, curve.label)).collect();
    let mut panels = Vec::new();
    for (title, members) in chosen::panels(spec, &members) {
        let members: Vec<_> = members.into_iter().map(|member| &curves[member]).collect();
        for split in distinct(members.iter().map(|curve| curve.split)) {
            let parts: Vec<_> = [title.as_str(), split].into_iter().filter(|part| !part.is_empty()).collect();
            panels.push((parts.join(", "), members.iter().copied().filter(|curve| curve.split == split).collect()));
        }
    }
    panels
}

/// The scores of a curve's model: they say how far it declares to reach.
fn declared<'a>(data: &'a Data, curve: &Curve<'a>) -> Series<'a> {
    let of_model = |row: &&crate::scores::Row| {
        row.label == curve.label && !row.failed() && row.depth.is_none_or(|depth| depth == curve.depth)
    };
    let rows = data.scores.iter().filter(of_model).collect();
    Series { label: curve.label, layer: curve.layer, index: curve.index, rows }
}

fn grid(scene: &mut Scene, axis: &LagAxis, share: LogAxis) {
    let (left, right) = (axis.left - 8.0, axis.right + 8.0);
    for (value, text) in [(1.0, "100"), (0.1, "10"), (0.01, "1"), (0.001, "0.1"), (LOWEST, "0.01")] {
        let y = share.at(value);
        let (color, width) = if value == LOWEST { (MUTED, 1.0) } else { (GRID, 1.0) };
        scene.path(vec![(left, y), (right, y)], color, width, &[]);
        scene.text(Text::new((left - 7.0, y), text, EM, MUTED, Anchor::End));
    }
    for lag in &axis.lags {
        let x = axis.x(*lag);
        scene.path(vec![(x, share.from), (x, share.from + 4.0)], MUTED, 1.0, &[]);
    }
}

fn draw(scene: &mut Scene, axis: &LagAxis, share: LogAxis, curves: &[&Curve]) {
    let end = |curve: &&Curve| {
        let last = curve.shares.len() - 1;
        // A line that has left the plot ends nowhere near its name; it is named at the lower edge.
        let share_there = curve.shares[last][0];
        let from = (share_there >= LOWEST).then(|| (axis.x(last as u64), share.at(share_there)));
        End::of(&curve.name, &curve.name, from, curve.style())
    };
    let names: Vec<_> = curves.iter().map(end).collect();
    ends::draw(scene, &names, axis.right, (share.to - 6.0, share.from + 6.0));
    let outline = |curve: &Curve, which: usize| -> Vec<Point> {
        let place = |(lag, shares): (usize, &[f64; 3])| (axis.x(lag as u64), share.at(shares[which]));
        curve.shares.iter().enumerate().map(place).collect()
    };
    for curve in curves.iter().filter(|curve| curve.seeds > 1) {
        scene.series.clone_from(&curve.name);
        let (low, high) = (outline(curve, 1), outline(curve, 2));
        let points = low.into_iter().chain(high.into_iter().rev()).collect();
        scene.add(Shape::Polygon { points, color: curve.style().color, opacity: 0.10 });
    }
    for curve in curves {
        scene.series.clone_from(&curve.name);
        for piece in pieces(&outline(curve, 0), share.from) {
            scene.path(piece, curve.style().color, 2.0, curve.style().dash);
        }
        let mut before = f64::MIN;
        for (lag, [mean, low, high]) in curve.shares.iter().enumerate().filter(|(_, shares)| shares[0] >= LOWEST) {
            let x = axis.x(lag as u64);
            if x - before >= APART {
                let tip = tip(curve, lag, *mean, (*low, *high));
                scene.marker((x, share.at(*mean)), curve.style().marker, 6.5, curve.style().color, tip);
                before = x;
            }
        }
    }
    scene.series.clear();
}

/// The parts of a line that are not on the lower edge, each with the point where it meets the edge.
fn pieces(points: &[Point], edge: f64) -> Vec<Vec<Point>> {
    let mut pieces: Vec<Vec<Point>> = Vec::new();
    let mut open = false;
    for pair in points.windows(2) {
        let drawn = pair[0].1 < edge || pair[1].1 < edge;
        match pieces.last_mut() {
            Some(piece) if drawn && open => piece.push(pair[1]),
            _ if drawn => pieces.push(pair.to_vec()),
            _ => {}
        }
        open = drawn;
    }
    pieces
}

fn tip(curve: &Curve, lag: usize, mean: f64, (low, high): (f64, f64)) -> String {
    let Curve { name, split, seeds, .. } = curve;
    let range = if *seeds > 1 { format!(", {} to {}", percent(low), percent(high)) } else { String::new() };
    let state = if split.is_empty() { String::new() } else { format!("{split}, ") };
    format!("{name}, {state}lag {lag}: {} of the gradient ({}{range})", percent(mean), chosen::seeds(*seeds))
}

fn percent(share: f64) -> String {
    format!("{}\u{a0}%", digits(share))
}

/// Three digits of a share in per cent.
fn digits(share: f64) -> String {
    let percent = 100.0 * share;
    let digits = if percent >= 99.95 {
        0
    } else if percent >= 9.995 {
        1
    } else {
        2
    };
    if percent > 0.0 && percent < 0.005 { format!("{percent:.1e}") } else { format!("{percent:.digits$}") }
}

fn description(curves: &[Curve]) -> String {
    let mut text = "Share of the squared gradient of one output step by lag.".to_owned();
    for curve in curves {
        let (lag, shares) =
            curve.shares.iter().enumerate().max_by(|a, b| a.1[0].total_cmp(&b.1[0])).unwrap_or((0, &[0.0; 3]));
        text.push_str(&format!(" {} {}: most at lag {lag}, {}.", curve.name, curve.split, percent(shares[0])));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::figure::apart::assert_texts_apart;
    use crate::reach_fixture;

    #[test]
    fn texts_never_overlap() {
        let data = reach_fixture::data();
        for (panels, layers) in reach_fixture::ways() {
            assert_texts_apart(scenes, &data, Spec { panels, layers, ..Spec::default() });
        }
    }

    #[test]
    fn a_line_stops_at_the_lower_edge_and_comes_back() {
        let line = [(0.0, 1.0), (1.0, 9.0), (2.0, 9.0), (3.0, 9.0), (4.0, 2.0)];
        assert_eq!(pieces(&line, 9.0), [vec![line[0], line[1]], vec![line[3], line[4]]]);
        assert_eq!(
            [0.0, 2e-6, 0.0123, 0.123, 1.0].map(percent),
            ["0.00\u{a0}%", "2.0e-4\u{a0}%", "1.23\u{a0}%", "12.3\u{a0}%", "100\u{a0}%"]
        );
    }
}
