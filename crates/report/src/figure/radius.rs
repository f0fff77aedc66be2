//! How the effective field grows with depth, beside the declared one, if it were used evenly, and the law of independent
//! steps: all three as standard deviations, in steps.

mod table;

use super::accuracy_by_lag::{MARGIN, WIDTH, header};
use super::ends::{self, End};
use super::log_axis::{LogAxis, number};
use super::{FigureError, Spec, chosen};
use crate::Data;
use crate::font;
use crate::scene::{Anchor, Point, Scene, Text};
use crate::scores::Row;
use crate::series::distinct;
use crate::stats::Summary;
use crate::style::{DOTS, GRID, INK, MUTED, Style};

const LEFT: f64 = 76.0;
const PLOT: f64 = 380.0;
const EM: f64 = 12.0;
const MARKER: f64 = 8.0;

/// One label at all its depths.
struct Curve<'a> {
    label: &'a str,
    style: Style,
    /// Standard deviation of the lag by depth, over seeds.
    measured: Vec<(u64, Summary)>,
    /// Steps that the layer declares to see: not a deviation, see [`evenly`].
    declared: Points,
    /// Closed form of the standard deviation.
    law: Points,
    exponent: Option<Summary>,
}

/// One scene.
pub(super) fn scenes(data: &Data, spec: &Spec) -> Result<Vec<Scene>, FigureError> {
    let task = chosen::task(spec, "field");
    let rows: Vec<_> = data.scores.iter().filter(|row| row.task == task && row.split == "untrained").collect();
    let labels = chosen::labels(spec, &distinct(rows.iter().map(|row| row.label.as_str())));
    let mut curves: Vec<_> = labels.iter().map(|label| curve(data, &rows, label)).collect();
    // Without a wish, only what was measured at several depths says anything about depth.
    curves.retain(|curve| curve.measured.len() > usize::from(spec.layers.is_empty()));
    if curves.is_empty() {
        let what = format!("task `{task}`, metric `deviation`, split `untrained`");
        return Err(chosen::nothing(spec, what, "scores.csv", crate::series::tasks(&data.scores)));
    }
    Ok(vec![scene(data, spec, &curves, &rows)])
}

fn curve<'a>(data: &Data, rows: &[&Row], label: &'a str) -> Curve<'a> {
    let of = |metric: &'static str| rows.iter().copied().filter(move |row| row.label == label && row.metric == metric);
    let values = |metric| of(metric).filter_map(|row: &Row| Some((row.depth?, row.value?)));
    let mean = |points: Points| -> Vec<(u64, Summary)> {
        let mut depths = distinct(points.iter().map(|(depth, _)| *depth));
        depths.sort_unstable();
        let at = |depth: u64| {
            points.iter().filter(|(other, _)| *other == depth).map(|(_, value)| *value).collect::<Vec<_>>()
        };
        depths.into_iter().filter_map(|depth| Some((depth, Summary::of(&at(depth))?))).collect()
    };
    let line = |points| mean(points).into_iter().map(|(depth, summary)| (depth, summary.mean)).collect();
    // A stack of depth 0 or a field of no width has no place on a logarithmic axis.
    let positive = |points: &(u64, f64)| points.0 > 0 && points.1 > 0.0;
    let expected = of("deviation").filter_map(|row| Some((row.depth?, row.expected?))).filter(positive).collect();
    let layer = rows.iter().find(|row| row.label == label).map_or("", |row| row.layer.as_str());
    let exponents: Vec<_> = of("exponent").filter_map(|row| row.value).collect();
    Curve {
        label,
        style: chosen::style(data, layer, label),
        measured: mean(values("deviation").filter(positive).collect()),
        declared: line(values("theoretical").filter(positive).collect()),
        law: line(expected),
        exponent: Summary::of(&exponents),
    }
}

