//! A dot plot of one metric: a row for each series, a panel for each task.
//!
//! Where a number has one value for each series and nothing runs across, lines would join what has no order.

mod draw;
mod table;

use super::accuracy_by_lag::{MARGIN, WIDTH, header};
use super::floor_names::Names;
use super::gathered::{self, Floor};
use super::value_axis::ValueAxis;
use super::{FigureError, Spec, chosen, legend};
use crate::Data;
use crate::font;
use crate::scene::{Anchor, Scene, Text};
use crate::scores::Row;
use crate::series::distinct;
use crate::stats::Summary;
use crate::style::{self, INK, Style};

/// Panels beside each other; more tasks stand in further rows of panels.
const COLUMNS: usize = 5;
const EM: f64 = 12.0;
const TEXT_LINE: f64 = 14.5;
/// The names of series are no wider.
const LIMIT: f64 = 230.0;
/// Between two panels.
const GAP: f64 = 34.0;

/// What one series has in one split of one task.
struct Dot {
    summary: Summary,
    seeds: Vec<f64>,
    expected: Option<f64>,
}

/// One row of the plot.
struct Line<'a> {
    name: String,
    label: &'a str,
    style: Style,
    /// By task, then by split.
    dots: Vec<Vec<Option<Dot>>>,
}

/// All that one picture shows.
struct Shown<'a> {
    metric: &'a str,
    splits: Vec<&'a str>,
    tasks: Vec<&'a str>,
    lines: Vec<Line<'a>>,
    /// By task.
    floors: Vec<Vec<Floor>>,
}

/// A length and a number of pairs.
type Setting = (Option<u64>, Option<u64>);

fn setting(row: &Row) -> Setting {
    (row.n, row.k)
}

/// One scene for each length and number of pairs, where a task has several.
pub(super) fn scenes(data: &Data, spec: &Spec) -> Result<Vec<Scene>, FigureError> {
    let metric = gathered::metric(spec);
    let of_metric = || data.scores.iter().filter(|row| row.metric == metric);
    let tasks = gathered::tasks(spec, distinct(of_metric().filter(|r| !r.is_floor()).map(|r| r.task.as_str())));
    let measured = || of_metric().filter(|row| !row.is_floor() && row.value.is_some() && tasks.contains(&&*row.task));
    let splits = gathered::splits(spec, "test", measured().map(|row| row.split.as_str()));
    let found: Vec<_> = measured().filter(|row| splits.contains(&row.split.as_str())).collect();
    // A series that solved it with no seed has no steps to solve, and is shown as one that did not.
    let tried = data.scores.iter().filter(|row| tasks.contains(&&*row.task) && gathered::is_try(metric, row));
    let labels = chosen::labels(spec, &distinct(found.iter().copied().chain(tried).map(|row| row.label.as_str())));
    let found: Vec<_> = found.into_iter().filter(|row| labels.contains(&row.label.as_str())).collect();
    if found.is_empty() {
        let what = format!("task `{}`, metric `{metric}`", tasks.join("`, `"));
        return Err(chosen::nothing(spec, what, "scores.csv", crate::series::tasks(&data.scores)));
    }
    let tasks: Vec<_> = tasks.into_iter().filter(|task| found.iter().any(|row| row.task == *task)).collect();
    let of_task = |task: &str| distinct(found.iter().filter(|row| row.task == task).map(|row| setting(row)));
    let alone = tasks.iter().all(|task| of_task(task).len() == 1);
    let settings = if alone { vec![None] } else { distinct(found.iter().map(|row| Some(setting(row)))) };
    let of_setting = |wanted: &Option<Setting>| {
        let here: Vec<_> =
            found.iter().copied().filter(|row| wanted.is_none_or(|wanted| setting(row) == wanted)).collect();
        let stem = wanted.map_or_else(|| spec.id.clone(), |wanted| stem(&spec.id, wanted));
        scene(data, spec, (metric, &splits, &labels), &here, &stem)
    };
    Ok(settings.iter().map(of_setting).collect())
}

fn stem(id: &str, (n, k): Setting) -> String {
    let part = |letter: char, value: Option<u64>| value.map_or_else(String::new, |value| format!("-{letter}{value}"));
    format!("{id}{}{}", part('n', n), part('k', k))
}

