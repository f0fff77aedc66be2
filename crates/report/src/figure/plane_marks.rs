//! Points of the plane: where each stands, its bars, its arrow, its name.

use super::log_axis::LogAxis;
use super::plane::{Height, Point};
use crate::font;
use crate::scene::{Anchor, Scene, Shape, Text};
use crate::style::{self, CARD, Color, INK, MUTED, Marker, ramp};

const LARGE: f64 = 13.0;
const SMALL: f64 = 8.0;
/// Markers nearer than this would hide each other.
const APART: f64 = 18.0;
const LABEL_EM: f64 = 12.0;
const LABEL_LINE: f64 = 15.5;
/// From a crowd of markers to their names.
const LABEL_GAP: f64 = 18.0;

/// A point with its place in the figure.
#[derive(Debug)]
pub(super) struct Mark<'a> {
    point: &'a Point<'a>,
    marker: Marker,
    /// Column before it was moved aside.
    column: f64,
    /// Where the trained model stands, or the untrained one where there is no other.
    at: (f64, f64),
    /// Where it began.
    from: Option<(f64, f64)>,
    /// Rows of the error bar.
    bar: Option<(f64, f64)>,
    color: Color,
}

/// The marker of the family at this place.
pub(super) fn family(index: usize) -> Marker {
    style::series(index).marker
}

/// Where the axis of lags has to end so that every name fits left of `limit`.
pub(super) fn right(points: &[Point], n: u64, left: f64, limit: f64) -> f64 {
    let share = |lags: f64| if n > 1 { lags.clamp(1.0, n as f64).ln() / (n as f64).ln() } else { 0.5 };
    let room = |point: &Point| {
        let main = point.main()?;
        let share = share(main.lags);
        // Markers that may stand side by side take some of the room too.
        let beside = points.iter().filter_map(Point::main).filter(|state| state.lags == main.lags).count();
        let beyond = font::width(point.label, LABEL_EM, false) + LABEL_GAP + APART * (beside / 2) as f64 + 4.0;
        (share > 0.0).then(|| left + (limit - beyond - left) / share)
    };
    points.iter().filter_map(room).fold(limit - 40.0, f64::min)
}

/// Places the points: side by side where they would hide each other.
pub(super) fn marks<'a>(points: &'a [Point], families: &[&str], x: LogAxis, y: Height) -> Vec<Mark<'a>> {
    let mut placed: Vec<Mark> = Vec::new();
    for point in points {
        let Some(main) = point.main() else { continue };
        let column = x.at(main.lags);
        let row = y.at(main.wiring.mean);
        let start = point.trained.as_ref().and(point.untrained.as_ref());
        let start = start.map(|state| (x.at(state.lags), y.at(state.wiring.mean)));
        let taken = |at: (f64, f64)| {
            let near = |other: (f64, f64)| (other.0 - at.0).hypot(other.1 - at.1) < APART;
            placed.iter().any(|mark| near(mark.at) || mark.from.is_some_and(near))
        };
        let asides = (0..).map(|step: i32| APART * f64::from((step + 1) / 2) * if step % 2 == 0 { 1.0 } else { -1.0 });
        let free =
            |aside: &f64| !taken((column + aside, row)) && start.is_none_or(|(from, low)| !taken((from + aside, low)));
        let aside = asides.take(2 * points.len() + 1).find(free).unwrap_or(0.0);
        let index = families.iter().position(|family| *family == point.layer).unwrap_or(0);
        let trained = point.trained.is_some();
        placed.push(Mark {
            point,
            marker: family(index),
            column,
            at: (column + aside, row),
            from: start.map(|(from, low)| (from + aside, low)),
            bar: main.wiring.half.map(|_| (y.at(main.wiring.low), y.at(main.wiring.high))),
            color: point.accuracy.filter(|_| trained).map_or(CARD, |accuracy| ramp(accuracy.mean)),
        });
    }
    placed
}

