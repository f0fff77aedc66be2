//! One metric against a size: of the task, of the model, or an option of its layer. A line for each series; a panel for
//! each size that does not stand across.

mod draw;
mod marks;
mod table;

use super::accuracy_by_lag::{MARGIN, WIDTH, header};
use super::ends::{self, End};
use super::gathered::{self, Floor};
use super::size_axis::SizeAxis;
use super::value_axis::ValueAxis;
use super::{FigureError, Spec, chosen};
use crate::Data;
use crate::scene::{Anchor, Scene, Text};
use crate::scores::Row;
use crate::series::distinct;
use crate::stats::Summary;
use crate::style::{self, INK, MUTED, Style};

use marks::Mark;

const LEFT: f64 = 84.0;
/// One panel has more room than many.
const ALONE: f64 = 330.0;
const PANEL: f64 = 190.0;
const GAP: f64 = 20.0;
const EM: f64 = 12.0;

/// One size of one line.
struct Point {
    x: f64,
    summary: Summary,
    seeds: Vec<f64>,
}

/// A series, in one split.
struct Line<'a> {
    /// With its size or options, where the label has several.
    name: String,
    split: &'a str,
    style: Style,
    points: Vec<Point>,
    /// By x.
    expected: Vec<(f64, f64)>,
}

struct Panel<'a> {
    title: String,
    lines: Vec<Line<'a>>,
    floors: Vec<Floor>,
    /// Numbers from elsewhere.
    marks: Vec<Mark>,
}

/// All that the figure shows.
struct Shown<'a> {
    metric: &'a str,
    x: &'a str,
    splits: Vec<&'a str>,
    panels: Vec<Panel<'a>>,
}

/// Rows that share a panel, under its title.
type Part<'a> = (String, Vec<&'a Row>);

/// One scene.
pub(super) fn scenes(data: &Data, spec: &Spec) -> Result<Vec<Scene>, FigureError> {
    let metric = gathered::metric(spec);
    let x = if spec.x.is_empty() { "n" } else { &spec.x };
    let measured =
        |row: &&Row| row.metric == metric && !row.is_floor() && row.value.is_some() && gathered::size(row, x).is_some();
    let of_metric: Vec<_> = data.scores.iter().filter(measured).collect();
    let tasks = gathered::tasks(spec, distinct(of_metric.iter().map(|row| row.task.as_str())));
    let of_task: Vec<_> = of_metric.into_iter().filter(|row| tasks.contains(&row.task.as_str())).collect();
    let splits = gathered::splits(spec, "test", of_task.iter().map(|row| row.split.as_str()));
    let found: Vec<_> = of_task.into_iter().filter(|row| splits.contains(&row.split.as_str())).collect();
    let labels = chosen::labels(spec, &distinct(found.iter().map(|row| row.label.as_str())));
    let found: Vec<_> = found.into_iter().filter(|row| labels.contains(&row.label.as_str())).collect();
    if found.is_empty() {
        let what = format!("task `{}`, metric `{metric}`, with a number as `{x}`", tasks.join("`, `"));
        return Err(chosen::nothing(spec, what, "scores.csv", crate::series::tasks(&data.scores)));
    }
    let panels = parts(spec, x, &tasks, &labels, &found);
    let panels = panels.into_iter().map(|part| panel(data, (metric, x, &splits, &labels), part)).collect();
    Ok(vec![scene(data, spec, &Shown { metric, x, splits, panels }, &found)])
}

/// The panels: as asked for, else one for each size that rows of one task and x differ in.
fn parts<'a>(spec: &Spec, x: &str, tasks: &[&str], labels: &[&str], found: &[&'a Row]) -> Vec<Part<'a>> {
    let mut parts: Vec<Part> = Vec::new();
    for task in tasks {
        let here: Vec<_> = found.iter().copied().filter(|row| row.task == *task).collect();
        let title = |rest: String| {
            let task = if tasks.len() > 1 { *task } else { "" };
            [task, &rest].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(", ")
        };
        if spec.panels.is_empty() {
            parts.extend(by_size(&here, x).into_iter().map(|(rest, rows)| (title(rest), rows)));
            continue;
        }
        let layer = |label: &str| here.iter().find(|row| row.label == label).map_or("", |row| row.layer.as_str());
        let members: Vec<_> = labels.iter().map(|label| (layer(label), *label)).collect();
        for (rest, members) in chosen::panels(spec, &members) {
            let of_panel = |row: &&Row| members.iter().any(|member| labels[*member] == row.label);
            parts.push((title(rest), here.iter().copied().filter(of_panel).collect()));
        }
    }
    parts.retain(|(_, rows)| !rows.is_empty());
    parts
}

