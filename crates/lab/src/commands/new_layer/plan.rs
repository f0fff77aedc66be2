//! What a new layer adds to a workspace: one folder and two lines; all of it or nothing.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::name::Name;
use super::template;
use crate::error::LabError;

const MANIFEST: &str = "crates/zoo/Cargo.toml";
const TABLE: &str = "crates/zoo/src/lib.rs";

/// How a layer's line in the manifest goes on after its name.
const DEPENDENCY: &str = " = { path = \"../layers/";
/// The line that opens the table; one with `];` closes it.
const OPENS: &str = "pub const LAYERS: &[Definition] = &[";

/// Everything that is to be written, worked out before anything is.
#[derive(Debug)]
pub struct Plan {
    root: PathBuf,
    /// The folder of the layer, below the root.
    folder: String,
    /// Path in the folder, text, and what is in it.
    files: Vec<(&'static str, String, &'static str)>,
    edits: [Edit; 2],
}

/// A line that a file gets.
#[derive(Debug)]
struct Edit {
    file: &'static str,
    line: String,
    before: String,
    after: String,
}

impl Plan {
    /// Reads the files that get a line, and writes none.
    ///
    /// # Errors
    /// When one of them is not there, or has not the lines between which the new one belongs.
    pub fn new(root: &Path, name: &Name) -> Result<Self, LabError> {
        let kebab = name.kebab();
        let folder = format!("crates/layers/{kebab}");
        let dependency = format!("{kebab}{DEPENDENCY}{kebab}\" }}");
        let row = format!("    {}::DEFINITION,", name.snake());
        let edits = [
            Edit::new(
                root,
                MANIFEST,
                dependency,
                below_the_layers,
                &format!("a line such as `mlp{DEPENDENCY}mlp\" }}`"),
            )?,
            Edit::new(root, TABLE, row, end_of_the_table, &format!("the line `{OPENS}` with `];` some lines below"))?,
        ];
        Ok(Self { root: root.to_owned(), folder, files: template::files(name).collect(), edits })
    }

    /// The folder to be made, from the root on.
    pub fn folder(&self) -> &str {
        &self.folder
    }

    /// Each file in it, with what it holds.
    pub fn files(&self) -> impl Iterator<Item = (String, &'static str)> {
        self.files.iter().map(|(path, _, holds)| ((*path).to_owned(), *holds))
    }

    /// Each file that gets a line, with that line.
    pub fn lines(&self) -> impl Iterator<Item = (String, &str)> {
        self.edits.iter().map(|edit| (edit.file.to_owned(), edit.line.trim()))
    }

    /// Makes all of it.
    ///
    /// # Errors
    /// When something cannot be written. What was made until then is taken back, and what could not be taken back is named.
    pub fn apply(&self) -> Result<(), LabError> {
        let folder = self.root.join(&self.folder);
        self.make(&folder).map_err(|error| failed(&folder, error, &[]))?;
        for (done, edit) in self.edits.iter().enumerate() {
            if let Err(error) = edit.write(&self.root, &edit.after) {
                return Err(failed(&self.root.join(edit.file), error, &self.take_back(&folder, &self.edits[..done])));
            }
        }
        Ok(())
    }

    /// The crate, whole: written beside its place and moved there. Not inside `layers`, where cargo would take it for a layer.
    fn make(&self, folder: &Path) -> io::Result<()> {
        let beside = tempfile::Builder::new().prefix(".new-layer-").tempdir_in(self.root.join("crates"))?;
        // A temporary folder is private; one made inside of it has the usual permissions.
        let made = beside.path().join("layer");
        for (path, text, _) in &self.files {
            let path = made.join(path);
            fs::create_dir_all(path.parent().expect("it is below the folder"))?;
            fs::write(path, text)?;
        }
        fs::rename(made, folder)
    }

    /// Undoes what was done; what could not be undone.
    fn take_back(&self, folder: &Path, edits: &[Edit]) -> Vec<String> {
        let mut left: Vec<String> = Vec::new();
        left.extend(fs::remove_dir_all(folder).err().map(|_| self.folder.clone()));
        left.extend(edits.iter().filter(|e| e.write(&self.root, &e.before).is_err()).map(|e| e.file.to_owned()));
        left
    }
}

impl Edit {
    fn new(root: &Path, file: &'static str, line: String, place: Place, looked_for: &str) -> Result<Self, LabError> {
        let help = "run it inside the workspace of the lab, or give that with --root DIR";
        let path = root.join(file);
        let before = fs::read_to_string(&path).map_err(|e| {
            LabError::usage(format!("a layer gets a line in {file}: cannot read {}: {e}", path.display()), help)
        })?;
        let Some(at) = place(&before) else {
            return Err(LabError::usage(
                format!("{} has not {looked_for}, by which a layer is added", path.display()),
                help,
            ));
        };
        let end = if before.contains("\r\n") { "\r\n" } else { "\n" };
        let after = [&before[..at], &line, end, &before[at..]].concat();
        Ok(Self { file, line, before, after })
    }

    fn write(&self, root: &Path, text: &str) -> io::Result<()> {
        report::atomic::write(&root.join(self.file), text.as_bytes())
    }
}

/// Where in a text a line is to be put.
type Place = fn(&str) -> Option<usize>;

/// Behind the last layer of the manifest.
fn below_the_layers(manifest: &str) -> Option<usize> {
    let last = manifest.rfind(DEPENDENCY)?;
    manifest[last..].find('\n').map(|end| last + end + 1)
}

/// Before the line that closes the table.
fn end_of_the_table(table: &str) -> Option<usize> {
    let start = table.find(OPENS)?;
    table[start..].find("\n];").map(|end| start + end + 1)
}

fn failed(path: &Path, error: io::Error, left: &[String]) -> LabError {
    let help = if left.is_empty() {
        "nothing was changed".to_owned()
    } else {
        format!("this could not be taken back: {}; `git status` shows what differs", left.join(", "))
    };
    LabError::File { what: "cannot write", path: path.display().to_string(), error, help: Some(help) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_come_behind_the_last_of_their_kind() {
        let put = |text: &str, place: Place| place(text).map(|at| format!("{}HERE\n{}", &text[..at], &text[at..]));
        let manifest = "[dependencies]\na = { path = \"../layers/a\" }\nb = { path = \"../layers/b\" }\n\nc = { path = \"../c\" }\n";
        assert_eq!(put(manifest, below_the_layers), Some(manifest.replace("b\" }\n", "b\" }\nHERE\n")));
        let table = "//! pub\npub const LAYERS: &[Definition] = &[\n    a::DEFINITION,\n];\nconst B: &[u8] = &[\n];\n";
        assert_eq!(put(table, end_of_the_table), Some(table.replace("a::DEFINITION,\n", "a::DEFINITION,\nHERE\n")));
        assert_eq!((below_the_layers("[dependencies]\n"), end_of_the_table("];\n")), (None, None));
    }
}
