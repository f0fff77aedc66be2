//! One cloud of points.

use super::{Cloud, Shown};
use crate::figure::color_bar;
use crate::figure::value_axis::{ValueAxis, extent};
use crate::points::Row;
use crate::scene::{Anchor, Point, Scene, Shape, Text};
use crate::style::{self, CARD, GRID, INK, MUTED, Marker};

const NUMBER_EM: f64 = 11.0;
const TITLE_EM: f64 = 12.0;
const MARKER: f64 = 6.5;
const ROOM: f64 = 0.06;

/// Both axes: as many pixels for one as for the other, the cloud in the middle.
fn axes(points: &[&Row], (left, top): Point, side: f64) -> (ValueAxis, ValueAxis) {
    let across = extent(points.iter().map(|row| row.x)).unwrap_or((0.0, 1.0));
    let up = extent(points.iter().map(|row| row.y)).unwrap_or((0.0, 1.0));
    let span = (across.1 - across.0).max(up.1 - up.0);
    // All points in one place still need a scale.
    let half = if span > 0.0 { span * (0.5 + ROOM) } else { 1.0 };
    let around =
        |(low, high): (f64, f64), ends| ValueAxis::even((low + high) / 2.0 - half, (low + high) / 2.0 + half, ends);
    (around(across, (left, left + side)), around(up, (top + side, top)))
}

pub(super) fn draw(scene: &mut Scene, shown: &Shown, cloud: &Cloud, at: Point, side: f64) {
    let (x, y) = axes(&cloud.points, at, side);
    for (value, text) in y.ticks(4) {
        scene.path(vec![(x.from, y.at(value)), (x.to, y.at(value))], GRID, 1.0, &[]);
        scene.text(Text::new((x.from - 5.0, y.at(value)), text, NUMBER_EM, MUTED, Anchor::End));
    }
    for (value, text) in x.ticks_across(4, NUMBER_EM) {
        scene.path(vec![(x.at(value), y.from), (x.at(value), y.to)], GRID, 1.0, &[]);
        if !text.is_empty() {
            scene.text(Text::new((x.at(value), y.from + 13.0), text, NUMBER_EM, MUTED, Anchor::Middle));
        }
    }
    color_bar::frame(scene, at, (side, side));
    scene.text(Text::new(((x.from + x.to) / 2.0, y.from + 32.0), "PC 1", TITLE_EM, INK, Anchor::Middle));
    scene.text(Text::new((at.0 - 36.0, at.1 + side / 2.0), "PC 2", TITLE_EM, INK, Anchor::Middle).upward());
    for (index, meaning) in shown.meanings.iter().enumerate() {
        let style = style::series(index);
        (*meaning).clone_into(&mut scene.series);
        for row in cloud.points.iter().filter(|row| row.series == *meaning) {
            let at = (x.at(row.x), y.at(row.y));
            scene.marker(at, style.marker, MARKER, style.color, tip(cloud, row));
            if super::held_out(row) {
                hollow(scene, at, style.marker, MARKER);
            }
        }
    }
    scene.series.clear();
}

/// Takes the middle out of the marker that was drawn last.
pub(super) fn hollow(scene: &mut Scene, at: Point, marker: Marker, size: f64) {
    let points = marker.outline(0.55 * size).iter().map(|(x, y)| (at.0 + x, at.1 + y)).collect();
    scene.add(Shape::Polygon { points, color: CARD, opacity: 1.0 });
}

fn tip(cloud: &Cloud, row: &Row) -> String {
    let name = if row.name.is_empty() { String::new() } else { format!(", {}", row.name) };
    let seed = row.seed.map_or_else(String::new, |seed| format!(", seed {seed}"));
    format!("{}{name}: {:.2}, {:.2} ({}{seed})", row.series, row.x, row.y, cloud.name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_circle_stays_a_circle() {
        let row = |x, y| Row { x, y, ..Row::default() };
        let rows = [row(10.0, 0.0), row(12.0, 1.0), row(30.0, -1.0)];
        let (x, y) = axes(&rows.iter().collect::<Vec<_>>(), (100.0, 50.0), 200.0);
        let (across, up) = (x.at(20.0) - x.at(19.0), y.at(0.0) - y.at(1.0));
        assert!((across - up).abs() < 1e-9 && across > 0.0, "{across} {up}");
        assert!((x.at(20.0) - 200.0).abs() < 1e-9 && (y.at(0.0) - 150.0).abs() < 1e-9, "the cloud is in the middle");
        let (x, _) = axes(&[&rows[0]], (100.0, 50.0), 200.0);
        assert_eq!(x.at(10.0), 200.0);
    }
}
