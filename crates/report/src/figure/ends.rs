//! Names beside a plot, each tied to the end of its line.

use crate::font;
use crate::labels::spread;
use crate::scene::{Anchor, Point, Scene, Text};
use crate::style::{Color, DOTS, INK, MUTED, Marker, Style};

/// Room between plot and names for the thin lines that tie them.
pub(super) const LEADER: f64 = 30.0;
const SWATCH: f64 = 38.0;
const EM: f64 = 12.0;
const LINE: f64 = 14.5;
const GAP: f64 = 3.0;
const LIMIT: f64 = 215.0;
const MARKER: f64 = 7.0;
const OPEN: f64 = 9.0;

/// A name, and the line that it belongs to.
#[derive(Debug)]
pub(super) struct End {
    lines: Vec<String>,
    /// The series that it is hidden with.
    pub(super) series: String,
    /// Where its line ends, and a thin line to the name begins; none for a series without a point, which is named all the
    /// same.
    pub(super) from: Option<Point>,
    /// Pattern of that thin line: dotted where it may run past points of longer series.
    pub(super) tie: &'static [f64],
    pub(super) color: Color,
    pub(super) width: f64,
    pub(super) dash: &'static [f64],
    /// None for lines that were computed and not measured: their names stand in grey.
    pub(super) marker: Option<Marker>,
    /// An outline instead, for a number from elsewhere.
    pub(super) open: Option<Marker>,
}

impl End {
    pub(super) fn new(text: &str, series: &str, from: Option<Point>, color: Color) -> Self {
        let lines = font::wrap(text, EM, false, LIMIT);
        Self {
            lines,
            series: series.to_owned(),
            from,
            tie: &[],
            color,
            width: 2.0,
            dash: &[],
            marker: None,
            open: None,
        }
    }

    /// Of a measured series, drawn as its line and markers are.
    pub(super) fn of(text: &str, series: &str, from: Option<Point>, style: Style) -> Self {
        let Style { color, marker, dash } = style;
        Self { dash, marker: Some(marker), ..Self::new(text, series, from, color) }
    }

    /// The whole name.
    pub(super) fn text(&self) -> String {
        self.lines.join(" ")
    }

    /// With a dotted line to its point.
    pub(super) fn dotted(self) -> Self {
        Self { tie: DOTS, ..self }
    }

    /// Swatch and text.
    pub(super) fn width(&self) -> f64 {
        SWATCH + self.lines.iter().map(|line| font::width(line, EM, false)).fold(0.0, f64::max)
    }

    pub(super) fn height(&self) -> f64 {
        LINE * self.lines.len() as f64 + GAP
    }
}

/// Draws the names right of `right`, between `top` and `bottom` where they fit.
pub(super) fn draw(scene: &mut Scene, ends: &[End], right: f64, (top, bottom): (f64, f64)) {
    let left = right + LEADER;
    let wishes: Vec<_> = ends.iter().map(|end| end.from.map_or(bottom, |(_, y)| y)).collect();
    let sizes: Vec<_> = ends.iter().map(End::height).collect();
    for (end, centre) in ends.iter().zip(spread(&wishes, &sizes, top, bottom)) {
        scene.series.clone_from(&end.series);
        let first = centre - LINE * (end.lines.len() - 1) as f64 / 2.0;
        if let Some((x, y)) = end.from {
            let leader = vec![(x + 6.0, y), (right + 10.0, y), (left - 6.0, first), (left - 2.0, first)];
            scene.path(leader, end.color, 0.7, end.tie);
        }
        if end.width > 0.0 {
            scene.path(vec![(left, first), (left + SWATCH - 6.0, first)], end.color, end.width, end.dash);
        }
        if let Some(open) = end.open {
            scene.open((left + (SWATCH - 6.0) / 2.0, first), open, OPEN, end.color, String::new());
        }
        if let Some(marker) = end.marker {
            scene.marker((left + (SWATCH - 6.0) / 2.0, first), marker, MARKER, end.color, String::new());
        }
        let color = if end.marker.is_some() { INK } else { MUTED };
        for (line, text) in end.lines.iter().enumerate() {
            let at = (left + SWATCH, first + LINE * line as f64);
            scene.text(Text::new(at, text, EM, color, Anchor::Start));
        }
        scene.series.clear();
    }
}
