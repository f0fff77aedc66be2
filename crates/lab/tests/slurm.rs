//! What `lab slurm` prints: `cmd/slurm.trycmd` holds the words, and what a shell makes of them is held here. A real Slurm has its
//! say in `scripts/slurm/test`.

mod support;

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use support::{Bench, CELLS, TINY, files, flat, std_lab, stderr, stdout};

#[test]
fn scripts_and_refusals_are_as_they_are_written_down() {
    trycmd::TestCases::new()
        .env("LANG", "C.UTF-8")
        .env("NO_COLOR", "1")
        .env("LAB_ISA", "portable")
        .register_bin("lab", Path::new(env!("CARGO_BIN_EXE_lab")))
        .case("tests/cmd/slurm.trycmd");
}

/// Stands in for sbatch: runs each task of the array, or the merge, at once, and names the job as a cluster among several does.
/// What it was called with is kept in `calls`.
const SBATCH: &str = r#"#!/usr/bin/env bash
set -euo pipefail
here=$(dirname -- "$0")
script=$here/job-$RANDOM$RANDOM
cat >"$script"
printf '%s\n' "$@" >>"$here/calls"
last=$(sed -n 's/^#SBATCH --array=1-\([0-9]*\)$/\1/p' "$script")
export SLURM_CPUS_PER_TASK=1
for k in $(seq "${last:-1}"); do
    SLURM_ARRAY_TASK_ID=$k bash "$script" >>"$here/log" 2>&1
done
echo "7;cluster"
"#;

/// Runs the text with the stand-in, from a folder that is not the root.
fn submit(bench: &Bench, text: &str) -> Output {
    let bin = bench.path("bin");
    fs::create_dir_all(&bin).unwrap();
    fs::write(bin.join("sbatch"), SBATCH).unwrap();
    fs::set_permissions(bin.join("sbatch"), fs::Permissions::from_mode(0o755)).unwrap();
    fs::write(bench.path("submit.sh"), text).unwrap();
    let path = format!("{}:{}", bin.display(), std::env::var("PATH").unwrap());
    let mut bash = Command::new("bash");
    bash.arg("submit.sh").current_dir(bench.folder.path()).env("PATH", path).env("LAB_SHARD", "1/3").output().unwrap()
}

/// `lab slurm FILE MORE` on the bench's experiment; its text.
fn printed(bench: &Bench, file: &str, more: &[&str]) -> String {
    let output = std_lab().arg("slurm").arg(bench.path(file)).args(more).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    stdout(&output)
}

#[test]
fn what_is_printed_runs_the_sweep_and_leaves_the_same_bytes() {
    let bench = Bench::new();
    bench.finish("local", &[]);
    let out = bench.path("out");
    let asked = ["--shards", "5", "--out", out.to_str().unwrap()];
    let text = printed(&bench, "tiny.toml", &asked);
    let json = printed(&bench, "tiny.toml", &[&asked[..], &["--json"]].concat());
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!((&json["script"], &json["cells"]), (&text.as_str().into(), &CELLS.into()));
    let output = submit(&bench, &text);
    let log = fs::read_to_string(bench.path("bin/log")).unwrap_or_default();
    assert!(output.status.success(), "{}{log}", stderr(&output));
    assert_eq!(stdout(&output), "submitted: 7 (5 shards) and 7 (merge)\n");
    assert_eq!(bench.scores("local"), bench.scores("out"));
    assert_eq!(bench.cells("out").len(), CELLS);
    let calls = fs::read_to_string(bench.path("bin/calls")).unwrap();
    assert!(calls.contains("--dependency=afterany:7\n"), "the id without the cluster: {calls}");
}

