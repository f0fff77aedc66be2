//! Where experiments and results live.

use std::path::{Path, PathBuf};

use crate::error::LabError;
use crate::experiment::Profile;
use crate::shard::Shard;

/// The folder that holds `experiments`: as given, else the current one or the nearest above it, else the workspace
/// that cargo is running.
///
/// # Errors
/// When there is none.
pub fn root(given: Option<&Path>) -> Result<PathBuf, LabError> {
    if let Some(root) = given {
        return if root.join("experiments").is_dir() {
            Ok(root.to_owned())
        } else {
            Err(LabError::usage(
                format!("{} holds no folder `experiments`", root.display()),
                "give the folder of the workspace",
            ))
        };
    }
    let current = std::env::current_dir().map_err(|e| LabError::file("cannot read", Path::new("."), e))?;
    let cargo = std::env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from);
    let above = |start: &Path| start.ancestors().find(|a| a.join("experiments").is_dir()).map(Path::to_owned);
    above(&current).or_else(|| cargo.as_deref().and_then(above)).ok_or_else(|| {
        LabError::usage("no folder `experiments` here or above", "run inside the workspace, or give it with --root DIR")
    })
}

/// Where the results of a run go. What is committed is the quick profile in `results/NAME` and the full one in
/// `results/NAME/full`; a run with changed settings asks another question and gets a folder of its own.
pub fn results(root: &Path, name: &str, profile: Profile, changes: &str) -> PathBuf {
    let folder = root.join("results").join(name);
    let folder = match profile {
        Profile::Quick => folder,
        other => folder.join(other.name()),
    };
    if changes.is_empty() {
        return folder;
    }
    folder.join(format!("variant-{}", &blake3::hash(changes.as_bytes()).to_hex()[..8]))
}

/// The profiles whose results are committed, and where: the quick one, and the full one where it has been run.
pub fn committed(root: &Path, name: &str) -> impl Iterator<Item = (Profile, PathBuf)> {
    let at = |profile| (profile, results(root, name, profile, ""));
    let run = |(profile, folder): &(Profile, PathBuf)| *profile == Profile::Quick || folder.join("scores.csv").exists();
    [Profile::Quick, Profile::Full].map(at).into_iter().filter(run)
}

/// Where a shard of such a run goes, below the results of the whole: each writes in a folder of its own, so that machines
/// which share a file system need not wait for each other.
pub fn shard(results: &Path, shard: Shard) -> PathBuf {
    results.join("shards").join(shard.folder())
}

/// A path as people see it: relative to where they are, if it is below.
pub fn shown(path: &Path) -> String {
    let current = std::env::current_dir().unwrap_or_default();
    match path.strip_prefix(&current) {
        Ok(here) if here.as_os_str().is_empty() => ".".to_owned(),
        Ok(below) => below.display().to_string(),
        Err(_) => path.display().to_string(),
    }
}
