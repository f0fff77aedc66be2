//! Bakes in a fingerprint of every source that can change a score, and the compiler's version.
//!
//! A finished cell is reused only by the code that made it: the fingerprint is part of its file name.

use std::path::{Path, PathBuf};
use std::process::Command;

/// What decides a score, relative to `crates/`: crates whole, and the parts of the lab that build and run a cell.
const DECIDE_SCORES: [&str; 6] = ["kernels", "layer", "layers", "tasks", "train", "zoo"];
const FILES: [&str; 4] = ["lab/src/model.rs", "lab/src/work.rs", "../Cargo.toml", "../Cargo.lock"];

fn main() {
    let crates = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("crates/lab has a parent").to_owned();
    let mut files = Vec::new();
    for name in DECIDE_SCORES {
        sources(&crates.join(name), &mut files);
    }
    files.extend(FILES.map(|file| crates.join(file)));
    files.sort();
    let mut hash: u64 = 0xcbf2_9ce4_8422_2325;
    for file in &files {
        println!("cargo::rerun-if-changed={}", file.display());
        let relative = file.strip_prefix(&crates).unwrap_or(file);
        let text = std::fs::read(file).unwrap_or_default();
        for byte in relative.to_string_lossy().bytes().chain(text) {
            hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rustc-env=LAB_CODE_FINGERPRINT={hash:016x}");
    let rustc = std::env::var("RUSTC").unwrap_or_else(|_| "rustc".into());
    let version = Command::new(rustc).arg("--version").output();
    let version = version.map(|o| String::from_utf8_lossy(&o.stdout).trim().to_owned()).unwrap_or_default();
    println!("cargo::rustc-env=LAB_RUSTC_VERSION={version}");
}

/// All `.rs` files and manifests, tests and benches left out.
fn sources(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        let name = entry.file_name();
        if path.is_dir() && !["tests", "benches", "target"].iter().any(|skip| name == *skip) {
            println!("cargo::rerun-if-changed={}", path.display());
            sources(&path, files);
        } else if path.extension().is_some_and(|e| e == "rs") || name == "Cargo.toml" {
            files.push(path);
        }
    }
}
