//! Where the panels of heads by answers stand.

use super::{Heads, MARGIN, Model, Shown, tip};
use crate::figure::color_bar;
use crate::font;
use crate::scene::{Anchor, Scene, Text};
use crate::style::{CARD, INK, MUTED, ramp};

/// Names of models, left of the panels.
const NAMES: f64 = 84.0;
const NAME_EM: f64 = 13.0;
const NAME_LINE: f64 = 17.0;
/// Numbers and name of the heads.
const NUMBERS: f64 = 40.0;
/// The side that many heads or answers share.
const SIDE: f64 = 160.0;
/// A head or an answer is never larger.
const LARGEST: f64 = 20.0;
const EM: f64 = 11.0;
const WORDS_EM: f64 = 12.0;
/// Up to as many are numbered each; of more, every eighth or fewer.
const EACH: usize = 8;
/// How wide a column is, with what stands left of its panel.
const COLUMN: f64 = NUMBERS + SIDE;

fn left_of(column: usize) -> f64 {
    MARGIN + NAMES + column as f64 * COLUMN + NUMBERS
}

/// Of a figure of so many columns.
pub(super) fn width(columns: usize) -> f64 {
    left_of(columns) - NUMBERS + MARGIN
}

fn cell(count: usize) -> f64 {
    (SIDE / count as f64).min(LARGEST)
}

/// Which of `count` are numbered: those that have room.
fn numbered(count: usize) -> impl Iterator<Item = usize> {
    let step = if count <= EACH { 1 } else { EACH * count.div_ceil(4 * EACH) };
    (0..count).step_by(step)
}

/// Rows and scale; returns the row below.
pub(super) fn draw(scene: &mut Scene, shown: &Shown, mut y: f64) -> f64 {
    for (model, all) in &shown.lines {
        y = row(scene, shown, (model, all), y) + 12.0;
    }
    scale(scene, y)
}

/// The panels of one model under their titles; returns the row below.
fn row(scene: &mut Scene, shown: &Shown, (model, all): (&Model, &[Heads]), top: f64) -> f64 {
    model.label.clone_into(&mut scene.series);
    let square = top + 26.0;
    let mut y = square + 9.0;
    for name in font::wrap(&model.name, NAME_EM, true, NAMES) {
        scene.text(Text::new((MARGIN, y), name, NAME_EM, INK, Anchor::Start).bold());
        y += NAME_LINE;
    }
    for heads in all {
        let column = shown.numbers.iter().position(|k| *k == heads.k).expect("every number has its column");
        y = y.max(panel(scene, (model, heads), (left_of(column), square)));
    }
    scene.series.clear();
    y
}

/// Heads downwards, answers across; returns the row below.
fn panel(scene: &mut Scene, (model, heads): (&Model, &Heads), (left, top): (f64, f64)) -> f64 {
    let count = heads.heads.len();
    let (across, down) = (cell(heads.k), cell(count));
    let size = (across * heads.k as f64, down * count as f64);
    scene.text(Text::new((left, top - 13.0), heads.name(), WORDS_EM, INK, Anchor::Start).bold());
    let color = |weight: &f64| if *weight > 0.0 { ramp(*weight) } else { CARD };
    let pixels = heads.heads.iter().flat_map(|weights| weights.iter().map(color)).collect();
    scene.image((left, top), size, heads.k, pixels, tip(model, heads));
    color_bar::frame(scene, (left, top), size);
    let x = left - 6.0;
    for head in numbered(count) {
        let y = top + (head as f64 + 0.5) * down;
        scene.text(Text::new((x, y), head.to_string(), EM, MUTED, Anchor::End));
    }
    // A panel of one head is no higher than the word.
    let middle = top + (size.1 / 2.0).max(font::width("head", WORDS_EM, false) / 2.0 - 5.0);
    scene.text(Text::new((x - 20.0, middle), "head", WORDS_EM, INK, Anchor::Middle).upward());
    let bottom = top + size.1 + 11.0;
    for answer in numbered(heads.k) {
        let x = left + (answer as f64 + 0.5) * across;
        scene.text(Text::new((x, bottom), answer.to_string(), EM, MUTED, Anchor::Middle));
    }
    scene.text(Text::new((left, bottom + 15.0), "answer", WORDS_EM, INK, Anchor::Start));
    bottom + 24.0
}

/// The bar, and the white that no bar has: exactly 0.
fn scale(scene: &mut Scene, top: f64) -> f64 {
    let y = top + 10.0;
    let left = left_of(0);
    color_bar::title(scene, (left, y), "weight of the head on the step that holds the answer");
    let bar = (left, y + 12.0);
    let ticks = [0.0, 0.25, 0.5, 0.75, 1.0].map(|share| (share, format!("{:.0}\u{a0}%", 100.0 * share)));
    let width = 360.0;
    color_bar::draw(scene, bar, width, &ticks);
    let (swatch, size) = ((left + width + 40.0, bar.1), (2.0 * color_bar::HEIGHT, color_bar::HEIGHT));
    // A pixel, as in the maps: it stays white on a dark page.
    scene.image(swatch, size, 1, vec![CARD], String::new());
    color_bar::frame(scene, swatch, size);
    let at = (swatch.0 + size.0 + 8.0, bar.1 + size.1 / 2.0);
    scene.text(Text::new(at, "white: exactly 0", WORDS_EM, MUTED, Anchor::Start));
    bar.1 + color_bar::HEIGHT + 32.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_are_numbered_by_eights() {
        let of = |count| numbered(count).collect::<Vec<_>>();
        assert_eq!(of(4), [0, 1, 2, 3]);
        assert_eq!(of(32), [0, 8, 16, 24]);
        assert_eq!(of(64), [0, 16, 32, 48]);
    }
}
