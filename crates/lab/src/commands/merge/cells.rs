//! The finished cells of several folders: which are there, whether two of one name are equal, and their copies.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};

use crate::error::LabError;
use crate::finished::Finished;
use crate::place;
use crate::plan::{Cell, Planned};
use crate::store::{Kept, Store, write_atomically};

/// What several folders have of a plan.
pub struct Gathered {
    stores: Vec<Store>,
    /// Finished cells, and the folder that each is taken from.
    found: Vec<(Cell, usize)>,
    /// Cells that no folder has, by their place in the plan.
    pub missing: Vec<usize>,
    /// Cells that are damaged.
    pub warnings: Vec<String>,
}

/// Looks for every cell of the plan in every folder. Only names that the plan makes are ever opened.
///
/// # Errors
/// When two folders have the same cell with another outcome; names both files.
pub fn gather(planned: &[Planned], folders: &[PathBuf], instruction_set: &str) -> Result<Gathered, LabError> {
    let stores = folders.iter().map(|folder| Store::look(folder).of(instruction_set)).collect();
    let mut gathered = Gathered { stores, found: Vec::new(), missing: Vec::new(), warnings: Vec::new() };
    // Rows with equal settings and other labels are one cell.
    let mut known: HashMap<String, bool> = HashMap::new();
    for (index, plan) in planned.iter().enumerate() {
        let key = plan.cell.key();
        let is_there = match known.get(&key) {
            Some(is_there) => *is_there,
            None => gathered.look(&plan.cell)?,
        };
        known.insert(key, is_there);
        if !is_there {
            gathered.missing.push(index);
        }
    }
    Ok(gathered)
}

impl Gathered {
    fn look(&mut self, cell: &Cell) -> Result<bool, LabError> {
        let mut first: Option<(usize, Finished)> = None;
        for (index, store) in self.stores.iter().enumerate() {
            match (store.read(cell), &first) {
                (Kept::Absent, _) => {}
                (Kept::Damaged(why), _) => {
                    let path = place::shown(&store.path(cell));
                    self.warnings.push(format!("{path} is damaged ({why}) and counts as missing: {}", cell.title()));
                }
                (Kept::Finished(finished), None) => first = Some((index, finished)),
                (Kept::Finished(finished), Some((_, before))) if equal(before, &finished) => {}
                (Kept::Finished(_), Some((before, _))) => {
                    let one = self.stores[*before].path(cell);
                    return Err(LabError::Conflict {
                        message: format!(
                            "{} and {} are the same cell with another outcome: {}",
                            place::shown(&one),
                            place::shown(&store.path(cell)),
                            cell.title()
                        ),
                        help: Some(
                            "one of them is wrong, or a timing that was made twice: move the one away that you do not \
                             trust, and merge again"
                                .to_owned(),
                        ),
                    });
                }
            }
        }
        self.found.extend(first.as_ref().map(|(index, _)| (cell.clone(), *index)));
        Ok(first.is_some())
    }

    /// Whether there is anything to copy to this results folder.
    pub fn brings(&self, to: &Path) -> bool {
        self.found.iter().any(|(_, from)| self.stores[*from].folder() != Store::look(to).folder())
    }

    /// Copies what `to` does not have whole, weights first, each file whole.
    ///
    /// # Errors
    /// When a file cannot be read any more, or not be written; what was copied is whole.
    pub fn copy_to(&self, to: &Store) -> Result<(), LabError> {
        for (cell, from) in &self.found {
            let from = &self.stores[*from];
            if matches!(to.read(cell), Kept::Finished(_)) {
                continue;
            }
            let copy = |from: PathBuf, to: PathBuf| {
                let bytes = fs::read(&from).map_err(|e| LabError::file("cannot read", &from, e))?;
                write_atomically(&to, &bytes)
            };
            if let Kept::Finished(Finished { weights: Some(_), .. }) = from.read(cell) {
                copy(from.weights_path(cell), to.weights_path(cell))?;
            }
            copy(from.path(cell), to.path(cell))?;
            if !matches!(to.read(cell), Kept::Finished(_)) {
                return Err(LabError::Incomplete {
                    message: format!("{} changed while it was merged", place::shown(&from.path(cell))),
                    help: Some("is that shard still running? Merge again when it is not".to_owned()),
                });
            }
        }
        Ok(())
    }
}

/// Whether two runs of a cell found the same; how long that took is another matter.
fn equal(one: &Finished, other: &Finished) -> bool {
    let text = |finished: &Finished| serde_json::to_string(&finished.outcome).expect("plain data");
    one.weights == other.weights && text(one) == text(other)
}
