//! Where results come from: revision, compiler, machine, seeds, settings, time and memory.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use serde::Serialize;

/// Stands beside the results as `provenance.json`.
#[derive(Serialize)]
pub struct Provenance {
    /// Name of the experiment.
    experiment: String,
    /// `smoke`, `quick` or `full`.
    profile: &'static str,
    /// The command line, as typed.
    command: String,
    /// Git revision of the working folder, and whether it had uncommitted changes.
    revision: String,
    /// Hash of all sources that decide scores.
    code_fingerprint: &'static str,
    /// Version of the lab.
    lab: &'static str,
    /// Compiler.
    rustc: &'static str,
    /// Processor model.
    cpu: String,
    /// Instruction set of the kernels.
    instruction_set: String,
    /// Cores that the machine has.
    cores: usize,
    /// Threads that the run used.
    threads: usize,
    /// Memory of the machine, in bytes.
    memory_bytes: u64,
    /// Operating system.
    system: String,
    /// Seeds.
    seeds: Vec<u64>,
    /// Cells in all, and how many of them were kept from an earlier run.
    cells: usize,
    /// Cells that this run found finished.
    cells_kept: usize,
    /// Cells of another experiment that train what this one looks at, and how many of these were finished before.
    #[serde(skip_serializing_if = "Option::is_none")]
    trainings: Option<usize>,
    /// See above.
    #[serde(skip_serializing_if = "Option::is_none")]
    trainings_kept: Option<usize>,
    /// Folders whose cells were merged; none where one run made them all.
    #[serde(skip_serializing_if = "Option::is_none")]
    merged_folders: Option<usize>,
    /// Wall-clock seconds of this run.
    wall_seconds: f64,
    /// Processor seconds of this run, all threads together.
    cpu_seconds: f64,
    /// Seconds of all cells together, kept ones included.
    cell_seconds: f64,
    /// Largest resident memory of this run, in bytes; 0 where the system does not say.
    peak_memory_bytes: u64,
    /// What every number is under: the settings in full stand in `settings.toml`.
    settings: &'static str,
}

/// What a run knows of itself.
pub struct Run<'a> {
    pub experiment: &'a str,
    pub profile: &'static str,
    pub revision: String,
    pub threads: usize,
    pub seeds: u64,
    pub cells: usize,
    pub kept: usize,
    /// Trainings that the run needed, and how many of them were finished before.
    pub trainings: Option<(usize, usize)>,
    /// Folders that were merged, if any were.
    pub merged: Option<usize>,
    pub instruction_set: &'a str,
    pub wall: Duration,
    pub cell_seconds: f64,
}

/// Everything about a run, as JSON.
pub fn record(run: &Run<'_>) -> String {
    let mut system = sysinfo::System::new().ok();
    if let Some(system) = &mut system {
        system.refresh_memory();
        system.refresh_cpu_all();
    }
    let cpu =
        system.as_ref().and_then(|s| s.cpus().first().map(|cpu| cpu.brand().trim().to_owned())).unwrap_or_default();
    let seconds = |s: f64| (s * 10.0).round() / 10.0;
    let provenance = Provenance {
        experiment: run.experiment.to_owned(),
        profile: run.profile,
        command: command(std::env::args()),
        revision: run.revision.clone(),
        code_fingerprint: crate::CODE_FINGERPRINT,
        lab: env!("CARGO_PKG_VERSION"),
        rustc: env!("LAB_RUSTC_VERSION"),
        cpu,
        instruction_set: run.instruction_set.to_owned(),
        cores: std::thread::available_parallelism().map_or(1, Into::into),
        threads: run.threads,
        memory_bytes: system.as_ref().map_or(0, sysinfo::System::total_memory),
        system: sysinfo::System::long_os_version().unwrap_or_else(|_| std::env::consts::OS.to_owned()),
        seeds: (0..run.seeds).collect(),
        cells: run.cells,
        cells_kept: run.kept,
        trainings: run.trainings.map(|(all, _)| all),
        trainings_kept: run.trainings.map(|(_, kept)| kept),
        merged_folders: run.merged,
        wall_seconds: seconds(run.wall.as_secs_f64()),
        cpu_seconds: seconds(cpu_seconds()),
        cell_seconds: seconds(run.cell_seconds),
        peak_memory_bytes: peak_memory(),
        settings: "settings.toml",
    };
    serde_json::to_string_pretty(&provenance).expect("plain data") + "\n"
}

/// `lab` and its arguments. Where the binary and the workspace lie is nobody's business, and decides nothing.
fn command(arguments: impl IntoIterator<Item = String>) -> String {
    let mut words = vec!["lab".to_owned()];
    let mut arguments = arguments.into_iter().skip(1);
    while let Some(word) = arguments.next() {
        if word == "--root" {
            arguments.next();
        } else if !word.starts_with("--root=") {
            words.push(word);
        }
    }
    words.join(" ")
}

/// Git revision of the checkout, and whether it has uncommitted changes. Asked when a run starts: it may go on for hours.
pub fn revision(root: &Path) -> String {
    let git = |arguments: &[&str]| {
        // To look must not leave a lock in the repository, whatever ends this run.
        let output =
            Command::new("git").arg("--no-optional-locks").arg("-C").arg(root).args(arguments).output().ok()?;
        output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
    };
    let Some(revision) = git(&["rev-parse", "HEAD"]) else {
        return "unknown: not a git checkout".to_owned();
    };
    // Results are rewritten by the run itself, so they do not count as changes.
    match git(&["status", "--porcelain", "--", ".", ":!results"]).as_deref() {
        Some("") => revision,
        _ => format!("{revision}, with uncommitted changes"),
    }
}

fn cpu_seconds() -> f64 {
    let pid = sysinfo::get_current_pid().ok();
    let Ok(mut system) = sysinfo::System::new() else { return 0.0 };
    system.refresh_processes(sysinfo::ProcessesToUpdate::Some(pid.as_slice()), false);
    pid.and_then(|pid| system.process(pid).map(|p| p.accumulated_cpu_time() as f64 / 1e3)).unwrap_or(0.0)
}

/// Linux says it in /proc; elsewhere it is left at 0 rather than guessed.
fn peak_memory() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kib = line.and_then(|line| line.trim().trim_end_matches("kB").trim().parse::<u64>().ok());
    kib.unwrap_or(0) * 1024
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_is_as_typed_but_for_places() {
        let typed = |text: &str| command(text.split(' ').map(str::to_owned));
        assert_eq!(typed("/bin/lab run --root /home/me/lab adding --full"), "lab run adding --full");
        assert_eq!(typed("/bin/lab --root=/home/me/lab run adding"), "lab run adding");
        assert_eq!(typed("/bin/lab run adding"), "lab run adding");
    }
}
