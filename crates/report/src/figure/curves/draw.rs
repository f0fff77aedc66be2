//! The panels of a row of columns.

use super::gather::{Curve, Row, Shown};
use super::{Column, EM, TEXT_LINE};
use crate::figure::accuracy_by_lag::MARGIN;
use crate::figure::clip;
use crate::figure::gathered;
use crate::figure::value_axis::ValueAxis;
use crate::font;
use crate::labels::spread;
use crate::scene::{Anchor, Point, Scene, Shape, Text};
use crate::style::{self, Color, DOTS, GRID, INK, MUTED};

const PANEL: f64 = 82.0;
const GAP: f64 = 14.0;
const TITLE_EM: f64 = 12.5;
const NUMBER_EM: f64 = 11.0;
const NAME_EM: f64 = 11.0;
const NAME_LINE: f64 = 12.5;
/// The names of lines are no wider.
const NAME_LIMIT: f64 = 64.0;
/// A piece of the line before its name.
const SWATCH: f64 = 16.0;
/// Opacities of the lines of one panel; their dashes differ, too.
const SHADES: [f64; 4] = [1.0, 0.7, 0.5, 0.3];

/// Room for the names of the lines of a task, with what parts them from the panel.
pub(super) fn names_width(shown: &Shown, task: usize) -> f64 {
    let lines = shown.names(task).into_iter().flat_map(|name| font::wrap(name, NAME_EM, false, NAME_LIMIT));
    let widest = lines.map(|line| font::width(&line, NAME_EM, false)).fold(0.0, f64::max);
    if widest > 0.0 { widest + SWATCH + 10.0 } else { 0.0 }
}

/// Draws titles, a panel for each row and column, and the numbers below; returns the row of the axis title.
pub(super) fn band(scene: &mut Scene, shown: &Shown, columns: &[Column], words: &[Vec<String>], mut y: f64) -> f64 {
    let title = |column: &Column| {
        font::wrap(shown.tasks[column.task], TITLE_EM, true, column.x.to - column.x.from + column.names)
    };
    let titles: Vec<_> = columns.iter().map(title).collect();
    for (column, lines) in columns.iter().zip(&titles) {
        for (index, text) in lines.iter().enumerate() {
            let at = (column.x.from, y + 8.0 + 16.0 * index as f64);
            scene.text(Text::new(at, text, TITLE_EM, INK, Anchor::Start).bold());
        }
    }
    y += 16.0 * titles.iter().map(Vec::len).max().unwrap_or(0) as f64 + 10.0;
    for (row, lines) in shown.rows.iter().zip(words) {
        let most = columns.iter().map(|column| names(shown, column.task).len()).max().unwrap_or(0);
        let height = PANEL.max(TEXT_LINE * lines.len() as f64).max(NAME_LINE * most as f64);
        let first = y + height / 2.0 - TEXT_LINE * (lines.len() - 1) as f64 / 2.0;
        row.label.clone_into(&mut scene.series);
        for (index, text) in lines.iter().enumerate() {
            scene.text(Text::new((MARGIN, first + TEXT_LINE * index as f64), text, EM, INK, Anchor::Start));
        }
        scene.series.clear();
        for column in columns {
            panel(scene, shown, row, column, (y, y + height));
        }
        y += height + GAP;
    }
    y -= GAP;
    for column in columns {
        for (value, text) in column.x.ticks_across(3, NUMBER_EM).iter().filter(|(_, text)| !text.is_empty()) {
            scene.text(Text::new((column.x.at(*value), y + 13.0), text, NUMBER_EM, MUTED, Anchor::Middle));
        }
    }
    y + 36.0
}