/// Bars, arrows, markers and names.
pub(super) fn draw(scene: &mut Scene, marks: &[Mark], n: u64, limits: Area) {
    names(scene, marks, limits);
    for mark in marks {
        mark.point.label.clone_into(&mut scene.series);
        if let Some((low, high)) = mark.bar
            && low - high > 1.0
        {
            scene.path(vec![(mark.at.0, low), (mark.at.0, high)], INK, 1.2, &[]);
            for y in [low, high] {
                scene.path(vec![(mark.at.0 - 4.0, y), (mark.at.0 + 4.0, y)], INK, 1.2, &[]);
            }
        }
        if let Some(from) = mark.from {
            arrow(scene, from, mark.at);
            // What did not move hides its beginning.
            if (from.0 - mark.at.0).hypot(from.1 - mark.at.1) > LARGE / 2.0 {
                outlined(scene, from, mark.marker, SMALL, CARD, String::new());
            }
        }
        scene.series.clear();
    }
    for mark in marks {
        mark.point.label.clone_into(&mut scene.series);
        let size = if mark.point.trained.is_some() { LARGE } else { SMALL };
        outlined(scene, mark.at, mark.marker, size, mark.color, mark.point.tip(n));
        scene.series.clear();
    }
}

/// A marker with a dark edge, since the lightest colours are nearly that of the background.
pub(super) fn outlined(scene: &mut Scene, at: (f64, f64), marker: Marker, size: f64, color: Color, tip: String) {
    scene.marker(at, marker, size + 2.4, MUTED, tip.clone());
    let points = marker.outline(size).iter().map(|(x, y)| (at.0 + x, at.1 + y)).collect();
    scene.add(Shape::Polygon { points, color, opacity: 1.0 });
    if let Some(item) = scene.items.last_mut() {
        item.tip = tip;
    }
}

fn arrow(scene: &mut Scene, from: (f64, f64), to: (f64, f64)) {
    let length = (to.0 - from.0).hypot(to.1 - from.1);
    let room = LARGE / 2.0 + 4.0;
    if length < room + SMALL {
        return;
    }
    let ahead = ((to.0 - from.0) / length, (to.1 - from.1) / length);
    let along = |distance: f64, aside: f64| {
        (from.0 + ahead.0 * distance - ahead.1 * aside, from.1 + ahead.1 * distance + ahead.0 * aside)
    };
    let tip = length - room;
    scene.path(vec![along(0.0, 0.0), along(tip - 6.0, 0.0)], MUTED, 1.0, &[]);
    let points = vec![along(tip, 0.0), along(tip - 8.0, 3.5), along(tip - 8.0, -3.5)];
    scene.add(Shape::Polygon { points, color: MUTED, opacity: 1.0 });
}

/// Left, top, right, bottom.
type Area = [f64; 4];

fn overlap(a: &Area, b: &Area) -> bool {
    a[0] < b[2] && b[0] < a[2] && a[1] < b[3] && b[1] < a[3]
}

impl Mark<'_> {
    /// What no name may cover.
    fn areas(&self) -> Vec<Area> {
        let around = |(x, y): (f64, f64), half: f64| [x - half, y - half, x + half, y + half];
        let mut areas = vec![around(self.at, LARGE / 2.0 + 3.0)];
        areas.extend(self.bar.map(|(low, high)| [self.at.0 - 5.0, high, self.at.0 + 5.0, low]));
        if let Some(from) = self.from {
            areas.push(around(from, SMALL / 2.0 + 2.0));
            let (left, right) = (from.0.min(self.at.0), from.0.max(self.at.0));
            let (top, bottom) = (from.1.min(self.at.1), from.1.max(self.at.1));
            areas.push([left - 3.0, top, right + 3.0, bottom]);
        }
        areas
    }
}

/// Whether a tie from a marker to its name would run through another one, whose name it would then seem to be.
fn strikes(mark: &Mark, to: (f64, f64), marks: &[Mark]) -> bool {
    let half = LARGE / 2.0;
    let through = |at: (f64, f64)| {
        (1..=20).map(|step| f64::from(step) / 20.0).any(|share| {
            let place = (mark.at.0 + share * (to.0 - mark.at.0), mark.at.1 + share * (to.1 - mark.at.1));
            (place.0 - at.0).abs() < half && (place.1 - at.1).abs() < half
        })
    };
    let others = marks.iter().filter(|other| !std::ptr::eq(*other, mark));
    others.flat_map(|other| [Some(other.at), other.from]).flatten().any(through)
}

