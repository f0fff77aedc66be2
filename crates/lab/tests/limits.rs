//! Cells that take too long or too much memory are rows with an error, and signals end a run with all that it had.

mod support;

use std::fs;
use std::process::{Command, Stdio};

use support::{Bench, CELLS, files, flat, std_lab, stderr};

/// Some 0.1 s for each cell.
const SLOW: &[&str] = &["training.steps=400", "training.solved=1.0"];

fn errors(bench: &Bench, out: &str) -> Vec<String> {
    let scores = String::from_utf8(bench.scores(out)).unwrap();
    scores.lines().filter(|line| line.contains("--cell-")).map(str::to_owned).collect()
}

#[test]
fn limits_that_nothing_reaches_change_no_byte() {
    let bench = Bench::new();
    bench.finish("calm", &[]);
    bench.finish("limited", &["--cell-timeout", "600", "--cell-memory", "2"]);
    assert_eq!(bench.scores("limited"), bench.scores("calm"));
    let cells =
        |out: &str| bench.cells(out).iter().map(|path| path.file_name().unwrap().to_owned()).collect::<Vec<_>>();
    assert_eq!(cells("limited"), cells("calm"), "weights and cells of the same names");
}

#[test]
fn what_takes_too_long_is_a_row_with_the_error_and_is_tried_anew() {
    const CELLS: usize = 3;
    // A second for each, where the limit is looked at every 50 ms.
    let long = &["training.steps=8000", "training.solved=1.0", "--layers", "none", "--seeds", "1"];
    let bench = Bench::new();
    let output = bench.run("out", &[long, &["--cell-timeout", "0.001"][..]].concat()).output().unwrap();
    assert_eq!(output.status.code(), Some(1), "{}", stderr(&output));
    assert!(flat(&stderr(&output)).contains(&format!("{CELLS} of {CELLS} cells failed")), "{}", stderr(&output));
    assert_eq!(errors(&bench, "out").len(), CELLS);
    assert!(errors(&bench, "out")[0].contains("took longer than --cell-timeout 0.001"));
    assert!(bench.cells("out").is_empty(), "nothing of it is kept");
    let limited = bench.finish("out", &[long, &["--cell-timeout", "600"][..]].concat());
    assert!(stderr(&limited).contains(&format!("{CELLS} cells to run\n")), "{}", stderr(&limited));
    bench.finish("calm", long);
    assert_eq!(bench.scores("out"), bench.scores("calm"));
}

/// A probe of a model that was not trained in time fails with it, and is tried anew with it.
#[test]
fn what_looks_at_a_model_that_took_too_long_is_tried_anew_with_it() {
    let folder = tempfile::tempdir().unwrap();
    let run = |out: &str, more: &[&str]| {
        let out = folder.path().join(out);
        let output = std_lab().args(["run", "wiring", "--smoke", "--out"]).arg(&out).args(more).output().unwrap();
        (output.status.code(), out)
    };
    let (code, out) = run("out", &["--cell-timeout", "0.001"]);
    assert_eq!(code, Some(1));
    let looks = |path: &std::path::PathBuf| fs::read_to_string(path).is_ok_and(|text| text.contains("\"trained\":{"));
    let kept = files(&out.join("cells")).into_keys().filter(looks).count();
    assert_eq!(kept, 0, "no probe of a model that is not there is kept");
    assert_eq!(run("out", &[]).0, Some(0));
    let (_, calm) = run("calm", &[]);
    for file in ["scores.csv", "maps.csv"] {
        assert_eq!(fs::read(out.join(file)).unwrap(), fs::read(calm.join(file)).unwrap(), "{file}");
    }
}

#[test]
fn what_takes_too_much_memory_is_a_row_with_the_error_and_the_rest_goes_on() {
    let bench = Bench::new();
    // Where a value is one of 50,000, the table of the vocabulary alone takes megabytes in each of several copies.
    let more = fs::read_to_string(bench.path("tiny.toml")).unwrap().replace(
        "tasks = [",
        "tasks = [\n    { name = \"recall-at-lag\", as = \"large\", n = 16, k = 2, keys = 50000, values = 50000 },",
    );
    fs::write(bench.path("tiny.toml"), more).unwrap();
    let output = bench.run("out", &["--cell-memory", "0.01", "--seeds", "1"]).output().unwrap();
    let said = flat(&stderr(&output));
    assert_eq!(output.status.code(), Some(1), "{said}");
    let errors = errors(&bench, "out");
    assert!(errors.iter().all(|line| line.contains("large") && line.contains("needs more than --cell-memory 0.0")));
    assert_eq!(errors.len(), 4, "{said}");
    assert!(said.contains(&format!("4 of {} cells failed", CELLS / 2 + 4)), "{said}");
}

#[test]
#[cfg(unix)]
fn a_batch_system_that_ends_a_run_loses_nothing() {
    for more in [&[][..], &["--cell-timeout", "600"]] {
        let bench = Bench::new();
        let arguments = [SLOW, &["--threads", "1"], more].concat();
        let mut child = bench.run("out", &arguments).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        while bench.cells("out").len() < 3 {
            assert!(child.try_wait().unwrap().is_none(), "it ended before 3 cells were finished");
            std::thread::sleep(std::time::Duration::from_millis(2));
        }
        assert!(Command::new("kill").args(["-TERM", &child.id().to_string()]).status().unwrap().success());
        let output = child.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(143), "128 and the number of the signal");
        let kept = bench.cells("out").len();
        assert!(stderr(&output).contains(&format!("stopped: {kept} of {CELLS} cells")), "{}", stderr(&output));
        let said = stderr(&bench.finish("out", &arguments));
        assert!(said.contains(&format!("{kept} were finished before")), "{said}");
    }
}

#[test]
fn limits_that_are_none_are_refused() {
    let bench = Bench::new();
    for (limit, help) in [("--cell-timeout", "give seconds above 0"), ("--cell-memory", "give GiB above 0")] {
        for value in ["0", "-1", "nan", "inf", "1e99", "soon", ""] {
            let output = bench.run("out", &[&format!("{limit}={value}")]).output().unwrap();
            assert_eq!(output.status.code(), Some(2), "{limit} {value}");
            assert!(flat(&stderr(&output)).contains(help), "{}", stderr(&output));
        }
    }
    assert!(!bench.path("out").exists());
}
