//! A panel: grid, floors, bands, laws, lines, and names at their ends.

use super::marks::Mark;
use super::{EM, Line, Panel, Point, Shown};
use crate::figure::ends::{self, End};
use crate::figure::gathered;
use crate::figure::size_axis::SizeAxis;
use crate::figure::value_axis::ValueAxis;
use crate::scene::{Anchor, Scene, Shape, Text};
use crate::style::{self, DOTS, GRID, MUTED, Marker};

const MARKER: f64 = 7.0;
/// Of a number from elsewhere.
const OPEN: Marker = Marker::Diamond;
const OPEN_SIZE: f64 = 11.0;
const BAND_OPACITY: f64 = 0.10;
/// An upward axis has one number for so many pixels.
const PER_TICK: f64 = 34.0;

/// The names of a panel: of its lines, then of its floors. Where they stand is set when they are drawn.
pub(super) fn ends(shown: &Shown, panel: &Panel) -> Vec<End> {
    let of_line = |line: &Line| End::of(&line.title(&shown.splits), &line.name, None, line.style);
    let of_floor = |floor: &gathered::Floor| {
        let height = floor.height().map_or_else(String::new, |at| format!(": {}", gathered::height(shown.metric, at)));
        let mut end = End::new(&format!("{}{height}", floor.name), "", None, MUTED);
        (end.width, end.dash) = (1.4, DOTS);
        end
    };
    let of_mark = |mark: &Mark| {
        let heights: Vec<_> = mark.points.iter().map(|(_, value)| gathered::height(shown.metric, *value)).collect();
        let mut end = End::new(&format!("{}: {}", mark.title(), heights.join(", ")), "", None, MUTED);
        end.width = 0.0;
        end.open = Some(OPEN);
        end
    };
    let lines = panel.lines.iter().map(of_line).chain(panel.floors.iter().map(of_floor));
    lines.chain(panel.marks.iter().map(of_mark)).collect()
}

pub(super) fn panel(
    scene: &mut Scene,
    shown: &Shown,
    panel: &Panel,
    across: &SizeAxis,
    up: ValueAxis,
    mut ends: Vec<End>,
) {
    grid(scene, across, up);
    let place = |(x, y): (f64, f64)| (across.x(x), up.at(y));
    let (floors, marks) = ends[panel.lines.len()..].split_at_mut(panel.floors.len());
    for (mark, end) in panel.marks.iter().zip(marks) {
        end.from = mark.points.last().map(|point| place(*point));
    }
    for (floor, end) in panel.floors.iter().zip(floors) {
        let points: Vec<_> = match floor.points[..] {
            [(_, height)] => [across.left - 8.0, across.right + 8.0].map(|x| (x, up.at(height))).to_vec(),
            _ => floor.points.iter().filter_map(|(x, height)| Some(place(((*x)?, *height)))).collect(),
        };
        end.from = points.last().map(|(x, y)| (x.min(across.right), *y));
        scene.path(points, MUTED, 1.4, DOTS);
    }
    for (line, end) in panel.lines.iter().zip(&mut ends) {
        end.from = line.points.last().map(|point| place((point.x, point.summary.mean)));
    }
    let ends: Vec<_> = ends.into_iter().map(|end| if shorter(&end, across) { end.dotted() } else { end }).collect();
    ends::draw(scene, &ends, across.right, (up.to - 6.0, up.from + 6.0));
    for line in &panel.lines {
        line.name.clone_into(&mut scene.series);
        band(scene, line, across, up);
        scene.path(line.expected.iter().copied().map(place).collect(), line.style.color, 1.8, DOTS);
    }
    for line in &panel.lines {
        line.name.clone_into(&mut scene.series);
        let points: Vec<_> = line.points.iter().map(|point| place((point.x, point.summary.mean))).collect();
        // Single seeds that the marker of the mean covers are left out.
        for (point, (x, mean)) in line.points.iter().zip(&points) {
            for y in point.seeds.iter().map(|seed| up.at(*seed)).filter(|y| (y - mean).abs() > MARKER / 2.0 + 1.0) {
                let points = Marker::Circle.outline(3.6).iter().map(|(dx, dy)| (x + dx, y + dy)).collect();
                scene.add(Shape::Polygon { points, color: line.style.color, opacity: 0.6 });
            }
        }
        if points.len() > 1 {
            scene.path(points.clone(), line.style.color, 2.0, line.style.dash);
        }
        for (point, at) in line.points.iter().zip(points) {
            scene.marker(at, line.style.marker, MARKER, line.style.color, tip(shown, panel, line, point));
        }
    }
    scene.series.clear();
    // Open, so that ours is seen where both are the same.
    for mark in &panel.marks {
        for (x, y) in &mark.points {
            let tip = format!("{}, {} = {x}: {}", mark.title(), shown.x, gathered::digits(shown.metric, *y));
            scene.open(place((*x, *y)), OPEN, OPEN_SIZE, MUTED, tip);
        }
    }
}

/// Whether a line ends before the axis does: its tie runs past points of others.
fn shorter(end: &End, across: &SizeAxis) -> bool {
    end.from.is_some_and(|(x, _)| x < across.right - 1.0)
}

fn band(scene: &mut Scene, line: &Line, across: &SizeAxis, up: ValueAxis) {
    let points: Vec<_> = line.points.iter().filter(|point| point.summary.half.is_some()).collect();
    let edge = |bound: fn(&Point) -> f64| -> Vec<_> {
        points.iter().map(|point| (across.x(point.x), up.at(bound(point)))).collect()
    };
    let (low, high) = (edge(|point| point.summary.low), edge(|point| point.summary.high));
    let color = line.style.color;
    if points.len() > 1 {
        let points = low.iter().chain(high.iter().rev()).copied().collect();
        scene.add(Shape::Polygon { points, color, opacity: BAND_OPACITY });
        for edge in [low, high] {
            scene.path(edge, style::tint(color, 0.4), 0.8, &[]);
        }
    } else if let ([low], [high]) = (&low[..], &high[..]) {
        scene.path(vec![*low, *high], color, 1.4, &[]);
    }
}

fn grid(scene: &mut Scene, across: &SizeAxis, up: ValueAxis) {
    let (left, right) = (across.left - 8.0, across.right + 8.0);
    let (top, bottom) = (up.to, up.from);
    for (value, text) in up.ticks(((bottom - top) / PER_TICK) as usize) {
        scene.path(vec![(left, up.at(value)), (right, up.at(value))], GRID, 1.0, &[]);
        scene.text(Text::new((left - 7.0, up.at(value)), text, EM, MUTED, Anchor::End));
    }
    scene.path(vec![(left, bottom), (right, bottom)], MUTED, 1.0, &[]);
    for x in across.sizes.iter().map(|size| across.x(*size)) {
        scene.path(vec![(x, bottom), (x, bottom + 4.0)], MUTED, 1.0, &[]);
    }
}

fn tip(shown: &Shown, panel: &Panel, line: &Line, point: &Point) -> String {
    let mut parts = vec![line.title(&shown.splits)];
    parts.extend(Some(panel.title.clone()).filter(|title| !title.is_empty()));
    parts.push(format!("{} = {}", shown.x, point.x));
    let expected = line.expected.iter().find(|(x, _)| *x == point.x);
    let expected =
        expected.map_or_else(String::new, |(_, value)| format!(", law {}", gathered::digits(shown.metric, *value)));
    let seeds = if point.seeds.len() == 1 { "1 seed".to_owned() } else { format!("{} seeds", point.seeds.len()) };
    format!("{}: {} ({seeds}{expected})", parts.join(", "), gathered::shown(shown.metric, &point.summary))
}
