//! Finished cells as files: written whole or not at all, checked when read.

mod marks;

use std::fs::{self, File, TryLockError};
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::error::LabError;
use crate::finished::Finished;
use crate::plan::Cell;

pub use marks::{Mark, Running};

/// The folder of an experiment's finished cells, held by one run at a time.
pub struct Store {
    folder: PathBuf,
    /// Instruction set of the machine that runs the cells: their names hold it.
    instruction_set: String,
    /// None for a store that is only looked at.
    _lock: Option<File>,
}

/// What is known of a cell.
pub enum Kept {
    /// It is finished.
    Finished(Finished),
    /// It has not been run by this code with these settings.
    Absent,
    /// Its file is damaged; the reason.
    Damaged(String),
}

impl Store {
    /// Opens `cells` under `results`, and makes it where it is missing.
    ///
    /// # Errors
    /// When the folder cannot be written, or another run holds it; nothing was changed then.
    pub fn open(results: &Path) -> Result<Self, LabError> {
        Self::taken(results, false)
    }

    /// The same, and waits while another run holds it.
    ///
    /// # Errors
    /// When the folder cannot be written.
    pub fn open_when_free(results: &Path) -> Result<Self, LabError> {
        Self::taken(results, true)
    }

    fn taken(results: &Path, wait: bool) -> Result<Self, LabError> {
        let folder = results.join("cells");
        fs::create_dir_all(&folder).map_err(|e| LabError::file("cannot make the folder", &folder, e).refused())?;
        let path = folder.join(".lock");
        let lock = lock_file(&path).map_err(|e| LabError::file("cannot write", &path, e).refused())?;
        let mut taken = take(&lock);
        if wait && matches!(taken, Err(TryLockError::WouldBlock)) {
            eprintln!("waiting for the run that is writing to {}", folder.display());
            // A signal ends the wait, and the program with it: handlers are set when there is something to stop.
            taken = lock.lock().map_err(TryLockError::Error);
        }
        match taken {
            Ok(()) => {
                remove_torn(results);
                remove_torn(&folder);
                marks::remove_stale(&folder);
            }
            Err(TryLockError::WouldBlock) => {
                return Err(LabError::usage(
                    format!("another run is writing to {}", folder.display()),
                    "wait for it, or choose another folder with --out DIR",
                ));
            }
            // Some network file systems have no locks. Cells are written whole, so two runs there only waste time.
            Err(TryLockError::Error(_)) => {}
        }
        Ok(Self { folder, instruction_set: in_use(), _lock: Some(lock) })
    }

    /// Looks at the finished cells under `folder`; makes, writes and locks nothing.
    pub fn look(folder: &Path) -> Self {
        Self { folder: folder.join("cells"), instruction_set: in_use(), _lock: None }
    }

    /// The same for cells that were run on another instruction set than this machine's.
    pub fn of(self, instruction_set: &str) -> Self {
        Self { instruction_set: instruction_set.to_owned(), ..self }
    }

    /// Name of a cell's file, without its end.
    pub fn key(&self, cell: &Cell) -> String {
        cell.key_on(&self.instruction_set)
    }

    /// The folder of the cells.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Where a finished cell stands.
    pub fn path(&self, cell: &Cell) -> PathBuf {
        self.folder.join(format!("{}.json", self.key(cell)))
    }

    /// Where its trained weights stand, if it has any.
    pub fn weights_path(&self, cell: &Cell) -> PathBuf {
        self.folder.join(format!("{}.safetensors", self.key(cell)))
    }

