//! How fast layers are at each length: tokens in a second, or microseconds for a token with the growth of the tail.

mod table;

use super::axis::LagAxis;
use super::ends::{self, End};
use super::log_axis::{LogAxis, tick_text};
use super::timing::{self, FIGURE, LEFT, MARGIN, NUMBER_EM, PEER_MARKERS};
use super::{FigureError, Spec, accuracy_by_lag, marks};
use crate::fit::{self, Fit};
use crate::scene::{Anchor, Scene, Text};
use crate::series::distinct;
use crate::style::{self, GRID, INK, MUTED};
use crate::table::si;
use crate::timings::{Ceilings, Curve, Cut, PASSES, Row, Sample, peer_samples, threads_text, time_growth};

const PANEL: f64 = 250.0;
const GAP: f64 = 22.0;
const MARKER: f64 = 7.0;

/// What stands on the upward axis.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Quantity {
    /// Tokens in a second.
    Tokens,
    /// Microseconds for a token.
    Time,
}

impl Quantity {
    /// Low, median, high.
    fn of(self, sample: &Sample) -> [f64; 3] {
        match self {
            Self::Tokens => sample.tokens(),
            Self::Time => sample.per_token().map(|seconds| 1e6 * seconds),
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Tokens => "tokens/s (logarithmic)",
            Self::Time => "µs for a token (logarithmic)",
        }
    }

    /// The name of a series at its line's end.
    fn label(self, curve: &Curve) -> String {
        match (self, time_growth(curve)) {
            _ if curve.samples.is_empty() => format!("{}: not timed", curve.label),
            (Self::Time, Some(Fit { slope, half: Some(half), .. })) => {
                format!("{}: n^{slope:.2}\u{a0}±\u{a0}{half:.2}", curve.label)
            }
            (Self::Time, Some(fit)) => format!("{}: n^{:.2}", curve.label, fit.slope),
            _ => curve.label.to_owned(),
        }
    }
}

/// A panel, and where its numbers stand.
struct Frame<'a> {
    n: &'a LagAxis,
    y: LogAxis,
    cut: Cut,
    quantity: Quantity,
    ceilings: Option<Ceilings>,
}

impl Frame<'_> {
    fn point(&self, sample: &Sample) -> (f64, f64) {
        (self.n.x(sample.n), self.y.at(self.quantity.of(sample)[1]))
    }
}

