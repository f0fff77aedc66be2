//! Figures by kind; one call draws all that an experiment asks for.

mod accuracy_by_lag;
#[cfg(test)]
mod apart;
mod attention_map;
mod attention_rows;
mod axis;
mod chosen;
mod clip;
mod color_bar;
mod curves;
mod drawn;
mod ends;
mod floor_names;
mod gathered;
mod lag_bins;
mod legend;
mod log_axis;
mod map;
mod mapped;
mod marks;
mod mixing;
mod panel;
mod plane;
mod plane_marks;
mod position_map;
mod profile;
mod radius;
mod roofline;
mod scatter;
mod scores_by_label;
mod scores_by_size;
mod size_axis;
mod tags;
mod timing;
mod tokens;
mod trained;
mod value_axis;
mod words;

use serde::{Deserialize, Serialize};

pub(crate) use attention_map::{scene as attention_map, table as attention_table};
pub use drawn::Drawn;

use crate::Data;
use crate::render::Picture;
use crate::scene::{Anchor, Scene, Text};
use crate::timings::Missing;
use crate::{font, style};

/// The kinds of figure there are.
pub const KINDS: [&str; 17] = [
    "accuracy-by-lag",
    "attention-map",
    "attention-rows",
    "curves",
    "gradient-map",
    "mixing-pair",
    "position-map",
    "profile-by-lag",
    "radius-by-depth",
    "reach-wiring-plane",
    "tokens-by-n",
    "roofline",
    "scatter",
    "scores-by-label",
    "scores-by-size",
    "tag-map",
    "time-by-n",
];

/// A figure to draw, as an experiment file asks for it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Spec {
    /// File stem.
    pub id: String,
    /// What was measured: the task, probe or work whose rows are drawn. Of scores by label or size and of points, several
    /// with commas between; all if none is given.
    #[serde(default, skip_serializing_if = "String::is_empty")]
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
    /// Labels of the series that are drawn, in this order; all if none is given.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub layers: Vec<String>,
    /// What is drawn: of a plane its upward axis, `wiring` or `question_wiring`; of scores any metric. If none is given,
    /// `wiring` or `accuracy`.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub metric: String,
    /// Of scores by size: what stands across: `n`, `k`, `lag`, `depth`, `width`, or an option of the layer;
    /// `n` if none is given.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub x: String,
    /// Of scores by size: axes that are logarithmic, of `x` and `y`. Of scores by label, anything makes the one axis so.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub log: Vec<String>,
    /// Splits that are drawn, in this order. If none is given: of scores `test`, of points `trained`, and all where there is
    /// no such split.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub splits: Vec<String>,
    /// Width whose timings are drawn; 64 if none is given, and in a roofline every width there is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub width: Option<u64>,
    /// Pass whose timings are drawn: `forward` or `both`. If none is given, tokens by n are drawn for each, the other
    /// kinds for `both`.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub pass: String,
    /// Number of threads whose timings are drawn; the largest there is if none is given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub threads: Option<u64>,
    /// Of traces: number of the sequence that is drawn; the first there is if none is given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sequence: Option<u64>,
    /// Of traces: block and head that are drawn, as `blocks.1.mixer/2`; if none is given, the mean over the heads of the
    /// last block.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub head: Option<String>,
}

