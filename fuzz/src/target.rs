//! What is fed: a target makes inputs and takes them.

use std::path::PathBuf;

use crate::draw::Draw;

/// One input: its parts, each the bytes of a file or of a text.
pub type Input = Vec<Vec<u8>>;

/// Something that reads what the lab did not write.
pub trait Target {
    /// An input, from a random stream.
    fn make(&mut self, draw: &mut Draw) -> Input;

    /// Feeds it. A refusal is an `Err` and no fault.
    ///
    /// # Errors
    /// Whatever is said to the user.
    fn take(&mut self, input: &Input) -> Result<(), String>;
}

/// Where targets stand: the workspace, and a folder of their own.
pub struct Ground {
    /// Holds `experiments` and `results`.
    pub workspace: PathBuf,
    /// Empty at first, and removed in the end.
    pub folder: PathBuf,
}

impl Ground {
    /// A file of the workspace.
    ///
    /// # Panics
    /// When it cannot be read: targets grow from committed files.
    pub fn committed(&self, path: &str) -> Vec<u8> {
        let path = self.workspace.join(path);
        std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
    }
}

/// The text of a part; what is no UTF-8 is replaced.
pub fn text(part: &[u8]) -> String {
    String::from_utf8_lossy(part).into_owned()
}

/// A row of the table of targets.
pub struct Row {
    /// Name on the command line.
    pub name: &'static str,
    /// What is fed, in one line.
    pub what: &'static str,
    /// Inputs of a full run.
    pub full: u64,
    /// Inputs of the run that belongs to `scripts/check`.
    pub brief: u64,
    /// Puts it on its ground.
    pub build: fn(&Ground) -> Box<dyn Target>,
}
