//! A scene through plotters: SVG as text, PNG at twice the size. For pages, an SVG written here.

mod bitmap;
mod image;
mod inline;
mod path;
mod svg;

pub(crate) use inline::{inline, swatch};

use plotters::coord::Shift;
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

use crate::font;
use crate::scene::{Anchor, Point, Scene, Shape, Text};

/// plotters divides the size of a font by this before it draws.
const PLOTTERS_EM: f64 = 1.24;

/// A figure in both forms.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Picture {
    /// SVG with title, description and its own light background.
    pub svg: String,
    /// PNG at twice the size of the SVG.
    pub png: Vec<u8>,
}

pub(crate) fn picture(scene: &Scene) -> Result<Picture, String> {
    font::font(false);
    Ok(Picture { svg: svg::svg(scene)?, png: bitmap::png(scene)? })
}

/// plotters counts in whole pixels; drawing larger and shrinking afterwards keeps fractions.
fn scaled((x, y): Point, scale: f64) -> (i32, i32) {
    ((x * scale).round() as i32, (y * scale).round() as i32)
}

/// Draws one shape. Dashes are cut only when `cut_dashes` says so: SVG has its own.
fn draw<DB: DrawingBackend>(
    area: &DrawingArea<DB, Shift>,
    shape: &Shape,
    scale: f64,
    cut_dashes: bool,
) -> Result<(), String> {
    let place = |points: &[Point]| -> Vec<_> { points.iter().map(|point| scaled(*point, scale)).collect() };
    match shape {
        Shape::Path { points, color, width, dash } => {
            let style = RGBColor(color.0, color.1, color.2).stroke_width((width * scale).round().max(1.0) as u32);
            let pieces = if cut_dashes { dashes(points, dash) } else { vec![points.clone()] };
            pieces.iter().try_for_each(|piece| area.draw(&PathElement::new(place(piece), style)))
        }
        Shape::Polygon { points, color, opacity } => {
            area.draw(&Polygon::new(place(points), RGBColor(color.0, color.1, color.2).mix(*opacity).filled()))
        }
        Shape::Image { at, size, columns, pixels } => image::draw(area, (*at, *size), *columns, pixels, scale),
        Shape::Text(text) => area.draw_text(&text.text, &text_style(text, scale), scaled(text.at, scale)),
    }
    .map_err(|error| error.to_string())
}

fn text_style(text: &Text, scale: f64) -> TextStyle<'static> {
    let weight = if text.bold { FontStyle::Bold } else { FontStyle::Normal };
    let turn = if text.upward { FontTransform::Rotate270 } else { FontTransform::None };
    let across = match text.anchor {
        Anchor::Start => HPos::Left,
        Anchor::Middle => HPos::Center,
        Anchor::End => HPos::Right,
    };
    FontDesc::new(FontFamily::Name(font::FAMILY), text.em * scale * PLOTTERS_EM, weight)
        .transform(turn)
        .color(&RGBColor(text.color.0, text.color.1, text.color.2))
        .pos(Pos::new(across, VPos::Center))
}

/// The drawn pieces of a dashed line.
fn dashes(points: &[Point], pattern: &[f64]) -> Vec<Vec<Point>> {
    if pattern.iter().sum::<f64>() <= 0.0 {
        return vec![points.to_vec()];
    }
    let mut pieces = Vec::new();
    let (mut step, mut left) = (0, pattern[0]);
    let mut piece: Vec<Point> = points.first().copied().into_iter().collect();
    for pair in points.windows(2) {
        let (mut from, to) = (pair[0], pair[1]);
        loop {
            let length = (to.0 - from.0).hypot(to.1 - from.1);
            if length <= left {
                left -= length;
                piece.push(to);
                break;
            }
            let share = left / length;
            from = (from.0 + share * (to.0 - from.0), from.1 + share * (to.1 - from.1));
            piece.push(from);
            if step % 2 == 0 {
                pieces.push(piece);
            }
            piece = vec![from];
            step += 1;
            left = pattern[step % pattern.len()];
        }
    }
    if step % 2 == 0 && piece.len() > 1 {
        pieces.push(piece);
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dashes_go_on_around_corners() {
        let corner = [(0.0, 0.0), (5.0, 0.0), (5.0, 5.0)];
        let pieces = dashes(&corner, &[3.0, 1.0]);
        assert_eq!(
            pieces,
            [vec![(0.0, 0.0), (3.0, 0.0)], vec![(4.0, 0.0), (5.0, 0.0), (5.0, 2.0)], vec![(5.0, 3.0), (5.0, 5.0)]]
        );
        assert_eq!(dashes(&corner, &[]), [corner.to_vec()]);
    }
}
