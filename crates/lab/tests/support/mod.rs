//! What the tests of the command line share: a tiny experiment, and ways to run it and to look at what it left.

#![allow(dead_code, reason = "each test file uses a part of it")]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Output;

/// 24 cells: 4 layers × (2 lags + recall) × 2 seeds.
pub const TINY: &str = r#"
question = "Does the machinery hold?"
seeds = 2
tasks = [
    { name = "copy-at-lag", n = 16, lag = [1, 15] },
    { name = "recall-at-lag", n = 16, k = 2, keys = 8, values = 8 },
]
[model]
width = 8
depth = 1
mlp = false
positions = "none"
[training]
steps = 6
warmup = 2
batch = 4
learning_rates = [1e-2, 3e-3]
last_rate = 0.1
weight_decay = 0.0
clip = 1.0
evaluate_every = 3
solved = 0.995
validation = 16
test = 32
[[layers]]
label = "none"
layer = "none"
[[layers]]
label = "line, over time"
layer = "linear"
options = { over = "time" }
[[layers]]
label = "conv"
layer = "conv"
[[layers]]
label = "attention, rotary"
layer = "attention"
options = { heads = 2, positions = "rotary" }
[[figures]]
id = "copy-at-lag"
kind = "accuracy-by-lag"
task = "copy-at-lag"
title = "Fixed lag"
"#;

/// Number of cells of [`TINY`].
pub const CELLS: usize = 24;

/// The folder of the workspace.
pub fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap()
}

/// `lab`, with the workspace's experiments, whatever the environment of the test says.
pub fn std_lab() -> std::process::Command {
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_lab"));
    for variable in ["LAB_ROOT", "LAB_SHARD", "LAB_CELL_TIMEOUT", "LAB_CELL_MEMORY", "RUST_BACKTRACE"] {
        command.env_remove(variable);
    }
    command.arg("--root").arg(workspace());
    command
}

/// The same, to be held to what it should do.
pub fn lab() -> assert_cmd::Command {
    assert_cmd::Command::from_std(std_lab())
}

/// A temporary folder with `tiny.toml` in it.
pub struct Bench {
    pub folder: tempfile::TempDir,
}

impl Bench {
    /// With [`TINY`] as it is.
    pub fn new() -> Self {
        Self::with(TINY)
    }

    /// With other settings.
    pub fn with(settings: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("tiny.toml"), settings).unwrap();
        Self { folder }
    }

    /// A path in the folder.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// `lab run tiny.toml --out OUT MORE`.
    pub fn run(&self, out: &str, more: &[&str]) -> std::process::Command {
        let mut command = std_lab();
        command.arg("run").arg(self.path("tiny.toml")).arg("--out").arg(self.path(out)).args(more);
        command
    }

    /// The same, run to its end; it must succeed.
    pub fn finish(&self, out: &str, more: &[&str]) -> Output {
        let output = self.run(out, more).output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
        output
    }

    /// The bytes of `OUT/scores.csv`.
    pub fn scores(&self, out: &str) -> Vec<u8> {
        std::fs::read(self.path(out).join("scores.csv")).unwrap()
    }

    /// The files of finished cells, sorted.
    pub fn cells(&self, out: &str) -> Vec<PathBuf> {
        let entries = std::fs::read_dir(self.path(out).join("cells")).into_iter().flatten();
        let paths = entries.map(|entry| entry.unwrap().path());
        let mut cells: Vec<PathBuf> = paths.filter(|p| p.extension().is_some_and(|e| e == "json")).collect();
        cells.sort();
        cells
    }
}

/// Every file below a folder with its bytes.
pub fn files(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut all = BTreeMap::new();
    for entry in std::fs::read_dir(folder).into_iter().flatten() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            all.extend(files(&path));
        } else {
            all.insert(path.clone(), std::fs::read(path).unwrap());
        }
    }
    all
}

/// What it said on stderr.
pub fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// What it said on stdout.
pub fn stdout(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// A message with its line breaks and the frame that miette draws taken out, so that phrases can be looked for.
pub fn flat(text: &str) -> String {
    text.replace(['│', '×'], " ").split_whitespace().collect::<Vec<_>>().join(" ")
}
