//! Which file an experiment is, and what may name one.

use std::path::{Path, PathBuf};

use super::check::LONGEST_NAME;
use crate::error::{LabError, suggestion};

/// Names of all experiment files under `root`, sorted.
pub fn names(root: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(root.join("experiments")).into_iter().flatten().flatten();
    let mut names: Vec<String> = entries
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|e| e == "toml"))
        .filter_map(|path| Some(path.file_stem()?.to_str()?.to_owned()))
        .filter(|stem| is_stem(stem))
        .collect();
    names.sort();
    names
}

/// Whether a text can name an experiment, and so a folder: `..` cannot.
fn is_stem(text: &str) -> bool {
    let plain = |c: char| c.is_alphanumeric() || ['-', '_', '.', ' '].contains(&c);
    text.starts_with(char::is_alphanumeric) && text.chars().all(plain) && text.chars().count() <= LONGEST_NAME
}

/// The file of an experiment: a name, or a path that ends in `.toml`.
///
/// # Errors
/// When there is none; names the nearest.
pub fn find(root: &Path, name: &str) -> Result<(String, PathBuf), LabError> {
    let given = Path::new(name);
    if given.extension().is_some_and(|e| e == "toml") {
        let stem = given.file_stem().and_then(|s| s.to_str()).unwrap_or_default().to_owned();
        if is_stem(&stem) {
            return Ok((stem, given.to_owned()));
        }
        let help = "an experiment is named as its file, and its results are a folder of that name: rename the file to letters, \
                    digits, `-`, `_`, `.` and blanks, with a letter or digit first";
        return Err(LabError::usage(format!("{name}: `{stem}` cannot be the name of an experiment"), help));
    }
    named(root, name)
}

/// The file of a name alone, which leads nowhere but to `experiments`.
///
/// # Errors
/// As [`find`].
pub fn named(root: &Path, name: &str) -> Result<(String, PathBuf), LabError> {
    let known = names(root);
    if known.iter().any(|k| k == name) {
        return Ok((name.to_owned(), root.join("experiments").join(format!("{name}.toml"))));
    }
    Err(LabError::usage(format!("there is no experiment `{name}`"), suggestion(name, known.iter().map(String::as_str))))
}

#[cfg(test)]
mod tests {
    use super::is_stem;

    #[test]
    fn a_name_is_a_folder_of_its_own() {
        assert!(["long-range", "mnist-1d", "2 digits", "v1.2", "été"].into_iter().all(is_stem));
        let long = "x".repeat(300);
        for none in ["", ".", "..", ".hidden", "-rf", "a/b", "a\\b", "<b>", "a\nb", "a\u{1b}b", &long] {
            assert!(!is_stem(none), "{none:?}");
        }
    }
}
