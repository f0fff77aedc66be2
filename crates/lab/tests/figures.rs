//! Results as they lie on disk: the committed ones are up to date, and those of a run are what the format says.

mod support;

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use report::scores::{COLUMNS, Row};
use support::{Bench, TINY, files, lab, std_lab, stderr, stdout, workspace};

/// Experiments on data that no rule has made: there is no oracle to stand beside the floors.
const NO_RULE: [&str; 2] = ["digits", "mnist-1d"];

#[test]
fn committed_figures_and_tables_are_what_the_scores_say() {
    let results = workspace().join("results");
    let any = fs::read_dir(results).into_iter().flatten().any(|e| e.unwrap().path().join("scores.csv").exists());
    let output = std_lab().args(["report", "--check"]).output().unwrap();
    if any {
        assert_eq!(output.status.code(), Some(0), "{}{}", stdout(&output), stderr(&output));
    } else {
        assert_eq!(output.status.code(), Some(3), "without results it says so: {}", stderr(&output));
    }
}

#[test]
fn every_experiment_runs_its_smoke_profile_and_writes_all_it_promises() {
    let entries = fs::read_dir(workspace().join("experiments")).unwrap().map(|entry| entry.unwrap().path());
    for path in entries.filter(|path| path.extension().is_some_and(|e| e == "toml")) {
        let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
        let folder = tempfile::tempdir().unwrap();
        let output = std_lab().args(["run", &name, "--smoke", "--out"]).arg(folder.path()).output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{name}: {}", stderr(&output));
        let text = fs::read_to_string(folder.path().join("scores.csv")).unwrap();
        assert_eq!(text.lines().next().unwrap(), COLUMNS.join(","), "{name}");
        let rows = report::scores::read(&folder.path().join("scores.csv")).unwrap();
        let settings = fs::read_to_string(folder.path().join("settings.toml")).unwrap();
        match settings.lines().find_map(|line| line.strip_prefix("measure = ")) {
            None => hold_rows(&name, &rows),
            Some("\"reach\"") => hold_probes(folder.path(), &rows),
            Some("\"throughput\"") => hold_timings(folder.path(), &rows),
            Some(other) => panic!("a measurement that no test knows: {other}"),
        }
        for file in ["timings.csv", "settings.toml", "provenance.json"] {
            assert!(folder.path().join(file).exists(), "{name}: {file}");
        }
        let figures = files(folder.path()).into_keys().filter(|path| path.extension().is_some_and(|e| e == "svg"));
        for figure in figures {
            assert!(figure.with_extension("png").exists(), "{}", figure.display());
        }
    }
}

/// Every number of a probe says of which model it is; maps have a share for each step.
fn hold_probes(folder: &Path, rows: &[Row]) {
    let known = ["untrained", "trained"];
    for row in rows {
        assert!(row.error.is_empty() && row.value.is_some() && known.contains(&row.split.as_str()), "{row:?}");
    }
    let maps = report::maps::read(&folder.join("maps.csv")).unwrap();
    assert!(known.iter().all(|split| maps.iter().any(|row| row.split == *split)));
    let sums = maps.iter().map(|row| row.values.iter().sum::<f64>());
    assert!(sums.into_iter().all(|sum| sum == 0.0 || (sum - 1.0).abs() < 1e-2));
    // The models come from the cells of the experiment that trains them, here in a folder of its own.
    assert!(fs::read_dir(folder.join("long-range/cells")).unwrap().count() > 10);
}

/// Times and ceilings stand in a file of their own, and no time among the scores.
fn hold_timings(folder: &Path, rows: &[Row]) {
    assert!(rows.iter().all(|row| ["path", "path_dilated"].contains(&row.metric.as_str())), "{rows:?}");
    let timings = report::timings::read(&folder.join("timings.csv")).unwrap();
    for label in ["peak", "copy", "none", "attention"] {
        assert!(timings.iter().any(|row| row.label == label), "{label}");
    }
    let passes = timings.iter().filter(|row| !row.layer.is_empty());
    assert!(passes.clone().count() > 10 && passes.clone().all(|row| row.bytes_peak.is_some() && row.error.is_empty()));
}

