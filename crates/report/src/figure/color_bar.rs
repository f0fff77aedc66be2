//! The bar that says which value a colour is.

use crate::scene::{Anchor, Scene, Text};
use crate::style::{INK, MUTED, ramp};

pub(super) const HEIGHT: f64 = 12.0;
const PIXELS: usize = 200;
const EM: f64 = 11.5;

/// A bar from light to dark with its left upper corner at `at`, a title to the left of its top, and numbers below it:
/// each tick is a place 0 to 1 along the bar and its text.
pub(super) fn draw(scene: &mut Scene, at: (f64, f64), width: f64, ticks: &[(f64, String)]) {
    let pixels: Vec<_> = (0..PIXELS).map(|pixel| ramp((pixel as f64 + 0.5) / PIXELS as f64)).collect();
    scene.image(at, (width, HEIGHT), PIXELS, pixels, String::new());
    frame(scene, at, (width, HEIGHT));
    for (place, text) in ticks {
        let x = at.0 + place * width;
        scene.path(vec![(x, at.1 + HEIGHT), (x, at.1 + HEIGHT + 4.0)], MUTED, 1.0, &[]);
        scene.text(Text::new((x, at.1 + HEIGHT + 12.0), text, EM, MUTED, Anchor::Middle));
    }
}

/// The words above a bar.
pub(super) fn title(scene: &mut Scene, at: (f64, f64), text: &str) {
    scene.text(Text::new(at, text, 12.5, INK, Anchor::Start));
}

/// A thin frame.
pub(super) fn frame(scene: &mut Scene, (left, top): (f64, f64), (width, height): (f64, f64)) {
    let (right, bottom) = (left + width, top + height);
    let corners = vec![(left, top), (right, top), (right, bottom), (left, bottom), (left, top)];
    scene.path(corners, MUTED, 0.8, &[]);
}