/// One scene with a panel for each pass.
pub(super) fn scenes(rows: &[Row], spec: &Spec, quantity: Quantity) -> Result<Vec<Scene>, FigureError> {
    let (width, threads) = (timing::width(spec), timing::threads(rows, spec));
    let unless_asked: &[&str] = if quantity == Quantity::Tokens { &PASSES } else { &PASSES[1..] };
    let passes = timing::passes(spec, unless_asked)?;
    let cuts = passes.into_iter().map(|pass| Cut { width, pass, threads });
    let panels = timing::panels(rows, spec, cuts)?;
    let peers = |cut: Cut, curve: &Curve| match quantity {
        Quantity::Tokens => peer_samples(rows, cut, curve.label),
        Quantity::Time => Vec::new(),
    };
    let all_peers: Vec<Sample> =
        panels.iter().flat_map(|(cut, curves)| curves.iter().flat_map(|curve| peers(*cut, curve))).collect();
    let names = distinct(all_peers.iter().map(|peer| peer.row.implementation.as_str()));
    let samples = || panels.iter().flat_map(|(_, curves)| curves).flat_map(|curve| &curve.samples).chain(&all_peers);

    let mut scene = Scene {
        width: FIGURE,
        id: spec.id.clone(),
        title: spec.title.clone(),
        description: description(&panels, quantity),
        ..Scene::default()
    };
    let ceilings = Ceilings::of(rows, threads).ok();
    let subtitles = timing::subtitles(spec, &setting(width, threads, quantity, !names.is_empty()));
    let mut y = accuracy_by_lag::header(&mut scene, &spec.title, &subtitles);
    let mut lengths: Vec<u64> = distinct(samples().map(|sample| sample.n));
    lengths.sort_unstable();
    scene.table = table::table(&panels, &lengths, quantity, peers);
    let labels = |frame: Option<&Frame>, curves: &[Curve]| -> Vec<End> {
        let end = |curve: &Curve| frame.and_then(|frame| Some(frame.point(curve.samples.last()?)));
        let of =
            |curve: &Curve| End::of(&quantity.label(curve), curve.label, end(curve), timing::style_of(curve)).dotted();
        curves.iter().map(of).collect()
    };
    let column = panels.iter().flat_map(|(_, curves)| labels(None, curves)).map(|end| end.width()).fold(0.0, f64::max);
    let n = LagAxis { lags: lengths, left: LEFT, right: FIGURE - MARGIN - column - ends::LEADER };
    let range = LogAxis::around(samples().flat_map(|sample| quantity.of(sample)), (0.0, 0.0));
    let top = y;
    for (cut, curves) in &panels {
        scene.text(Text::new((LEFT, y + 8.0), timing::pass_text(cut.pass), 13.5, INK, Anchor::Start).bold());
        y += 28.0;
        let stacked: f64 = labels(None, curves).iter().map(End::height).sum();
        let (above, below) = (y, y + PANEL.max(stacked));
        let frame = Frame { n: &n, y: range.between(below, above), cut: *cut, quantity, ceilings };
        grid(&mut scene, &frame);
        ends::draw(&mut scene, &labels(Some(&frame), curves), n.right, (above - 6.0, below + 6.0));
        for curve in curves {
            draw(&mut scene, &frame, curve, &peers(*cut, curve), &names);
        }
        y = below + GAP;
    }
    y += 16.0 - GAP;
    let bottom = y;
    for length in n.numbered(NUMBER_EM) {
        scene.text(Text::new((n.x(length), y), length.to_string(), NUMBER_EM, MUTED, Anchor::Middle));
    }
    y += 22.0;
    let title = |at, text| Text::new(at, text, NUMBER_EM + 1.0, INK, Anchor::Middle);
    scene.text(title(((n.left + n.right) / 2.0, y), "n (steps in a sequence, logarithmic)"));
    scene.text(title((MARGIN + 6.0, (top + bottom) / 2.0), quantity.name()).upward());
    y += 26.0;
    y = timing::write_key(&mut scene, &versions(&all_peers, &names), y);
    y = timing::write_notes(&mut scene, &timing::notes(&panels, spec), y);
    scene.height = (y + 4.0).ceil();
    Ok(vec![scene])
}

fn setting(width: u64, threads: u64, quantity: Quantity, peers: bool) -> Vec<String> {
    let mut parts =
        vec![format!("width {width}"), threads_text(threads), "medians over rounds, bars: quartiles".into()];
    if peers {
        parts.push(
            "open markers: the same layer in other libraries, timed in another run; bars: 10th to 90th percentile"
                .into(),
        );
    }
    if quantity == Quantity::Time {
        parts.push(
            "n^x: how the time of a whole sequence grows, ± half the 95\u{a0}% interval, from a straight line through \
             the last four of n = 512 … 8192 (wide and pale; it is level where x = 1)"
                .into(),
        );
    }
    parts
}

fn versions(peers: &[Sample], names: &[&str]) -> Vec<String> {
    let version = |name: &&str| {
        let of = distinct(peers.iter().filter(|peer| peer.row.implementation == **name).map(|peer| &*peer.row.version));
        format!("{name} {}", of.join(", "))
    };
    names.iter().map(version).collect()
}

fn grid(scene: &mut Scene, frame: &Frame) {
    let (left, right) = (frame.n.left - 8.0, frame.n.right + 8.0);
    for tick in frame.y.ticks() {
        let y = frame.y.at(tick);
        scene.path(vec![(left, y), (right, y)], GRID, 1.0, &[]);
        scene.text(Text::new((left - 7.0, y), tick_text(tick), NUMBER_EM, MUTED, Anchor::End));
    }
    let bottom = frame.y.from;
    scene.path(vec![(left, bottom), (right, bottom)], MUTED, 1.0, &[]);
    for n in &frame.n.lags {
        let x = frame.n.x(*n);
        scene.path(vec![(x, bottom), (x, bottom + 4.0)], MUTED, 1.0, &[]);
    }
}