/// Rows apart by what must not be averaged: `k = 8`.
fn by_size<'a>(rows: &[&'a Row], x: &str) -> Vec<Part<'a>> {
    let mut keys: Vec<&str> = ["n", "k"].into_iter().filter(|key| gathered::differ(rows, key, Some(x))).collect();
    for key in ["depth", "width"] {
        let of_label = |label: &str| rows.iter().copied().filter(|row| row.label == label).collect::<Vec<_>>();
        let labels = distinct(rows.iter().map(|row| row.label.as_str()));
        if labels.into_iter().any(|label| gathered::differ(&of_label(label), key, Some(x))) {
            keys.push(key);
        }
    }
    let place = |row: &Row| keys.iter().map(|key| gathered::size(row, key)).collect::<Vec<_>>();
    let mut places = distinct(rows.iter().map(|row| place(row)));
    places.sort_by(|a, b| a.partial_cmp(b).unwrap_or(std::cmp::Ordering::Equal));
    let part = |wanted: Vec<Option<f64>>| {
        let words = keys.iter().zip(&wanted).filter_map(|(key, value)| Some(format!("{key} = {}", (*value)?)));
        (words.collect::<Vec<_>>().join(", "), rows.iter().copied().filter(|row| place(row) == wanted).collect())
    };
    places.into_iter().map(part).collect()
}

fn panel<'a>(
    data: &'a Data,
    (metric, x, splits, labels): (&str, &str, &[&'a str], &[&str]),
    (title, rows): Part<'a>,
) -> Panel<'a> {
    let mut lines = Vec::new();
    for label in labels {
        for (index, (name, rows)) in gathered::variants(&rows, label, Some(x)).into_iter().enumerate() {
            for (split_index, split) in splits.iter().enumerate() {
                let of_split: Vec<_> = rows.iter().copied().filter(|row| row.split == *split).collect();
                let mut style = chosen::style(data, &rows[0].layer, label);
                // The colour is the label's; variants and splits of it differ in marker and dash.
                let other = index * splits.len() + split_index;
                if other > 0 {
                    let Style { marker, dash, .. } = style::series(chosen::index(data, label) + other);
                    style = Style { marker, dash, ..style };
                }
                let line = line(metric, x, name.clone(), split, style, &of_split);
                if !line.points.is_empty() {
                    lines.push(line);
                }
            }
        }
    }
    let same = |own: Option<u64>, other: Option<u64>| own.is_none() || own == other;
    let holds = |floor: &&Row| {
        let of_split = floor.split.is_empty() || splits.contains(&floor.split.as_str());
        let of_rows = || rows.iter().any(|row| row.task == floor.task && same(floor.n, row.n) && same(floor.k, row.k));
        floor.is_floor() && floor.metric == metric && of_split && of_rows()
    };
    let floors = gathered::floors(&data.scores.iter().filter(holds).collect::<Vec<_>>(), metric, Some(x), true);
    let sizes: Vec<f64> = lines.iter().flat_map(|line: &Line| &line.points).map(|point| point.x).collect();
    let marks = marks::of(&data.published, &rows, metric, x, &sizes);
    Panel { title, lines, floors, marks }
}

fn line<'a>(metric: &str, x: &str, name: String, split: &'a str, style: Style, rows: &[&Row]) -> Line<'a> {
    let mut places: Vec<f64> = distinct(rows.iter().filter_map(|row| gathered::size(row, x)));
    places.sort_by(f64::total_cmp);
    let at = |place: f64| rows.iter().copied().filter(move |row| gathered::size(row, x) == Some(place));
    let point = |place: &f64| {
        let seeds = gathered::seeds(&at(*place).collect::<Vec<_>>());
        Some(Point { x: *place, summary: gathered::summary(metric, &seeds)?, seeds })
    };
    let expected = |place: &f64| Some((*place, gathered::mean(at(*place).filter_map(|row| row.expected))?));
    let points = places.iter().filter_map(point).collect();
    Line { name, split, style, points, expected: places.iter().filter_map(expected).collect() }
}

impl Line<'_> {
    /// What stands at its end, without its split where there is but one.
    fn title(&self, splits: &[&str]) -> String {
        if splits.len() > 1 { format!("{}, {}", self.name, self.split) } else { self.name.clone() }
    }
}