fn gather<'a>(
    data: &'a Data,
    (metric, splits, labels): (&'a str, &[&'a str], &[&'a str]),
    here: &[&'a Row],
) -> Shown<'a> {
    let tasks = distinct(here.iter().map(|row| row.task.as_str()));
    let mut lines = Vec::new();
    for label in labels {
        for (name, rows) in gathered::variants(here, label, Some("n")) {
            let dot = |task: &str, split: &str| {
                let of = || rows.iter().copied().filter(|row| row.task == task && row.split == split);
                let seeds = gathered::seeds(&of().collect::<Vec<_>>());
                let expected = gathered::mean(of().filter_map(|row| row.expected));
                Some(Dot { summary: gathered::summary(metric, &seeds)?, seeds, expected })
            };
            let dots = tasks.iter().map(|task| splits.iter().map(|split| dot(task, split)).collect()).collect();
            let name = name + &gathered::solved(data, metric, &tasks, &rows);
            lines.push(Line { name, label, style: chosen::style(data, &rows[0].layer, label), dots });
        }
        let tried = data.scores.iter().find(|row| row.label == *label && gathered::is_try(metric, row));
        if let (Some(row), false) = (tried, lines.iter().any(|line| line.label == *label)) {
            let dots = tasks.iter().map(|_| splits.iter().map(|_| None).collect()).collect();
            let style = chosen::style(data, &row.layer, label);
            lines.push(Line { name: format!("{label}: not solved"), label, style, dots });
        }
    }
    let settings = |task: &str| distinct(here.iter().filter(|row| row.task == task).map(|row| setting(row)));
    let floors = |task: &&str| {
        let settings = settings(task);
        let holds = |row: &&Row| {
            let fits =
                |(n, k): &Setting| row.n.is_none_or(|own| Some(own) == *n) && row.k.is_none_or(|own| Some(own) == *k);
            let of_split = row.split.is_empty() || splits.contains(&row.split.as_str());
            row.is_floor() && row.metric == metric && row.task == **task && of_split && settings.iter().any(fits)
        };
        // Floors that meet in one task may part in the next: there each keeps its name.
        gathered::floors(&data.scores.iter().filter(holds).collect::<Vec<_>>(), metric, None, tasks.len() == 1)
    };
    Shown { metric, splits: splits.to_vec(), floors: tasks.iter().map(floors).collect(), tasks, lines }
}

impl Shown<'_> {
    fn dots(&self) -> impl Iterator<Item = &Dot> {
        self.lines.iter().flat_map(|line| &line.dots).flatten().flatten()
    }

    /// Colour and marker: of the split where there are several, else of the series.
    fn style(&self, line: &Line, split: usize) -> Style {
        if self.splits.len() > 1 { style::series(split) } else { line.style }
    }

    /// What a panel has to hold: means, seeds, intervals, floors, and what was expected.
    fn values(&self, task: usize) -> Vec<f64> {
        let dots = self.lines.iter().flat_map(|line| &line.dots[task]).flatten();
        let of = |dot: &Dot| [dot.summary.mean, dot.summary.low, dot.summary.high].into_iter().chain(dot.expected);
        let measured = dots.flat_map(|dot| of(dot).chain(dot.seeds.iter().copied()).collect::<Vec<_>>());
        measured.chain(self.floors[task].iter().flat_map(|floor| &floor.points).map(|(_, height)| *height)).collect()
    }

    fn axis(&self, task: usize, log: bool, ends: (f64, f64)) -> ValueAxis {
        if gathered::is_share(self.metric) {
            ValueAxis::share(ends)
        } else {
            ValueAxis::around(&self.values(task), log, ends)
        }
    }

    fn note(&self, data: &Data, here: &[&Row], log: bool) -> String {
        let mut parts = Vec::new();
        for (name, values) in [("n", distinct(here.iter().map(|r| r.n))), ("k", distinct(here.iter().map(|r| r.k)))] {
            if let [Some(value)] = values[..] {
                parts.push(format!("{name} = {value}"));
            }
        }
        let most = self.dots().map(|dot| dot.seeds.len()).max().unwrap_or(1);
        parts.push(match most {
            1 => "1 seed, no interval".to_owned(),
            _ => format!("mean of {most} seeds, line: 95\u{a0}% Student-t interval, small dots: single seeds"),
        });
        parts.extend(gathered::averaged(&data.scores, here, self.metric));
        if self.dots().any(|dot| dot.expected.is_some()) {
            parts.push("tick: expected by a closed form".to_owned());
        }
        if self.floors.iter().any(|floors| !floors.is_empty()) {
            parts.push("dotted: floors".to_owned());
        }
        let lacks = |task: usize| self.values(task).into_iter().any(|value| value <= 0.0);
        if log && (0..self.tasks.len()).any(lacks) {
            parts.push("0 and below stand at the left edge".to_owned());
        }
        parts.join(" · ")
    }
}