/// Names beside the markers, as near as is free, each tied to its own.
fn names(scene: &mut Scene, marks: &[Mark], limits: Area) {
    let mut taken: Vec<Area> = marks.iter().flat_map(Mark::areas).collect();
    let mut order: Vec<&Mark> = marks.iter().collect();
    // From right to left: of names for the same height, those further left go further away, and no ties cross.
    order.sort_by(|a, b| b.at.0.total_cmp(&a.at.0));
    for mark in order {
        let (x, y) = mark.at;
        let width = font::width(mark.point.label, LABEL_EM, false);
        let crowd = marks.iter().filter(|other| (other.column - mark.column).abs() < APART).map(|other| other.at.0);
        let (first, last) = crowd.fold((x, x), |(first, last), x| (first.min(x), last.max(x)));
        let lefts = [x + LABEL_GAP, last + LABEL_GAP, x - LABEL_GAP - width, first - LABEL_GAP - width];
        let steps =
            (0..60).map(|step: i32| LABEL_LINE / 2.0 * f64::from((step + 1) / 2 * if step % 2 == 0 { 1 } else { -1 }));
        let free = |(left, y): &(f64, f64)| {
            let area = [left - 3.0, y - LABEL_LINE / 2.0, left + width + 3.0, y + LABEL_LINE / 2.0];
            let inside = area[0] >= limits[0] && area[1] >= limits[1] && area[2] <= limits[2] && area[3] <= limits[3];
            let near = if *left > x { area[0] } else { area[2] };
            inside && taken.iter().all(|other| !overlap(&area, other)) && !strikes(mark, (near, *y), marks)
        };
        let places = steps.flat_map(|step| lefts.map(|left| (left, y + step)));
        let (left, y) = places.into_iter().find(free).unwrap_or((last + LABEL_GAP, y));
        taken.push([left - 3.0, y - LABEL_LINE / 2.0, left + width + 3.0, y + LABEL_LINE / 2.0]);
        mark.point.label.clone_into(&mut scene.series);
        let near = if left > x { left - 4.0 } else { left + width + 4.0 };
        scene.path(vec![mark.at, (near, y)], MUTED, 0.7, &[]);
        scene.text(Text::new((left, y), mark.point.label, LABEL_EM, INK, Anchor::Start));
        scene.series.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::figure::plane::State;
    use crate::stats::Summary;

    #[test]
    fn markers_never_hide_each_other() {
        let state = |wiring: f64| Some(State { lags: 1.0, wiring: Summary::of(&[wiring]).unwrap() });
        let labels = ["a", "b", "c", "d"];
        let trained = |label: &str| state(if label == "d" { 0.5 } else { 0.0 });
        let point = |label: &'static str| Point {
            label,
            layer: "conv",
            name: "wiring",
            untrained: state(0.0),
            trained: trained(label),
            accuracy: None,
            variation: [None; 2],
        };
        let points = labels.map(point);
        let x = LogAxis { first: 1.0, last: 64.0, from: 100.0, to: 500.0 };
        let marks = marks(&points, &["conv"], x, Height { top: 0.0, bottom: 300.0 });
        for (index, one) in marks.iter().enumerate() {
            for other in &marks[..index] {
                for at in [Some(other.at), other.from].into_iter().flatten() {
                    assert!(
                        (one.at.0 - at.0).hypot(one.at.1 - at.1) >= APART,
                        "{} {}",
                        one.point.label,
                        other.point.label
                    );
                }
            }
        }
        assert_eq!(marks[0].at, (100.0, 300.0));
        // A tie that ends behind the second runs through it, one that rises at once through none.
        let beside = marks[1].at.0 - 100.0;
        assert!(beside.abs() == APART && strikes(&marks[0], (100.0 + 2.0 * beside, 300.0), &marks));
        assert!(!strikes(&marks[0], (100.0, 200.0), &marks));
    }
}
