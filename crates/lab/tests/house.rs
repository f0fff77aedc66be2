//! The arrows between the crates, the table of layers, and what the house does without.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap()
}

/// Every manifest of the workspace, by the folder of its crate below `crates`.
fn manifests() -> BTreeMap<String, toml::Table> {
    let crates = root().join("crates");
    let folders = [crates.clone(), crates.join("layers")];
    let entries = folders.iter().flat_map(|folder| fs::read_dir(folder).unwrap()).map(|entry| entry.unwrap().path());
    let manifest = |path: PathBuf| {
        let text = fs::read_to_string(path.join("Cargo.toml")).ok()?;
        let name = path.strip_prefix(&crates).unwrap().to_str().unwrap().to_owned();
        Some((name, text.parse().unwrap()))
    };
    let found: BTreeMap<_, _> = entries.filter_map(manifest).collect();
    assert!(found.len() > 10 && found.contains_key("layers/conv") && found.contains_key("lab"), "{found:?}");
    found
}

fn name(manifest: &toml::Table) -> String {
    manifest["package"]["name"].as_str().unwrap().to_owned()
}

/// Siblings that a crate's code needs; those of its tests and benches are another matter.
fn siblings(manifest: &toml::Table, all: &BTreeSet<String>) -> BTreeSet<String> {
    let mut keys = BTreeSet::new();
    for kind in ["dependencies", "build-dependencies"] {
        keys.extend(manifest.get(kind).and_then(toml::Value::as_table).into_iter().flat_map(|table| table.keys()));
    }
    keys.into_iter().filter(|key| all.contains(*key)).cloned().collect()
}

/// Every `.rs` file below a folder.
fn sources(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().map(|entry| entry.unwrap().path());
    let below = |path: PathBuf| if path.is_dir() { sources(&path) } else { vec![path] };
    entries.flat_map(below).filter(|path| path.extension().is_some_and(|e| e == "rs")).collect()
}

#[test]
fn arrows_run_one_way() {
    let manifests = manifests();
    let all: BTreeSet<String> = manifests.values().map(name).collect();
    let layers: Vec<String> =
        manifests.iter().filter(|(path, _)| path.starts_with("layers/")).map(|(_, m)| name(m)).collect();
    let set = |names: &[&str]| names.iter().map(|n| (*n).to_owned()).collect::<BTreeSet<String>>();
    for (path, manifest) in &manifests {
        let may = match path.as_str() {
            "kernels" | "tasks" | "report" => set(&[]),
            "layer" => set(&["kernels"]),
            "probes" => set(&["layer"]),
            "train" => set(&["layer", "kernels", "tasks"]),
            "workloads" => set(&["kernels", "layer", "zoo", "tasks", "train"]),
            "layer-testkit" => set(&["layer", "kernels", "probes"]),
            "zoo" => layers.iter().cloned().chain(["layer", "transformer"].map(str::to_owned)).collect(),
            "lab" => {
                let not = |other: &String| layers.contains(other) || other == "lab" || other == "layer-template";
                all.iter().filter(|other| !not(other)).cloned().collect()
            }
            "layer-template" | "transformer" => set(&["layer", "kernels"]),
            path if path.starts_with("layers/") => set(&["layer", "kernels"]),
            other => panic!("crates/{other} is new: say here what it may depend on"),
        };
        let does = siblings(manifest, &all);
        let wrong: Vec<_> = does.difference(&may).collect();
        assert!(wrong.is_empty(), "crates/{path} depends on {wrong:?}, and may only on {may:?}");
        for kind in ["dependencies", "dev-dependencies", "build-dependencies"] {
            let table = manifest.get(kind).and_then(toml::Value::as_table);
            assert!(table.is_none_or(|t| !t.contains_key("lab")), "crates/{path}: nobody depends on lab");
        }
    }
}

#[test]
fn every_layer_crate_has_a_row_and_every_row_a_crate() {
    let crates: BTreeSet<String> = manifests()
        .iter()
        .filter(|(path, _)| path.starts_with("layers/"))
        .map(|(path, manifest)| {
            assert_eq!(path.strip_prefix("layers/"), Some(name(manifest).as_str()), "a folder is named as its crate");
            name(manifest)
        })
        .collect();
    let rows: BTreeSet<String> = zoo::LAYERS.iter().map(|row| row.name.to_owned()).filter(|n| n != "none").collect();
    assert_eq!(rows, crates, "rows of zoo::LAYERS and crates under crates/layers");
}

