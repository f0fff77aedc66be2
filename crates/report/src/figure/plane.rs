//! Reach × wiring, coloured by recall: how many steps a layer sees, how much where it looks depends on the input, or on
//! the question alone, and what that is good for.

mod table;

use super::accuracy_by_lag::{MARGIN, WIDTH, header};
use super::log_axis::{self, LogAxis};
use super::plane_marks;
use super::{FigureError, Spec, chosen, color_bar};
use crate::scene::{Anchor, Scene, Text};
use crate::scores::Row;
use crate::series::distinct;
use crate::stats::Summary;
use crate::style::{GRID, INK, MUTED, Marker};
use crate::{Data, font};

const LEFT: f64 = 84.0;
const PLOT: f64 = 400.0;
/// Room under 0 and over 1, so that markers on an edge are whole.
const EDGE: f64 = 14.0;
const EM: f64 = 12.0;

/// What can stand on the upward axis, and how it is called.
struct Upward {
    metric: &'static str,
    name: &'static str,
    axis: &'static str,
    up: &'static str,
}

/// The first is drawn where none is asked for.
const UPWARD: [Upward; 2] = [
    Upward {
        metric: "wiring",
        name: "wiring",
        axis: "wiring: how much where it looks depends on the input",
        up: "up: where it looks depends more on the input",
    },
    Upward {
        metric: "question_wiring",
        name: "question wiring",
        axis: "how much where it looks follows the question alone",
        up: "up: where it looks follows the question",
    },
];

/// What was measured of one series in one state.
#[derive(Debug, Clone)]
pub(super) struct State {
    pub(super) lags: f64,
    /// What stands on the upward axis, 0 to 1.
    pub(super) wiring: Summary,
}

/// One series.
#[derive(Debug)]
pub(super) struct Point<'a> {
    pub(super) label: &'a str,
    pub(super) layer: &'a str,
    /// What the upward axis is called.
    pub(super) name: &'static str,
    pub(super) untrained: Option<State>,
    pub(super) trained: Option<State>,
    pub(super) accuracy: Option<Summary>,
    /// Variation of the Jacobian, untrained and trained.
    pub(super) variation: [Option<Summary>; 2],
}

impl Point<'_> {
    /// The state that carries the name: trained where there is one.
    pub(super) fn main(&self) -> Option<&State> {
        self.trained.as_ref().or(self.untrained.as_ref())
    }

    pub(super) fn tip(&self, n: u64) -> String {
        let wiring = |state: &State| match state.wiring.half {
            Some(half) => format!("{:.2} ± {half:.2}", state.wiring.mean),
            None => format!("{:.2}", state.wiring.mean),
        };
        let states = [("untrained", &self.untrained), ("trained", &self.trained)];
        let states: Vec<_> = states
            .into_iter()
            .filter_map(|(name, state)| Some(format!("{} {name}", wiring(state.as_ref()?))))
            .collect();
        let lags = self.main().map_or(0.0, |state| state.lags);
        let accuracy =
            self.accuracy.map_or_else(String::new, |accuracy| format!(", recalls {:.1}\u{a0}%", 100.0 * accuracy.mean));
        let variation = |part: &Summary| format!(", its Jacobian varies by {:.2}", part.mean);
        let variation = self.variation[1].as_ref().map_or_else(String::new, variation);
        let count = self.main().map_or(1, |state| state.wiring.count);
        format!(
            "{}: sees {} of {n} steps, {} {}{variation}{accuracy} ({})",
            self.label,
            log_axis::number(lags),
            self.name,
            states.join(", "),
            chosen::seeds(count)
        )
    }
}

/// One scene for each length.
pub(super) fn scenes(data: &Data, spec: &Spec) -> Result<Vec<Scene>, FigureError> {
    let task = chosen::task(spec, "wiring");
    let metric = if spec.metric.is_empty() { UPWARD[0].metric } else { &spec.metric };
    let Some(upward) = UPWARD.iter().find(|upward| upward.metric == metric) else {
        return Err(FigureError::UnknownMetric { id: spec.id.clone(), metric: metric.to_owned() });
    };
    let rows: Vec<_> = data.scores.iter().filter(|row| row.task == task && !row.is_floor()).collect();
    let labels = chosen::labels(spec, &distinct(rows.iter().map(|row| row.label.as_str())));
    let mut scenes = Vec::new();
    let lengths = distinct(rows.iter().filter(|row| row.metric == metric).filter_map(|row| row.n).filter(|n| *n > 0));
    for n in &lengths {
        let here: Vec<_> = rows.iter().copied().filter(|row| row.n == Some(*n)).collect();
        let points: Vec<_> = labels.iter().filter_map(|label| point(&here, label, upward)).collect();
        if !points.is_empty() {
            let stem = if lengths.len() == 1 { spec.id.clone() } else { format!("{}-n{n}", spec.id) };
            scenes.push(scene(data, spec, (&points, upward), &here, *n, &stem));
        }
    }
    if scenes.is_empty() {
        let what = format!("task `{task}` with metrics `{metric}` and `lags`");
        return Err(chosen::nothing(spec, what, "scores.csv", crate::series::tasks(&data.scores)));
    }
    Ok(scenes)
}

