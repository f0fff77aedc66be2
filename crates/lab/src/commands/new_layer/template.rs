//! The files of `crates/layer-template`, with its names replaced.

use super::name::Name;

/// A file of the template: its path in the crate, its text, and what is in it.
struct File {
    path: &'static str,
    text: &'static str,
    holds: &'static str,
}

macro_rules! file {
    ($path:literal, $holds:literal) => {
        File { path: $path, text: include_str!(concat!("../../../../layer-template/", $path)), holds: $holds }
    };
}

/// In the order in which an author meets them.
const FILES: [File; 7] = [
    file!("src/lib.rs", "what it means, its options, its formula and the backward of it, what it declares"),
    file!("Cargo.toml", "its description; what it depends on"),
    file!("tests/conforms.rs", "the conformance kit; stays as it is"),
    file!("tests/formula.rs", "numbers that can be worked out by hand; what is refused"),
    file!("tests/golden.py", "the formula once more, in PyTorch"),
    file!("tests/golden.json", "the numbers of that, made by scripts/golden/make.py"),
    file!("tests/golden.rs", "holds the layer against them; stays as it is"),
];

/// Every file of the new crate: path in it, text, and what is in it.
pub fn files(name: &Name) -> impl Iterator<Item = (&'static str, String, &'static str)> {
    FILES.iter().map(|file| (file.path, fill(file.text, name), file.holds))
}

/// Whether the code of the template has a word of its own like that. Comments are no code.
pub fn uses(word: &str) -> bool {
    let code = FILES.iter().filter(|file| file.path.ends_with(".rs")).flat_map(|file| file.text.lines());
    let mut words = code
        .filter(|line| !line.trim_start().starts_with("//"))
        .flat_map(|line| line.split(|c: char| !c.is_alphanumeric() && c != '_'));
    words.any(|known| known == word && word != "MovingAverage")
}

/// In one pass, so that a name which contains one of these comes out as it is.
fn fill(text: &str, name: &Name) -> String {
    let (kebab, snake, camel) = (name.kebab(), name.snake(), name.camel());
    let names = [
        ("layer-template", kebab),
        ("layer_template", snake.as_str()),
        ("moving-average", kebab),
        ("MovingAverage", camel.as_str()),
    ];
    let mut filled = String::new();
    let mut rest = text;
    let first = |text: &str| names.iter().filter_map(|(old, new)| Some((text.find(old)?, *old, *new))).min();
    while let Some((at, old, new)) = first(rest) {
        filled.push_str(&rest[..at]);
        filled.push_str(new);
        rest = &rest[at + old.len()..];
    }
    filled + rest
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::io::Write as _;
    use std::path::Path;
    use std::process::{Command, Stdio};

    use super::*;

    fn below(folder: &Path) -> Vec<std::path::PathBuf> {
        let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
        entries.flat_map(|path| if path.is_dir() { below(&path) } else { vec![path] }).collect()
    }

    #[test]
    fn every_file_of_the_template_is_copied() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../layer-template");
        let inside = |path: std::path::PathBuf| path.strip_prefix(&folder).unwrap().to_str().unwrap().to_owned();
        let there: BTreeSet<String> =
            below(&folder).into_iter().map(inside).filter(|path| !path.contains("__pycache__")).collect();
        assert_eq!(there, FILES.iter().map(|file| file.path.to_owned()).collect());
    }

    #[test]
    fn no_name_of_the_template_is_left_and_names_that_contain_one_stay_whole() {
        for given in ["gru", "my-moving-average", "layer-template-2"] {
            let name = Name::parse(given).unwrap();
            for (path, text, _) in files(&name) {
                let without =
                    [given, &name.snake(), &name.camel()].iter().fold(text, |text, name| text.replace(name, ""));
                for old in ["layer-template", "layer_template", "moving-average", "MovingAverage"] {
                    assert!(!without.contains(old), "{given}: {path} holds {old}");
                }
            }
        }
        let manifest = files(&Name::parse("my-moving-average").unwrap()).find(|(path, ..)| *path == "Cargo.toml");
        assert!(manifest.unwrap().1.contains("name = \"my-moving-average\"\n"));
    }

    /// `cargo fmt --check` holds for a new layer however long its name is.
    #[test]
    fn names_short_and_long_are_formatted() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap();
        for given in ["a", "z", "linear-attention", "x".repeat(40).as_str()] {
            let name = Name::parse(given).unwrap();
            for (path, text, _) in files(&name).filter(|(path, ..)| path.ends_with(".rs")) {
                let mut rustfmt = Command::new("rustfmt");
                rustfmt.args(["--check", "--edition", "2024", "--config-path"]).arg(root.join("rustfmt.toml"));
                let mut child = rustfmt.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
                child.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
                let output = child.wait_with_output().unwrap();
                assert!(output.status.success(), "{given}: {path}: {}", String::from_utf8_lossy(&output.stdout));
            }
        }
    }
}
