//! The table of tasks, and how settings become one.

use std::path::Path;

use serde::de::DeserializeOwned;
use toml::Table;

use crate::{
    File, Task, adding, copy_at_lag, copy_memory, file, function, induction, listops, mad_compression,
    mad_fuzzy_recall, mad_memorization, mad_noisy_recall, mad_recall, mad_selective_copying, mnist_1d, mqar, polysemy,
    pronoun, recall_at_lag, recall_many, recall_vectors, rewrite, selective_copy,
};

/// Settings that make no task; the text names the setting, its value and what would do.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct TaskError(pub String);

/// One setting as `lab describe` shows it.
#[derive(Clone, Copy, Debug)]
pub struct SettingDoc {
    /// Key in TOML.
    pub name: &'static str,
    /// Values it takes, and its default.
    pub values: &'static str,
    /// What it sets.
    pub meaning: &'static str,
}

/// A row of the table of tasks.
#[derive(Clone, Copy)]
pub struct TaskDefinition {
    /// Kebab-case name.
    pub name: &'static str,
    /// What it asks, in one line.
    pub summary: &'static str,
    /// Every setting.
    pub settings: &'static [SettingDoc],
    /// Settings of a small example.
    pub example: &'static str,
    /// Builds from settings (without `name`).
    pub build: fn(&Table) -> Result<Box<dyn Task>, TaskError>,
}

/// All tasks.
pub const TASKS: &[TaskDefinition] = &[
    copy_at_lag::DEFINITION,
    recall_at_lag::DEFINITION,
    recall_many::DEFINITION,
    recall_vectors::DEFINITION,
    rewrite::DEFINITION,
    function::DEFINITION,
    pronoun::DEFINITION,
    polysemy::DEFINITION,
    adding::DEFINITION,
    copy_memory::DEFINITION,
    selective_copy::DEFINITION,
    induction::DEFINITION,
    mqar::DEFINITION,
    listops::DEFINITION,
    mad_recall::DEFINITION,
    mad_noisy_recall::DEFINITION,
    mad_fuzzy_recall::DEFINITION,
    mad_selective_copying::DEFINITION,
    mad_compression::DEFINITION,
    mad_memorization::DEFINITION,
    mnist_1d::DEFINITION,
    file::DEFINITION,
];

/// The one task that reads files.
const FILE: &str = "file";

/// The task `name`; files that its settings name are looked for below `root`.
///
/// # Errors
/// When there is no such task, or the settings make none.
pub fn build(name: &str, settings: &Table, root: &Path) -> Result<Box<dyn Task>, TaskError> {
    if name == FILE {
        return Ok(Box::new(File::open(read(settings)?, root)?));
    }
    let definition = TASKS.iter().find(|definition| definition.name == name);
    (definition.ok_or_else(|| TaskError(format!("there is no task `{name}`")))?.build)(settings)
}

/// The settings of the task `name` with all that decides its sequences: the checksum of the files that they name.
///
/// # Errors
/// When a file cannot be read.
pub fn resolve(name: &str, settings: &Table, root: &Path) -> Result<Table, TaskError> {
    if name == FILE { crate::file::with_checksum(settings, root) } else { Ok(settings.clone()) }
}

pub(crate) fn read<T: DeserializeOwned>(settings: &Table) -> Result<T, TaskError> {
    // The printed form has a second line that names the setting.
    settings.clone().try_into().map_err(|e: toml::de::Error| TaskError(e.to_string().trim_end().replace('\n', " ")))
}

/// Refuses lengths of which no task can be made.
pub(crate) fn check_length(n: usize) -> Result<(), TaskError> {
    at_most("n", n, 2, 1 << 20)
}

/// Refuses a size outside `low … high`.
pub(crate) fn at_most(name: &str, value: usize, low: usize, high: usize) -> Result<(), TaskError> {
    if (low..=high).contains(&value) {
        Ok(())
    } else {
        Err(TaskError(format!("{name} = {value} is outside {low} … {high}")))
    }
}
