//! Settings, and the files that they name.

use std::path::Path;

use serde::{Deserialize, Serialize};
use toml::{Table, Value};

use super::rows::Rows;
use super::{npy, source, text};
use crate::settings::TaskError;

/// Settings of `file`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// The file, relative to the root: `.csv` or `.npy`.
    pub path: Option<String>,
    /// A CSV itself, in place of a path.
    pub csv: Option<String>,
    /// The labels of an `.npy`, another one.
    pub labels: Option<String>,
    /// Numbers of a step in a CSV; none means 1.
    pub features: Option<usize>,
    /// Whether numbers are symbols.
    #[serde(default)]
    pub tokens: bool,
    /// Whether mean and deviation of training are taken out.
    #[serde(default)]
    pub standardise: bool,
    /// Height and width of an image that a sequence holds row by row.
    pub side: Option<usize>,
    /// Height and width of a patch, one step.
    pub patch: Option<usize>,
    /// Share of the sequences that is for validation, where the file does not say; none means 0.2.
    pub validation_share: Option<f64>,
    /// Share that is for the test; none means 0.2.
    pub test_share: Option<f64>,
    /// Seed of the order from which shares are cut.
    #[serde(default)]
    pub data_seed: u64,
    /// Of the bytes that are meant.
    pub checksum: Option<String>,
}

/// The settings with the checksum of the files they name. One that is given stays: it says which bytes are meant.
///
/// # Errors
/// As [`File::open`](super::File::open), where a file cannot be read.
pub fn with_checksum(settings: &Table, root: &Path) -> Result<Table, TaskError> {
    let files = Files::read(&crate::settings::read::<Settings>(settings)?, root)?;
    let mut pinned = settings.clone();
    pinned.entry("checksum").or_insert_with(|| Value::String(files.checksum()));
    Ok(pinned)
}

/// Bytes of the files that settings name, and what errors call the first.
pub(super) struct Files {
    pub(super) name: String,
    x: Vec<u8>,
    labels: Option<(String, Vec<u8>)>,
}

impl Files {
    pub(super) fn read(settings: &Settings, root: &Path) -> Result<Self, TaskError> {
        let x = match (&settings.path, &settings.csv) {
            (Some(path), None) => source::read(root, "path", path)?,
            (None, Some(csv)) => csv.clone().into_bytes(),
            _ => return Err(TaskError("give either path = \"…\" or csv = \"…\"".to_owned())),
        };
        let name = settings.path.as_ref().map_or_else(|| "csv".to_owned(), |path| format!("path = \"{path}\""));
        let labels = match &settings.labels {
            Some(given) => Some((given.clone(), source::read(root, "labels", given)?)),
            None => None,
        };
        Ok(Self { name, x, labels })
    }

    pub(super) fn checksum(&self) -> String {
        source::checksum([&self.x[..]].into_iter().chain(self.labels.iter().map(|(_, bytes)| &bytes[..])))
    }

    /// The sequences, by the format that the name of the file ends in.
    pub(super) fn rows(&self, settings: &Settings) -> Result<Rows, TaskError> {
        let named = |error: TaskError| TaskError(format!("{}: {error}", self.name));
        let extension = settings.path.as_ref().map_or(Some("csv"), |path| Path::new(path).extension()?.to_str());
        match (extension, &self.labels) {
            (Some("csv"), None) => text::read(&self.x).map_err(named),
            (Some("csv"), Some(_)) => {
                Err(TaskError("labels: those of a CSV are in its column `label`; leave the setting out".to_owned()))
            }
            (Some("npy"), Some((name, labels))) => npy::read(&self.x, labels, name).map_err(named),
            (Some("npy"), None) => {
                Err(TaskError(format!("{}: an NPY has no labels; give labels = \"OTHER.npy\"", self.name)))
            }
            _ => Err(TaskError(format!("{}: its name ends in neither .csv nor .npy", self.name))),
        }
    }
}