/// Layers that are drawn together.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Panel {
    /// Title of the panel.
    pub title: String,
    /// Kebab names of its layers, or labels of its series.
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
    /// Nothing of what the kind of figure draws is there.
    #[error(
        "figure `{id}`: no rows of {what} in {file} (tasks with rows: {}); run the experiment again, or correct `task` \
         and `layers` of the figure", found.join(", ")
    )]
    Nothing {
        /// The figure.
        id: String,
        /// Task, metric and series that were looked for.
        what: String,
        /// Where they were looked for.
        file: &'static str,
        /// Tasks that have rows there.
        found: Vec<String>,
    },
    /// The timings hold nothing of what is asked for.
    #[error("figure `{id}`: {missing}")]
    Timings {
        /// The figure.
        id: String,
        /// What is not there.
        missing: Missing,
    },
    /// A pass that is not timed.
    #[error("figure `{id}`: there is no pass `{pass}`; `forward` and `both` are timed")]
    UnknownPass {
        /// The figure.
        id: String,
        /// What was asked for.
        pass: String,
    },
    /// A metric that no plane is drawn of.
    #[error("figure `{id}`: there is no plane of `{metric}`; `wiring` and `question_wiring` are drawn")]
    UnknownMetric {
        /// The figure.
        id: String,
        /// What was asked for.
        metric: String,
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

impl FigureError {
    /// Whether the figure is a good one, and only its rows are not there.
    pub fn is_of_absence(&self) -> bool {
        matches!(self, Self::NoRows { .. } | Self::Nothing { .. } | Self::Timings { .. })
    }
}

/// Draws figures: file stem and picture, in the order of the specifications.
///
/// A task measured at several lengths or numbers of pairs gives one picture for each, its stem extended (`-n64-k4`).
///
/// # Errors
/// [`FigureError`]; nothing is written to disk here (see [`Picture::save`]).
pub fn figures(data: &Data, specs: &[Spec]) -> Result<Vec<(String, Picture)>, FigureError> {
    let mut pictures = Vec::new();
    for spec in specs {
        for drawn in drawn(data, spec)? {
            pictures.push((drawn.stem().to_owned(), drawn.picture()?));
        }
    }
    Ok(pictures)
}

/// Lays out the figures of one specification, each of which can then become a picture or a part of a page.
///
/// # Errors
/// [`FigureError`], but for what only drawing can find.
pub fn drawn(data: &Data, spec: &Spec) -> Result<Vec<Drawn>, FigureError> {
    let mut scenes = scenes(data, spec)?;
    for scene in &mut scenes {
        // A page asks the question in its own words, above the figure.
        scene.notes.retain(|note| *note != spec.question);
        mark_gaps(scene, &data.gaps);
    }
    Ok(scenes.into_iter().map(|scene| Drawn::new(spec, scene)).collect())
}

/// Says below a figure that results are missing, whichever of its series they belong to.
fn mark_gaps(scene: &mut Scene, gaps: &[String]) {
    let Some(first) = gaps.first() else { return };
    let others = if gaps.len() > 1 { format!(" and {} more", gaps.len() - 1) } else { String::new() };
    let text = format!("incomplete: no results of {first}{others}");
    for line in font::wrap(&text, GAPS_EM, false, scene.width - 40.0) {
        scene.text(Text::new((20.0, scene.height + 4.0), line, GAPS_EM, style::MUTED, Anchor::Start));
        scene.height += 20.0;
    }
}

/// Size of the line that names gaps.
const GAPS_EM: f64 = 12.0;

/// The scenes of one specification; the id of each is its file stem.
fn scenes(data: &Data, spec: &Spec) -> Result<Vec<Scene>, FigureError> {
    let Spec { id, kind, .. } = spec;
    match kind.as_str() {
        "accuracy-by-lag" => accuracy_by_lag::scenes(&data.scores, spec),
        "curves" => curves::scenes(data, spec),
        "attention-map" => attention_map::scenes(data, spec),
        "attention-rows" => attention_rows::scenes(data, spec),
        "position-map" => position_map::scenes(data, spec),
        "gradient-map" => map::scenes(data, spec),
        "mixing-pair" => mixing::scenes(data, spec),
        "profile-by-lag" => profile::scenes(data, spec),
        "radius-by-depth" => radius::scenes(data, spec),
        "reach-wiring-plane" => plane::scenes(data, spec),
        "tokens-by-n" => tokens::scenes(&data.timings, spec, tokens::Quantity::Tokens),
        "roofline" => roofline::scenes(&data.timings, spec),
        "scatter" => scatter::scenes(data, spec),
        "scores-by-label" => scores_by_label::scenes(data, spec),
        "scores-by-size" => scores_by_size::scenes(data, spec),
        "tag-map" => tags::scenes(data, spec),
        "time-by-n" => tokens::scenes(&data.timings, spec, tokens::Quantity::Time),
        _ => {
            let distance = |known: &&&'static str| strsim::levenshtein(kind, known);
            let nearest = KINDS.iter().min_by_key(distance).expect("there are kinds");
            Err(FigureError::UnknownKind { id: id.clone(), kind: kind.clone(), nearest })
        }
    }
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
