//! `lab new-layer`: what it makes, what it refuses, and that it leaves nothing half-made. That a new layer builds and conforms
//! is in `new_layer_in_a_copy.rs`.

mod support;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;
use support::{files, flat, stderr, stdout, workspace};

const MANIFEST: &str = "crates/zoo/Cargo.toml";
const TABLE: &str = "crates/zoo/src/lib.rs";

/// As much of the workspace as the command looks at.
struct House(tempfile::TempDir);

impl House {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        for inside in ["experiments", "crates/layers", "crates/zoo/src"] {
            fs::create_dir_all(folder.path().join(inside)).unwrap();
        }
        for file in ["Cargo.lock", MANIFEST, TABLE] {
            fs::copy(workspace().join(file), folder.path().join(file)).unwrap();
        }
        Self(folder)
    }

    fn path(&self, inside: &str) -> PathBuf {
        self.0.path().join(inside)
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_lab"));
        command.env_remove("LAB_ROOT").arg("--root").arg(self.0.path()).arg("new-layer").args(arguments);
        command
    }

    fn new_layer(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().unwrap()
    }

    fn files(&self) -> BTreeMap<PathBuf, Vec<u8>> {
        files(self.0.path())
    }

    fn read(&self, file: &str) -> String {
        fs::read_to_string(self.path(file)).unwrap()
    }

    /// Runs it, and holds that it ends with that code and those words, and that no file or folder was made or changed.
    fn refused(&self, command: &mut Command, code: i32, says: &[&str]) {
        let before = (self.files(), entries(&self.path("crates")), entries(&self.path("crates/layers")));
        let output = command.output().unwrap();
        let said = flat(&stderr(&output));
        assert_eq!(output.status.code(), Some(code), "{command:?}: {said}");
        for text in says {
            assert!(said.contains(text), "{command:?}: `{text}` is not in: {said}");
        }
        let after = (self.files(), entries(&self.path("crates")), entries(&self.path("crates/layers")));
        assert!(before == after, "{command:?} left something behind");
    }
}

fn entries(folder: &Path) -> BTreeSet<String> {
    fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}

/// The lines of `after` that are not in `before`, which must be there otherwise, in order.
fn added(before: &str, after: &str) -> Vec<String> {
    let mut old = before.lines().peekable();
    let new = after.lines().filter(|line| old.next_if_eq(line).is_none()).map(str::to_owned).collect();
    assert_eq!(old.next(), None, "a line is gone");
    new
}