/// Texts that a shell would act on, if it saw them: none of them does anything, and each arrives as it was given. (The name of an
/// experiment takes no such signs.)
#[test]
fn nothing_that_is_given_reaches_the_shell() {
    let evil = "it's \"$(touch pwned)\" `touch pwned`; touch pwned & \\ * ~ #! % {1..3}";
    let layer = "label = \"conv\"";
    assert!(TINY.contains(layer));
    let label = format!("label = '''{evil}'''");
    let bench = Bench::with(&TINY.replacen(layer, &label, 1));
    // A folder may be called anything; only the file's own name is one of an experiment.
    let file = format!("{evil}/a name.toml");
    fs::create_dir(bench.path(evil)).unwrap();
    fs::rename(bench.path("tiny.toml"), bench.path(&file)).unwrap();
    let folder = format!("out {}", evil.replace('\\', ""));
    let out = bench.path(&folder);
    let question = format!("question={evil}");
    let more = ["--layers", evil, "--seeds", "1", &question, "--shards", "2", "--out", out.to_str().unwrap()];
    let output = submit(&bench, &printed(&bench, &file, &more));
    let log = fs::read_to_string(bench.path("bin/log")).unwrap_or_default();
    assert!(output.status.success(), "{}{log}", stderr(&output));
    let left: Vec<_> = files(bench.folder.path()).into_keys().filter(|path| path.ends_with("pwned")).collect();
    assert!(left.is_empty() && !support::workspace().join("pwned").exists(), "{left:?}");
    assert_eq!(bench.cells(&folder).len(), 3, "one layer, three settings, one seed: {log}");
    let settings = fs::read_to_string(out.join("settings.toml")).unwrap();
    let settings: toml::Table = settings.parse().unwrap();
    assert_eq!(settings["question"].as_str(), Some(evil));
}

#[test]
fn what_would_end_a_line_is_refused() {
    let bench = Bench::new();
    let file = bench.path("tiny.toml");
    let refused = |more: &[&str]| {
        let output = std_lab().arg("slurm").arg(&file).args(["--shards", "2"]).args(more).output().unwrap();
        assert_eq!((output.status.code(), stdout(&output).as_str()), (Some(2), ""), "{more:?}");
        flat(&stderr(&output))
    };
    let says = "a line break or another control character";
    assert!(refused(&["question=a\nEND\ntouch pwned"]).contains(says));
    assert!(refused(&["--out", "a\nEND\ntouch pwned"]).contains(says));
    assert!(refused(&["--out", "a\\b"]).contains("Slurm's paths take no \\"));
    fs::rename(&file, bench.path("a\nb.toml")).unwrap();
    let output = std_lab().arg("slurm").arg(bench.path("a\nb.toml")).args(["--shards", "2"]).output().unwrap();
    assert_eq!((output.status.code(), stdout(&output).as_str()), (Some(2), ""));
    assert!(flat(&stderr(&output)).contains("cannot be the name of an experiment"), "{}", stderr(&output));
}

/// What a lost node still runs holds its shard's folder; a second start waits for it, where it would be refused else.
#[test]
fn a_run_can_wait_for_its_folder() {
    let bench = Bench::new();
    fs::create_dir_all(bench.path("out/cells")).unwrap();
    let lock = fs::File::create(bench.path("out/cells/.lock")).unwrap();
    lock.lock().unwrap();
    let refused = bench.run("out", &[]).output().unwrap();
    assert_eq!(refused.status.code(), Some(2), "{}", stderr(&refused));
    let log = fs::File::create(bench.path("log")).unwrap();
    let mut waiting = bench.run("out", &["--wait"]).stdout(Stdio::null()).stderr(log).spawn().unwrap();
    let said = || fs::read_to_string(bench.path("log")).unwrap();
    while !said().contains("waiting for the run that is writing to") {
        assert!(waiting.try_wait().unwrap().is_none(), "it did not wait: {}", said());
        std::thread::yield_now();
    }
    assert_eq!(bench.cells("out").len(), 0);
    drop(lock);
    assert!(waiting.wait().unwrap().success(), "{}", said());
    assert_eq!(bench.cells("out").len(), CELLS);
}
