//! `lab new-layer` as an author meets it: in a copy of the workspace a new layer is made, built, held by the kit, and drawn.
//!
//! The copy is given what is built here already, so that only the new layer, and what depends on the table of layers, is built
//! again.

mod support;

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::SystemTime;

use serde_json::Value;
use support::{stderr, stdout, workspace};

const NAME: &str = "exponential-average";

/// What a build needs of the workspace.
const NEEDED: [&str; 7] =
    ["Cargo.toml", "Cargo.lock", "rust-toolchain.toml", "rustfmt.toml", "crates", "experiments", "fuzz"];

/// Crates that depend on the table of layers, as cargo names their files. They are built anew.
const ABOVE_THE_TABLE: [&str; 3] = ["zoo", "workloads", "lab"];

/// A file as it is, its time included: cargo builds again what is newer than what was built from it.
fn copy(from: &Path, to: &Path) {
    fs::copy(from, to).unwrap();
    let modified = fs::metadata(from).unwrap().modified().unwrap();
    File::options().write(true).open(to).unwrap().set_modified(modified).unwrap();
}

/// A folder with everything that `wanted` lets through; `place` puts a file there.
fn copy_folder(from: &Path, to: &Path, wanted: &dyn Fn(&str) -> bool, place: &dyn Fn(&Path, &Path)) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).into_iter().flatten().map(Result::unwrap) {
        let (path, name) = (entry.path(), entry.file_name().into_string().unwrap());
        match path.is_dir() {
            _ if !wanted(&name) => {}
            true => copy_folder(&path, &to.join(&name), wanted, place),
            false => place(&path, &to.join(&name)),
        }
    }
}

/// Sizes and times of files.
type State = BTreeMap<PathBuf, (u64, SystemTime)>;

fn state(folder: &Path) -> State {
    let of = |path: PathBuf| {
        let metadata = fs::metadata(&path).unwrap();
        (path, (metadata.len(), metadata.modified().unwrap()))
    };
    fs::read_dir(folder)
        .into_iter()
        .flatten()
        .map(|entry| of(entry.unwrap().path()))
        .filter(|(p, _)| p.is_file())
        .collect()
}

/// Copies the workspace, and what is built of it in `built`, the folder of a profile.
fn copy_workspace(to: &Path, built: &Path) {
    for name in NEEDED {
        let (from, to) = (workspace().join(name), to.join(name));
        let wanted = |name: &str| name != "target" && name != "__pycache__";
        if from.is_dir() { copy_folder(&from, &to, &wanted, &copy) } else { copy(&from, &to) }
    }
    let to = to.join("target").join(built.file_name().unwrap());
    let wanted = |name: &str| {
        let stem = name.strip_prefix("lib").unwrap_or(name);
        !ABOVE_THE_TABLE.iter().any(|above| stem.strip_prefix(above).is_some_and(|rest| rest.starts_with('-')))
    };
    for folder in [".fingerprint", "build"] {
        copy_folder(&built.join(folder), &to.join(folder), &wanted, &copy);
    }
    // Libraries are large, and never written in place: rustc makes a new file and moves it there. The rest are programs.
    let own = own_crates();
    let place = |from: &Path, to: &Path| {
        let name = from.file_name().unwrap().to_str().unwrap();
        let is_own =
            own.iter().any(|own| name.strip_prefix("lib").is_some_and(|name| name.starts_with(&format!("{own}-"))));
        match from.extension().and_then(|e| e.to_str()) {
            Some("d") => copy(from, to),
            Some("rlib" | "rmeta" | "so" | "dylib" | "dll" | "lib") if !is_own && fs::hard_link(from, to).is_ok() => {}
            Some("rlib" | "rmeta" | "so" | "dylib" | "dll" | "lib") => copy(from, to),
            _ => {}
        }
    };
    copy_folder(&built.join("deps"), &to.join("deps"), &wanted, &place);
}

/// The names of the workspace's crates in files that cargo makes.
fn own_crates() -> Vec<String> {
    let crates = workspace().join("crates");
    let entries = [crates.clone(), crates.join("layers")].map(|folder| fs::read_dir(folder).unwrap());
    let names = entries.into_iter().flatten().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    names.map(|name| name.replace('-', "_")).collect()
}

/// Text of every file but what was built, by its path.
fn sources(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let inside = |path: PathBuf| path.strip_prefix(folder).unwrap().to_owned();
    let files = NEEDED.iter().flat_map(|name| match folder.join(name) {
        path if path.is_dir() => support::files(&path),
        path => BTreeMap::from([(path.clone(), fs::read(path).unwrap())]),
    });
    files.map(|(path, bytes)| (inside(path), bytes)).collect()
}

fn finished(mut command: Command) -> Output {
    let output = command.env_remove("LAB_ROOT").output().unwrap();
    assert!(output.status.success(), "{command:?}\n{}\n{}", stdout(&output), stderr(&output));
    output
}

