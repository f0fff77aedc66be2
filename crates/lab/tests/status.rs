//! What is done, running, failed and missing, of one folder and of several.

mod support;

use std::fs;
use std::path::PathBuf;
use std::process::Stdio;
use std::time::{Duration, Instant};

use serde_json::Value;
use support::{Bench, CELLS, files, flat, std_lab, stderr, stdout};

/// Exit code and what is said, as data.
fn status(folders: &[PathBuf]) -> (i32, Value) {
    let output = std_lab().arg("status").args(folders).arg("--json").output().unwrap();
    let said = serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{}", stderr(&output)));
    (output.status.code().unwrap(), said)
}

/// The same for people.
fn told(folders: &[PathBuf]) -> String {
    let output = std_lab().arg("status").args(folders).output().unwrap();
    assert_ne!(output.status.code(), Some(2), "{}", stderr(&output));
    stdout(&output)
}

fn count(said: &Value, state: &str) -> usize {
    said[state].as_array().unwrap().len()
}

#[test]
fn one_folder_answers_for_its_shard_and_several_for_the_whole() {
    let bench = Bench::new();
    for shard in ["1/3", "2/3"] {
        bench.finish(&shard[..1], &["--shard", shard]);
    }
    let [one, two] = ["1", "2"].map(|name| bench.path(name));
    let (code, said) = status(std::slice::from_ref(&one));
    assert_eq!((code, &said["done"], &said["cells"]), (0, &8.into(), &8.into()));
    assert!(told(std::slice::from_ref(&one)).contains("everything is finished"));
    let both = [one, two];
    let (code, said) = status(&both);
    assert_eq!((code, &said["done"], count(&said, "missing")), (3, &16.into(), 8));
    assert!(said["missing"].as_array().unwrap().iter().all(|cell| cell["shard"] == "3/3"), "{said}");
    assert!(said["seconds_left"].as_f64().unwrap() > 0.0, "{said}");
    let table = told(&both);
    assert!(table.contains("(shard 3/3)") && table.contains("together"), "{table}");
    assert!(table.contains("nothing is running; one cell after the other takes"), "{table}");
    // Merged, the folder answers for everything.
    bench.finish("3", &["--shard", "3/3"]);
    let out = bench.path("merged");
    let merged = std_lab().arg("merge").args(&both).arg(bench.path("3")).arg("--out").arg(&out).output().unwrap();
    assert_eq!(merged.status.code(), Some(0), "{}", stderr(&merged));
    let (code, said) = status(&[out]);
    assert_eq!((code, &said["done"]), (0, &CELLS.into()));
}

#[test]
fn running_cells_are_told_from_those_of_a_killed_run() {
    let slow = ["training.steps=400", "training.solved=1.0", "--threads", "1"];
    let bench = Bench::new();
    let mut child = bench.run("out", &slow).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let folder = [bench.path("out")];
    let start = Instant::now();
    // Between two cells none is running.
    let said = loop {
        assert!(start.elapsed() < Duration::from_secs(60), "no cell was seen running");
        assert!(child.try_wait().unwrap().is_none(), "it ended before a cell was seen running");
        if !bench.cells("out").is_empty() {
            let (code, said) = status(&folder);
            assert_eq!(code, 3, "{said}");
            if count(&said, "running") == 1 {
                break said;
            }
        }
    };
    assert_eq!(said["running"][0]["process"], child.id());
    let done = said["done"].as_u64().unwrap() as usize;
    assert!(done > 0 && done + 1 + count(&said, "missing") == CELLS, "{said}");
    assert!(said["seconds_left"].as_f64().unwrap() > 0.0, "{said}");
    child.kill().unwrap();
    child.wait().unwrap();
    // As a kill in the middle of a cell leaves it, whenever this one was.
    let mark = bench.path("out/cells/.running-0");
    let running = serde_json::to_string(&serde_json::json!({
        "key": "0", "host": "", "process": 1, "began": 0, "seen": 0, "share": 0.0,
    }));
    if !mark.exists() {
        fs::write(&mark, running.unwrap()).unwrap();
    }
    let before = files(&bench.path("out"));
    let (code, said) = status(&folder);
    assert_eq!((code, count(&said, "running"), count(&said, "failed")), (3, 0, 0), "{said}");
    assert_eq!(files(&bench.path("out")), before, "who looks changes nothing");
    bench.finish("out", &slow);
    assert!(!mark.exists(), "the next run takes the mark away");
    assert_eq!(status(&folder).0, 0);
}

#[test]
fn a_cell_that_failed_is_named_with_its_reason() {
    let bench = Bench::new();
    let run = bench.run("out", &["training.learning_rates=[1e38]", "--layers", "conv,none"]).output().unwrap();
    assert_eq!(run.status.code(), Some(1), "{}", stderr(&run));
    let folder = [bench.path("out")];
    let (code, said) = status(&folder);
    assert_eq!((code, count(&said, "missing")), (1, 0), "{said}");
    assert!(count(&said, "failed") > 0 && said["failed"][0]["tried_again"] == false, "{said}");
    let table = told(&folder);
    assert!(table.contains("failed: ") && table.contains("nothing is left to run but what failed"), "{table}");
}

/// A panic is not kept as a result, but why it was is kept until the cell is finished.
#[test]
fn a_cell_that_panicked_is_failed_and_tried_again() {
    let bench = Bench::new();
    bench.finish("out", &[]);
    let cell = bench.cells("out")[0].clone();
    fs::remove_file(&cell).unwrap();
    let note = cell.with_file_name(format!(".failed-{}", cell.file_stem().unwrap().to_str().unwrap()));
    fs::write(&note, "panicked: \u{1b}[31mout of bounds\nhere").unwrap();
    let folder = [bench.path("out")];
    let (code, said) = status(&folder);
    assert_eq!((code, count(&said, "failed"), &said["done"]), (1, 1, &(CELLS - 1).into()), "{said}");
    let table = told(&folder);
    assert!(table.contains("panicked:  [31mout of bounds here (the next run tries it again)"), "{table}");
    assert!(!table.contains('\u{1b}'), "what a terminal obeys is not printed");
    bench.finish("out", &[]);
    assert!(!note.exists());
    assert_eq!(status(&folder).0, 0);
}

#[test]
fn damaged_cells_are_missing_and_folders_without_a_sweep_refused() {
    let bench = Bench::new();
    bench.finish("out", &[]);
    fs::write(&bench.cells("out")[0], "x").unwrap();
    let table = told(&[bench.path("out")]);
    assert!(table.contains("missing: ") && table.contains("its file is damaged, it is cut short"), "{table}");
    fs::remove_file(bench.path("out/cells/sweep.toml")).unwrap();
    let output = std_lab().arg("status").arg(bench.path("out")).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(flat(&stderr(&output)).contains("nothing says which sweep the cells in"), "{}", stderr(&output));
}

/// Before a shard of `reach` can look at anything, models of another experiment are trained; they are seen, too.
#[test]
fn models_that_are_waited_for_are_counted() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out");
    let run = std_lab().args(["run", "reach", "--smoke", "--shard", "1/9", "--out"]).arg(&out).output().unwrap();
    assert_eq!(run.status.code(), Some(0), "{}", stderr(&run));
    let looks = |path: &PathBuf| fs::read_to_string(path).is_ok_and(|text| text.contains("\"trained\":{"));
    let cells = files(&out.join("cells")).into_keys().filter(|p| p.extension().is_some_and(|e| e == "json"));
    cells.filter(looks).for_each(|cell| fs::remove_file(cell).unwrap());
    let table = told(&[out]);
    assert!(table.contains("models to look at"), "{table}");
}