fn draw(scene: &mut Scene, frame: &Frame, curve: &Curve, peers: &[Sample], names: &[&str]) {
    let style = timing::style_of(curve);
    let tip = |sample: &Sample| timing::tip(sample, frame.cut, frame.ceilings.as_ref());
    scene.series = curve.label.to_owned();
    if frame.quantity == Quantity::Time {
        draw_fit(scene, frame, curve);
    }
    let line: Vec<_> = curve.samples.iter().map(|sample| frame.point(sample)).collect();
    if line.len() > 1 {
        scene.path(line, style.color, 2.0, style.dash);
    }
    for sample in curve.samples.iter().chain(peers) {
        let [low, _, high] = frame.quantity.of(sample).map(|value| frame.y.at(value));
        let x = frame.n.x(sample.n);
        scene.path(vec![(x, low), (x, high)], style.color, 1.2, &[]);
    }
    for sample in &curve.samples {
        let at = frame.point(sample);
        if sample.noisy() {
            marks::crossed(scene, at, (style.marker, MARKER), style.color, tip(sample));
        } else {
            scene.marker(at, style.marker, MARKER, style.color, tip(sample));
        }
    }
    for peer in peers {
        let place = names.iter().position(|name| *name == peer.row.implementation).unwrap_or(0);
        let marker = (PEER_MARKERS[place % PEER_MARKERS.len()], MARKER);
        marks::hollow(scene, frame.point(peer), marker, style.color, tip(peer));
    }
    scene.series.clear();
}

/// The line through the tail: fitted to the time of a sequence, drawn as time of a token.
fn draw_fit(scene: &mut Scene, frame: &Frame, curve: &Curve) {
    let points = curve.points(|sample| Some(sample.per_sequence()));
    let tail = fit::tail(&points);
    if let (Some(fit), Some((first, _)), Some((last, _))) = (fit::log_log(tail), tail.first(), tail.last()) {
        let at = |n: f64| (frame.n.x(n as u64), frame.y.at(1e6 * fit.at(n) / n));
        scene.path(vec![at(*first), at(*last)], style::tint(timing::style_of(curve).color, 0.3), 7.0, &[]);
    }
}

/// What the figure shows, in words.
fn description(panels: &[(Cut, Vec<Curve>)], quantity: Quantity) -> String {
    let mut text = match quantity {
        Quantity::Tokens => "Tokens in a second against the length of a sequence.".to_owned(),
        Quantity::Time => "Microseconds for a token against the length of a sequence.".to_owned(),
    };
    for (cut, curves) in panels {
        for curve in curves {
            let word = |sample: &Sample| format!("{} at n = {}", si(quantity.of(sample)[1]), sample.n);
            let ends = [curve.samples.first(), curve.samples.last()].into_iter().flatten().map(word);
            let words = ends.collect::<Vec<_>>().join(", ");
            let words = if words.is_empty() { "not timed".to_owned() } else { words };
            text.push_str(&format!(" {}, {}: {words}.", quantity.label(curve), timing::pass_text(cut.pass)));
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
        let rows = timing_fixture::rows();
        let title = "A title of many words that does not fit into one line of the figure and must be broken";
        for quantity in [Quantity::Tokens, Quantity::Time] {
            for (pass, layers) in [("", &[][..]), ("forward", &[]), ("", &["attention", "conv k3", "lstm"])] {
                let layers = layers.iter().map(|label| (*label).into()).collect();
                let spec = Spec {
                    title: title.into(),
                    question: title.repeat(2),
                    pass: pass.into(),
                    layers,
                    ..Spec::default()
                };
                timing::assert_readable(&scenes(&rows, &spec, quantity).unwrap()[0]);
            }
        }
    }

    #[test]
    fn bars_of_peers_are_told_apart() {
        let rows = timing_fixture::rows();
        let ours: Vec<Row> = rows.iter().filter(|row| row.implementation == "lab").cloned().collect();
        for (rows, peers) in [(&rows, true), (&ours, false)] {
            let words = scenes(rows, &Spec::default(), Quantity::Tokens).unwrap()[0].words();
            assert!(words.contains("bars: quartiles"), "{words}");
            assert_eq!(words.contains("timed in another run; bars: 10th to 90th percentile"), peers, "{words}");
        }
    }

    /// A label without any time is named beside the panel.
    #[test]
    fn a_series_without_a_time_is_named() {
        let rows: Vec<Row> = timing_fixture::rows()
            .into_iter()
            .map(|row| match row.label.as_str() {
                "mlp over time" => Row { seconds_median: None, error: "too large".into(), ..row },
                _ => row,
            })
            .collect();
        let scene = &scenes(&rows, &Spec::default(), Quantity::Time).unwrap()[0];
        timing::assert_readable(scene);
        let words = scene.words();
        assert!(words.contains("mlp over time: not timed"), "{words}");
        assert!(words.ends_with("and 5 more"), "{words}");
    }
}