    /// Reads a cell.
    pub fn read(&self, cell: &Cell) -> Kept {
        let text = match fs::read_to_string(self.path(cell)) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Kept::Absent,
            Err(error) => return Kept::Damaged(error.to_string()),
        };
        let Some((sum, body)) = text.split_once('\n') else {
            return Kept::Damaged("it is cut short".to_owned());
        };
        if sum != checksum(body.as_bytes()) {
            return Kept::Damaged("its checksum does not fit its content".to_owned());
        }
        match serde_json::from_str::<(Cell, Finished)>(body) {
            Ok((kept, _)) if self.key(&kept) != self.key(cell) => Kept::Damaged("it holds another cell".to_owned()),
            Ok((_, finished)) => match finished.check().and_then(|()| self.weights_of(cell, &finished)) {
                Ok(_) => Kept::Finished(finished),
                Err(why) => Kept::Damaged(why),
            },
            Err(error) => Kept::Damaged(error.to_string()),
        }
    }

    /// The trained weights of a finished cell, a safetensors file, if it has any.
    ///
    /// # Errors
    /// When the file is not there or not the one that the cell wrote.
    pub fn weights_of(&self, cell: &Cell, finished: &Finished) -> Result<Option<Vec<u8>>, String> {
        let Some(sum) = &finished.weights else { return Ok(None) };
        let bytes = fs::read(self.weights_path(cell)).map_err(|e| format!("its trained weights: {e}"))?;
        if checksum(&bytes) == *sum {
            Ok(Some(bytes))
        } else {
            Err("the checksum of its trained weights does not fit".to_owned())
        }
    }

    /// Writes a cell, its weights first: a cell that is there is whole.
    ///
    /// # Errors
    /// When the folder cannot be written; nothing half-written is left.
    pub fn write(&self, cell: &Cell, finished: &mut Finished, weights: Option<&[u8]>) -> Result<(), LabError> {
        if let Some(weights) = weights {
            write_atomically(&self.weights_path(cell), weights)?;
            finished.weights = Some(checksum(weights));
        }
        let body = serde_json::to_string(&(cell, &*finished)).expect("scores are plain data");
        write_atomically(&self.path(cell), format!("{}\n{body}", checksum(body.as_bytes())).as_bytes())?;
        self.forget_failure(cell);
        Ok(())
    }

    /// Whether a run holds the folder; none where the file system has no locks.
    pub fn is_held(&self) -> Option<bool> {
        // Nobody has ever held what has no lock file.
        let Ok(lock) = File::open(self.folder.join(".lock")) else { return Some(false) };
        match lock.try_lock_shared() {
            Ok(()) => Some(false),
            Err(TryLockError::WouldBlock) => Some(true),
            Err(TryLockError::Error(_)) => None,
        }
    }
}

/// Takes the lock. Who only looks whether it is held has it for a moment, and that is no other run.
fn take(lock: &File) -> Result<(), TryLockError> {
    for _ in 0..5 {
        match lock.try_lock() {
            Err(TryLockError::WouldBlock) => std::thread::sleep(Duration::from_millis(20)),
            taken => return taken,
        }
    }
    lock.try_lock()
}

/// Opens the file that is locked, and leaves what is in it: it is empty, unless somebody put a link to another file there. A link
/// is replaced, as all files of results are.
fn lock_file(path: &Path) -> std::io::Result<File> {
    if fs::symlink_metadata(path).is_ok_and(|found| found.is_symlink()) {
        fs::remove_file(path)?;
    }
    File::options().write(true).create(true).truncate(false).open(path)
}

/// Removes what a kill in the middle of a write has left. Only the holder of the lock writes here, so none of it is in
/// use; a file that cannot be removed does no harm.
fn remove_torn(folder: &Path) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        if entry.file_name().to_string_lossy().starts_with(".tmp") {
            let _ = fs::remove_file(entry.path());
        }
    }
}

fn in_use() -> String {
    kernels::isa::in_use().name().to_owned()
}

fn checksum(body: &[u8]) -> String {
    blake3::hash(body).to_hex()[..32].to_owned()
}

/// Writes a file that a reader or a kill never sees half of.
///
/// # Errors
/// When the folder cannot be made or written.
pub fn write_atomically(path: &Path, bytes: &[u8]) -> Result<(), LabError> {
    report::atomic::write(path, bytes).map_err(|e| LabError::file("cannot write", path, e))
}
