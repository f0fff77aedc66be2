//! What an entry of `tasks` can vary beside the settings of its task, and what its scores are over.

mod support;

use report::scores::{self, Row};
use support::{Bench, TINY, flat, stderr};

/// The tiny experiment with another list of tasks, of these layers.
fn rows(tasks: &str, layers: &str) -> Result<Vec<Row>, String> {
    let (head, rest) = TINY.split_once("tasks = [").unwrap();
    let (_, rest) = rest.split_once("\n]").unwrap();
    let (rest, _) = rest.split_once("[[figures]]").unwrap();
    let bench = Bench::with(&format!("{head}tasks = [{tasks}]{rest}"));
    let output = bench.run("out", &["--layers", layers]).output().unwrap();
    match output.status.code() {
        Some(0) => Ok(scores::read(&bench.path("out").join("scores.csv")).unwrap()),
        _ => Err(flat(&stderr(&output))),
    }
}

fn values<'a>(rows: &'a [Row], metric: &'a str) -> impl Iterator<Item = &'a Row> {
    rows.iter().filter(move |row| row.metric == metric && !row.is_floor())
}

#[test]
fn the_width_of_the_models_is_an_axis() {
    let rows = rows("{ name = 'recall-at-lag', n = 16, k = 2, width = [4, 8] }", "conv").unwrap();
    let of = |width: u64| values(&rows, "solved").filter(|row| row.width == Some(width)).collect::<Vec<_>>();
    assert_eq!((of(4).len(), of(8).len()), (2, 2), "two seeds each");
    assert!(of(4)[0].params < of(8)[0].params);
    let floors = rows.iter().filter(|row| row.is_floor() && row.label == "1/K").count();
    assert_eq!(floors, 1, "a floor is one for all widths");
    let refused = |width: &str| {
        let task = format!("{{ name = 'recall-at-lag', n = 16, k = 2, width = {width} }}");
        self::rows(&task, "conv").unwrap_err()
    };
    assert!(refused("0").contains("width = 0 is no width of a model"));
    assert!(refused("'wide'").contains("choose a whole number from 1 to 16384"));
    assert!(refused("[4, 4]").contains("two cells of one task"));
}

#[test]
fn a_name_can_hold_the_value_of_a_setting() {
    let task = "{ name = 'copy-at-lag', as = 'copy of {vocabulary}', n = 16, lag = 1, vocabulary = [4, 8] }";
    let rows = rows(task, "conv").unwrap();
    let tasks: Vec<_> = values(&rows, "solved").map(|row| row.task.as_str()).collect();
    assert_eq!(tasks, ["copy of 4", "copy of 4", "copy of 8", "copy of 8"]);
    let typo = self::rows(&task.replace("{vocabulary}", "{vocab}"), "conv").unwrap_err();
    assert!(typo.contains("`copy of {vocab}`, which is none") && typo.contains("lag, n, vocabulary"), "{typo}");
}

/// In the recall tasks of MAD the step behind a key holds its value.
#[test]
fn a_layer_that_sees_the_answer_is_refused() {
    let task = "{ name = 'mad-recall', n = 16, vocab_size = 8 }";
    let refused = rows(task, "line, over time").unwrap_err();
    assert!(refused.contains("layer `line, over time` sees the next step"), "{refused}");
    rows(task, "conv").unwrap();
}

/// Near lags are asked for more often: the share of right answers is not the mean over lags.
#[test]
fn the_micro_average_is_over_answers() {
    let rows = rows("{ name = 'mad-recall', n = 16, vocab_size = 4 }", "conv").unwrap();
    let micro: Vec<_> = values(&rows, "micro_accuracy").collect();
    assert_eq!(micro.len(), 2, "one for each seed");
    for row in micro {
        let by_lag: Vec<f64> = values(&rows, "accuracy")
            .filter(|other| other.seed == row.seed && other.split == "test")
            .filter_map(|other| other.value)
            .collect();
        let value = row.value.unwrap();
        let (low, high) = (by_lag.iter().copied().fold(1.0, f64::min), by_lag.iter().copied().fold(0.0, f64::max));
        assert!((low..=high).contains(&value), "{value} of {by_lag:?}");
        // 32 sequences with so many answers: right ones are whole numbers.
        let answers: usize = {
            let task = tasks::TASKS.iter().find(|task| task.name == "mad-recall").unwrap();
            let task = (task.build)(&"n = 16\nvocab_size = 4".parse().unwrap()).unwrap();
            (0..32).map(|i| task.sequence(row.seed.unwrap(), tasks::Split::Test, i).targets.len()).sum()
        };
        let right = value * answers as f64;
        assert!((right - right.round()).abs() < 1e-6, "{right} of {answers}");
    }
    assert!(rows.iter().any(|row| row.is_floor() && row.metric == "micro_accuracy" && row.label == "last value"));
    let alone = self::rows("{ name = 'recall-at-lag', n = 16, k = 2 }", "conv").unwrap();
    assert_eq!(
        values(&alone, "micro_accuracy").count(),
        0,
        "one question of a sequence: the mean over lags is all there is"
    );
}
