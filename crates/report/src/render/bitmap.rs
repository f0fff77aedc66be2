//! PNG: drawn by plotters at four times the size and averaged down to twice the size.

use ab_glyph::Font as _;
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, VPos};
use plotters_backend::{BackendColor, BackendCoord, BackendStyle, BackendTextStyle, DrawingErrorKind};

use super::{PLOTTERS_EM, draw};
use crate::font;
use crate::scene::Scene;
use crate::style::CARD;

/// The PNG is this many times the size of the SVG.
const SIZE: usize = 2;
/// Each of its pixels is the mean of this many in each direction.
const FINER: usize = 2;
/// Refused before allocating beyond this: about 70 panels, 0.6 GB.
const LIMIT: usize = 200_000_000;

pub(super) fn png(scene: &Scene) -> Result<Vec<u8>, String> {
    let pixels = |length: f64| length.round() as usize * SIZE * FINER;
    let (width, height) = (pixels(scene.width), pixels(scene.height));
    if width.saturating_mul(height) > LIMIT {
        return Err(format!("{} × {} pixels are too many: draw fewer layers", scene.width, scene.height));
    }
    let mut canvas = [CARD.0, CARD.1, CARD.2].repeat(width * height);
    {
        let backend = Sharp(BitMapBackend::with_buffer(&mut canvas, (width as u32, height as u32)));
        let area = backend.into_drawing_area();
        for item in &scene.items {
            draw(&area, &item.shape, (SIZE * FINER) as f64, true)?;
        }
        area.present().map_err(|error| error.to_string())?;
    }
    let (width, height) = (width / FINER, height / FINER);
    encode(&shrink(&canvas, width, height), width, height).map_err(|error| error.to_string())
}

fn shrink(canvas: &[u8], width: usize, height: usize) -> Vec<u8> {
    let mut small = Vec::with_capacity(width * height * 3);
    for y in 0..height {
        for x in 0..width {
            for channel in 0..3 {
                let rows = (0..FINER).map(|row| ((y * FINER + row) * width + x) * FINER);
                let sum: usize = rows
                    .flat_map(|start| (start..start + FINER).map(|pixel| canvas[3 * pixel + channel] as usize))
                    .sum();
                small.push(((sum + FINER * FINER / 2) / (FINER * FINER)) as u8);
            }
        }
    }
    small
}

/// Rows of red, green and blue as a PNG.
pub(super) fn encode(pixels: &[u8], width: usize, height: usize) -> Result<Vec<u8>, png::EncodingError> {
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, width as u32, height as u32);
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_depth(png::BitDepth::Eight);
    encoder.set_compression(png::Compression::Default);
    encoder.set_filter(png::FilterType::Sub);
    let mut writer = encoder.write_header()?;
    writer.write_image_data(pixels)?;
    writer.finish()?;
    Ok(bytes)
}

/// The bitmap backend with text and thick lines of its own: plotters 0.3.7 drops the left bearing of each glyph and
/// rounds its place to whole pixels, which sets words unevenly, and leaves notches where thick lines bend.
struct Sharp<'a>(BitMapBackend<'a>);

type Outcome<'a> = Result<(), DrawingErrorKind<<BitMapBackend<'a> as DrawingBackend>::ErrorType>>;

impl<'a> DrawingBackend for Sharp<'a> {
    type ErrorType = <BitMapBackend<'a> as DrawingBackend>::ErrorType;

    fn get_size(&self) -> (u32, u32) {
        self.0.get_size()
    }

    fn ensure_prepared(&mut self) -> Outcome<'a> {
        self.0.ensure_prepared()
    }

    fn present(&mut self) -> Outcome<'a> {
        self.0.present()
    }

    fn draw_pixel(&mut self, point: BackendCoord, color: BackendColor) -> Outcome<'a> {
        self.0.draw_pixel(point, color)
    }

    fn draw_path<S: BackendStyle, I: IntoIterator<Item = BackendCoord>>(&mut self, path: I, style: &S) -> Outcome<'a> {
        let points: Vec<_> = path.into_iter().collect();
        for (index, pair) in points.windows(2).enumerate() {
            self.draw_line(pair[0], pair[1], style)?;
            if index > 0 && style.stroke_width() > 2 {
                self.draw_circle(pair[0], style.stroke_width() / 2, &style.color(), true)?;
            }
        }
        Ok(())
    }

    /// Baseline as in the SVG that plotters writes: half an x-height (0.547 em in DejaVu) below the middle.
    fn draw_text<S: BackendTextStyle>(&mut self, text: &str, style: &S, at: BackendCoord) -> Outcome<'a> {
        debug_assert!(matches!(style.anchor().v_pos, VPos::Center), "scenes place text by its middle");
        let bold = matches!(style.style(), plotters_backend::FontStyle::Bold);
        let em = style.size() / PLOTTERS_EM;
        let (glyphs, width) = font::layout(text, em, bold);
        let start = match style.anchor().h_pos {
            HPos::Left => 0.0,
            HPos::Center => -width / 2.0,
            HPos::Right => -width,
        };
        let (turn, color) = (style.transform(), style.color());
        for (glyph, x) in glyphs {
            let place = ab_glyph::point(start as f32 + x, (0.2735 * em) as f32);
            let glyph = glyph.with_scale_and_position(font::scale(bold, em), place);
            let Some(outline) = font::font(bold).outline_glyph(glyph) else { continue };
            let corner = outline.px_bounds().min;
            let mut outcome = Ok(());
            outline.draw(|x, y, coverage| {
                let (x, y) = turn.transform(corner.x as i32 + x as i32, corner.y as i32 + y as i32);
                let mut color = color;
                color.alpha *= f64::from(coverage.clamp(0.0, 1.0));
                let drawn = self.0.draw_pixel((at.0 + x, at.1 + y), color);
                if outcome.is_ok() {
                    outcome = drawn;
                }
            });
            outcome?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::png;
    use crate::scene::Scene;

    #[test]
    fn absurd_sizes_are_refused() {
        let text = String::new;
        let scene =
            Scene { width: 900.0, height: 1e9, id: text(), title: text(), description: text(), ..Scene::default() };
        assert!(png(&scene).unwrap_err().contains("fewer layers"));
    }
}
