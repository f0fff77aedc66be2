//! Doors: where text and bytes come in that the lab did not write, each as one call that does what the command line does with them
//! before anything runs. The fuzzer in `fuzz/` feeds them; nothing in the lab calls them.

use std::fs;
use std::path::{Path, PathBuf};

use layer::checkpoint;

use crate::error::LabError;
use crate::experiment::{self, Profile};
use crate::finished::Finished;
use crate::manifest::{self, Manifest};
use crate::measure::training;
use crate::plan::{self, Planned};
use crate::shard::Shard;
use crate::store::{Kept, Store};
use crate::{model, rows};

/// Plans for two threads, so that a plan does not depend on the machine.
const THREADS: usize = 2;

/// Reads and plans an experiment as `lab run` does, with overrides, and says all that `lab show` and `lab run --dry-run` say of
/// it. The profile is `smoke`, `full` or, whatever else is given, `quick`. Gives the number of cells.
///
/// # Errors
/// What the command line would print.
pub fn experiment(root: &Path, text: &str, profile: &str, edits: &[String]) -> Result<usize, String> {
    let (experiment, planned) = planned(root, text, profile_of(profile), edits).map_err(shown)?;
    let shown = toml::to_string(&experiment).expect("settings are TOML").len();
    let said: usize = planned.iter().map(|plan| plan.cell.title().len() + plan.reach.to_string().len()).sum();
    let keys: usize = planned.iter().map(|plan| plan.cell.key().len()).sum();
    assert!(shown > 0 && said > 0 && keys > 0, "an experiment says something of itself");
    Ok(planned.len())
}

/// Reads `k/n` of `--shard`.
///
/// # Errors
/// When it is none.
pub fn shard(text: &str) -> Result<String, String> {
    text.parse::<Shard>().map(Shard::folder)
}

/// Reads these bytes as what says of a folder which sweep its cells are of.
///
/// # Errors
/// When they do not.
pub fn manifest(folder: &Path, text: &[u8]) -> Result<String, String> {
    let path = manifest::path(folder);
    fs::create_dir_all(path.parent().unwrap_or(folder)).map_err(|error| error.to_string())?;
    fs::write(&path, text).map_err(|error| error.to_string())?;
    let read = Manifest::read(folder).map_err(shown)?.ok_or("it was just written")?;
    read.write(folder).map_err(shown)?;
    Ok(read.what())
}

fn profile_of(name: &str) -> Profile {
    [Profile::Smoke, Profile::Full].into_iter().find(|profile| profile.name() == name).unwrap_or_default()
}

fn planned(
    root: &Path,
    text: &str,
    profile: Profile,
    edits: &[String],
) -> Result<(experiment::Experiment, Vec<Planned>), LabError> {
    let experiment = experiment::of_text(root, (Path::new("fuzzed.toml"), text), profile, edits)?;
    let planned = plan::plan_for(root, &experiment, profile, THREADS)?;
    Ok((experiment, planned))
}

/// As it would stand on a terminal.
fn shown(error: LabError) -> String {
    format!("{:?}", miette::Report::new(error.tamed()))
}

/// The files of one finished cell.
pub struct Cell {
    planned: Planned,
    store: Store,
    folder: PathBuf,
    /// The cell's file and its weights, as the lab wrote them.
    pub whole: (Vec<u8>, Vec<u8>),
}

impl Cell {
    /// Runs the first cell of an experiment, which has to be a training, and keeps it below `folder`.
    ///
    /// # Errors
    /// When it is none, or cannot be kept.
    pub fn of(root: &Path, text: &str, folder: &Path) -> Result<Self, String> {
        let (_, planned) = planned(root, text, Profile::Quick, &[]).map_err(shown)?;
        let planned = planned.into_iter().next().ok_or("a plan has cells")?;
        let (mut finished, weights) = training::run(&planned.cell, &mut |_| true).ok_or("nobody stopped it")?;
        let weights = weights.ok_or("a training leaves weights")?;
        let store = Store::open(folder).map_err(shown)?;
        store.write(&planned.cell, &mut finished, Some(&weights)).map_err(shown)?;
        let mut cell = Self { planned, store, folder: folder.join("cells"), whole: (Vec::new(), weights) };
        cell.whole.0 = fs::read(cell.path("json")).map_err(|error| error.to_string())?;
        Ok(cell)
    }

    fn path(&self, extension: &str) -> PathBuf {
        self.folder.join(format!("{}.{extension}", self.planned.cell.key()))
    }

    /// Puts these bytes where the cell's files stand, reads the cell, and makes rows of what was read.
    ///
    /// # Errors
    /// What is damaged.
    pub fn read(&self, file: &[u8], weights: &[u8]) -> Result<usize, String> {
        for (extension, bytes) in [("json", file), ("safetensors", weights)] {
            fs::write(self.path(extension), bytes).map_err(|error| error.to_string())?;
        }
        match self.store.read(&self.planned.cell) {
            Kept::Absent => Err("it is not there".to_owned()),
            Kept::Damaged(why) => Err(why),
            Kept::Finished(finished) => self.rows(finished),
        }
    }

    fn rows(&self, finished: Finished) -> Result<usize, String> {
        let measure = crate::measure::Measure::Accuracy;
        let (planned, finished) = (std::slice::from_ref(&self.planned), [Some(finished)]);
        let data = rows::data("fuzzed", measure, planned, &finished).map_err(shown)?;
        let times = rows::cell_times("fuzzed", planned, &finished);
        Ok(rows::files(&data, measure, &times).len())
    }

    /// Loads these bytes as the weights of the cell's model.
    ///
    /// # Errors
    /// When they are not its weights.
    pub fn load(&self, weights: &[u8]) -> Result<(), String> {
        let task = model::task_of(&self.planned.cell).map_err(shown)?;
        let mut model = model::build(&self.planned.cell, task.as_ref()).map_err(shown)?;
        checkpoint::from_bytes(model.parameters_mut(), weights).map_err(|error| error.to_string())
    }
}
