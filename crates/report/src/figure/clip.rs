//! Lines that leave their panel.

use crate::scene::Point;

/// The parts of a line between two rows, each up to the row where it leaves. A line along the edge would say something
/// that was not measured.
pub(super) fn between(points: &[Point], top: f64, bottom: f64) -> Vec<Vec<Point>> {
    let mut pieces: Vec<Vec<Point>> = Vec::new();
    for pair in points.windows(2) {
        let Some((from, to)) = segment(pair[0], pair[1], top, bottom) else { continue };
        match pieces.last_mut() {
            Some(piece) if piece.last() == Some(&from) => piece.push(to),
            _ => pieces.push(vec![from, to]),
        }
    }
    pieces
}

/// The part of a segment between the rows; none where it lies outside.
fn segment(from: Point, to: Point, top: f64, bottom: f64) -> Option<(Point, Point)> {
    let (low, high) = (from.1.min(to.1), from.1.max(to.1));
    if high < top || low > bottom {
        return None;
    }
    let cut = |end: Point| {
        let row = end.1.clamp(top, bottom);
        if row == end.1 {
            return end;
        }
        let share = (row - from.1) / (to.1 - from.1);
        (from.0 + share * (to.0 - from.0), row)
    };
    Some((cut(from), cut(to)))
}

#[cfg(test)]
mod tests {
    use super::between;

    #[test]
    fn a_line_stops_where_it_leaves_and_starts_where_it_comes_back() {
        let line = [(0.0, 5.0), (1.0, 15.0), (2.0, 25.0), (3.0, 5.0), (4.0, -5.0), (5.0, -6.0)];
        let pieces = between(&line, 0.0, 10.0);
        assert_eq!(pieces, [vec![(0.0, 5.0), (0.5, 10.0)], vec![(2.75, 10.0), (3.0, 5.0), (3.5, 0.0)]]);
        assert_eq!(between(&line[..2], 0.0, 20.0), [line[..2].to_vec()]);
        assert!(between(&[(0.0, 5.0)], 0.0, 10.0).is_empty());
    }
}
