//! Where the maps of two sequences stand: a row for each layer, two pairs of columns.

use super::{LOWEST, Line, MARGIN, STATES, Shown, WIDTH, pixels, place, tip};
use crate::figure::color_bar;
use crate::font;
use crate::scene::{Anchor, Scene, Text};
use crate::style::{CARD, INK, MUTED};

/// Names of layers, left of the maps.
const NAMES: f64 = 104.0;
const NAME_EM: f64 = 13.0;
const NAME_LINE: f64 = 17.0;
/// Numbers and name of the output steps.
const STEPS: f64 = 36.0;
const LEFT: f64 = MARGIN + NAMES + STEPS;
/// Between two sequences, and between before and after.
const GAP: f64 = 12.0;
const BETWEEN: f64 = 30.0;
const SIDE: f64 = (WIDTH - MARGIN - LEFT - 2.0 * GAP - BETWEEN) / 4.0;
const EM: f64 = 11.0;
const WORDS_EM: f64 = 12.0;

fn left_of(state: usize, sequence: usize) -> f64 {
    LEFT + state as f64 * (2.0 * SIDE + GAP + BETWEEN) + sequence as f64 * (SIDE + GAP)
}

/// Heads, rows and scale; returns the row below.
pub(super) fn draw(scene: &mut Scene, shown: &Shown, factor: usize, top: f64) -> f64 {
    for (state, (_, words)) in STATES.iter().enumerate() {
        let middle = left_of(state, 0) + SIDE + GAP / 2.0;
        scene.text(Text::new((middle, top + 8.0), *words, 14.0, INK, Anchor::Middle).bold());
        for sequence in [0, 1] {
            let at = (left_of(state, sequence) + SIDE / 2.0, top + 29.0);
            scene.text(Text::new(at, format!("sequence {}", sequence + 1), WORDS_EM, INK, Anchor::Middle));
        }
    }
    let mut y = top + 42.0;
    for (index, line) in shown.lines.iter().enumerate() {
        y = row(scene, line, shown.n, factor, y);
        if index + 1 == shown.lines.len() {
            y = inputs(scene, shown.n, y);
        }
        y += 10.0;
    }
    scale(scene, y + 4.0)
}

/// The maps of a layer, and under each pair how far it is apart; returns the row below.
fn row(scene: &mut Scene, line: &Line, n: usize, factor: usize, top: f64) -> f64 {
    line.model.label.clone_into(&mut scene.series);
    let names = font::wrap(&line.model.name, NAME_EM, true, NAMES);
    let mut y = top + SIDE / 2.0 - NAME_LINE * (names.len() - 1) as f64 / 2.0;
    for name in names {
        scene.text(Text::new((MARGIN, y), name, NAME_EM, INK, Anchor::Start).bold());
        y += NAME_LINE;
    }
    outputs(scene, n, top);
    let bottom = top + SIDE;
    for (state, pair) in line.pairs.iter().enumerate() {
        for (sequence, square) in pair.squares.iter().enumerate() {
            let left = left_of(state, sequence);
            match square {
                Some(square) => {
                    let (columns, pixels) = pixels(square, factor);
                    scene.image((left, top), (SIDE, SIDE), columns, pixels, tip(line, state, sequence));
                    color_bar::frame(scene, (left, top), (SIDE, SIDE));
                }
                None => {
                    let at = (left + SIDE / 2.0, top + SIDE / 2.0);
                    scene.text(Text::new(at, "no rows", WORDS_EM, MUTED, Anchor::Middle));
                }
            }
        }
        if let Some(apart) = pair.apart {
            let at = (left_of(state, 0) + SIDE + GAP / 2.0, bottom + 13.0);
            scene.text(Text::new(at, format!("differ by {}", super::distance(apart)), WORDS_EM, INK, Anchor::Middle));
        }
    }
    scene.series.clear();
    bottom + 22.0
}

fn outputs(scene: &mut Scene, n: usize, top: f64) {
    let x = LEFT - 6.0;
    scene.text(Text::new((x, top + 6.0), "0", EM, MUTED, Anchor::End));
    scene.text(Text::new((x, top + SIDE - 6.0), (n - 1).to_string(), EM, MUTED, Anchor::End));
    scene.text(Text::new((x - 6.0, top + SIDE / 2.0), "output step", WORDS_EM, INK, Anchor::Middle).upward());
}

/// The input steps are numbered once, under the last row.
fn inputs(scene: &mut Scene, n: usize, top: f64) -> f64 {
    for state in [0, 1] {
        for sequence in [0, 1] {
            let (left, y) = (left_of(state, sequence), top + 8.0);
            scene.text(Text::new((left + 1.0, y), "0", EM, MUTED, Anchor::Start));
            scene.text(Text::new((left + SIDE - 1.0, y), (n - 1).to_string(), EM, MUTED, Anchor::End));
            scene.text(Text::new((left + SIDE / 2.0, y), "input step", WORDS_EM, INK, Anchor::Middle));
        }
    }
    top + 18.0
}

/// The bar, and the white that no bar has: exactly 0.
fn scale(scene: &mut Scene, top: f64) -> f64 {
    let y = top + 8.0;
    color_bar::title(scene, (LEFT, y), "share of the squared gradient (logarithmic)");
    let bar = (LEFT, y + 12.0);
    let width = 2.0 * SIDE + GAP;
    let ticks = [LOWEST, 0.01, 0.1, 1.0].map(|share| (place(share), share.to_string()));
    // The lowest number starts at the corner: centred there, it would stand left of the maps.
    color_bar::draw(scene, bar, width, &ticks[1..]);
    let lowest = format!("≤ {LOWEST}");
    scene.text(Text::new((LEFT, bar.1 + color_bar::HEIGHT + 12.0), lowest, 11.5, MUTED, Anchor::Start));
    let (swatch, size) = ((left_of(1, 0), bar.1), (2.0 * color_bar::HEIGHT, color_bar::HEIGHT));
    // A pixel, as in the maps: it stays white on a dark page.
    scene.image(swatch, size, 1, vec![CARD], String::new());
    color_bar::frame(scene, swatch, size);
    let at = (swatch.0 + size.0 + 8.0, bar.1 + size.1 / 2.0);
    scene.text(Text::new(at, "white: exactly 0, not connected", WORDS_EM, MUTED, Anchor::Start));
    bar.1 + color_bar::HEIGHT + 32.0
}
