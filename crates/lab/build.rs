//! Bakes in fingerprints of the sources that can change a result, and the compiler's version.
//!
//! A finished cell is reused only by the code that made it: the fingerprint is part of its file name.

use std::path::{Path, PathBuf};
use std::process::Command;

/// A fingerprint: its variable, crates that are in it whole, and single files, relative to `crates/`.
type Fingerprint = (&'static str, &'static [&'static str], &'static [&'static str]);

/// What decides a score; what probes find depends on these and those of probes, times on these and those of works.
const FINGERPRINTS: [Fingerprint; 3] = [
    (
        "LAB_CODE_FINGERPRINT",
        &["kernels", "layer", "layers", "tasks", "train", "transformer", "zoo"],
        &["lab/src/model.rs", "lab/src/measure/training.rs", "../Cargo.toml", "../Cargo.lock"],
    ),
    ("LAB_PROBES_FINGERPRINT", &["probes", "lab/src/measure/probe"], &["lab/src/measure/probe.rs"]),
    ("LAB_WORKS_FINGERPRINT", &["workloads"], &["lab/src/measure/timing.rs"]),
];

fn main() {
    let crates = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("crates/lab has a parent").to_owned();
    for (variable, folders, singles) in FINGERPRINTS {
        let mut files: Vec<PathBuf> = singles.iter().map(|file| crates.join(file)).collect();
        for name in folders {
            sources(&crates.join(name), &mut files);
        }
        files.sort();
        println!("cargo::rustc-env={variable}={:016x}", hash(&crates, &files));
    }
    println!("cargo::rerun-if-changed=build.rs");
    let rustc = std::env::var("RUSTC").unwrap_or_else(|_| "rustc".into());
    let version = Command::new(rustc).arg("--version").output();
    let version = version.map(|o| String::from_utf8_lossy(&o.stdout).trim().to_owned()).unwrap_or_default();
    println!("cargo::rustc-env=LAB_RUSTC_VERSION={version}");
}

fn hash(crates: &Path, files: &[PathBuf]) -> u64 {
    let mut hash: u64 = 0xcbf2_9ce4_8422_2325;
    for file in files {
        println!("cargo::rerun-if-changed={}", file.display());
        let relative = file.strip_prefix(crates).unwrap_or(file);
        let text = std::fs::read(file).unwrap_or_default();
        for byte in relative.to_string_lossy().bytes().chain(text) {
            hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }
    hash
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
