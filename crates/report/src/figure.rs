//! Figures by kind; one call draws all that an experiment asks for.

mod accuracy_by_lag;
mod axis;
mod panel;
mod words;

use serde::{Deserialize, Serialize};

use crate::render::{self, Picture};
use crate::scores::Row;
use crate::series::{self, Group};

/// The kinds of figure there are.
pub const KINDS: [&str; 1] = ["accuracy-by-lag"];

/// A figure to draw, as an experiment file asks for it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Spec {
    /// File stem.
    pub id: String,
    /// Task whose rows are drawn.
    pub task: String,
    /// Title of the figure.
    pub title: String,
    /// One of [`KINDS`].
    pub kind: String,
    /// The question the figure answers; opens the line under the title.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub question: String,
    /// One above the other, sharing the lag axis. Layers named in none get a panel each; without any, each layer has
    /// its own. The `none` layer stands in all of them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub panels: Vec<Panel>,
}

/// Layers that are drawn together.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Panel {
    /// Title of the panel.
    pub title: String,
    /// Kebab names of its layers.
    pub layers: Vec<String>,
}

/// Why a figure could not be drawn.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum FigureError {
    /// No such kind of figure.
    #[error("figure `{id}`: unknown kind `{kind}`; did you mean `{nearest}`? (known: {})", KINDS.join(", "))]
    UnknownKind {
        /// The figure.
        id: String,
        /// What was asked for.
        kind: String,
        /// The kind whose name is nearest.
        nearest: &'static str,
    },
    /// The scores hold nothing for this task.
    #[error("figure `{id}`: no test accuracy by lag of task `{task}` in the scores (tasks with rows: {})", found.join(", "))]
    NoRows {
        /// The figure.
        id: String,
        /// The task asked for.
        task: String,
        /// Tasks that the scores hold.
        found: Vec<String>,
    },
    /// The drawing library refused.
    #[error("figure `{id}` could not be drawn: {message}")]
    Draw {
        /// The figure.
        id: String,
        /// Its words.
        message: String,
    },
}

/// Draws figures: file stem and picture, in the order of the specifications.
///
/// A task measured at several lengths or numbers of pairs gives one picture for each, its stem extended (`-n64-k4`).
///
/// # Errors
/// [`FigureError`]; nothing is written to disk here (see [`Picture::save`]).
pub fn figures(rows: &[Row], specs: &[Spec]) -> Result<Vec<(String, Picture)>, FigureError> {
    let mut pictures = Vec::new();
    for spec in specs {
        let Spec { id, task, kind, .. } = spec;
        if !KINDS.contains(&kind.as_str()) {
            let distance = |known: &&&'static str| strsim::levenshtein(kind, known);
            let nearest = KINDS.iter().min_by_key(distance).expect("there are kinds");
            return Err(FigureError::UnknownKind { id: id.clone(), kind: kind.clone(), nearest });
        }
        let groups: Vec<_> = series::groups(rows, task).into_iter().filter(|group| !group.lags.is_empty()).collect();
        if groups.is_empty() {
            let found = series::tasks(rows);
            return Err(FigureError::NoRows { id: id.clone(), task: task.clone(), found });
        }
        for group in &groups {
            let stem = if groups.len() == 1 { id.clone() } else { stem(id, group) };
            let scene = accuracy_by_lag::scene(group, spec, &stem);
            let picture = render::picture(&scene).map_err(|message| FigureError::Draw { id: id.clone(), message })?;
            pictures.push((stem, picture));
        }
    }
    Ok(pictures)
}

fn stem(id: &str, group: &Group) -> String {
    let part = |letter: char, value: Option<u64>| value.map_or_else(String::new, |value| format!("-{letter}{value}"));
    format!("{id}{}{}", part('n', group.setting.n), part('k', group.setting.k))
}

impl Picture {
    /// Writes `STEM.svg` and `STEM.png` into a folder, each atomically.
    ///
    /// # Errors
    /// As the file system says.
    pub fn save(&self, folder: &std::path::Path, stem: &str) -> std::io::Result<()> {
        crate::atomic::write(&folder.join(format!("{stem}.svg")), self.svg.as_bytes())?;
        crate::atomic::write(&folder.join(format!("{stem}.png")), &self.png)
    }
}