/// None where nothing was measured.
fn point<'a>(rows: &[&'a Row], label: &'a str, upward: &Upward) -> Option<Point<'a>> {
    let of_label: Vec<_> = rows.iter().copied().filter(|row| row.label == label).collect();
    let values = |metric: &str, split: &str| -> Vec<f64> {
        of_label.iter().filter(|row| row.metric == metric && row.split == split).filter_map(|row| row.value).collect()
    };
    let state = |split: &str| {
        let wiring = Summary::of_accuracies(&values(upward.metric, split))?;
        Some(State { lags: Summary::of(&values("lags", split))?.mean, wiring })
    };
    let (untrained, trained) = (state("untrained"), state("trained"));
    if untrained.is_none() && trained.is_none() {
        return None;
    }
    let accuracy = Summary::of_accuracies(&values("accuracy", "trained"));
    let variation = ["untrained", "trained"].map(|split| Summary::of(&values("jacobian_variation", split)));
    Some(Point { label, layer: &of_label[0].layer, name: upward.name, untrained, trained, accuracy, variation })
}

fn scene(data: &Data, spec: &Spec, (points, upward): (&[Point], &Upward), rows: &[&Row], n: u64, stem: &str) -> Scene {
    let described = points.iter().map(|point| format!(" {}.", point.tip(n))).collect::<String>();
    let mut scene = Scene {
        width: WIDTH,
        id: stem.to_owned(),
        title: spec.title.clone(),
        description: format!("Steps seen, {} and recall of each series.{described}", upward.name),
        table: table::table(points, n),
        ..Scene::default()
    };
    let most = points.iter().filter_map(Point::main).map(|state| state.wiring.count).max().unwrap_or(1);
    let bars = if most > 1 { ", bars: 95\u{a0}% Student-t interval" } else { "" };
    let numbers = format!(
        "right: sees more of the n = {n} steps · {} · dark: recalls · small \
         and hollow: before training, filled: after · {}{bars} · what would lie on top of each other stands side by side",
        upward.up,
        chosen::seeds(most)
    );
    let top = header(&mut scene, &spec.title, &chosen::subtitles(spec, numbers)) + 6.0;
    let families = distinct(points.iter().map(|point| point.layer));
    let x = LogAxis {
        first: 1.0,
        last: n as f64,
        from: LEFT + 40.0,
        to: plane_marks::right(points, n, LEFT + 40.0, WIDTH - MARGIN),
    };
    let y = Height { top: top + EDGE, bottom: top + PLOT - EDGE };
    let bottom = top + PLOT;
    grid(&mut scene, x, y, n, (top, bottom));
    let marks = plane_marks::marks(points, &families, x, y);
    plane_marks::draw(&mut scene, &marks, n, [LEFT - 4.0, top, WIDTH - MARGIN, bottom]);
    let middle = (x.from + x.to) / 2.0;
    let words = format!("steps that the read-out step sees, of {n} (logarithmic)");
    scene.text(Text::new((middle, bottom + 38.0), words, EM + 1.0, INK, Anchor::Middle));
    scene.text(Text::new((MARGIN + 6.0, (top + bottom) / 2.0), upward.axis, EM + 1.0, INK, Anchor::Middle).upward());
    let below = key(&mut scene, &families, bottom + 66.0);
    let below = bar(&mut scene, rows, below + 8.0);
    let missing = chosen::gaps(
        data,
        spec,
        (chosen::task(spec, "wiring"), &[]),
        &distinct(points.iter().map(|point| point.label)),
    );
    let lacking = |lacks: fn(&Point) -> bool| -> Vec<&str> {
        points.iter().filter(|point| lacks(point)).map(|point| point.label).collect()
    };
    let states = [
        ("measured untrained only", lacking(|point| point.trained.is_none())),
        ("measured trained only", lacking(|point| point.untrained.is_none())),
    ];
    let mut y = below;
    for (words, names) in states {
        if !names.is_empty() {
            y = chosen::note(&mut scene, &format!("{words}: {}", names.join("; ")), MARGIN, WIDTH - MARGIN, y);
        }
    }
    y = chosen::note(&mut scene, &missing, MARGIN, WIDTH - MARGIN, y);
    scene.height = (y + 4.0).ceil();
    scene
}

/// Rows of a wiring index 0 to 1.
#[derive(Debug, Clone, Copy)]
pub(super) struct Height {
    pub(super) top: f64,
    pub(super) bottom: f64,
}

