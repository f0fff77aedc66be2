//! Markers that are not filled: of peers, and of timings that are not to be trusted.

use crate::scene::{Item, Point, Scene, Shape};
use crate::style::{CARD, Color, Marker};

/// An empty marker with an edge of `color`.
pub(super) fn hollow(scene: &mut Scene, at: Point, (marker, size): (Marker, f64), color: Color, tip: String) {
    let mut points: Vec<Point> = marker.outline(size).iter().map(|(x, y)| (at.0 + x, at.1 + y)).collect();
    let shape = Shape::Polygon { points: points.clone(), color: CARD, opacity: 1.0 };
    let series = scene.series.clone();
    scene.items.push(Item { shape, tip, series });
    points.push(points[0]);
    scene.path(points, color, 1.4, &[]);
}

/// An empty marker with a cross in it: the machine was not steady.
pub(super) fn crossed(scene: &mut Scene, at: Point, (marker, size): (Marker, f64), color: Color, tip: String) {
    hollow(scene, at, (marker, size + 1.5), color, tip);
    let arm = size / 3.5;
    for slope in [1.0, -1.0] {
        scene.path(vec![(at.0 - arm, at.1 - slope * arm), (at.0 + arm, at.1 + slope * arm)], color, 1.2, &[]);
    }
}
