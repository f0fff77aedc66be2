//! How near layers are to what the machine can do: FLOPs in a second against FLOPs for each byte that has to be moved,
//! under the two roofs that the machine has (Williams, Waterman and Patterson 2009).

mod table;

use super::ends::{self, End};
use super::log_axis::{LogAxis, tick_text};
use super::timing::{self, FIGURE, LEFT, MARGIN, NUMBER_EM};
use super::{FigureError, Spec, accuracy_by_lag, marks};
use crate::font;
use crate::scene::{Anchor, Scene, Shape, Text};
use crate::style::{self, CARD, GRID, INK, MUTED};
use crate::timings::{Ceilings, Curve, Cut, Row, Sample, threads_text, widths};

const PANEL: f64 = 300.0;
const ROOF_EM: f64 = 11.5;
/// Markers at the shortest and the longest sequence.
const MARKERS: (f64, f64) = (4.5, 9.5);
/// The slanted roof is drawn from this far left of where the roofs meet, as a factor of the intensity.
const SLANT: f64 = 4.0;
/// The panel shows at least speeds down to this part of the flat roof.
const DEPTH: f64 = 12.0;

/// What the place under the roofs says, and what is not in it.
const LIMITS: &str =
    "right of the bend arithmetic is the limit, left of it memory; bytes kept for the backward are not counted";

struct Frame {
    x: LogAxis,
    y: LogAxis,
    cut: Cut,
    ceilings: Ceilings,
    /// Shortest and longest sequence.
    lengths: (f64, f64),
}

impl Frame {
    /// None without FLOPs or bytes.
    fn point(&self, sample: &Sample) -> Option<(f64, f64)> {
        Some((self.x.at(sample.intensity()?), self.y.at(sample.speed()? / 1e9)))
    }

    fn marker(&self, n: u64) -> f64 {
        let (shortest, longest) = self.lengths;
        let share = if longest > shortest { (n as f64 / shortest).ln() / (longest / shortest).ln() } else { 1.0 };
        MARKERS.0 + share * (MARKERS.1 - MARKERS.0)
    }
}

