//! Panels beside each other that share the names of their rows.

use super::{EM, Line, Shown, TEXT_LINE};
use crate::figure::accuracy_by_lag::MARGIN;
use crate::figure::floor_names::Names;
use crate::figure::gathered;
use crate::figure::value_axis::ValueAxis;
use crate::font;
use crate::scene::{Anchor, Scene, Shape, Text};
use crate::style::{GRID, INK, MUTED, Marker, Style};

const TITLE_EM: f64 = 12.5;
const NUMBER_EM: f64 = 11.5;
const MARKER: f64 = 8.0;
/// Half the height of the mark of what was expected.
const TICK: f64 = 9.0;
/// From the dots of one split to those of the next, in one row.
const STEP: f64 = 12.0;
/// A panel has one number on its axis for so many pixels.
const PER_TICK: f64 = 46.0;

/// Draws the panels of these tasks from row `y` on, the names of the series at the left; returns the row of the axis title.
pub(super) fn band(
    scene: &mut Scene,
    shown: &Shown,
    tasks: &[usize],
    axes: &[ValueAxis],
    names: &Names,
    words: &[Vec<String>],
    mut y: f64,
) -> f64 {
    if shown.tasks.len() > 1 {
        let titles: Vec<_> = tasks
            .iter()
            .map(|task| font::wrap(shown.tasks[*task], TITLE_EM, true, axes[*task].to - axes[*task].from + 10.0))
            .collect();
        for (task, title) in tasks.iter().zip(&titles) {
            for (line, text) in title.iter().enumerate() {
                let at = (axes[*task].from, y + 8.0 + 16.0 * line as f64);
                scene.text(Text::new(at, text, TITLE_EM, INK, Anchor::Start).bold());
            }
        }
        y += 16.0 * titles.iter().map(Vec::len).max().unwrap_or(0) as f64 + 6.0;
    }
    let top = y + names.height() + 4.0;
    let height = |lines: &Vec<String>| {
        (TEXT_LINE * lines.len() as f64 + 7.0).max(STEP * (shown.splits.len() - 1) as f64 + MARKER + 12.0)
    };
    let mut middles = Vec::new();
    let mut bottom = top;
    for lines in words {
        middles.push(bottom + height(lines) / 2.0);
        bottom += height(lines);
    }
    for task in tasks {
        grid(scene, axes[*task], &middles, (top, bottom));
        names.draw(scene, &shown.floors[*task], axes[*task], (top, bottom));
    }
    for ((line, lines), middle) in shown.lines.iter().zip(words).zip(&middles) {
        let first = middle - TEXT_LINE * (lines.len() - 1) as f64 / 2.0;
        line.name.clone_into(&mut scene.series);
        for (index, text) in lines.iter().enumerate() {
            scene.text(Text::new((MARGIN, first + TEXT_LINE * index as f64), text, EM, INK, Anchor::Start));
        }
        for task in tasks {
            dots(scene, shown, line, *task, axes[*task], *middle);
        }
        scene.series.clear();
    }
    bottom + 40.0
}

fn grid(scene: &mut Scene, axis: ValueAxis, middles: &[f64], (top, bottom): (f64, f64)) {
    for middle in middles {
        scene.path(vec![(axis.from, *middle), (axis.to, *middle)], GRID, 1.0, &[]);
    }
    let most = ((axis.to - axis.from) / PER_TICK) as usize;
    for (value, text) in axis.ticks_across(most.max(2), NUMBER_EM) {
        let x = axis.at(value);
        scene.path(vec![(x, top), (x, bottom)], GRID, 1.0, &[]);
        scene.path(vec![(x, bottom), (x, bottom + 4.0)], MUTED, 1.0, &[]);
        if !text.is_empty() {
            scene.text(Text::new((x, bottom + 14.0), text, NUMBER_EM, MUTED, Anchor::Middle));
        }
    }
    scene.path(vec![(axis.from, bottom), (axis.to, bottom)], MUTED, 1.0, &[]);
}

fn dots(scene: &mut Scene, shown: &Shown, line: &Line, task: usize, axis: ValueAxis, middle: f64) {
    let splits = shown.splits.len();
    for (split, dot) in line.dots[task].iter().enumerate() {
        let Some(dot) = dot else { continue };
        let Style { color, marker, .. } = shown.style(line, split);
        let y = middle + STEP * (split as f64 - (splits - 1) as f64 / 2.0);
        let x = axis.at(dot.summary.mean);
        // Under the marker, and longer than it is high: where both meet, both are seen.
        if let Some(expected) = dot.expected.map(|value| axis.at(value)) {
            scene.path(vec![(expected, y - TICK), (expected, y + TICK)], INK, 1.4, &[]);
        }
        if dot.summary.half.is_some() {
            scene.path(vec![(axis.at(dot.summary.low), y), (axis.at(dot.summary.high), y)], color, 1.6, &[]);
        }
        // Single seeds that the marker of the mean covers are left out.
        for seed in dot.seeds.iter().map(|seed| axis.at(*seed)).filter(|seed| (seed - x).abs() > MARKER / 2.0 + 1.0) {
            let points = Marker::Circle.outline(4.2).iter().map(|(dx, dy)| (seed + dx, y + dy)).collect();
            scene.add(Shape::Polygon { points, color, opacity: 0.6 });
        }
        scene.marker((x, y), marker, MARKER, color, tip(shown, line, task, split));
    }
}

fn tip(shown: &Shown, line: &Line, task: usize, split: usize) -> String {
    let Some(dot) = &line.dots[task][split] else { return String::new() };
    let mut parts = vec![line.name.clone()];
    if shown.tasks.len() > 1 {
        parts.push(shown.tasks[task].to_owned());
    }
    if shown.splits.len() > 1 {
        parts.push(shown.splits[split].to_owned());
    }
    let expected =
        dot.expected.map_or_else(String::new, |value| format!(", expected {}", gathered::digits(shown.metric, value)));
    let seeds = if dot.seeds.len() == 1 { "1 seed".to_owned() } else { format!("{} seeds", dot.seeds.len()) };
    format!("{}: {} ({seeds}{expected})", parts.join(", "), gathered::shown(shown.metric, &dot.summary))
}
