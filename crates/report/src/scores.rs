//! The scores of an experiment: one CSV in long form, read strictly, written byte-stable.

use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::strict::{self, Record};

pub use crate::strict::ReadError;

/// The header of `scores.csv`, in order.
pub const COLUMNS: [&str; 20] = [
    "experiment",
    "task",
    "layer",
    "label",
    "options",
    "depth",
    "width",
    "reach",
    "params",
    "flops",
    "seed",
    "n",
    "k",
    "lag",
    "metric",
    "value",
    "floor",
    "expected",
    "split",
    "error",
];

/// One line of `scores.csv`: one number, and everything needed to say what it is.
///
/// A row with an empty `layer` is a floor or an oracle named by `label`; its empty `lag` means "the same at every lag". One
/// of the metric `answers` says how many answers a sequence of the task is asked for, see [`crate::counted`].
/// A row with a non-empty `error` is a cell that failed; its `value` is empty.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Row {
    /// Experiment, the stem of its TOML file.
    pub experiment: String,
    /// Task, kebab case.
    pub task: String,
    /// Layer, kebab case; empty for floors.
    pub layer: String,
    /// Name of the series in figures and tables.
    pub label: String,
    /// Resolved options, TOML on one line.
    pub options: String,
    /// Number of blocks.
    pub depth: Option<u64>,
    /// Features at a step.
    pub width: Option<u64>,
    /// Declared reach: `0..6`, `0,1,3,4`, `past` or `everywhere`.
    pub reach: String,
    /// Trainable numbers.
    pub params: Option<u64>,
    /// FLOPs of one training step of one sequence (a multiply-add is two).
    pub flops: Option<u64>,
    /// Seed of the training.
    pub seed: Option<u64>,
    /// Length of a sequence in steps.
    pub n: Option<u64>,
    /// Number of key–value pairs.
    pub k: Option<u64>,
    /// How many steps back the needed information lies; where a sequence is asked for and there is no such distance, the
    /// place in the answer, from 1.
    pub lag: Option<u64>,
    /// `accuracy`, `loss`, `solved`, `steps_to_solve`, `learning_rate`, …
    pub metric: String,
    /// The number; empty where the cell failed. A number that does not exist is a row left out: an unsolved run has
    /// no row of `steps_to_solve`.
    pub value: Option<f64>,
    /// Value reached without using the information at the lag.
    pub floor: Option<f64>,
    /// What a closed form says the number is, where there is one.
    pub expected: Option<f64>,
    /// `train`, `validation` or `test`.
    pub split: String,
    /// Why the cell failed; empty when it did not.
    pub error: String,
}

impl Row {
    /// True for the rows that hold floors and oracles.
    pub fn is_floor(&self) -> bool {
        self.layer.is_empty()
    }

    /// True for cells that failed.
    pub fn failed(&self) -> bool {
        !self.error.is_empty()
    }

    /// True for rows that carry accuracy on the test split.
    pub fn is_test_accuracy(&self) -> bool {
        self.metric == "accuracy" && (self.split == "test" || (self.is_floor() && self.split.is_empty()))
    }
}

/// Reads a file of scores.
///
/// # Errors
/// [`ReadError`] names the file, the line and the fix. Infinite and not-a-number values are refused, and empty ones where
/// `error` is empty too: a cell that failed says so there.
pub fn read(path: &Path) -> Result<Vec<Row>, ReadError> {
    parse(&strict::text(path)?, path)
}

/// As [`read`], from text; `path` only names the source in errors.
pub fn parse(text: &str, path: &Path) -> Result<Vec<Row>, ReadError> {
    strict::parse(text, path, &COLUMNS, row)
}

/// The row, or the column that is wrong and what it should hold.
fn row(record: &Record) -> Result<Row, (usize, &'static str)> {
    let (text, whole, number) =
        (|column| record.text(column), |column| record.whole(column), |column| record.number(column));
    let row = Row {
        experiment: text(0),
        task: text(1),
        layer: text(2),
        label: text(3),
        options: text(4),
        depth: whole(5)?,
        width: whole(6)?,
        reach: text(7),
        params: whole(8)?,
        flops: whole(9)?,
        seed: whole(10)?,
        n: whole(11)?,
        k: whole(12)?,
        lag: whole(13)?,
        metric: text(14),
        value: number(15)?,
        floor: number(16)?,
        expected: number(17)?,
        split: text(18),
        error: text(19),
    };
    let outside = |value: Option<f64>| value.is_some_and(|value| !(0.0..=1.0).contains(&value));
    match &row {
        row if row.label.trim().is_empty() => Err((3, "a series name (it must not be empty)")),
        row if row.value.is_none() && !row.failed() => Err((15, "a number (a row without one says why in `error`)")),
        row if row.metric == "accuracy" && outside(row.value) => Err((15, "an accuracy between 0 and 1")),
        row if row.metric == "accuracy" && outside(row.floor) => Err((16, "an accuracy between 0 and 1")),
        _ => Ok(row),
    }
}

/// Writes scores as CSV. The same rows give the same bytes: numbers stand in the shortest form that reads back equal.
pub fn write(rows: &[Row]) -> String {
    strict::write(&COLUMNS, rows, |row| {
        vec![
            row.experiment.clone(),
            row.task.clone(),
            row.layer.clone(),
            row.label.clone(),
            row.options.clone(),
            strict::shown(row.depth),
            strict::shown(row.width),
            row.reach.clone(),
            strict::shown(row.params),
            strict::shown(row.flops),
            strict::shown(row.seed),
            strict::shown(row.n),
            strict::shown(row.k),
            strict::shown(row.lag),
            row.metric.clone(),
            strict::shown(row.value),
            strict::shown(row.floor),
            strict::shown(row.expected),
            row.split.clone(),
            row.error.clone(),
        ]
    })
}