/// One scene with a panel for the width asked for, or for each width there is.
pub(super) fn scenes(rows: &[Row], spec: &Spec) -> Result<Vec<Scene>, FigureError> {
    let threads = timing::threads(rows, spec);
    let pass = timing::passes(spec, &["both"])?[0];
    let wanted = spec.width.map_or_else(|| widths(rows), |width| vec![width]);
    let cuts = wanted.into_iter().map(|width| Cut { width, pass, threads });
    let panels = timing::panels(rows, spec, cuts)?;
    let ceilings = Ceilings::of(rows, threads);
    let ceilings = ceilings.map_err(|missing| FigureError::Timings { id: spec.id.clone(), missing })?;
    let samples = || panels.iter().flat_map(|(_, curves)| curves).flat_map(|curve| &curve.samples);
    let ridge = ceilings.peak / ceilings.copy;
    let intensities = samples().filter_map(Sample::intensity).chain([ridge, ridge / SLANT]);
    let speeds = samples().filter(|sample| sample.intensity().is_some()).filter_map(Sample::speed);
    let range =
        LogAxis::around(speeds.chain([ceilings.peak, ceilings.peak / DEPTH]).map(|speed| speed / 1e9), (0.0, 0.0));
    let length = |pick: fn(f64, f64) -> f64| samples().map(|sample| sample.n as f64).reduce(pick).unwrap_or(1.0);
    let lengths = (length(f64::min), length(f64::max));

    let mut scene = Scene {
        width: FIGURE,
        id: spec.id.clone(),
        title: spec.title.clone(),
        description: description(&panels, &ceilings),
        table: table::table(&panels, &ceilings),
        ..Scene::default()
    };
    let setting = [
        timing::pass_text(pass).to_owned(),
        threads_text(threads),
        format!("one marker for each n, the larger the longer ({} to {})", lengths.0, lengths.1),
        "black lines: the most that the machine itself did in the same run".to_owned(),
    ];
    let mut y = accuracy_by_lag::header(&mut scene, &spec.title, &timing::subtitles(spec, &setting));
    let labels = |frame: Option<&Frame>, curves: &[Curve]| -> Vec<End> {
        let drawn = curves.iter().filter(|curve| curve.samples.iter().any(|sample| sample.intensity().is_some()));
        let end = |curve: &Curve| curve.samples.iter().rev().find_map(|sample| frame?.point(sample));
        drawn.map(|curve| End::of(curve.label, curve.label, end(curve), timing::style_of(curve)).dotted()).collect()
    };
    let column = panels.iter().flat_map(|(_, curves)| labels(None, curves)).map(|end| end.width()).fold(0.0, f64::max);
    let edge = FIGURE - MARGIN - column - ends::LEADER;
    let x = LogAxis::around(intensities, (LEFT, edge));
    let top = y;
    for (cut, curves) in &panels {
        scene.text(Text::new((LEFT, y + 8.0), format!("width {}", cut.width), 13.5, INK, Anchor::Start).bold());
        y += 28.0;
        let stacked: f64 = labels(None, curves).iter().map(End::height).sum();
        let (above, below) = (y, y + PANEL.max(stacked));
        let frame = Frame { x, y: range.between(below, above), cut: *cut, ceilings, lengths };
        grid(&mut scene, &frame);
        roofs(&mut scene, &frame);
        ends::draw(&mut scene, &labels(Some(&frame), curves), edge, (above - 6.0, below + 6.0));
        curves.iter().for_each(|curve| draw(&mut scene, &frame, curve));
        y = below + 44.0;
    }
    let title = |at, text| Text::new(at, text, NUMBER_EM + 1.0, INK, Anchor::Middle);
    scene.text(title(((LEFT + edge) / 2.0, y - 6.0), "FLOPs for each byte that has to be moved (logarithmic)"));
    scene.text(title((MARGIN + 6.0, (top + y - 44.0) / 2.0), "GFLOP/s (logarithmic)").upward());
    y += 20.0;
    let mut notes = vec![LIMITS.to_owned()];
    notes.extend(without_flops(&panels));
    notes.extend(timing::notes(&panels, spec));
    y = timing::write_notes(&mut scene, &notes, y);
    scene.height = (y + 4.0).ceil();
    Ok(vec![scene])
}

fn grid(scene: &mut Scene, frame: &Frame) {
    let (left, right) = (frame.x.from - 8.0, frame.x.to + 8.0);
    let (top, bottom) = (frame.y.to, frame.y.from);
    for tick in frame.y.ticks() {
        let y = frame.y.at(tick);
        scene.path(vec![(left, y), (right, y)], GRID, 1.0, &[]);
        scene.text(Text::new((left - 7.0, y), tick_text(tick), NUMBER_EM, MUTED, Anchor::End));
    }
    for tick in frame.x.ticks() {
        let x = frame.x.at(tick);
        scene.path(vec![(x, top), (x, bottom)], GRID, 1.0, &[]);
        scene.text(Text::new((x, bottom + 16.0), tick_text(tick), NUMBER_EM, MUTED, Anchor::Middle));
    }
    scene.path(vec![(left, bottom), (right, bottom)], MUTED, 1.0, &[]);
}

/// The slanted roof of copies and the flat one of multiply-adds, with their values.
fn roofs(scene: &mut Scene, frame: &Frame) {
    let Frame { x, y, ceilings, .. } = frame;
    let height = |intensity: f64| y.at(ceilings.roof(intensity) / 1e9);
    let ridge = ceilings.peak / ceilings.copy;
    // Left of this the slanted roof is below the panel.
    let start = x.first.max(y.first * 1e9 / ceilings.copy);
    let line = vec![(x.at(start), height(start)), (x.at(ridge), height(ridge)), (x.to, height(ridge))];
    scene.path(line, INK, 1.6, &[]);
    let peak = format!("multiply-adds on registers: {:.0} GFLOP/s", ceilings.peak / 1e9);
    roof_text(scene, (x.to, height(ridge) - 10.0), peak);
    // Above the slant and left of it, where no point can be.
    let copy = format!("copy: {:.1} GB/s", ceilings.copy / 1e9);
    let width = font::width(&copy, ROOF_EM, false);
    let right = ((x.at(start) + x.at(ridge)) / 2.0).max(x.from + width + 4.0);
    let below = if right < x.at(ridge) {
        let share = (right - x.at(start)) / (x.at(ridge) - x.at(start));
        height(start) + share * (height(ridge) - height(start))
    } else {
        height(ridge)
    };
    roof_text(scene, (right - 4.0, below - 10.0), copy);
}

