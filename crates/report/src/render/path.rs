//! Path data of SVG with two decimals, as short as it goes.

use crate::scene::Point;

/// A closed polygon: where it begins, and how it goes on from there.
#[derive(Debug, PartialEq)]
pub(super) struct Outline {
    pub(super) start: Point,
    /// Path data that begins at the origin.
    pub(super) rest: String,
}

impl Outline {
    /// Path data of the polygon in its place.
    pub(super) fn whole(&self) -> String {
        let tail = self.rest.strip_prefix("M0 0").unwrap_or_default();
        format!("M{}{tail}", pair(self.start))
    }
}

/// A polygon; the same form in another place gives the same `rest`.
pub(super) fn outline(points: &[Point]) -> Outline {
    let start = points.first().copied().unwrap_or_default();
    Outline { start, rest: format!("M0 0{}z", steps(points)) }
}

/// An open line.
pub(super) fn line(points: &[Point]) -> String {
    format!("M{}{}", pair(points.first().copied().unwrap_or_default()), steps(points))
}

/// From the first point on, each step as the difference of two rounded distances from it, so that errors do not add up.
fn steps(points: &[Point]) -> String {
    let Some(first) = points.first() else { return String::new() };
    let away = |point: &Point| (hundredths(point.0 - first.0), hundredths(point.1 - first.1));
    let mut text = String::new();
    for pair in points.windows(2) {
        let (from, to) = (away(&pair[0]), away(&pair[1]));
        let (x, y) = (to.0 - from.0, to.1 - from.1);
        match (x, y) {
            (0, 0) => {}
            (x, 0) => text.push_str(&format!("h{}", shown(x))),
            (0, y) => text.push_str(&format!("v{}", shown(y))),
            _ => text.push_str(&format!("l{}{}{}", shown(x), if y < 0 { "" } else { " " }, shown(y))),
        }
    }
    text
}

fn pair((x, y): Point) -> String {
    format!("{} {}", number(x), number(y))
}

/// At most two decimals, none that are zero.
pub(super) fn number(value: f64) -> String {
    shown(hundredths(value))
}

fn hundredths(value: f64) -> i64 {
    (value * 100.0).round() as i64
}

fn shown(hundredths: i64) -> String {
    let (sign, size) = (if hundredths < 0 { "-" } else { "" }, hundredths.unsigned_abs());
    match (size / 100, size % 100) {
        (whole, 0) => format!("{sign}{whole}"),
        (whole, rest) if rest % 10 == 0 => format!("{sign}{whole}.{}", rest / 10),
        (whole, rest) => format!("{sign}{whole}.{rest:02}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_short_and_never_minus_zero() {
        assert_eq!([0.0, -0.001, 12.5, -3.05, 7.125, 100.0].map(number), ["0", "0", "12.5", "-3.05", "7.13", "100"]);
    }

    #[test]
    fn the_same_form_elsewhere_is_the_same_outline() {
        let square = |x: f64, y: f64| outline(&[(x, y), (x + 2.5, y), (x + 2.5, y + 1.0), (x, y + 1.25)]);
        let (one, other) = (square(1.0, 2.0), square(31.37, 4.999));
        assert_eq!(one.rest, "M0 0h2.5v1l-2.5 0.25z");
        assert_eq!(one.rest, other.rest);
        assert_eq!(other.whole(), "M31.37 5h2.5v1l-2.5 0.25z");
        assert_eq!(line(&[(1.0, 1.0), (1.0, -2.0), (0.5, -3.0)]), "M1 1v-3l-0.5-1");
    }
}