/// Builds the lab, the kit's tests of the table and those of new layers; the programs, by package and name.
fn build(folder: &Path, profile: &str) -> BTreeMap<(String, String), PathBuf> {
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    // What cargo says to this test of this package is not about the copy.
    let of_this =
        |key: &String| ["CARGO_PKG_", "CARGO_MANIFEST_", "CARGO_BIN_"].iter().any(|start| key.starts_with(start));
    for key in std::env::vars_os().filter_map(|(key, _)| key.into_string().ok()).filter(of_this) {
        cargo.env_remove(key);
    }
    // The whole workspace, so that its packages have the features with which they are built here.
    cargo.args(["build", "--offline", "--workspace", "--bin", "lab", "--test", "conformance", "--test", "conforms"]);
    cargo.args(["--message-format", "json", "--profile", profile]).current_dir(folder);
    cargo.env("CARGO_TARGET_DIR", folder.join("target"));
    let output = finished(cargo);
    let messages = stdout(&output).lines().map(|line| serde_json::from_str(line).unwrap()).collect::<Vec<Value>>();
    let program = |message: &Value| {
        let package = Path::new(message["manifest_path"].as_str()?).parent()?.file_name()?.to_str()?.to_owned();
        let name = message["target"]["name"].as_str()?.to_owned();
        Some(((package, name), PathBuf::from(message["executable"].as_str()?)))
    };
    messages.iter().filter_map(program).collect()
}

#[test]
#[ignore = "builds a part of the workspace again: minutes; scripts/check asks for it"]
fn it_builds_conforms_and_stands_in_a_figure() {
    let here = Path::new(env!("CARGO_BIN_EXE_lab")).parent().unwrap();
    let shared = state(&here.join("deps"));
    // Beside what is built here: links do not reach another file system.
    let copy = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let folder = copy.path();
    copy_workspace(folder, here);
    let before = sources(folder);

    let mut new_layer = Command::new(env!("CARGO_BIN_EXE_lab"));
    new_layer.arg("--root").arg(folder).args(["new-layer", NAME]);
    finished(new_layer);
    let profile = here.file_name().unwrap().to_str().unwrap();
    let programs = build(folder, if profile == "debug" { "dev" } else { profile });
    let program = |package: &str, name: &str| {
        Command::new(programs.get(&(package.to_owned(), name.to_owned())).unwrap_or_else(|| panic!("{programs:?}")))
    };
    assert_eq!(state(&here.join("deps")), shared, "what is built here is left alone");

    // The kit on the row, and on the crate alone.
    let mut conformance = program("zoo", "conformance");
    conformance.arg(NAME);
    assert!(stdout(&finished(conformance)).contains("1 passed"));
    assert!(stdout(&finished(program(NAME, "conforms"))).contains("1 passed"));

    // What version control would show.
    let after = sources(folder);
    let new: Vec<&PathBuf> = after.keys().filter(|path| !before.contains_key(*path)).collect();
    assert!(new.len() > 5 && new.iter().all(|path| path.starts_with(format!("crates/layers/{NAME}"))), "{new:?}");
    let changed: Vec<_> = before.keys().filter(|path| after.get(*path) != before.get(*path)).collect();
    assert_eq!(changed, ["Cargo.lock", "crates/zoo/Cargo.toml", "crates/zoo/src/lib.rs"].map(Path::new));
    for path in ["crates/zoo/Cargo.toml", "crates/zoo/src/lib.rs"].map(Path::new) {
        assert_eq!(lines(&after[path]), lines(&before[path]) + 1, "{path:?}");
    }

    // And a figure with it.
    let experiment = folder.join("mine.toml");
    let settings = fs::read_to_string(folder.join("experiments/long-range.toml")).unwrap();
    let series = format!("\n[[layers]]\nlabel = \"exponential average\"\nlayer = \"{NAME}\"\n");
    fs::write(&experiment, settings + &series).unwrap();
    let small = ["n=32", "lag=[1, 31]", "training.steps=20", "tasks.recall-at-lag.training.steps=20", "--seeds", "1"];
    let mut run = program("lab", "lab");
    run.arg("--root").arg(folder).arg("run").arg(&experiment).args(["--quick", "--layers", "none,exponential-average"]);
    run.args(small).arg("--out").arg(folder.join("out"));
    finished(run);
    for figure in ["copy-at-lag.svg", "recall-at-lag.svg"] {
        let figure = fs::read_to_string(folder.join("out").join(figure)).unwrap();
        assert!(figure.contains("exponential average"), "{figure}");
    }
    let mut describe = program("lab", "lab");
    describe.arg("--root").arg(folder).args(["describe", NAME]);
    assert!(stdout(&finished(describe)).contains("window"));
}

fn lines(text: &[u8]) -> usize {
    text.iter().filter(|byte| **byte == b'\n').count()
}