fn hold_rows(name: &str, rows: &[Row]) {
    let tasks: BTreeSet<&str> = rows.iter().map(|row| row.task.as_str()).collect();
    for task in tasks {
        let of_task = || rows.iter().filter(|row| row.task == task);
        // What probes find has neither floor nor oracle.
        if !of_task().any(|row| row.metric == "learning_rate") {
            continue;
        }
        let mut oracles = of_task().filter(|row| row.is_floor() && row.label == "oracle").peekable();
        assert_eq!(oracles.peek().is_some(), !NO_RULE.contains(&name), "{name}: {task}: oracle");
        assert!(oracles.all(|row| row.value == Some(1.0)), "{name}: {task}: oracle");
        assert!(of_task().any(|row| row.is_floor() && row.label != "oracle"), "{name}: {task} has no floor");
        assert!(of_task().any(|row| !row.is_floor() && row.is_test_accuracy()), "{name}: {task} has no accuracy");
    }
    for row in rows {
        assert!(row.experiment == *name && row.error.is_empty() && row.value.is_some(), "{row:?}");
        if !rows.iter().any(|other| other.task == row.task && other.metric == "learning_rate") {
            // A floor of what a probe finds is the same for every seed, before training and after.
            let of_a_model = !row.split.is_empty() && row.seed.is_some();
            assert!(!row.metric.is_empty() && (of_a_model || row.is_floor()), "{row:?}");
            continue;
        }
        // A task may have a length of its own, which no setting says.
        assert!(row.n.is_some() || row.task != "recall-at-lag", "{row:?}");
        let of_a_split =
            ["accuracy", "micro_accuracy", "exact", "loss", "solved", "steps_to_solve"].contains(&row.metric.as_str());
        let of_none = if row.is_floor() { &["answers"][..] } else { &["learning_rate", "steps"] };
        let of_none = of_none.contains(&row.metric.as_str());
        assert!(of_a_split || of_none, "a metric that no reader knows: {row:?}");
        assert_eq!(row.split.is_empty(), of_none, "{row:?}");
        if row.is_floor() {
            continue;
        }
        assert!(row.seed.is_some() && row.depth.is_some() && row.params.is_some() && row.flops.is_some(), "{row:?}");
        assert!(!row.reach.is_empty(), "{row:?}");
        let by_lag = row.metric == "accuracy" && row.split == "test";
        assert!(!by_lag || (row.lag.is_some() && row.floor.is_some()), "{row:?}");
    }
}

#[test]
fn plot_draws_from_the_csv_alone_and_to_the_same_bytes() {
    let bench = Bench::new();
    bench.finish("out", &[]);
    let svg = bench.path("out").join("copy-at-lag.svg");
    let drawn = fs::read(&svg).unwrap();
    fs::remove_file(&svg).unwrap();
    fs::remove_dir_all(bench.path("out").join("cells")).unwrap();
    lab().arg("plot").arg(bench.path("tiny.toml")).arg("--out").arg(bench.path("out")).assert().success();
    assert_eq!(fs::read(&svg).unwrap(), drawn);

    // A CSV that was cut short is no ground for a figure.
    let csv = bench.path("out").join("scores.csv");
    let text = fs::read_to_string(&csv).unwrap();
    fs::write(&csv, &text[..text.len() - 20]).unwrap();
    let output =
        std_lab().arg("plot").arg(bench.path("tiny.toml")).arg("--out").arg(bench.path("out")).output().unwrap();
    assert_eq!(output.status.code(), Some(3));
    assert!(stderr(&output).contains("cut short") && stderr(&output).contains("lab run tiny"), "{}", stderr(&output));
    assert_eq!(fs::read(&svg).unwrap(), drawn);
}

/// `lab check` and `lab report` in a workspace of their own: claims, what is missing, and what is out of date.
#[test]
fn check_and_report_tell_what_holds_and_what_is_stale() {
    let root = tempfile::tempdir().unwrap();
    fs::create_dir(root.path().join("experiments")).unwrap();
    let claim = |threshold: &str| {
        format!("[[claims]]\nid = \"c\"\ntext = \"Words.\"\ntask = \"copy-at-lag\"\nlayers = [\"none\"]\n{threshold}\n")
    };
    let settings = root.path().join("experiments/tiny.toml");
    fs::write(&settings, format!("{TINY}{}", claim("at_most = 0.9"))).unwrap();
    fs::write(root.path().join("README.md"), "<!-- lab:begin tiny/claims -->\n<!-- lab:end tiny/claims -->\n").unwrap();
    let code = |arguments: &[&str]| {
        let output = std_lab().arg("--root").arg(root.path()).args(arguments).output();
        output.unwrap().status.code()
    };
    // A later --root would be given twice; the environment is the other way in.
    let of = |arguments: &[&str]| {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_lab"));
        let output = command.env("LAB_ROOT", root.path()).current_dir("/").args(arguments).output().unwrap();
        (output.status.code(), format!("{}{}", stdout(&output), stderr(&output)))
    };
    assert_eq!(code(&["list"]), Some(2), "two roots are one too many");
    assert_eq!(of(&["check"]).0, Some(3));
    assert_eq!(of(&["run", "tiny", "--quiet"]).0, Some(0));
    assert_eq!(of(&["check"]).0, Some(0));
    assert_eq!(of(&["report", "--check"]).0, Some(1), "the README has an empty block");
    assert_eq!(of(&["report"]).0, Some(0));
    assert_eq!(of(&["report", "--check"]).0, Some(0));
    assert!(fs::read_to_string(root.path().join("README.md")).unwrap().contains("holds: Words."));

    fs::write(&settings, format!("{TINY}{}", claim("at_least = 0.9"))).unwrap();
    let (failed, said) = of(&["check"]);
    assert!(failed == Some(1) && said.contains("FAILS  c: Words."), "{said}");
    fs::write(&settings, TINY.replace("seeds = 2", "seeds = 3")).unwrap();
    let (stale, said) = of(&["check"]);
    assert!(
        stale == Some(3) && said.contains("were made with other `seeds` than the experiment file has now"),
        "{said}"
    );
    fs::write(&settings, TINY).unwrap();
    let scores = root.path().join("results/tiny/scores.csv");
    let mut rows = report::scores::read(&scores).unwrap();
    rows.retain(|row| row.seed != Some(1));
    fs::write(&scores, report::scores::write(&rows)).unwrap();
    let (missing, said) = of(&["check"]);
    assert!(missing == Some(3) && said.contains("12 of 24 cells are missing"), "{said}");
}