fn panel(scene: &mut Scene, shown: &Shown, row: &Row, column: &Column, (top, bottom): (f64, f64)) {
    let (x, y) = (column.x, column.y.between(bottom, top));
    if let Some((low, high)) = shown.ranges[column.task] {
        let (left, right) = (x.at(low), x.at(high));
        let points = vec![(left, top), (right, top), (right, bottom), (left, bottom)];
        scene.add(Shape::Polygon { points, color: MUTED, opacity: 0.12 });
    }
    for (value, text) in y.ticks(3) {
        scene.path(vec![(x.from, y.at(value)), (x.to, y.at(value))], GRID, 1.0, &[]);
        scene.text(Text::new((x.from - 5.0, y.at(value)), text, NUMBER_EM, MUTED, Anchor::End));
    }
    for (value, _) in x.ticks(3) {
        scene.path(vec![(x.at(value), bottom), (x.at(value), bottom + 3.0)], MUTED, 1.0, &[]);
    }
    scene.path(vec![(x.from, bottom), (x.to, bottom)], MUTED, 1.0, &[]);
    for curve in &shown.truths[column.task] {
        line(scene, curve, (x, y), MUTED, (1.6, DOTS));
    }
    row.label.clone_into(&mut scene.series);
    for curve in &row.fits[column.task] {
        let (color, dash) = look(shown, row, column.task, curve.series);
        line(scene, curve, (x, y), color, (1.3, dash));
    }
    line_names(scene, shown, row, column, (top, bottom));
    scene.series.clear();
}

/// Colour and dash of a line.
fn look(shown: &Shown, row: &Row, task: usize, series: &str) -> (Color, &'static [f64]) {
    let index = shown.names(task).iter().position(|name| *name == series).unwrap_or(0);
    let color = match SHADES[index % SHADES.len()] {
        1.0 => row.style.color,
        shade => style::tint(row.style.color, shade),
    };
    (color, style::series(index).dash)
}

fn places(curve: &Curve, (x, y): (ValueAxis, ValueAxis)) -> Vec<Point> {
    curve.points.iter().map(|(across, up)| (x.at(*across), y.beyond(*up))).collect()
}

fn line(
    scene: &mut Scene,
    curve: &Curve,
    axes: (ValueAxis, ValueAxis),
    color: Color,
    (width, dash): (f64, &'static [f64]),
) {
    for piece in clip::between(&places(curve, axes), axes.1.to, axes.1.from) {
        scene.path(piece, color, width, dash);
    }
}

/// The lines of text beside a panel: the index of the name, and a piece of it.
fn names(shown: &Shown, task: usize) -> Vec<(usize, String)> {
    let wrap = |(index, name): (usize, &str)| {
        font::wrap(name, NAME_EM, false, NAME_LIMIT).into_iter().map(move |line| (index, line)).collect::<Vec<_>>()
    };
    shown.names(task).into_iter().enumerate().flat_map(wrap).collect()
}

/// Names beside the mean of the ends of their lines.
fn line_names(scene: &mut Scene, shown: &Shown, row: &Row, column: &Column, (top, bottom): (f64, f64)) {
    let names_of = shown.names(column.task);
    let y = column.y.between(bottom, top);
    let end = |index: usize| {
        let of_name = row.fits[column.task].iter().filter(|curve| curve.series == names_of[index]);
        let ends = of_name.filter_map(|curve| curve.points.last()).map(|(_, value)| y.at(*value));
        gathered::mean(ends)
    };
    // A name that belongs to no line here would be tied to nothing.
    let lines: Vec<_> =
        names(shown, column.task).into_iter().filter_map(|(index, text)| Some((index, text, end(index)?))).collect();
    let wishes: Vec<_> = lines.iter().map(|(_, _, end)| *end).collect();
    let centres = spread(&wishes, &vec![NAME_LINE; lines.len()], top - 4.0, bottom + 4.0);
    let left = column.x.to + 6.0;
    let mut before = None;
    for ((index, text, _), centre) in lines.iter().zip(centres) {
        if before != Some(*index) {
            let (color, dash) = look(shown, row, column.task, names_of[*index]);
            scene.path(vec![(left, centre), (left + SWATCH - 3.0, centre)], color, 1.3, dash);
        }
        before = Some(*index);
        scene.text(Text::new((left + SWATCH, centre), text, NAME_EM, MUTED, Anchor::Start));
    }
}