/// Ends at `at`, on a ground of its own: no grid line strikes it through.
fn roof_text(scene: &mut Scene, at: (f64, f64), text: String) {
    let (left, half) = (at.0 - font::width(&text, ROOF_EM, false) - 2.0, ROOF_EM / 2.0);
    let corners = [(left, -half), (at.0 + 2.0, -half), (at.0 + 2.0, half), (left, half)];
    let points = corners.map(|(x, y)| (x, at.1 + y)).into();
    scene.add(Shape::Polygon { points, color: CARD, opacity: 1.0 });
    scene.text(Text::new(at, text, ROOF_EM, INK, Anchor::End));
}

fn draw(scene: &mut Scene, frame: &Frame, curve: &Curve) {
    let style = timing::style_of(curve);
    let points: Vec<_> = curve.samples.iter().filter_map(|sample| Some((sample, frame.point(sample)?))).collect();
    scene.series = curve.label.to_owned();
    if points.len() > 1 {
        scene.path(points.iter().map(|(_, at)| *at).collect(), style::tint(style.color, 0.5), 1.0, &[]);
    }
    for (sample, at) in points {
        let tip = timing::tip(sample, frame.cut, Some(&frame.ceilings));
        let marker = (style.marker, frame.marker(sample.n));
        if sample.noisy() {
            marks::crossed(scene, at, marker, style.color, tip);
        } else {
            scene.marker(at, marker.0, marker.1, style.color, tip);
        }
    }
    scene.series.clear();
}

/// Which series have no place under a roof.
fn without_flops(panels: &[(Cut, Vec<Curve>)]) -> Vec<String> {
    let mut labels: Vec<&str> = Vec::new();
    for curve in panels.iter().flat_map(|(_, curves)| curves) {
        let timed = !curve.samples.is_empty();
        if timed && curve.samples.iter().all(|sample| sample.intensity().is_none()) && !labels.contains(&curve.label) {
            labels.push(curve.label);
        }
    }
    if labels.is_empty() {
        Vec::new()
    } else {
        vec![format!("without FLOPs, so without a place: {}", labels.join(", "))]
    }
}

/// What the figure shows, in words.
fn description(panels: &[(Cut, Vec<Curve>)], ceilings: &Ceilings) -> String {
    let mut text = format!(
        "GFLOP/s against FLOPs for each byte moved, under {:.0} GFLOP/s of multiply-adds and {:.1} GB/s of copies.",
        ceilings.peak / 1e9,
        ceilings.copy / 1e9
    );
    for (cut, curves) in panels {
        for curve in curves {
            let shares: Vec<f64> = curve.samples.iter().filter_map(|sample| ceilings.share(sample)).collect();
            let best = shares.iter().copied().reduce(f64::max);
            if let Some(best) = best {
                let words = format!(" {}, width {}: up to {:.0} % of the roof.", curve.label, cut.width, 100.0 * best);
                text.push_str(&words);
            }
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::timing_fixture;

    #[test]
    fn texts_never_overlap() {
        let mut rows = timing_fixture::rows();
        for (threads, slow) in [(1, 1.0), (2, 1.0), (2, 30.0), (2, 1e-3)] {
            // Slow copies push the place where the roofs meet to the right, fast ones to the left.
            for copy in rows.iter_mut().filter(|row| row.label == "copy") {
                copy.seconds_median = Some(0.02 * slow);
            }
            for width in [None, Some(256)] {
                let title = "A title of many words that does not fit into one line of the figure and must be broken";
                let spec = Spec {
                    title: title.into(),
                    question: title.repeat(2),
                    width,
                    threads: Some(threads),
                    ..Spec::default()
                };
                let scene = &scenes(&rows, &spec).unwrap()[0];
                timing::assert_readable(scene);
                assert!(scene.boxes().iter().any(|(text, _)| text.starts_with("copy: ")));
            }
        }
    }
}