impl Shown<'_> {
    fn lines(&self) -> impl Iterator<Item = &Line<'_>> {
        self.panels.iter().flat_map(|panel| &panel.lines)
    }

    fn sizes(&self) -> Vec<f64> {
        let mut sizes = distinct(self.lines().flat_map(|line| &line.points).map(|point| point.x));
        sizes.sort_by(f64::total_cmp);
        sizes
    }

    /// What the upward axis has to hold.
    fn values(&self) -> Vec<f64> {
        let of = |point: &Point| {
            let Summary { mean, low, high, .. } = point.summary;
            [mean, low, high].into_iter().chain(point.seeds.clone()).collect::<Vec<_>>()
        };
        let measured = self.lines().flat_map(|line| &line.points).flat_map(of);
        let expected = self.lines().flat_map(|line| &line.expected).map(|(_, value)| *value);
        let floors = self.panels.iter().flat_map(|panel| &panel.floors).flat_map(|floor| &floor.points);
        let marks = self.panels.iter().flat_map(|panel| &panel.marks).flat_map(|mark| &mark.points);
        measured.chain(marks.map(|(_, value)| *value)).chain(expected).chain(floors.map(|(_, value)| *value)).collect()
    }

    fn note(&self, data: &Data, spec: &Spec, here: &[&Row], log: bool) -> String {
        let mut parts = Vec::new();
        for key in ["n", "k", "depth", "width"].into_iter().filter(|key| *key != self.x) {
            if let [Some(value)] = &distinct(here.iter().map(|row| gathered::text(row, key)))[..] {
                parts.push(format!("{key} = {value}"));
            }
        }
        let most = self.lines().flat_map(|line| &line.points).map(|point| point.seeds.len()).max().unwrap_or(1);
        parts.push(match most {
            1 => "1 seed, no interval".to_owned(),
            _ => format!("mean of {most} seeds, band: 95\u{a0}% Student-t interval, small dots: single seeds"),
        });
        if self.x != "lag" {
            parts.extend(gathered::averaged(&data.scores, here, self.metric));
        }
        if self.lines().any(|line| !line.expected.is_empty()) {
            parts.push("dotted, in colour: the law".to_owned());
        }
        if self.panels.iter().any(|panel| !panel.floors.is_empty()) {
            parts.push("dotted, grey: floors".to_owned());
        }
        if self.panels.iter().any(|panel| !panel.marks.is_empty()) {
            parts.push("open diamonds: published numbers".to_owned());
        }
        if log && self.values().into_iter().any(|value| value <= 0.0) {
            parts.push("0 and below stand at the lower edge".to_owned());
        }
        if spec.log.iter().any(|axis| axis == "x") && self.sizes()[0] <= 0.0 {
            parts.push("0 stands left of the smallest size above it".to_owned());
        }
        parts.join(" · ")
    }
}

fn scene(data: &Data, spec: &Spec, shown: &Shown, here: &[&Row]) -> Scene {
    let logarithmic = |axis: &str| spec.log.iter().any(|other| other == axis);
    let log = logarithmic("y") && !gathered::is_share(shown.metric);
    let mut scene = Scene {
        width: WIDTH,
        id: spec.id.clone(),
        title: spec.title.clone(),
        description: table::description(shown),
        table: table::table(shown),
        floors: table::floors(shown),
        ..Scene::default()
    };
    let mut y = header(&mut scene, &spec.title, &chosen::subtitles(spec, shown.note(data, spec, here, log)));
    let ends: Vec<_> = shown.panels.iter().map(|panel| draw::ends(shown, panel)).collect();
    let column = ends.iter().flatten().map(End::width).fold(0.0, f64::max);
    let right = WIDTH - MARGIN - column - ends::LEADER;
    let across = SizeAxis { sizes: shown.sizes(), log: logarithmic("x"), left: LEFT, right };
    let up = if gathered::is_share(shown.metric) {
        ValueAxis::share((0.0, 0.0))
    } else {
        ValueAxis::around(&shown.values(), log, (0.0, 0.0))
    };
    let top = y;
    for (panel, ends) in shown.panels.iter().zip(ends) {
        if !panel.title.is_empty() {
            scene.text(Text::new((LEFT, y + 8.0), &panel.title, 13.5, INK, Anchor::Start).bold());
            y += 28.0;
        }
        let height = if shown.panels.len() == 1 { ALONE } else { PANEL };
        let stacked: f64 = ends.iter().map(End::height).sum();
        let bottom = y + height.max(stacked);
        draw::panel(&mut scene, shown, panel, &across, up.between(bottom, y), ends);
        y = bottom + GAP;
    }
    let bottom = y - GAP;
    y = bottom + 16.0;
    for (size, text) in across.numbered(EM) {
        scene.text(Text::new((across.x(size), y), text, EM, MUTED, Anchor::Middle));
    }
    y += 22.0;
    let title = |at, text: String| Text::new(at, text, EM + 1.0, INK, Anchor::Middle);
    let name = if across.log { format!("{} (logarithmic)", shown.x) } else { shown.x.to_owned() };
    scene.text(title(((across.left + right) / 2.0, y), name));
    let name = gathered::axis_title(shown.metric, &shown.splits, log);
    scene.text(title((MARGIN + 6.0, (top + bottom) / 2.0), name).upward());
    y += 26.0;
    y = chosen::note(&mut scene, &missing(data, spec, shown, here), MARGIN, WIDTH - MARGIN, y);
    scene.height = y.ceil();
    scene
}

fn missing(data: &Data, spec: &Spec, shown: &Shown, here: &[&Row]) -> String {
    let tasks = distinct(here.iter().map(|row| row.task.as_str()));
    let failed: Vec<_> = data.scores.iter().filter(|row| row.failed() && tasks.contains(&row.task.as_str())).collect();
    let drawn = distinct(here.iter().map(|row| row.label.as_str()));
    gathered::missing(&spec.layers, &failed, &drawn, |row| {
        gathered::text(row, shown.x).map_or_else(String::new, |value| format!(" at {} = {value}", shown.x))
    })
}

#[cfg(test)]
mod tests;
