//! What the test of every kind of figure asks: is every word readable?

use super::{FigureError, Spec};
use crate::Data;
use crate::scene::Scene;

/// Lays a figure out under a title and a question of many lines: no text on another, none outside the figure.
pub(super) fn assert_texts_apart(
    scenes: impl Fn(&Data, &Spec) -> Result<Vec<Scene>, FigureError>,
    data: &Data,
    spec: Spec,
) -> Vec<Scene> {
    let long = "A title of many words that does not fit into one line of the figure and must be broken. ";
    let spec = Spec { title: long.into(), question: long.repeat(2), ..spec };
    let scenes = scenes(data, &spec).unwrap();
    assert!(!scenes.is_empty());
    for scene in &scenes {
        scene.assert_texts_apart();
        assert!(scene.series.is_empty(), "{}: the last series was not closed", scene.id);
    }
    scenes
}

/// What is said at a mark begins with the series that it belongs to: a page shows one of the two, then.
pub(super) fn assert_tips_name_their_series(scenes: &[Scene]) {
    for scene in scenes {
        let tips = || scene.items.iter().filter(|item| !item.tip.is_empty());
        assert!(tips().count() > 0 && tips().all(|item| item.tip.starts_with(&item.series)), "{}", scene.id);
    }
}