impl Height {
    pub(super) fn at(self, wiring: f64) -> f64 {
        self.bottom - wiring.clamp(0.0, 1.0) * (self.bottom - self.top)
    }
}

fn grid(scene: &mut Scene, x: LogAxis, y: Height, n: u64, (top, bottom): (f64, f64)) {
    let (left, right) = (LEFT - 8.0, x.to + 24.0);
    for (wiring, text) in [(0.0, "0"), (0.25, "0.25"), (0.5, "0.5"), (0.75, "0.75"), (1.0, "1")] {
        scene.path(vec![(left, y.at(wiring)), (right, y.at(wiring))], GRID, 1.0, &[]);
        scene.text(Text::new((left - 7.0, y.at(wiring)), text, EM, MUTED, Anchor::End));
    }
    scene.path(vec![(left, bottom), (right, bottom)], MUTED, 1.0, &[]);
    for lags in log_axis::doublings(n) {
        let at = x.at(lags as f64);
        scene.path(vec![(at, top), (at, bottom)], GRID, 1.0, &[]);
        scene.path(vec![(at, bottom), (at, bottom + 4.0)], MUTED, 1.0, &[]);
        scene.text(Text::new((at, bottom + 16.0), lags.to_string(), EM, MUTED, Anchor::Middle));
    }
}

/// The marker of each kind of layer.
fn key(scene: &mut Scene, families: &[&str], y: f64) -> f64 {
    let mut at = LEFT;
    for (index, family) in families.iter().enumerate() {
        plane_marks::outlined(scene, (at + 5.0, y), plane_marks::family(index), 9.0, MUTED, String::new());
        scene.text(Text::new((at + 15.0, y), *family, EM, MUTED, Anchor::Start));
        at += 15.0 + font::width(family, EM, false) + 22.0;
    }
    y + 20.0
}

/// The scale of recall, with the floor that guessing among the pairs reaches.
fn bar(scene: &mut Scene, rows: &[&Row], top: f64) -> f64 {
    color_bar::title(scene, (LEFT, top), "recall accuracy after training, mean over lags (%)");
    let (left, width) = (LEFT, 300.0);
    let at = (left, top + 26.0);
    let ticks = [0.0, 0.25, 0.5, 0.75, 1.0].map(|share| (share, (100.0 * share).to_string()));
    color_bar::draw(scene, at, width, &ticks);
    let floors = distinct(rows.iter().filter(|row| row.metric == "accuracy").filter_map(|row| {
        let pairs = row.k.filter(|pairs| *pairs > 0).map(|pairs| 1.0 / pairs as f64);
        row.floor.or(pairs)
    }));
    if let [floor] = floors[..] {
        let x = left + floor * width;
        scene.marker((x, at.1 - 4.0), Marker::DownwardTriangle, 6.5, INK, String::new());
        scene.path(vec![(x, at.1), (x, at.1 + color_bar::HEIGHT)], INK, 1.0, &[]);
        let text = format!("floor 1/K: {}\u{a0}%", log_axis::number((1000.0 * floor).round() / 10.0));
        scene.text(Text::new((x + 8.0, at.1 - 8.0), text, 11.0, MUTED, Anchor::Start));
    }
    at.1 + color_bar::HEIGHT + 34.0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::figure::apart::assert_texts_apart;
    use crate::reach_fixture;

    #[test]
    fn texts_never_overlap() {
        let data = reach_fixture::data();
        for (_, layers) in reach_fixture::ways() {
            for metric in ["", "question_wiring"] {
                let (layers, metric) = (layers.clone(), metric.to_owned());
                assert_texts_apart(scenes, &data, Spec { layers, metric, ..Spec::default() });
            }
        }
    }

    #[test]
    fn the_upward_axis_is_what_was_asked_for() {
        let mut data = reach_fixture::data();
        let drawn = |data: &Data, metric: &str| scenes(data, &Spec { metric: metric.into(), ..Spec::default() });
        let words = |metric: &str| drawn(&data, metric).unwrap()[0].words();
        assert_eq!(words(""), words("wiring"));
        assert!(words("wiring").contains(UPWARD[0].axis) && words("wiring").contains(UPWARD[0].up));
        let question = words("question_wiring");
        assert!(question.contains(UPWARD[1].axis) && question.contains(UPWARD[1].up), "{question}");
        assert!(!question.contains("depends"), "{question}");
        let error = drawn(&data, "rewiring").unwrap_err();
        assert!(error.to_string().contains("no plane of `rewiring`; `wiring` and `question_wiring`"), "{error}");
        data.scores.retain(|row| row.metric != "question_wiring");
        let error = drawn(&data, "question_wiring").unwrap_err();
        assert!(error.is_of_absence() && error.to_string().contains("`question_wiring` and `lags`"), "{error}");
    }
}
