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

    /// The numbers that are drawn.
    pub fn table(&self) -> &Table {
        &self.scene.table
    }
}

#[cfg(test)]
mod tests {
    use crate::figure::{KINDS, Spec, drawn};
    use crate::{Data, fixture, maps_fixture, reach_fixture, scores_fixture, timing_fixture, trace_fixture};

    #[test]
    fn every_kind_has_its_numbers_as_a_table() {
        let traces = trace_fixture::rows();
        let mut data = Data { timings: timing_fixture::rows(), traces, ..reach_fixture::data() };
        data.scores.extend(fixture::recall());
        let plain = scores_fixture::data();
        data.scores.extend(plain.scores);
        data.points.extend(plain.points);
        let mapped = maps_fixture::data();
        data.maps.extend(mapped.maps);
        data.scores.extend(mapped.scores);
        for kind in KINDS {
            let task = if kind == "accuracy-by-lag" { "recall-at-lag" } else { "" };
            let spec = Spec { kind: kind.into(), task: task.into(), ..Spec::default() };
            for drawn in drawn(&data, &spec).unwrap() {
                let table = drawn.table();
                assert!(!table.title.is_empty() && !table.rows.is_empty(), "{kind}");
                assert!(table.rows.iter().all(|row| row.len() == table.headers.len()), "{kind}");
                assert!(table.rows.iter().flatten().all(|cell| !cell.is_empty()), "{kind}");
                for (label, _) in drawn.series() {
                    assert!(table.rows.iter().any(|row| row[0] == label), "{kind}: {label}");
                }
            }
        }
    }
}
