//! CSV to figures and tables; never runs a model.
//!
//! [`scores::read`] reads what an experiment measured; [`figures`] draws it, [`table::verdict`] sums it up, and
//! [`splice::splice`] puts a table between markers in a Markdown page. Everything here is a pure function of the rows:
//! the same file gives the same bytes. No font, display or network of the machine is used.

pub mod atomic;
pub mod claims;
pub mod figure;
mod font;
pub mod labels;
pub mod reach;
mod render;
mod scene;
pub mod scores;
pub mod series;
pub mod splice;
pub mod stats;
pub mod style;
pub mod table;

pub use figure::{FigureError, KINDS, Panel, Spec, figures};
pub use render::Picture;

#[cfg(test)]
use scores::Row;
#[cfg(test)]
#[path = "../tests/fixture/mod.rs"]
mod fixture;