fn scene(data: &Data, spec: &Spec, curves: &[Curve], rows: &[&Row]) -> Scene {
    let mut scene = Scene {
        width: WIDTH,
        id: spec.id.clone(),
        title: spec.title.clone(),
        description: description(curves),
        ..Scene::default()
    };
    let most = curves.iter().flat_map(|curve| &curve.measured).map(|(_, summary)| summary.count).max().unwrap_or(1);
    let interval = if most > 1 { ", bars: 95\u{a0}% Student-t interval" } else { "" };
    let drawn = |row: &&&Row| row.depth.is_some() && curves.iter().any(|curve| curve.label == row.label);
    let mut lengths: Vec<_> = distinct(rows.iter().filter(drawn).filter_map(|row| row.n));
    lengths.sort_unstable();
    let length = match lengths[..] {
        [] => String::new(),
        [only] => format!("n = {only} steps · "),
        _ => format!("n = {} to {} steps · ", lengths[0], lengths[lengths.len() - 1]),
    };
    let numbers = format!(
        "untrained · {length}markers: standard deviation of the lag, weighted by the gradient; {}{interval} · thin: \
         that of the declared field of w steps, if used evenly, √((w² − 1)/12) · dotted: √\u{a0}law, √(depth·(k² − 1)/12)",
        chosen::seeds(most)
    );
    let top = header(&mut scene, &spec.title, &chosen::subtitles(spec, numbers));
    let lines = lines(curves);
    scene.table = table::table(curves, &lines);
    let stacked: f64 = lines.iter().map(|(end, _)| end.height()).sum();
    let bottom = top + PLOT.max(stacked);
    let column = lines.iter().map(|(end, _)| end.width()).fold(0.0, f64::max);
    let right = WIDTH - MARGIN - column - ends::LEADER;
    let depths = depths(curves);
    let (first, last) = (depths[0] as f64, depths[depths.len() - 1] as f64);
    let x = LogAxis { first, last, from: LEFT + 10.0, to: right };
    let all = || lines.iter().flat_map(|(_, points)| points).map(|(_, value)| *value);
    let (low, high) = (all().fold(f64::MAX, f64::min), all().fold(0.0, f64::max));
    let y = LogAxis { first: low / 1.3, last: high * 1.3, from: bottom, to: top };
    grid(&mut scene, x, y, &depths);
    draw(&mut scene, x, y, curves, lines);
    let middle = (x.from + x.to) / 2.0;
    let words = "depth (number of layers, logarithmic)";
    scene.text(Text::new((middle, bottom + 38.0), words, EM + 1.0, INK, Anchor::Middle));
    let middle = (MARGIN + 6.0, (top + bottom) / 2.0);
    scene.text(
        Text::new(middle, "standard deviation of the lag (steps, logarithmic)", EM + 1.0, INK, Anchor::Middle).upward(),
    );
    let missing = chosen::gaps(
        data,
        spec,
        (chosen::task(spec, "field"), &["untrained"]),
        &distinct(curves.iter().map(|curve| curve.label)),
    );
    let below = chosen::note(&mut scene, &missing, MARGIN, WIDTH - MARGIN, bottom + 62.0);
    scene.height = below.ceil();
    scene
}

fn depths(curves: &[Curve]) -> Vec<u64> {
    let mut depths = distinct(curves.iter().flat_map(|curve| &curve.measured).map(|(depth, _)| *depth));
    depths.sort_unstable();
    depths
}

/// Name of the line of [`evenly`].
const EVENLY: &str = "declared field, if used evenly";

/// What `window` (steps, by depth) would spread, were each of its steps used as much as any other: the standard deviation
/// of a uniform lag, √((w² − 1)/12). A window of one step does not spread, and has no place on a logarithmic axis.
fn evenly(window: &[(u64, f64)]) -> Points {
    let deviation = |(depth, steps): &(u64, f64)| (*depth, ((steps * steps - 1.0) / 12.0).sqrt());
    window.iter().filter(|(_, steps)| *steps > 1.0).map(deviation).collect()
}

/// Depths and steps.
type Points = Vec<(u64, f64)>;
/// What was not measured: its name, its points, width and dash of its line.
type Computed = (&'static str, fn(&Curve) -> Points, f64, &'static [f64]);
/// A name with the points of its line.
type Line = (End, Points);

