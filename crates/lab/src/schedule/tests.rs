use std::path::Path;

use super::*;
use crate::experiment::{self, Profile};
use crate::plan;
use crate::progress::Verbosity;

#[test]
fn a_cell_that_panics_is_a_row_with_the_error_and_is_tried_anew() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let file = root.join("experiments/long-range.toml");
    let experiment = experiment::load(&root, &file, Profile::Smoke, &[]).unwrap();
    let planned = &plan::plan(&root, &experiment, Profile::Smoke).unwrap()[..6];
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path()).unwrap();
    let run = |broken: &[usize]| {
        let runner = |cell: &Cell, _: &mut Watch<'_>| {
            let broken = broken.iter().any(|index| planned[*index].cell == *cell);
            assert!(!broken, "on purpose, seed {}", cell.seed);
            Some((Finished::failed("ran to its end".to_owned()), None))
        };
        sweep(planned, &store, 2, false, &Progress::new(2, Verbosity::Quiet, false), &runner).unwrap()
    };
    let errors = |sweep: &Sweep| -> Vec<String> {
        sweep.finished.iter().map(|finished| finished.as_ref().unwrap().outcome.clone().unwrap_err()).collect()
    };
    let first = run(&[1, 4]);
    for (index, error) in errors(&first).into_iter().enumerate() {
        let wanted = if [1, 4].contains(&index) { "panicked: on purpose, seed" } else { "ran to its end" };
        assert!(error.starts_with(wanted), "{error}");
    }
    let second = run(&[]);
    assert_eq!((first.kept, second.kept), (0, 4));
    assert_eq!(errors(&second), vec!["ran to its end"; 6]);
}
