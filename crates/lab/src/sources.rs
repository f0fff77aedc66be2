//! Folders with finished cells, of shards or of whole runs: which sweep they are of, and that it is one.

use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};

use crate::error::LabError;
use crate::manifest::{self, Manifest, plain};
use crate::place;
use crate::plan::{self, Planned};
use crate::request::{Asked, Request};
use crate::shard::Shard;

/// Folders of one sweep, and that sweep, planned anew.
pub struct Sources {
    /// The folders, each once.
    pub folders: Vec<PathBuf>,
    /// What the first of them says; the others say the same, but for their shard.
    pub manifest: Manifest,
    /// The shard that each folder holds; none where it holds a whole run, or does not say.
    pub shards: Vec<Option<Shard>>,
    /// Into how many shards the sweep is divided, if all folders agree.
    pub parts: Option<u32>,
    /// Its experiment.
    pub asked: Asked,
    /// Its cells.
    pub planned: Vec<Planned>,
}

impl Sources {
    /// Reads what the folders say of themselves, and plans that sweep anew.
    ///
    /// # Errors
    /// When a folder is not there or holds no cells, when folders are of different sweeps (names both), when none says of
    /// which, or when the sweep is not the one that the experiment file and this code have now.
    pub fn open(root: &Path, given: &[PathBuf], experiment: Option<&str>) -> Result<Self, LabError> {
        let mut folders: Vec<PathBuf> = Vec::new();
        let mut seen = HashSet::new();
        for folder in given {
            holds_cells(folder)?;
            let whole = folder.canonicalize().map_err(|e| LabError::file("cannot read", folder, e).refused())?;
            if seen.insert(whole) {
                folders.push(folder.clone());
            }
        }
        let manifests = folders.iter().map(|folder| Manifest::read(folder)).collect::<Result<Vec<_>, _>>()?;
        let shards = manifests.iter().map(|manifest| manifest.as_ref()?.shard).collect();
        let known: Vec<(&PathBuf, &Manifest)> =
            folders.iter().zip(&manifests).filter_map(|(f, m)| Some((f, m.as_ref()?))).collect();
        let Some(((first, manifest), others)) = known.split_first() else {
            let message = format!("nothing says which sweep the cells in {} are of", place::shown(&folders[0]));
            let help = "run it again in that folder: finished cells are kept, and the folder then says it";
            return Err(LabError::usage(message, help));
        };
        for (folder, other) in others {
            if let Some([what, one, two]) = manifest.differs(other) {
                let (first, folder) = (place::shown(first), place::shown(folder));
                let message = format!("{first} and {folder} are of different sweeps: {what} {one}, and {two}");
                return Err(LabError::usage(message, "give the folders of one sweep, run by one version of the lab"));
            }
        }
        let (asked, planned) = anew(root, first, manifest, experiment)?;
        let mut parts: Vec<u32> = known.iter().filter_map(|(_, m)| m.shard.map(|shard| shard.of())).collect();
        parts.dedup();
        let parts = if let [n] = parts[..] { Some(n) } else { None };
        let mut manifest = (*manifest).clone();
        if let Some(experiment) = experiment {
            experiment.clone_into(&mut manifest.request.experiment);
        }
        Ok(Self { manifest, shards, parts, asked, planned, folders })
    }

    /// Files of finished cells that this sweep has no cell for.
    pub fn strangers(&self) -> Vec<String> {
        let set = &self.manifest.instruction_set;
        let keys: HashSet<String> = self.planned.iter().map(|plan| plan.cell.key_on(set) + ".json").collect();
        let mut strangers = Vec::new();
        for folder in &self.folders {
            let entries = fs::read_dir(folder.join("cells")).into_iter().flatten().flatten();
            let names = entries.filter_map(|entry| entry.file_name().into_string().ok());
            let mut other: Vec<String> = names.filter(|n| n.ends_with(".json") && !keys.contains(n)).collect();
            other.sort();
            // A name from elsewhere may hold what a terminal obeys.
            let shown = |name: &String| format!("{}/cells/{}", place::shown(folder), name.escape_debug());
            strangers.extend(other.iter().take(SHOWN).map(shown));
            if other.len() > SHOWN {
                strangers.push(format!("{} more in {}", other.len() - SHOWN, place::shown(folder)));
            }
        }
        strangers
    }
}

/// As many files of a folder are named; a folder of an older version of the lab has hundreds.
const SHOWN: usize = 5;

/// Refuses a folder that no run has written to.
fn holds_cells(folder: &Path) -> Result<(), LabError> {
    let shown = place::shown(folder);
    if !folder.is_dir() {
        let help = "give folders that `lab run NAME --shard K/N` has written";
        return Err(LabError::usage(format!("there is no folder {shown}"), help));
    }
    if folder.join("cells").is_dir() {
        return Ok(());
    }
    let help = if folder.join("shards").is_dir() {
        format!("give its shards: {}", place::shown(&folder.join("shards/*")))
    } else {
        "give folders that `lab run NAME --shard K/N` has written".to_owned()
    };
    Err(LabError::usage(format!("{shown} holds no cells"), help))
}

/// The sweep as the experiment file has it now, if that is still the one that was run.
fn anew(
    root: &Path,
    folder: &Path,
    manifest: &Manifest,
    experiment: Option<&str>,
) -> Result<(Asked, Vec<Planned>), LabError> {
    let shown = place::shown(folder);
    let request = Request {
        experiment: experiment.unwrap_or(&manifest.request.experiment).to_owned(),
        ..manifest.request.clone()
    };
    if experiment.is_none() && request.experiment.ends_with(".toml") && !Path::new(&request.experiment).exists() {
        let message = format!("{shown} is of {}, which is not there", plain(&request.experiment));
        return Err(LabError::usage(message, "say where that file is with --experiment FILE"));
    }
    let asked = request.load(root)?;
    if asked.name != manifest.name {
        let message = format!("{shown} is of the experiment {}, and not of {}", plain(&manifest.name), asked.name);
        return Err(LabError::usage(message, "the name of the file is that of the experiment: give the right one"));
    }
    let planned = plan::plan_for(root, &asked.experiment, request.profile, manifest.cores.clamp(1, 1024))?;
    if manifest.code != manifest::code_of(&planned) {
        let message = format!("{shown} was run by another version of the code");
        return Err(LabError::usage(message, "merge with the version that ran it, or run the shards again"));
    }
    if manifest.settings != manifest::settings_of(&planned) {
        let message = format!("the settings of {} have changed since {shown} was run", asked.name);
        return Err(LabError::usage(message, "take the changes back, or run the shards again: equal cells are kept"));
    }
    Ok((asked, planned))
}
