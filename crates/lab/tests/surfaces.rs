//! What other programs see: JSON, TOML that runs again, completions, pipes.

mod support;

use std::fs;
use std::process::{Command, Stdio};

use serde_json::Value;
use support::{Bench, CELLS, TINY, lab, std_lab, stderr, stdout};

fn json(arguments: &[&str]) -> Value {
    let output = std_lab().args(arguments).args(["--format", "json"]).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{arguments:?}: {}", stderr(&output));
    serde_json::from_slice(&output.stdout).unwrap_or_else(|e| panic!("{arguments:?}: {e}: {}", stdout(&output)))
}

#[test]
fn json_says_what_the_tables_say() {
    let list = json(&["list"]);
    for (kind, name) in [("layers", "attention"), ("tasks", "recall-at-lag"), ("experiments", "long-range")] {
        let rows = list[kind].as_array().unwrap();
        let row = rows.iter().find(|row| row["name"] == name).unwrap_or_else(|| panic!("{kind}: {name}"));
        assert!(!row["summary"].as_str().unwrap().is_empty());
        assert_eq!(json(&["describe", name])["name"], name);
    }
    for row in zoo::LAYERS {
        let described = json(&["describe", row.name]);
        assert_eq!(described["options"].as_array().unwrap().len(), row.options.len(), "{}", row.name);
    }
    assert!(json(&["show", "long-range"])["training"]["steps"].as_u64().unwrap() > 0);
    let plan = json(&["run", "long-range", "--smoke", "--dry-run"]);
    assert!(plan["cells"].as_u64().unwrap() > 0 && plan["minutes_unsolved"].as_f64().unwrap() >= 0.0);
}

#[test]
fn a_run_and_its_check_speak_json_too() {
    let bench = Bench::new();
    let output = bench.finish("out", &["--format", "json"]);
    let said: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(said["failed_cells"], 0);
    for file in said["files"].as_array().unwrap() {
        assert!(bench.path("out").join(file.as_str().unwrap()).exists(), "{file}");
    }
    let provenance: Value =
        serde_json::from_slice(&fs::read(bench.path("out").join("provenance.json")).unwrap()).unwrap();
    assert_eq!(provenance["cells"], CELLS);
    let output = bench.run("out", &["--dry-run", "--format", "json"]).output().unwrap();
    let plan: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((&plan["cells"], &plan["finished"]), (&CELLS.into(), &CELLS.into()));
}

/// Only shown, nothing is run: neither the folder nor anything in it is made.
#[test]
fn a_dry_run_makes_no_file() {
    let bench = Bench::new();
    bench.finish("out", &["--dry-run"]);
    assert!(!bench.path("out").exists());
}

#[test]
fn shown_settings_run_again_to_the_same_bytes() {
    let tiny = ["model.width=8", "training.steps=3", "--smoke"];
    let bench = Bench::new();
    let direct = bench.path("direct");
    lab().args(["run", "long-range"]).args(tiny).arg("--out").arg(&direct).assert().success();
    let shown = std_lab().args(["show", "long-range"]).args(tiny).output().unwrap();
    // The stem is the experiment's name in the CSV.
    fs::write(bench.path("long-range.toml"), &shown.stdout).unwrap();
    lab().arg("run").arg(bench.path("long-range.toml")).arg("--out").arg(bench.path("again")).assert().success();
    assert_eq!(bench.scores("direct"), bench.scores("again"));
    // And so do the settings that lie beside the results.
    fs::copy(direct.join("settings.toml"), bench.path("long-range.toml")).unwrap();
    lab().arg("run").arg(bench.path("long-range.toml")).arg("--out").arg(bench.path("third")).assert().success();
    assert_eq!(bench.scores("direct"), bench.scores("third"));
}

#[test]
fn layers_are_chosen_by_label_and_by_name() {
    let second = "[[layers]]\nlabel = \"attention, plain\"\nlayer = \"attention\"\noptions = { heads = 2 }\n";
    let bench = Bench::with(&TINY.replace("[[figures]]", &format!("{second}[[figures]]")));
    let cells = |layers: &[&str]| {
        let output = bench.run("out", &[&["--dry-run", "--format", "json"], layers].concat()).output().unwrap();
        let plan: Value = serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{}", stderr(&output)));
        plan["cells"].as_u64().unwrap() / 6
    };
    assert_eq!(cells(&[]), 5);
    assert_eq!(cells(&["--layers", "attention"]), 2);
    assert_eq!(cells(&["--layers", "attention, rotary"]), 1, "a label with a comma is one label");
    assert_eq!(cells(&["--layers", "none,attention, rotary,conv"]), 3);
    assert_eq!(cells(&["--layers", "none", "--layers", "linear"]), 2);
    assert_eq!(cells(&["--layers", "line, over time, linear"]), 1, "twice the same is once");
}

#[test]
fn completions_and_manual_name_the_sub_commands() {
    for shell in ["bash", "zsh", "fish"] {
        let output = lab().args(["completions", shell]).assert().success();
        let script = stdout(output.get_output());
        assert!(script.contains("dry-run") && script.contains("describe"), "{shell}");
    }
    let output = lab().arg("man").assert().success();
    let page = stdout(output.get_output());
    assert!(page.starts_with(".ie") || page.contains(".TH lab"), "{page}");
    assert!(page.contains("describe"));
}

#[test]
fn pipes_and_no_color_get_no_escapes() {
    let bench = Bench::new();
    let run = bench.finish("out", &["--verbose"]);
    let list = std_lab().arg("list").env("NO_COLOR", "1").output().unwrap();
    let refused = std_lab().args(["run", "long-rage"]).output().unwrap();
    let help = std_lab().arg("--help").output().unwrap();
    assert!(stdout(&help).contains("130  stopped by Ctrl-C"), "exit codes stand in the help");
    for output in [run, list, refused, help] {
        assert!(!output.stdout.contains(&0x1b) && !output.stderr.contains(&0x1b), "{}", stderr(&output));
    }
}

/// A reader that leaves early (`lab list | head -1`) is no fault; a full disk under stdout is one.
#[test]
#[cfg(target_os = "linux")]
fn a_closed_pipe_is_no_fault_and_a_full_disk_is_one() {
    for arguments in [&["list"][..], &["describe", "attention"], &["completions", "bash"], &["man"]] {
        let mut closed = std_lab();
        // The reader, `true`, has left before lab writes.
        let script = "{ sleep 0.2; \"$@\"; echo $? >&2; } | true";
        let arguments: Vec<_> = closed.args(arguments).get_args().map(ToOwned::to_owned).collect();
        let mut shell = Command::new("sh");
        shell.args(["-c", script, "sh", env!("CARGO_BIN_EXE_lab")]).args(&arguments).env_remove("LAB_ROOT");
        let output = shell.stdin(Stdio::null()).output().unwrap();
        assert_eq!(stderr(&output).trim(), "0", "{arguments:?}");

        let full = fs::File::options().write(true).open("/dev/full").unwrap();
        let output = std_lab().args(&arguments[2..]).stdout(full).output().unwrap();
        assert_eq!(output.status.code(), Some(1), "{arguments:?}");
        let said = stderr(&output);
        assert!(said.contains("cannot write to stdout") && !said.contains("panicked"), "{said}");
    }
}
