//! Probes and timings through the command line: where models come from, what is the same in every run, and what is not.

mod support;

use std::fs;
use std::path::Path;
use std::process::Output;

use support::{files, flat, std_lab, stderr, stdout};

fn run(name: &str, out: &Path, more: &[&str]) -> Output {
    let output = std_lab().args(["run", name, "--smoke", "--out"]).arg(out).args(more).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    output
}

/// Scores and maps; what took time stands elsewhere.
fn found(out: &Path) -> [Vec<u8>; 2] {
    ["scores.csv", "maps.csv"].map(|file| fs::read(out.join(file)).unwrap())
}

#[test]
fn threads_leave_no_trace_in_what_probes_find() {
    let folder = tempfile::tempdir().unwrap();
    let [one, two] = ["one", "two"].map(|name| folder.path().join(name));
    run("reach", &one, &["--threads", "1"]);
    run("reach", &two, &["--threads", "3"]);
    assert_eq!(found(&one), found(&two));
}

/// The models of `reach` are the cells of `long-range`, not others of the same name.
#[test]
fn probes_look_at_the_models_that_were_scored() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("reach");
    let trainer = out.join("long-range");
    run("long-range", &trainer, &[]);
    let said = stderr(&run("reach", &out, &[]));
    let accuracies = |path: &Path, task: &str, split: &str| {
        let mut mean = std::collections::BTreeMap::<String, (f64, u32)>::new();
        for row in report::scores::read(&path.join("scores.csv")).unwrap() {
            let value = row.value.filter(|_| !row.is_floor() && row.metric == "accuracy" && row.split == split);
            if let (Some(value), true) = (value, row.task == task) {
                let (sum, count) = mean.entry(row.label).or_default();
                (*sum, *count) = (*sum + value, *count + 1);
            }
        }
        mean.into_iter().map(|(label, (sum, count))| (label, sum / f64::from(count))).collect::<Vec<_>>()
    };
    let trained = accuracies(&trainer, "recall-at-lag", "test");
    let probed = accuracies(&out, "wiring", "trained");
    assert!(trained.iter().any(|(label, _)| label == "attention, rotary"), "{trained:?}");
    let again = format!("0 cells to run, {} were finished before", trained.len());
    assert!(said.contains(&again), "nothing is trained twice: {said}");
    for (one, other) in trained.iter().zip(&probed) {
        assert!(one.0 == other.0 && (one.1 - other.1).abs() < 1e-12, "{one:?} and {other:?}");
    }
}

#[test]
fn damaged_weights_are_trained_again_to_the_same_bytes() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("reach");
    run("reach", &out, &[]);
    let before = found(&out);
    let cells = out.join("long-range/cells");
    let weights = files(&cells).into_keys().find(|path| path.extension().is_some_and(|e| e == "safetensors")).unwrap();
    let mut bytes = fs::read(&weights).unwrap();
    *bytes.last_mut().unwrap() ^= 1;
    fs::write(&weights, bytes).unwrap();
    fs::remove_dir_all(out.join("cells")).unwrap();
    let said = stderr(&run("reach", &out, &[]));
    assert!(said.contains("damaged") && said.contains("trained weights"), "{said}");
    assert_eq!(found(&out), before);
}

#[test]
fn a_timing_that_is_finished_is_kept() {
    let folder = tempfile::tempdir().unwrap();
    run("throughput", folder.path(), &["--layers", "line,conv k3"]);
    let before = fs::read(folder.path().join("timings.csv")).unwrap();
    let said = stderr(&run("throughput", folder.path(), &["--layers", "line,conv k3"]));
    assert!(said.contains("0 cells to run"), "{said}");
    assert_eq!(fs::read(folder.path().join("timings.csv")).unwrap(), before);
    let text = String::from_utf8(before).unwrap();
    assert!(text.lines().filter(|line| line.contains("conv k3")).count() == 4, "two lengths, two passes: {text}");
}

/// A bound of 1 MiB leaves out layers whose weights grow with n², by name and number, and nothing else.
#[test]
fn a_layer_above_the_bound_is_a_row_that_says_so() {
    let rows = |layers: &str| {
        let folder = tempfile::tempdir().unwrap();
        let more = ["n=512", "tasks.pass.most_mib=1", "tasks.pass.steps=512", "--layers", layers];
        run("throughput", folder.path(), &more);
        report::timings::read(&folder.path().join("timings.csv")).unwrap()
    };
    let refused = rows("line, over time");
    let refused: Vec<_> = refused.iter().filter(|row| !row.layer.is_empty()).collect();
    assert!(
        refused.iter().all(|row| row.error.contains("2 MiB") && row.error.contains("bound is 1 MiB")),
        "{refused:?}"
    );
    assert!(rows("line").iter().all(|row| row.error.is_empty()));
}

