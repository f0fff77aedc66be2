//! Names that mean something here already: one name, one thing.

use std::fs;
use std::path::Path;

use super::name::Name;
use crate::error::LabError;
use crate::experiment;
use crate::measure::{probe, timing};

/// Refuses a name that a layer, a package or anything else that `lab describe` knows has already.
///
/// # Errors
/// What has it, and what to do.
pub fn refuse(root: &Path, name: &Name) -> Result<(), LabError> {
    let kebab = name.kebab();
    let refused = |what: &str, help: String| Err(LabError::usage(format!("`{kebab}` {what}"), help));
    let other = format!("choose another name, such as `my-{kebab}`");
    if zoo::LAYERS.iter().any(|row| row.name == kebab) {
        return refused("is a layer already", format!("`lab describe {kebab}` shows it; {other}"));
    }
    let folder = root.join("crates/layers").join(kebab);
    if fs::symlink_metadata(&folder).is_ok() {
        return refused(&format!("has a folder already, crates/layers/{kebab}"), format!("remove it, or {other}"));
    }
    if zoo::STACKS.iter().any(|row| row.name == kebab) {
        return refused("is a stack already", other);
    }
    let known = [
        ("is a task", tasks::TASKS.iter().map(|row| row.name).collect::<Vec<_>>()),
        ("is a probe", probe::names().collect()),
        (
            "is a work that is timed",
            timing::WORKS.iter().map(|row| row.name).chain(workloads::layers::names()).collect(),
        ),
    ];
    if let Some((what, _)) = known.iter().find(|(_, names)| names.contains(&kebab)) {
        return refused(&format!("{what} already"), other);
    }
    if experiment::names(root).iter().any(|known| known == kebab) {
        return refused("is an experiment already", other);
    }
    // A lock file that is not there yet names nothing.
    let lock = fs::read_to_string(root.join("Cargo.lock")).unwrap_or_default();
    if packages(&lock).any(|package| package.replace('_', "-") == kebab) {
        return refused("is a package that the workspace builds already (Cargo.lock)", other);
    }
    Ok(())
}

/// The names in a lock file.
fn packages(lock: &str) -> impl Iterator<Item = &str> {
    lock.lines().filter_map(|line| line.strip_prefix("name = \"")?.strip_suffix('"'))
}