fn scene<'a>(
    data: &'a Data,
    spec: &Spec,
    which: (&'a str, &[&'a str], &[&'a str]),
    here: &[&'a Row],
    stem: &str,
) -> Scene {
    let shown = gather(data, which, here);
    let log = !spec.log.is_empty() && !gathered::is_share(shown.metric);
    let mut scene = Scene {
        width: WIDTH,
        id: stem.to_owned(),
        title: spec.title.clone(),
        description: table::description(&shown),
        table: table::table(&shown),
        floors: table::floors(&shown),
        ..Scene::default()
    };
    let mut y = header(&mut scene, &spec.title, &chosen::subtitles(spec, shown.note(data, here, log)));
    if shown.splits.len() > 1 {
        let names: Vec<_> =
            shown.splits.iter().enumerate().map(|(index, split)| (*split, style::series(index))).collect();
        y = legend::draw(&mut scene, &names, false, y + 2.0);
    }
    let words: Vec<_> = shown.lines.iter().map(|line| font::wrap(&line.name, EM, false, LIMIT)).collect();
    let column = words.iter().flatten().map(|text| font::width(text, EM, false)).fold(0.0, f64::max);
    let left = MARGIN + column + 18.0;
    let bands = shown.tasks.len().div_ceil(COLUMNS);
    let columns = shown.tasks.len().div_ceil(bands);
    let across = (WIDTH - MARGIN - 10.0 - left - GAP * (columns - 1) as f64) / columns as f64;
    let ends = |task: usize| {
        let from = left + (task % columns) as f64 * (across + GAP);
        (from, from + across)
    };
    let axes: Vec<_> = (0..shown.tasks.len()).map(|task| shown.axis(task, log, ends(task))).collect();
    let floors: Vec<_> = shown.floors.iter().map(Vec::as_slice).zip(axes.iter().copied()).collect();
    let names = Names::of(shown.metric, &floors);
    for band in 0..bands {
        let tasks: Vec<_> = (band * columns..shown.tasks.len().min((band + 1) * columns)).collect();
        y = draw::band(&mut scene, &shown, &tasks, &axes, &names, &words, y);
    }
    let middle = (left + WIDTH - MARGIN - 10.0) / 2.0;
    let title = gathered::axis_title(shown.metric, &shown.splits, log);
    scene.text(Text::new((middle, y), title, EM + 1.0, INK, Anchor::Middle));
    y += 26.0;
    let key = names.key(&shown.floors.iter().map(Vec::as_slice).collect::<Vec<_>>());
    for line in [key, missing(data, spec, &shown, here)].iter().filter(|line| !line.is_empty()) {
        y = chosen::note(&mut scene, line, MARGIN, WIDTH - MARGIN, y);
    }
    scene.height = y.ceil();
    scene
}

fn missing(data: &Data, spec: &Spec, shown: &Shown, here: &[&Row]) -> String {
    let settings = distinct(here.iter().map(|row| (row.task.as_str(), setting(row))));
    let of_picture = |row: &&Row| row.failed() && settings.contains(&(&row.task, setting(row)));
    let failed: Vec<_> = data.scores.iter().filter(of_picture).collect();
    let drawn = distinct(shown.lines.iter().map(|line| line.label));
    let several = shown.tasks.len() > 1;
    gathered::missing(
        &spec.layers,
        &failed,
        &drawn,
        |row| {
            if several { format!(", {}", row.task) } else { String::new() }
        },
    )
}

#[cfg(test)]
mod tests;