/// Name and version of every crate along edges of these kinds, in the words of `cargo tree --edges`.
fn dependencies(edges: &str) -> BTreeSet<(String, String)> {
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
    let mut tree = Command::new(cargo);
    tree.current_dir(root()).args(["tree", "--offline", "--workspace", "-e", edges, "--prefix", "none"]);
    let output = tree.args(["--format", "{p}"]).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).unwrap();
    let words = |line: &str| {
        let mut words = line.split_whitespace().map(str::to_owned);
        words.next().zip(words.next())
    };
    let found: BTreeSet<_> = text.lines().filter_map(words).collect();
    assert!(found.len() > 50 && found.iter().any(|(name, _)| name == "lab"), "{found:?}");
    found
}

#[test]
fn no_system_library_is_needed() {
    // Parts of names: bindings come as `NAME`, `NAME-sys`, `NAME-src` and under a vendor's prefix.
    let system = [
        "fontconfig",
        "freetype",
        "font-kit",
        "expat",
        "blas",
        "lapack",
        "mkl",
        "accelerate",
        "python",
        "pyo3",
        "openssl",
    ];
    // Tests too: `cargo test` is one of the two commands that a newcomer types.
    for (name, _) in dependencies("normal,build,dev") {
        let part = system.iter().find(|part| name.contains(*part));
        assert!(part.is_none(), "{name} needs a library of the system; see `cargo tree -e all -i {name}`");
    }
}

/// Two versions would be two traits named `Rng`, two streams from one seed, and twice the build: in tests as well.
#[test]
fn random_numbers_come_from_one_version() {
    let dependencies = dependencies("normal,build,dev");
    let versions: Vec<_> = dependencies.iter().filter(|(name, _)| name == "rand").collect();
    assert_eq!(versions.len(), 1, "{versions:?}");
}

/// Both commands that a newcomer types, `cargo run` and `cargo test`, use it.
#[test]
fn the_dev_profile_is_optimised() {
    let manifest: toml::Table = fs::read_to_string(root().join("Cargo.toml")).unwrap().parse().unwrap();
    let level = &manifest["profile"]["dev"]["opt-level"];
    assert_eq!(level.as_integer(), Some(3), "profile.dev: a lab that is slow by default is measured slow");
    let test = manifest["profile"].get("test").and_then(|test| test.get("opt-level"));
    assert!(test.is_none_or(|level| level.as_integer() == Some(3)), "profile.test slows `cargo test` down");
}

#[test]
fn files_are_short_and_unsafe_code_has_two_homes() {
    let crates = root().join("crates");
    let files: Vec<PathBuf> = manifests().keys().flat_map(|path| sources(&crates.join(path).join("src"))).collect();
    assert!(files.len() > 50);
    let word = ["un", "safe"].concat();
    // An implementation is one promise, however many functions are in it.
    let mut promises = 0;
    for file in sources(&crates) {
        let path = file.strip_prefix(&crates).unwrap().to_str().unwrap().to_owned();
        let text = fs::read_to_string(&file).unwrap();
        if files.contains(&file) {
            assert!(text.lines().count() < 400, "{path} has {} lines; one file, one thing", text.lines().count());
        }
        let code = text.lines().map(|line| line.split("//").next().unwrap_or_default());
        let blocks = [" {", " fn", " impl", " extern", "(no_mangle)"].map(|end| format!("{word}{end}"));
        let promised = [" {", " impl"].map(|end| format!("{word}{end}"));
        promises += code
            .clone()
            .map(|line| promised.iter().map(|p| line.matches(p.as_str()).count()).sum::<usize>())
            .sum::<usize>();
        let used = code.clone().any(|line| blocks.iter().any(|block| line.contains(block)));
        let allocators = ["memory", "meter", "peak"].map(|name| format!("layer-testkit/src/{name}.rs"));
        let home = path.starts_with("kernels/src/") || allocators.contains(&path);
        assert!(home || !used, "{path} holds {word} code; its homes are crates/kernels and the testkit's allocators");
    }
    let page = fs::read_to_string(root().join("SECURITY.md")).unwrap();
    let said = format!("{promises} blocks and implementations");
    assert!(page.contains(&said), "SECURITY.md says another number than: {said}");
}
