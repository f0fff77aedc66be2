//! SVG: each shape is drawn by plotters into a fragment of its own, so that it can stand in a group with a dash
//! pattern and a tooltip, which plotters does not write.

use std::fmt::Write as _;

use plotters::prelude::*;

use super::{draw, image};
use crate::scene::{Item, Scene, Shape};
use crate::style::CARD;

/// Units of the view box in a pixel: plotters writes whole numbers, a tenth of a pixel is fine enough.
const SCALE: f64 = 10.0;

pub(super) fn svg(scene: &Scene) -> Result<String, String> {
    let (width, height) = (scene.width.round(), scene.height.round());
    let id = escape(&scene.id);
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" \
         viewBox=\"0 0 {} {}\" role=\"img\" aria-labelledby=\"{id}-title {id}-description\" \
         stroke-linejoin=\"round\">\n<title id=\"{id}-title\">{}</title>\n<desc id=\"{id}-description\">{}</desc>\n\
         <rect width=\"100%\" height=\"100%\" rx=\"{}\" fill=\"#{:02X}{:02X}{:02X}\"/>\n",
        width * SCALE,
        height * SCALE,
        escape(&scene.title),
        escape(&scene.description),
        8.0 * SCALE,
        CARD.0,
        CARD.1,
        CARD.2,
    );
    let size = ((width * SCALE) as u32, (height * SCALE) as u32);
    for Item { shape, tip, .. } in &scene.items {
        let fragment = match shape {
            Shape::Image { at, size, columns, pixels } => image::element(*at, *size, *columns, pixels, SCALE)?,
            _ => fragment(shape, size)?,
        };
        let dash = match shape {
            Shape::Path { dash, .. } if !dash.is_empty() => {
                let lengths: Vec<_> = dash.iter().map(|length| (length * SCALE).to_string()).collect();
                format!(" stroke-dasharray=\"{}\"", lengths.join(" "))
            }
            _ => String::new(),
        };
        let tip = if tip.is_empty() { String::new() } else { format!("<title>{}</title>", escape(tip)) };
        if dash.is_empty() && tip.is_empty() {
            svg.push_str(&fragment);
        } else {
            let _ = writeln!(svg, "<g{dash}>{tip}{}</g>", fragment.trim_end());
        }
    }
    svg.push_str("</svg>\n");
    Ok(svg)
}

/// What plotters writes between `<svg …>` and `</svg>`.
fn fragment(shape: &Shape, size: (u32, u32)) -> Result<String, String> {
    let mut document = String::new();
    {
        let area = SVGBackend::with_string(&mut document, size).into_drawing_area();
        draw(&area, shape, SCALE, false)?;
        area.present().map_err(|error| error.to_string())?;
    }
    let body = document.split_once('\n').and_then(|(_, rest)| rest.trim_end().strip_suffix("</svg>"));
    body.map(str::to_owned).ok_or_else(|| "plotters wrote an SVG of another form than expected".to_owned())
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
