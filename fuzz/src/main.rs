//! Feeds hostile input to everything that reads what the lab did not write; see `fuzz/README.md`.
//!
//! Inputs are functions of (seed, target, index). Each target has a worker, a process of its own: one that dies or hangs is a
//! fault of the input it was at, and the next goes on behind it.

mod bytes;
mod corpus;
mod draw;
mod settings;
mod target;
mod targets;
mod watch;
mod words;
mod worker;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Parser;

use crate::draw::Draw;
use crate::target::{Ground, Row};
use crate::targets::TARGETS;
use crate::watch::Outcome;

#[global_allocator]
static ALLOCATOR: layer_testkit::PeakAllocator = layer_testkit::PeakAllocator::new();

/// Feed hostile input to all that reads what the lab did not write.
#[derive(Parser)]
struct Arguments {
    /// Targets; all if none is given.
    targets: Vec<String>,
    /// Seed of every input.
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// Number of the first input of each target.
    #[arg(long, default_value_t = 0)]
    first: u64,
    /// Inputs of each target, if not as many as a full run has.
    #[arg(long)]
    count: Option<u64>,
    /// As many as `scripts/check` feeds.
    #[arg(long, conflicts_with = "count")]
    brief: bool,
    /// Write the first input to stdout, and feed nothing.
    #[arg(long)]
    show: bool,
    /// List the targets.
    #[arg(long)]
    list: bool,
    #[arg(long, hide = true)]
    worker: Option<PathBuf>,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    if let Some(name) = arguments.targets.iter().find(|name| !TARGETS.iter().any(|row| row.name == **name)) {
        eprintln!("there is no target `{name}`; --list shows all");
        return ExitCode::from(2);
    }
    if arguments.list {
        TARGETS.iter().for_each(|row| println!("{:<12} {:>8}  {}", row.name, row.full, row.what));
        return ExitCode::SUCCESS;
    }
    let chosen =
        TARGETS.iter().filter(|row| arguments.targets.is_empty() || arguments.targets.iter().any(|t| t == row.name));
    let chosen: Vec<&Row> = chosen.collect();
    match feed(&arguments, &chosen) {
        Ok(0) => ExitCode::SUCCESS,
        Ok(faults) => {
            eprintln!("{faults} faults; `fuzz TARGET --first INPUT --show` writes the input");
            ExitCode::FAILURE
        }
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

/// The number of faults.
fn feed(arguments: &Arguments, chosen: &[&Row]) -> std::io::Result<usize> {
    let count = |row: &Row| arguments.count.unwrap_or(if arguments.brief { row.brief } else { row.full });
    let range = |row: &Row| (arguments.first, arguments.first + count(row));
    if let Some(folder) = &arguments.worker {
        chosen
            .iter()
            .for_each(|row| worker::run(row, &ground(folder), arguments.seed, range(row), &folder.join("input")));
        return Ok(0);
    }
    let folder = tempfile::tempdir()?;
    if arguments.show {
        let mut target = (chosen[0].build)(&ground(folder.path()));
        let input = target.make(&mut Draw::of(arguments.seed, chosen[0].name, arguments.first));
        input.iter().for_each(|part| println!("{}\n----", String::from_utf8_lossy(part)));
        return Ok(0);
    }
    let (mut faults, mut fed) = (0, 0);
    for row in chosen {
        let outcome = watch::run(row, arguments.seed, (arguments.first, count(row)), folder.path())?;
        faults += outcome.faults.len();
        fed += outcome.fed;
        print(row, &outcome);
    }
    println!("{fed} inputs in all, seed {}", arguments.seed);
    Ok(faults)
}

fn print(row: &Row, outcome: &Outcome) {
    let watch::Outcome { counted, fed, faults } = outcome;
    let mib = |bytes: u64| bytes.div_ceil(1 << 20);
    println!(
        "{:<12} {fed:>8} inputs: {} taken (at most {} MiB), {} refused (at most {} MiB), the slowest {} ms (input {})",
        row.name,
        counted.taken,
        mib(counted.peak_taken),
        counted.refused,
        mib(counted.peak_refused),
        counted.slowest.0,
        counted.slowest.1
    );
    for (fault, (first, times)) in faults {
        println!("    input {first}, {times} times: {fault}");
    }
}

/// Hostile files stand in `folder`; committed ones are read from the workspace.
fn ground(folder: &Path) -> Ground {
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("fuzz stands in the workspace").to_owned();
    Ground { workspace, folder: folder.to_owned() }
}