#[test]
fn bad_probes_and_works_are_refused_with_the_way_out() {
    let refused = |arguments: &[&str], words: &[&str]| {
        let output = std_lab().arg("run").args(arguments).args(["--smoke", "--dry-run"]).output().unwrap();
        let said = flat(&stderr(&output));
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {said}{}", stdout(&output));
        for word in words {
            assert!(said.contains(word), "{arguments:?}: `{word}` is not in: {said}");
        }
    };
    refused(&["reach", "tasks.0.name=suport"], &["there is no task `suport`", "did you mean `support`"]);
    refused(&["reach", "tasks.1.n=1"], &["n = 1 is out of range", "choose 2 to"]);
    refused(&["reach", "tasks.0.n=17"], &["long-range trains no such model"]);
    refused(&["reach", "trained.task=copy"], &["long-range has no task `copy`", "copy-at-lag"]);
    refused(&["reach", "trained.experiment=throughput"], &["trains nothing"]);
    refused(&["reach", "tasks.wiring.inputs=1"], &["inputs = 1 is out of range", "choose 2 to"]);
    refused(&["reach", "tasks.support.n=65536", "tasks.0.trained=false"], &["takes about", "lower n, inputs"]);
    refused(&["reach", "layers.0.blocks=[{},{}]"], &["layer `conv k3` has blocks, which say its depth"]);
    refused(&["throughput", "threads=0"], &["threads = 0 is out of range"]);
    refused(&["throughput", "tasks.pass.width=0"], &["width = 0 is out of range"]);
    refused(&["throughput", "tasks.pass.pass=sideways"], &["unknown variant `sideways`", "forward"]);
    refused(&["throughput", "tasks.pass.n=2097152"], &["n = 2097152 is out of range"]);
}

/// Figures and claims are held against what there is before anything runs.
#[test]
fn figures_and_claims_of_nothing_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let refused = |name: &str, from: &str, to: &str, word: &str| {
        let text = fs::read_to_string(support::workspace().join(format!("experiments/{name}.toml"))).unwrap();
        assert!(text.contains(from), "{name}: {from}");
        let path = folder.path().join("broken.toml");
        fs::write(&path, text.replacen(from, to, 1)).unwrap();
        let output = std_lab().arg("run").arg(&path).args(["--smoke", "--dry-run"]).output().unwrap();
        let said = flat(&stderr(&output));
        assert!(output.status.code() == Some(2) && said.contains(word), "{to}: {said}");
    };
    let kind = "kind = \"gradient-map\"";
    refused("reach", kind, "kind = \"roofline\"", "`roofline` is not drawn where reach is measured");
    refused("reach", "metric = \"exponent\"", "metric = \"exponents\"", "did you mean `exponent`");
    refused("throughput", "kind = \"tokens-by-n\"", "kind = \"tokens-by-n\"\npass = \"bth\"", "there is no pass `bth`");
    refused(
        "throughput",
        "\"attention against conv k7\"",
        "\"attention against conv k8\"",
        "there is no layer labelled `conv k8`",
    );
}

/// A plan can be looked at without running anything, whatever is measured.
#[test]
fn dry_runs_of_probes_and_works_say_what_there_is_to_do() {
    for (name, some) in [("reach", "wiring"), ("throughput", "ceiling")] {
        let folder = tempfile::tempdir().unwrap();
        let output =
            std_lab().args(["run", name, "--smoke", "--dry-run", "--out"]).arg(folder.path()).output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
        assert!(stdout(&output).contains(some) && stdout(&output).contains("cells, 0 finished"), "{}", stdout(&output));
        assert_eq!(files(folder.path()).len(), 0);
    }
}

/// "all" is what the run had, not what the reader has: committed results are complete on any machine.
#[test]
fn timings_are_judged_by_the_threads_of_their_run() {
    let root = tempfile::tempdir().unwrap();
    fs::create_dir(root.path().join("experiments")).unwrap();
    let settings = r#"
question = "Does it hold elsewhere?"
measure = "throughput"
seeds = 1
tasks = [
    { name = "ceiling", threads = [1, "all"] },
    { name = "pass", n = 16, width = 8, threads = [1, "all"], steps = 16, rounds = 1, seconds = 0.001 },
]
[[layers]]
label = "line"
layer = "linear"
"#;
    fs::write(root.path().join("experiments/elsewhere.toml"), settings).unwrap();
    let lab = |arguments: &[&str]| {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_lab"));
        command.env_remove("LAB_ROOT").arg("--root").arg(root.path()).args(arguments).output().unwrap()
    };
    assert_eq!(lab(&["run", "elsewhere"]).status.code(), Some(0));
    assert_eq!(lab(&["check", "elsewhere"]).status.code(), Some(0));
    // As if the run had been made where there are seven cores.
    let csv = root.path().join("results/elsewhere/timings.csv");
    let rows = report::timings::read(&csv).unwrap();
    let most = rows.iter().filter_map(|row| row.threads).max().unwrap();
    let elsewhere: Vec<_> = rows
        .into_iter()
        .map(|row| report::timings::Row { threads: row.threads.map(|n| if n == most { 7 } else { n }), ..row })
        .collect();
    fs::write(&csv, report::timings::write(&elsewhere)).unwrap();
    fs::remove_file(root.path().join("results/elsewhere/checksums.txt")).unwrap();
    let check = lab(&["check", "elsewhere"]);
    assert_eq!(check.status.code(), Some(0), "{}{}", stdout(&check), stderr(&check));
}
