//! One line (or more, where it is long) that says what markers mean.

use super::accuracy_by_lag::{MARGIN, WIDTH};
use crate::font;
use crate::scene::{Anchor, Scene, Text};
use crate::style::{INK, Style};

const EM: f64 = 12.0;
const LINE: f64 = 18.0;

/// Writes markers and their names from row `y` on; returns the row below them. Each belongs to a series if `toggles`.
pub(super) fn draw(scene: &mut Scene, names: &[(&str, Style)], toggles: bool, mut y: f64) -> f64 {
    let mut x = MARGIN;
    for (name, style) in names {
        let lines = font::wrap(name, EM, false, WIDTH - 2.0 * MARGIN - 18.0);
        let width = 18.0 + lines.iter().map(|line| font::width(line, EM, false)).fold(0.0, f64::max) + 22.0;
        if x + width > WIDTH - MARGIN && x > MARGIN {
            (x, y) = (MARGIN, y + LINE);
        }
        if toggles {
            (*name).clone_into(&mut scene.series);
        }
        scene.marker((x + 6.0, y), style.marker, 8.0, style.color, String::new());
        for (index, line) in lines.iter().enumerate() {
            y += if index > 0 { LINE } else { 0.0 };
            scene.text(Text::new((x + 18.0, y), line, EM, INK, Anchor::Start));
        }
        scene.series.clear();
        x += width;
    }
    if names.is_empty() { y } else { y + LINE }
}
