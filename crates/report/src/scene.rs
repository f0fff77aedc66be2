//! A drawing before it is drawn: where every line and word stands, in pixels of the figure.
//!
//! Layout fills a scene, `render` turns it into SVG and PNG, and tests ask it whether words overlap.

#[cfg(test)]
use crate::font;
use crate::series::distinct;
use crate::style::{CARD, Color, Marker};
use crate::table::Table;

/// A point, x to the right and y down.
pub(crate) type Point = (f64, f64);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Anchor {
    Start,
    Middle,
    End,
}

/// A line of text; its vertical middle stands at `at`.
#[derive(Debug, Clone)]
pub(crate) struct Text {
    pub(crate) at: Point,
    pub(crate) text: String,
    pub(crate) em: f64,
    pub(crate) bold: bool,
    pub(crate) color: Color,
    pub(crate) anchor: Anchor,
    /// Reads upwards.
    pub(crate) upward: bool,
}

impl Text {
    pub(crate) fn new(at: Point, text: impl Into<String>, em: f64, color: Color, anchor: Anchor) -> Self {
        Self { at, text: text.into(), em, bold: false, color, anchor, upward: false }
    }

    pub(crate) fn bold(self) -> Self {
        Self { bold: true, ..self }
    }

    pub(crate) fn upward(self) -> Self {
        Self { upward: true, ..self }
    }
}

#[derive(Debug, Clone)]
pub(crate) enum Shape {
    Path {
        points: Vec<Point>,
        color: Color,
        width: f64,
        dash: &'static [f64],
    },
    Polygon {
        points: Vec<Point>,
        color: Color,
        opacity: f64,
    },
    /// Rows of `columns` pixels from the top, stretched over a rectangle without smoothing.
    Image {
        at: Point,
        size: Point,
        columns: usize,
        pixels: Vec<Color>,
    },
    Text(Text),
}

/// A shape, with a text shown when the pointer rests on it (empty: none).
#[derive(Debug, Clone)]
pub(crate) struct Item {
    pub(crate) shape: Shape,
    pub(crate) tip: String,
    /// Label of the series that it belongs to, so that a page can hide that series; empty for what always stays.
    pub(crate) series: String,
}

#[derive(Debug, Clone, Default)]
pub(crate) struct Scene {
    pub(crate) width: f64,
    pub(crate) height: f64,
    /// Unique within a page: prefixes the ids in the SVG.
    pub(crate) id: String,
    pub(crate) title: String,
    /// What the figure shows, for readers who do not see it.
    pub(crate) description: String,
    pub(crate) items: Vec<Item>,
    /// Row below title and notes, which a page writes as text of its own; zero where they are part of the drawing.
    pub(crate) header: f64,
    /// The lines under the title, the question left out.
    pub(crate) notes: Vec<String>,
    /// What is reached without the information asked for, in words.
    pub(crate) floors: Vec<String>,
    /// The numbers that are drawn.
    pub(crate) table: Table,
    /// What is added now belongs to this series; empty for none.
    pub(crate) series: String,
}

impl Scene {
    fn push(&mut self, shape: Shape, tip: String) {
        self.items.push(Item { shape, tip, series: self.series.clone() });
    }

    pub(crate) fn add(&mut self, shape: Shape) {
        self.push(shape, String::new());
    }

    /// Labels of the series, in the order in which they are first drawn.
    pub(crate) fn labels(&self) -> Vec<&str> {
        let named = self.items.iter().map(|item| item.series.as_str()).filter(|label| !label.is_empty());
        distinct(named)
    }

    pub(crate) fn text(&mut self, text: Text) {
        self.add(Shape::Text(text));
    }

    pub(crate) fn path(&mut self, points: Vec<Point>, color: Color, width: f64, dash: &'static [f64]) {
        self.add(Shape::Path { points, color, width, dash });
    }

    /// Pixels stretched over the rectangle whose left upper corner is `at`; nothing where there are none.
    pub(crate) fn image(&mut self, at: Point, size: Point, columns: usize, pixels: Vec<Color>, tip: String) {
        if pixels.is_empty() {
            return;
        }
        assert!(columns > 0 && pixels.len().is_multiple_of(columns), "whole rows of pixels");
        self.push(Shape::Image { at, size, columns, pixels }, tip);
    }

    /// A marker with a thin light edge, so that markers on top of each other stay apart.
    pub(crate) fn marker(&mut self, at: Point, marker: Marker, size: f64, color: Color, tip: String) {
        for (size, color, tip) in [(size + 2.4, CARD, String::new()), (size, color, tip)] {
            let points = marker.outline(size).iter().map(|(x, y)| (at.0 + x, at.1 + y)).collect();
            self.push(Shape::Polygon { points, color, opacity: 1.0 }, tip);
        }
    }

    /// The outline of a marker, closed, with nothing in it: what it stands on is still seen.
    pub(crate) fn open(&mut self, at: Point, marker: Marker, size: f64, color: Color, tip: String) {
        let mut points: Vec<_> = marker.outline(size).iter().map(|(x, y)| (at.0 + x, at.1 + y)).collect();
        points.extend(points.first().copied());
        self.push(Shape::Path { points, color, width: 1.4, dash: &[] }, tip);
    }

    /// All texts, a space between any two: sentences that were broken into lines are whole again.
    #[cfg(test)]
    pub(crate) fn words(&self) -> String {
        self.boxes().iter().map(|(text, _)| *text).collect::<Vec<_>>().join(" ")
    }

    /// Left, top, right, bottom of every text.
    #[cfg(test)]
    pub(crate) fn boxes(&self) -> Vec<(&str, [f64; 4])> {
        let texts = self.items.iter().filter_map(|item| match &item.shape {
            Shape::Text(text) => Some(text),
            _ => None,
        });
        texts
            .map(|text| {
                let (x, y) = text.at;
                let (width, half) = (font::width(&text.text, text.em, text.bold), text.em / 2.0);
                let before = match text.anchor {
                    Anchor::Start => 0.0,
                    Anchor::Middle => width / 2.0,
                    Anchor::End => width,
                };
                let area = if text.upward {
                    [x - half, y - (width - before), x + half, y + before]
                } else {
                    [x - before, y - half, x - before + width, y + half]
                };
                (text.text.as_str(), area)
            })
            .collect()
    }

    /// No text on another, none outside the figure.
    #[cfg(test)]
    pub(crate) fn assert_texts_apart(&self) {
        let boxes = self.boxes();
        assert!(boxes.len() > 10, "{} texts", boxes.len());
        for (index, (text, [left, top, right, bottom])) in boxes.iter().enumerate() {
            let inside = *left >= 0.0 && *top >= 0.0 && *right <= self.width && *bottom <= self.height;
            assert!(inside, "{}: `{text}` is cut", self.id);
            for (other, area) in &boxes[..index] {
                let apart = *right <= area[0] || area[2] <= *left || *bottom <= area[1] || area[3] <= *top;
                assert!(apart, "{}: `{text}` on `{other}`", self.id);
            }
        }
    }
}
