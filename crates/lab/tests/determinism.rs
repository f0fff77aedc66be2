//! The same seed gives the same bytes: whatever the threads, the folder, or how often.

mod support;

use support::{Bench, CELLS, stderr};

/// Both tasks reach some accuracy in so many steps, so that there is something to differ in.
const SOME: &[&str] = &["training.steps=60"];

#[test]
fn threads_and_folders_leave_no_trace_in_the_scores() {
    let bench = Bench::new();
    bench.finish("one", &[SOME, &["--threads", "1"]].concat());
    bench.finish("two", &[SOME, &["--threads", "2"]].concat());
    bench.finish("many", &[SOME, &["--threads", "7"]].concat());
    assert_eq!(bench.scores("one"), bench.scores("two"));
    assert_eq!(bench.scores("one"), bench.scores("many"));
}

#[test]
fn force_does_every_cell_again_to_the_same_bytes() {
    let bench = Bench::new();
    bench.finish("out", SOME);
    let before = bench.scores("out");
    let said = stderr(&bench.finish("out", &[SOME, &["--force"]].concat()));
    assert!(said.contains(&format!("{CELLS} cells to run")) && !said.contains("finished before"), "{said}");
    assert_eq!(bench.scores("out"), before);
}

#[test]
fn another_seed_or_budget_is_another_result() {
    let bench = Bench::new();
    bench.finish("out", SOME);
    let rows = report::scores::read(&bench.path("out").join("scores.csv")).unwrap();
    let of_seed = |seed: u64| -> Vec<f64> {
        let loss = |row: &&report::scores::Row| row.metric == "loss" && row.seed == Some(seed);
        rows.iter().filter(loss).filter_map(|row| row.value).collect()
    };
    assert_eq!(of_seed(0).len(), of_seed(1).len());
    assert!(of_seed(0).iter().zip(of_seed(1)).all(|(a, b)| *a != b), "seeds share neither parameters nor data");
    bench.finish("longer", &["training.steps=61"]);
    assert_ne!(bench.scores("out"), bench.scores("longer"));
}

/// Numbers that take 17 digits come back from a cell's file as they went in; else their cells look like others' and are
/// done again at every run.
#[test]
fn settings_with_all_their_digits_are_found_again() {
    let bench = Bench::new();
    let rates = "training.learning_rates=[5.960464477539063e-8, 0.30000000000000004, 2.2250738585072014e-3]";
    bench.finish("out", &[rates]);
    let said = stderr(&bench.finish("out", &[rates]));
    assert!(said.contains(&format!("0 cells to run, {CELLS} were finished before")), "{said}");
}

/// Options that are the default, written out or not, and labels, do not make another cell; what decides scores does.
#[test]
fn only_what_decides_scores_makes_another_cell() {
    let bench = Bench::new();
    bench.finish("out", &[]);
    let same = ["layers.conv.label=renamed", "layers.conv.options={kernel = 3}"];
    let said = stderr(&bench.finish("out", &same[1..]));
    assert!(said.contains("0 cells to run"), "{said}");
    let said = stderr(&bench.finish("out", &same[..1]));
    assert!(said.contains("0 cells to run"), "{said}");
    let said = stderr(&bench.finish("out", &["layers.conv.options={kernel = 2}"]));
    assert!(said.contains("6 cells to run, 18 were finished before"), "{said}");
}