/// Every line with its name; lines that coincide are one. Where a line ends is set when it is drawn.
fn lines(curves: &[Curve]) -> Vec<Line> {
    let mut lines: Vec<Line> = Vec::new();
    for curve in curves {
        let exponent = match curve.exponent {
            Some(Summary { mean, half: Some(half), .. }) => format!(": depth^{mean:.2}\u{a0}±\u{a0}{half:.2}"),
            Some(Summary { mean, .. }) => format!(": depth^{mean:.2}"),
            None => String::new(),
        };
        let end = End::of(&format!("{}{exponent}", curve.label), curve.label, None, curve.style);
        lines.push((end, curve.measured.iter().map(|(depth, summary)| (*depth, summary.mean)).collect()));
    }
    let computed: [Computed; 2] =
        [(EVENLY, |curve| evenly(&curve.declared), 0.9, &[]), ("√\u{a0}law", |curve| curve.law.clone(), 1.8, DOTS)];
    for (name, points, width, dash) in computed {
        let mut kinds: Vec<(Points, Vec<&Curve>)> = Vec::new();
        for curve in curves.iter().filter(|curve| !points(curve).is_empty()) {
            let points = points(curve);
            match kinds.iter_mut().find(|(other, _)| same(other, &points)) {
                Some((_, of)) => of.push(curve),
                None => kinds.push((points, vec![curve])),
            }
        }
        let alone = kinds.len() == 1;
        for (points, of) in kinds {
            let names: Vec<_> = of.iter().map(|curve| curve.label).collect();
            let text = if alone { name.to_owned() } else { format!("{name}: {}", names.join(" = ")) };
            // A line that stands for several series stays when one of them is hidden.
            let series = if of.len() == 1 { of[0].label } else { "" };
            let color = if of.len() == 1 { of[0].style.color } else { MUTED };
            let mut end = End::new(&text, series, None, color);
            (end.width, end.dash) = (width, dash);
            lines.push((end, points));
        }
    }
    lines
}

fn same(one: &[(u64, f64)], other: &[(u64, f64)]) -> bool {
    one.len() == other.len() && one.iter().zip(other).all(|(a, b)| a.0 == b.0 && (a.1 - b.1).abs() <= 1e-6 * a.1.abs())
}

fn grid(scene: &mut Scene, x: LogAxis, y: LogAxis, depths: &[u64]) {
    let (left, right) = (x.from - 10.0, x.to + 8.0);
    for tick in y.ticks() {
        scene.path(vec![(left, y.at(tick)), (right, y.at(tick))], GRID, 1.0, &[]);
        scene.text(Text::new((left - 7.0, y.at(tick)), number(tick), EM, MUTED, Anchor::End));
    }
    scene.path(vec![(left, y.from), (right, y.from)], MUTED, 1.0, &[]);
    let mut free = f64::MIN;
    for depth in depths {
        let at = x.at(*depth as f64);
        scene.path(vec![(at, y.from), (at, y.from + 4.0)], MUTED, 1.0, &[]);
        let half = font::width(&depth.to_string(), EM, false) / 2.0;
        if at - half >= free {
            scene.text(Text::new((at, y.from + 16.0), depth.to_string(), EM, MUTED, Anchor::Middle));
            free = at + half + 5.0;
        }
    }
}

fn draw(scene: &mut Scene, x: LogAxis, y: LogAxis, curves: &[Curve], lines: Vec<Line>) {
    let place = |(depth, value): &(u64, f64)| -> Point { (x.at(*depth as f64), y.at(*value)) };
    let mut names = Vec::new();
    // Computed lines lie under the measured ones.
    for (mut end, points) in lines.into_iter().rev() {
        let points: Vec<_> = points.iter().map(place).collect();
        end.from = points.last().copied();
        scene.series.clone_from(&end.series);
        if points.len() > 1 {
            scene.path(points, end.color, end.width, end.dash);
        }
        names.push(end);
    }
    scene.series.clear();
    names.reverse();
    ends::draw(scene, &names, x.to, (y.to, y.from));
    for curve in curves {
        curve.label.clone_into(&mut scene.series);
        for (depth, summary) in &curve.measured {
            let at = place(&(*depth, summary.mean));
            if summary.half.is_some() {
                let (low, high) = (y.at(summary.low), y.at(summary.high));
                scene.path(vec![(at.0, low), (at.0, high)], curve.style.color, 1.4, &[]);
            }
            scene.marker(at, curve.style.marker, MARKER, curve.style.color, tip(curve, *depth, summary));
        }
        scene.series.clear();
    }
}

