//! Names beside a panel, each tied to the end of its line.

use crate::font;
use crate::labels::spread;
use crate::scene::{Anchor, Point, Scene, Text};
use crate::style::{DOTS, INK, Style};

/// Room for the thin lines from line ends to names.
pub(super) const LEADER: f64 = 30.0;
const SWATCH: f64 = 38.0;
const EM: f64 = 12.0;
const LINE: f64 = 14.5;
const GAP: f64 = 2.5;
const LIMIT: f64 = 190.0;
const MARKER: f64 = 7.0;

/// A name, and the point that it belongs to.
#[derive(Debug)]
pub(super) struct End {
    lines: Vec<String>,
    /// None for a series without a point: it is named all the same.
    at: Option<Point>,
    style: Style,
    series: String,
}

impl End {
    /// `text` is what is written, `series` the label that it belongs to.
    pub(super) fn new(text: &str, series: &str, at: Option<Point>, style: Style) -> Self {
        Self { lines: font::wrap(text, EM, false, LIMIT), at, style, series: series.to_owned() }
    }

    /// Swatch and text.
    pub(super) fn width(&self) -> f64 {
        SWATCH + self.lines.iter().map(|line| font::width(line, EM, false)).fold(0.0, f64::max)
    }

    pub(super) fn height(&self) -> f64 {
        LINE * self.lines.len() as f64 + GAP
    }
}

/// Draws the names in a column that begins [`LEADER`] right of `edge`, between two rows, as near to their points as
/// they can stand without touching.
pub(super) fn draw(scene: &mut Scene, ends: &[End], edge: f64, (top, bottom): (f64, f64)) {
    let left = edge + LEADER;
    let wishes: Vec<_> = ends.iter().map(|end| end.at.map_or(bottom, |(_, y)| y)).collect();
    let sizes: Vec<_> = ends.iter().map(End::height).collect();
    for (end, centre) in ends.iter().zip(spread(&wishes, &sizes, top, bottom)) {
        let first = centre - LINE * (end.lines.len() - 1) as f64 / 2.0;
        let color = end.style.color;
        scene.series.clone_from(&end.series);
        if let Some((x, y)) = end.at {
            let leader = vec![(x + 6.0, y), (edge + 10.0, y), (left - 6.0, first), (left - 2.0, first)];
            // Dotted, since it may run past the points of longer series and is not one of them.
            scene.path(leader, color, 0.8, DOTS);
        }
        scene.path(vec![(left, first), (left + SWATCH - 6.0, first)], color, 2.0, end.style.dash);
        scene.marker((left + (SWATCH - 6.0) / 2.0, first), end.style.marker, MARKER, color, String::new());
        for (line, text) in end.lines.iter().enumerate() {
            let at = (left + SWATCH, first + LINE * line as f64);
            scene.text(Text::new(at, text, EM, INK, Anchor::Start));
        }
        scene.series.clear();
    }
}