#[test]
fn a_layer_is_a_folder_and_two_lines() {
    let house = House::new();
    let (manifest, table) = (house.read(MANIFEST), house.read(TABLE));
    let output = house.new_layer(&["causal-mean", "--format", "json"]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let said: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((&said["name"], &said["made"]), (&"causal-mean".into(), &true.into()));

    let folder = house.path("crates/layers/causal-mean");
    let made: BTreeSet<PathBuf> = files(&folder).into_keys().collect();
    let named = said["files"].as_array().unwrap().iter().map(|file| house.path(file.as_str().unwrap()));
    assert_eq!(made, named.collect());
    assert!(made.len() > 5 && entries(&house.path("crates")) == ["layers", "zoo"].map(str::to_owned).into());
    let package: toml::Table = house.read("crates/layers/causal-mean/Cargo.toml").parse().unwrap();
    assert_eq!(package["package"]["name"].as_str(), Some("causal-mean"));
    let code = house.read("crates/layers/causal-mean/src/lib.rs");
    assert!(code.contains("impl Layer for CausalMean {") && code.contains("    \"causal-mean\",\n"), "{code}");
    assert!(house.read("crates/layers/causal-mean/tests/conforms.rs").contains("&causal_mean::DEFINITION"));

    let dependency = "causal-mean = { path = \"../layers/causal-mean\" }";
    assert_eq!(added(&manifest, &house.read(MANIFEST)), [dependency]);
    assert_eq!(added(&table, &house.read(TABLE)), ["    causal_mean::DEFINITION,"]);
    let lines: Vec<_> = said["lines"].as_array().unwrap().iter().map(|line| line["line"].as_str().unwrap()).collect();
    assert_eq!(lines, [dependency, "causal_mean::DEFINITION,"]);
    // Behind the layers that were there, and what is a dependency of the zoo is one for cargo.
    let zoo: toml::Table = house.read(MANIFEST).parse().unwrap();
    assert_eq!(zoo["dependencies"]["causal-mean"]["path"].as_str(), Some("../layers/causal-mean"));
    assert!(house.read(TABLE).contains("DEFINITION,\n    causal_mean::DEFINITION,\n];"));

    // A second one comes behind it; the same one again does not.
    assert_eq!(house.new_layer(&["shift"]).status.code(), Some(0));
    assert!(house.read(TABLE).contains("    causal_mean::DEFINITION,\n    shift::DEFINITION,\n];"));
    house.refused(
        &mut house.command(&["shift"]),
        2,
        &["`shift` has a folder already, crates/layers/shift", "my-shift"],
    );
}

#[test]
fn what_is_said_is_what_to_do_next() {
    let house = House::new();
    let before = house.files();
    let dry = house.new_layer(&["causal-mean", "--dry-run"]);
    assert_eq!((dry.status.code(), house.files()), (Some(0), before));
    let dry = stdout(&dry);
    let made = stdout(&house.new_layer(&["causal-mean"]));
    for text in ["crates/layers/causal-mean,", "src/lib.rs", MANIFEST, TABLE, "causal_mean::DEFINITION,"] {
        assert!(dry.contains(text) && made.contains(text), "`{text}` is not in: {dry}{made}");
    }
    assert!(dry.starts_with("Would make") && made.starts_with("Made"));
    for text in ["cargo test -p causal-mean ", "-- conform causal-mean ", "layer = \"causal-mean\"", "CONTRIBUTING.md"]
    {
        assert!(made.contains(text), "`{text}` is not in: {made}");
    }
    assert!(made.lines().all(|line| line.chars().count() <= 120), "{made}");
}

#[test]
fn names_that_cannot_be_are_refused_with_one_that_can() {
    let house = House::new();
    for (name, says) in [
        ("MyLayer", &["`MyLayer` is not kebab-case", "`my-layer`"][..]),
        ("my_layer", &["is not kebab-case", "`my-layer`"]),
        ("../escape", &["is not kebab-case", "`escape`"]),
        ("", &["is not kebab-case", "`my-layer`"]),
        ("2d", &["starts with a digit", "`layer-2d`"]),
        ("self", &["is a keyword of Rust", "`self-layer`"]),
        ("gen", &["is a keyword of Rust", "`gen-layer`"]),
        ("core", &["has a meaning to Rust", "`core-layer`"]),
        ("settings", &["the type `Settings`", "`settings-layer`"]),
        ("a-name-that-goes-on-and-on-and-on-and-on-x", &["has 42 letters, and 40 is the most", "shorten it"]),
        ("conv", &["`conv` is a layer already", "`lab describe conv`", "`my-conv`"]),
        ("none", &["`none` is a layer already"]),
        ("transformer", &["is a stack already"]),
        ("copy-at-lag", &["is a task already"]),
        ("conv3", &["is a work that is timed already"]),
        ("ndarray", &["`ndarray` is a package that the workspace builds already (Cargo.lock)", "`my-ndarray`"]),
        ("serde-json", &["is a package"]),
        ("lab", &["is a package"]),
        ("layer-template", &["is a package"]),
    ] {
        house.refused(&mut house.command(&[name]), 2, says);
    }
    fs::write(house.path("experiments/mine.toml"), "").unwrap();
    house.refused(&mut house.command(&["mine"]), 2, &["is an experiment already"]);
    // A folder that is empty would be moved over without a word.
    fs::create_dir(house.path("crates/layers/shift")).unwrap();
    house.refused(&mut house.command(&["shift"]), 2, &["has a folder already", "remove it"]);
}

#[test]
fn outside_of_the_workspace_it_says_which_line_it_misses() {
    let house = House::new();
    let (manifest, table) = (house.read(MANIFEST), house.read(TABLE));
    let refused = |says: &[&str]| house.refused(&mut house.command(&["shift"]), 2, says);
    fs::write(house.path(TABLE), table.replace("pub const LAYERS", "pub static LAYERS")).unwrap();
    refused(&[TABLE, "has not the line `pub const LAYERS: &[Definition] = &[", "--root DIR"]);
    fs::write(house.path(MANIFEST), manifest.replace("../layers/", "../moved/")).unwrap();
    refused(&[MANIFEST, "has not a line such as `mlp = { path =", "--root DIR"]);
    fs::remove_file(house.path(MANIFEST)).unwrap();
    refused(&["a layer gets a line in crates/zoo/Cargo.toml", "cannot read", "--root DIR"]);
    fs::remove_dir_all(house.path("experiments")).unwrap();
    refused(&["holds no folder `experiments`"]);
}

/// A limit on the size of files makes one write fail, whoever runs this: root may write anywhere.
#[test]
#[cfg(unix)]
fn a_failed_write_leaves_everything_as_it_was() {
    let limited = |house: &House, blocks: u32| {
        let mut shell = Command::new("sh");
        let script = format!("trap '' XFSZ; ulimit -f {blocks}; exec \"$@\"");
        let command = house.command(&["causal-mean"]);
        shell.args(["-c", &script, "sh"]).arg(command.get_program()).args(command.get_args()).env_remove("LAB_ROOT");
        shell
    };
    // Blocks have 512 or 1024 bytes. First the folder fails; then a file of the zoo that is longer than the limit.
    let house = House::new();
    house.refused(&mut limited(&house, 8), 1, &["cannot write", "crates/layers/causal-mean", "nothing was changed"]);
    for (file, comment) in [(MANIFEST, "# long\n"), (TABLE, "// long\n")] {
        let house = House::new();
        fs::write(house.path(file), house.read(file) + &comment.repeat(20_000)).unwrap();
        house.refused(&mut limited(&house, 64), 1, &["cannot write", file, "nothing was changed"]);
        // It was the limit and nothing else.
        assert_eq!(house.new_layer(&["causal-mean"]).status.code(), Some(0));
    }
}

/// Blocks of CONTRIBUTING.md: what is Rust or TOML in the recipe is in a file of the template, or one of the two lines.
#[test]
fn the_page_shows_what_is_made() {
    let house = House::new();
    let output = house.new_layer(&["causal-mean", "--format", "json"]);
    let said: Value = serde_json::from_slice(&output.stdout).unwrap();
    let lines = said["lines"].as_array().unwrap().iter().map(|line| line["line"].as_str().unwrap().to_owned());
    let code = fs::read_to_string(workspace().join("crates/layer-template/src/lib.rs")).unwrap();
    let made: Vec<String> = lines.chain([code]).collect();

    let page = fs::read_to_string(workspace().join("CONTRIBUTING.md")).unwrap();
    let (_, recipe) = page.split_once("## Add a layer\n").unwrap();
    let (recipe, _) = recipe.split_once("\n## ").unwrap();
    let blocks = recipe.split("```").skip(1).step_by(2).map(|block| block.split_once('\n').unwrap());
    let shown: Vec<&str> = blocks.filter(|(language, _)| *language != "sh").map(|(_, text)| text).collect();
    assert!(shown.len() >= 3, "{shown:?}");
    for block in shown {
        assert!(made.iter().any(|text| text.contains(block.trim_end())), "nothing that is made holds\n{block}");
    }
    for file in said["files"].as_array().unwrap() {
        let file = file.as_str().unwrap().strip_prefix("crates/layers/causal-mean/").unwrap();
        assert!(recipe.contains(file) || file == "tests/golden.json", "the recipe does not say what to do with {file}");
    }
}
