//! CSV to figures and tables; never runs a model.
//!
//! [`scores::read`] reads what an experiment measured; [`figures`] draws it, [`table::verdict`] sums it up, and
//! [`splice::splice`] puts a table between markers in a Markdown page. [`html::page`] makes one page of all. Everything here is a pure function of the rows:
//! the same file gives the same bytes. No font, display or network of the machine is used.

pub mod atomic;
pub mod claims;
pub mod compare;
pub mod counted;
pub mod figure;
pub mod fit;
mod font;
pub mod html;
pub mod labels;
pub mod maps;
pub mod points;
pub mod published;
pub mod reach;
mod render;
mod scene;
pub mod scores;
pub mod series;
pub mod splice;
pub mod stats;
mod strict;
pub mod style;
pub mod table;
pub mod timings;
mod traced;
pub mod traces;
pub mod unseen;
mod viewer;

pub use figure::{Drawn, FigureError, KINDS, Panel, Spec, drawn, figures};
pub use render::Picture;

/// Everything that an experiment's figures are drawn from.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Data {
    /// `scores.csv`.
    pub scores: Vec<scores::Row>,
    /// `maps.csv`, where the experiment writes one.
    pub maps: Vec<maps::Row>,
    /// `points.csv`, where the experiment writes one.
    pub points: Vec<points::Row>,
    /// `traces.csv`, where the experiment writes one.
    pub traces: Vec<traces::Row>,
    /// `timings.csv` of a throughput experiment, with the rows of peers where there are any.
    pub timings: Vec<timings::Row>,
    /// Numbers from elsewhere, of the experiment file: figures by size draw them in.
    pub published: Vec<published::Published>,
    /// Cells that should have rows and have none; figures say how many.
    pub gaps: Vec<String>,
}

impl From<&[scores::Row]> for Data {
    fn from(scores: &[scores::Row]) -> Self {
        Self { scores: scores.to_vec(), ..Self::default() }
    }
}

#[cfg(test)]
use scores::Row;
#[cfg(test)]
#[path = "../tests/fixture/mod.rs"]
mod fixture;
#[cfg(test)]
#[path = "../tests/fixture/maps.rs"]
mod maps_fixture;
#[cfg(test)]
#[path = "../tests/fixture/reach.rs"]
mod reach_fixture;
#[cfg(test)]
#[path = "../tests/fixture/scores.rs"]
mod scores_fixture;
#[cfg(test)]
#[path = "../tests/fixture/timings.rs"]
mod timing_fixture;
#[cfg(test)]
#[path = "../tests/fixture/traces.rs"]
mod trace_fixture;
