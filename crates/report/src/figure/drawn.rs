//! A figure that is laid out, and what can be made of it.

use maud::Markup;

use super::{FigureError, Spec};
use crate::render::{self, Picture};
use crate::scene::Scene;
use crate::table::Table;

/// One figure, laid out: a picture, or a part of a page.
#[derive(Debug, Clone)]
pub struct Drawn {
    /// Id of the specification, for errors.
    id: String,
    scene: Scene,
}

impl Drawn {
    pub(super) fn new(spec: &Spec, scene: Scene) -> Self {
        Self { id: spec.id.clone(), scene }
    }

    /// File stem of the picture.
    pub fn stem(&self) -> &str {
        &self.scene.id
    }

    /// The figure as SVG and PNG, title included.
    ///
    /// # Errors
    /// [`FigureError::Draw`] if the drawing library refuses, or the figure is absurdly large.
    pub fn picture(&self) -> Result<Picture, FigureError> {
        render::picture(&self.scene).map_err(|message| FigureError::Draw { id: self.id.clone(), message })
    }

    /// SVG that takes its colours from the page around it, without title; ids begin with `prefix`.
    pub(crate) fn inline(&self, prefix: &str) -> Markup {
        render::inline(&self.scene, prefix)
    }

    /// Each series that is drawn: its label, and line and marker as a small SVG.
    pub(crate) fn series(&self) -> Vec<(&str, Markup)> {
        self.scene.labels().into_iter().map(|label| (label, render::swatch(&self.scene, label))).collect()
    }

    /// The lines under the title: what the numbers are.
    pub fn notes(&self) -> &[String] {
        &self.scene.notes
    }

    /// What is reached without the information asked for, in words.
    pub fn floors(&self) -> &[String] {
        &self.scene.floors
    }

    /// The numbers that are drawn: as the kind of figure puts them, else the points by series.
    pub fn table(&self) -> Table {
        self.scene.table.clone().unwrap_or_else(|| points(&self.scene))
    }
}

/// A row for each point that has a tip, without repeating the name of its series.
fn points(scene: &Scene) -> Table {
    let row = |item: &crate::scene::Item| {
        let rest = item.tip.strip_prefix(item.series.as_str()).unwrap_or(&item.tip);
        vec![item.series.clone(), rest.trim_start_matches([',', ':', ' ']).to_owned()]
    };
    Table {
        title: "Points of the figure".to_owned(),
        headers: vec!["series".to_owned(), "point".to_owned()],
        rows: scene.items.iter().filter(|item| !item.tip.is_empty()).map(row).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::style::{INK, Marker};

    #[test]
    fn points_without_a_table_of_their_own_are_listed_by_series() {
        let mut scene = Scene { series: "a, b".into(), ..Scene::default() };
        scene.marker((1.0, 2.0), Marker::Square, 7.0, INK, "a, b, depth 4: 0.5".into());
        scene.series.clear();
        scene.marker((1.0, 2.0), Marker::Square, 7.0, INK, "peak: 90".into());
        let table = Drawn::new(&Spec::default(), scene).table();
        assert_eq!(table.rows, [["a, b", "depth 4: 0.5"], ["", "peak: 90"]]);
    }
}
