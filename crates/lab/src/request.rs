//! What was asked for: an experiment, a profile, and what is changed or left out. Whoever asks the same plans the same
//! cells.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::cli::RunArgs;
use crate::error::{LabError, suggestion};
use crate::experiment::{self, Experiment, Profile};
use crate::place;

/// A sweep, as it is named on the command line.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Request {
    /// Name of the experiment, or a path that ends in .toml.
    pub experiment: String,
    /// Which profile.
    pub profile: Profile,
    /// Changes of settings, as `key=value`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub overrides: Vec<String>,
    /// Only these layers, in lists with commas between; all if there are none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub layers: Vec<String>,
    /// Number of seeds, if it is not the experiment's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seeds: Option<u64>,
}

/// The same, read from its file.
pub struct Asked {
    /// The experiment's name: in results, and of their folder.
    pub name: String,
    /// Where it stands.
    pub path: PathBuf,
    /// What is left of it.
    pub experiment: Experiment,
}

impl From<&RunArgs> for Request {
    fn from(arguments: &RunArgs) -> Self {
        Self {
            experiment: arguments.name.clone(),
            profile: arguments.profile.profile(),
            overrides: arguments.overrides.clone(),
            layers: arguments.layers.clone(),
            seeds: arguments.seeds,
        }
    }
}

impl Request {
    /// Reads the experiment and leaves out what was not asked for.
    ///
    /// # Errors
    /// When there is no such experiment, or its file, an override, a label or the number of seeds is not right.
    pub fn load(&self, root: &Path) -> Result<Asked, LabError> {
        let (name, path) = experiment::find(root, &self.experiment)?;
        let mut experiment = experiment::load(root, &path, self.profile, &self.overrides)?;
        self.narrow(&mut experiment)?;
        Ok(Asked { name, path, experiment })
    }

    /// Where its results usually stand.
    ///
    /// # Errors
    /// When a file from elsewhere would write into the results of an experiment of the same name.
    pub fn folder(&self, root: &Path, asked: &Asked) -> Result<PathBuf, LabError> {
        keeps_its_place(root, &asked.name, &asked.path)?;
        Ok(place::results(root, &asked.name, self.profile, &self.changes(&asked.experiment)))
    }

    /// Applies --layers and --seeds.
    fn narrow(&self, experiment: &mut Experiment) -> Result<(), LabError> {
        if let Some(seeds) = self.seeds {
            if seeds == 0 || seeds > 1 << 16 {
                return Err(LabError::usage(format!("--seeds {seeds} is out of range"), "choose 1 to 65536"));
            }
            experiment.seeds = seeds;
        }
        if self.layers.is_empty() {
            return Ok(());
        }
        let mut wanted = Vec::new();
        for list in &self.layers {
            wanted.extend(names_in(list, experiment)?);
        }
        experiment.layers.retain(|row| wanted.contains(&row.label) || wanted.contains(&row.layer));
        Ok(())
    }

    /// What makes this another question than the committed one.
    fn changes(&self, experiment: &Experiment) -> String {
        let mut changes = self.overrides.clone();
        if !self.layers.is_empty() {
            changes.extend(experiment.layers.iter().map(|row| format!("layer {}", row.label)));
        }
        changes.extend(self.seeds.map(|seeds| format!("seeds {seeds}")));
        changes.join("\n")
    }
}

/// The labels and names in a list with commas between. A label may itself hold commas, so the longest that fits is
/// taken: `attention, rotary` is one label and not every attention.
fn names_in(list: &str, experiment: &Experiment) -> Result<Vec<String>, LabError> {
    let pieces: Vec<&str> = list.split(',').collect();
    let mut names = Vec::new();
    let mut start = 0;
    while start < pieces.len() {
        let longest = (start + 1..=pieces.len()).rev().find_map(|end| {
            let name = pieces[start..end].join(",").trim().to_owned();
            experiment.layers.iter().any(|row| row.label == name || row.layer == name).then_some((end, name))
        });
        let Some((end, name)) = longest else {
            let piece = pieces[start].trim();
            let all = experiment.layers.iter().flat_map(|row| [row.label.as_str(), row.layer.as_str()]);
            let mut all: Vec<&str> = all.collect();
            all.sort_unstable();
            all.dedup();
            return Err(LabError::usage(format!("--layers: the experiment has no `{piece}`"), suggestion(piece, all)));
        };
        names.push(name);
        start = end;
    }
    Ok(names)
}

/// Refuses to let a file from elsewhere write into the results of an experiment of the same name.
fn keeps_its_place(root: &Path, name: &str, path: &Path) -> Result<(), LabError> {
    let own = root.join("experiments").join(format!("{name}.toml"));
    let same = |a: &Path, b: &Path| a.canonicalize().ok().zip(b.canonicalize().ok()).is_none_or(|(a, b)| a == b);
    if !own.exists() || same(&own, path) {
        return Ok(());
    }
    Err(LabError::usage(
        format!("{} has the name of the experiment `{name}` and would write into its results", path.display()),
        "rename the file, or choose a folder with --out DIR",
    ))
}
