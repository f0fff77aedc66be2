//! Files below one folder: read whole, of a bounded size, and known again by a checksum.

use std::fs;
use std::path::{Component, Path};

use crate::settings::TaskError;

/// More is refused before memory is asked for.
const MOST_BYTES: u64 = 1 << 30;

/// The bytes of the file `given` below `root`; `setting` is where its name comes from.
///
/// # Errors
/// A path that is absolute or leads out of `root`, no such file (names the nearest in that folder), one that is too big.
pub(super) fn read(root: &Path, setting: &str, given: &str) -> Result<Vec<u8>, TaskError> {
    let fault = |text: String| TaskError(format!("{setting} = \"{given}\": {text}"));
    let is_below = |part: Component<'_>| matches!(part, Component::Normal(_) | Component::CurDir);
    if given.is_empty() || !Path::new(given).components().all(is_below) {
        return Err(fault("give a path below the folder that holds `experiments`, without `..`".to_owned()));
    }
    let path = root.join(given);
    if !path.is_file() {
        return Err(fault(format!("there is no such file{}", beside(&path, given))));
    }
    // A link may lead anywhere.
    let real = |path: &Path| path.canonicalize().map_err(|e| fault(format!("cannot be read: {e}")));
    let folder = if root.as_os_str().is_empty() { Path::new(".") } else { root };
    if !real(&path)?.starts_with(real(folder)?) {
        return Err(fault("it is a link that leads out of the folder that holds `experiments`".to_owned()));
    }
    let bytes = fs::metadata(&path).map_err(|e| fault(format!("cannot be read: {e}")))?.len();
    if bytes > MOST_BYTES {
        return Err(fault(format!("it has {bytes} bytes; {MOST_BYTES} are the most that are read")));
    }
    fs::read(&path).map_err(|e| fault(format!("cannot be read: {e}")))
}

/// «; did you mean …» with the nearest name in the folder of `path`, or what is wrong with that folder.
fn beside(path: &Path, given: &str) -> String {
    let folder = Path::new(given).parent().unwrap_or(Path::new(""));
    let Some(entries) = path.parent().and_then(|folder| fs::read_dir(folder).ok()) else {
        return format!(", and no folder `{}`", folder.display());
    };
    let wanted = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let files = entries.flatten().filter(|entry| entry.path().is_file());
    let mut names: Vec<String> = files.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    let nearest = names.iter().min_by_key(|name| strsim::damerau_levenshtein(name, &wanted));
    nearest.map_or_else(String::new, |name| format!("; did you mean `{}`?", folder.join(name).display()))
}

/// Sixteen hexadecimal digits that all these bytes decide, and where one file ends and the next begins.
pub(super) fn checksum<'a>(files: impl IntoIterator<Item = &'a [u8]>) -> String {
    let mut hasher = blake3::Hasher::new();
    for bytes in files {
        hasher.update(&(bytes.len() as u64).to_le_bytes());
        hasher.update(bytes);
    }
    hasher.finalize().to_hex()[..16].to_owned()
}
