//! Pixels in a figure: as squares in the PNG, as a PNG of their own within the SVG.

use plotters::coord::Shift;
use plotters::prelude::*;

use super::{bitmap, scaled};
use crate::scene::Point;
use crate::style::Color;

/// Colours every pixel of the rectangle by the nearest of the given ones.
pub(super) fn draw<DB: DrawingBackend>(
    area: &DrawingArea<DB, Shift>,
    (at, size): (Point, Point),
    columns: usize,
    pixels: &[Color],
    scale: f64,
) -> Result<(), DrawingAreaErrorKind<DB::ErrorType>> {
    let (left, top) = scaled(at, scale);
    let (right, bottom) = scaled((at.0 + size.0, at.1 + size.1), scale);
    let (width, height) = ((right - left).max(1), (bottom - top).max(1));
    let rows = pixels.len() / columns;
    for y in 0..height {
        let row = y as usize * rows / height as usize;
        for x in 0..width {
            let (red, green, blue) = pixels[row * columns + x as usize * columns / width as usize];
            area.draw_pixel((left + x, top + y), &RGBColor(red, green, blue))?;
        }
    }
    Ok(())
}

/// The `<image>` of an SVG whose units are a `scale`-th of a pixel.
pub(super) fn element(at: Point, size: Point, columns: usize, pixels: &[Color], scale: f64) -> Result<String, String> {
    let (x, y) = scaled(at, scale);
    let (width, height) = scaled(size, scale);
    Ok(format!(
        "<image x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\" preserveAspectRatio=\"none\" \
         style=\"image-rendering:pixelated\" href=\"{}\"/>\n",
        href(columns, pixels)?
    ))
}

/// The pixels as an address that holds them: `data:image/png;base64,…`.
pub(crate) fn href(columns: usize, pixels: &[Color]) -> Result<String, String> {
    let bytes: Vec<u8> = pixels.iter().flat_map(|(red, green, blue)| [*red, *green, *blue]).collect();
    let png = bitmap::encode(&bytes, columns, pixels.len() / columns).map_err(|error| error.to_string())?;
    Ok(format!("data:image/png;base64,{}", base64(&png)))
}

/// RFC 4648, section 4.
fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for group in bytes.chunks(3) {
        let byte = |index: usize| u32::from(group.get(index).copied().unwrap_or(0));
        let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
        for letter in 0..4 {
            let sextet = (bits >> (18 - 6 * letter)) & 63;
            text.push(if letter <= group.len() { char::from(LETTERS[sextet as usize]) } else { '=' });
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::base64;
    use crate::render::picture;
    use crate::scene::Scene;

    /// The vectors of RFC 4648, section 10.
    #[test]
    fn base64_is_that_of_the_standard() {
        let cases =
            [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="), ("fooba", "Zm9vYmE=")];
        for (text, coded) in cases {
            assert_eq!(base64(text.as_bytes()), coded);
        }
        assert_eq!(base64(&[0xFB, 0xEF, 0xFF]), "++//");
    }

    /// Two by two pixels over a square: each corner of it has the colour of its pixel, without a mixed one between.
    #[test]
    fn pixels_stand_where_they_should_and_are_not_smoothed() {
        let colors = [(255, 0, 0), (0, 255, 0), (0, 0, 255), (0, 0, 0)];
        let mut scene = Scene { width: 20.0, height: 20.0, id: "pixels".into(), ..Scene::default() };
        scene.image((4.0, 4.0), (12.0, 12.0), 2, colors.to_vec(), "a tip".into());
        let picture = picture(&scene).unwrap();
        assert!(picture.svg.contains("<title>a tip</title><image x=\"40\" y=\"40\" width=\"120\" height=\"120\""));
        assert!(picture.svg.contains("image-rendering:pixelated\" href=\"data:image/png;base64,iVBORw0KGgo"));
        let mut reader = png::Decoder::new(std::io::Cursor::new(&picture.png)).read_info().unwrap();
        let mut pixels = vec![0; reader.output_buffer_size()];
        reader.next_frame(&mut pixels).unwrap();
        let at =
            |x: usize, y: usize| (pixels[3 * (40 * y + x)], pixels[3 * (40 * y + x) + 1], pixels[3 * (40 * y + x) + 2]);
        assert_eq!([at(8, 8), at(31, 8), at(8, 31), at(31, 31)], colors);
        assert_eq!([at(19, 19), at(20, 19), at(19, 20), at(20, 20)], colors);
        assert_ne!(at(7, 7), colors[0]);
    }
}