fn tip(curve: &Curve, depth: u64, summary: &Summary) -> String {
    let half = summary.half.map_or_else(String::new, |half| format!(" ± {half:.2}"));
    let at = |points: &[(u64, f64)]| points.iter().find(|(other, _)| *other == depth).map(|(_, value)| *value);
    let law = at(&curve.law).map_or_else(String::new, |law| format!(", √ law {law:.2}"));
    let even = at(&evenly(&curve.declared)).map_or_else(String::new, |even| format!(", {even:.2} if used evenly"));
    let declared =
        at(&curve.declared).map_or_else(String::new, |steps| format!(", declared field {steps} steps{even}"));
    let Summary { mean, count, .. } = summary;
    format!("{}, depth {depth}: {mean:.2}{half} steps ({}{law}{declared})", curve.label, chosen::seeds(*count))
}

fn description(curves: &[Curve]) -> String {
    let mut text =
        "Standard deviation of the effective field in steps against depth, beside that of the declared field, if \
                    it were used evenly."
            .to_owned();
    for curve in curves {
        let points: Vec<_> =
            curve.measured.iter().map(|(depth, summary)| format!("{:.2} at {depth}", summary.mean)).collect();
        let declared = evenly(&curve.declared).last().map_or_else(String::new, |(depth, even)| {
            format!("; its declared field, if used evenly: {even:.2} at {depth}")
        });
        text.push_str(&format!(" {}: {}{declared}.", curve.label, points.join(", ")));
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
        for layers in [vec![], vec!["conv k3".to_owned()], vec!["box kernel k3".to_owned(), "conv k5".to_owned()]] {
            let scenes = assert_texts_apart(scenes, &data, Spec { layers, ..Spec::default() });
            assert!(
                scenes[0].words().contains("that of the declared field of w steps, if used evenly, √((w² − 1)/12)")
            );
        }
    }

    /// Three steps used evenly: lags −1, 0 and 1 about their mean. One layer of box kernels is just that.
    #[test]
    fn a_window_used_evenly_has_the_deviation_of_its_steps() {
        assert_eq!(evenly(&[(0, 1.0), (1, 3.0), (2, 5.0)]), [(1, (2.0f64 / 3.0).sqrt()), (2, 2.0f64.sqrt())]);
        let data = reach_fixture::data();
        let rows: Vec<_> = data.scores.iter().filter(|row| row.task == "field" && row.split == "untrained").collect();
        let curve = curve(&data, &rows, "box kernel k3");
        assert_eq!(evenly(&curve.declared)[0], curve.law[0]);
    }

    #[test]
    fn lines_that_coincide_are_one() {
        let data = reach_fixture::data();
        let rows: Vec<_> = data.scores.iter().filter(|row| row.task == "field" && row.split == "untrained").collect();
        let curves: Vec<_> = ["conv k3", "box kernel k3", "conv k5"].map(|label| curve(&data, &rows, label)).into();
        let names: Vec<_> = lines(&curves).iter().map(|(end, points)| (end.series.clone(), points.len())).collect();
        let names: Vec<_> = names.iter().map(|(series, points)| (series.as_str(), *points)).collect();
        let measured = [("conv k3", 6), ("box kernel k3", 6), ("conv k5", 6)];
        let computed = [("", 6), ("conv k5", 6), ("", 6), ("conv k5", 6)];
        assert_eq!(names, [measured.to_vec(), computed.to_vec()].concat());
    }
}
