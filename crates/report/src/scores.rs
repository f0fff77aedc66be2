//! The scores of an experiment: one CSV in long form, read strictly, written byte-stable.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

/// The header of `scores.csv`, in order.
pub const COLUMNS: [&str; 18] = [
    "experiment",
    "task",
    "layer",
    "label",
    "options",
    "depth",
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
    "split",
    "error",
];

/// One line of `scores.csv`: one number, and everything needed to say what it is.
///
/// A row with an empty `layer` is a floor or an oracle named by `label`; its empty `lag` means "the same at every lag".
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
    /// How many steps back the needed information lies.
    pub lag: Option<u64>,
    /// `accuracy`, `loss`, `solved`, `steps_to_solve`, `learning_rate`, …
    pub metric: String,
    /// The number; empty where the cell failed. A number that does not exist is a row left out: an unsolved run has
    /// no row of `steps_to_solve`.
    pub value: Option<f64>,
    /// Value reached without using the information at the lag.
    pub floor: Option<f64>,
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

/// Why a file of scores was refused. Lines count from 1, the header included.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// No such file.
    #[error("{} does not exist: run the experiment first (`lab run NAME` writes it)", .0.display())]
    Missing(PathBuf),
    /// The file is there and cannot be read.
    #[error("{} cannot be read: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// The cause.
        source: std::io::Error,
    },
    /// The first line is not [`COLUMNS`].
    #[error("{}: {what}; the header must be exactly `{}`", path.display(), COLUMNS.join(","))]
    Header {
        /// The file.
        path: PathBuf,
        /// Missing, unknown or misplaced columns.
        what: String,
    },
    /// A line with too few or too many fields, or a last line without its end.
    #[error("{} line {line}: {what}; the file was cut short or edited: run the experiment again", path.display())]
    Ragged {
        /// The file.
        path: PathBuf,
        /// Line number.
        line: u64,
        /// What is wrong with the line.
        what: String,
    },
    /// A field that does not hold what its column promises.
    #[error("{} line {line}, column `{column}`: `{text}` is not {expected}", path.display())]
    Field {
        /// The file.
        path: PathBuf,
        /// Line number.
        line: u64,
        /// Column name.
        column: &'static str,
        /// What stands there.
        text: String,
        /// What should stand there.
        expected: &'static str,
    },
}

/// Reads a file of scores.
///
/// # Errors
/// [`ReadError`] names the file, the line and the fix. Infinite and not-a-number values are refused: a cell that failed
/// says so in `error`, with an empty `value`.
pub fn read(path: &Path) -> Result<Vec<Row>, ReadError> {
    let text = std::fs::read_to_string(path).map_err(|source| match source.kind() {
        std::io::ErrorKind::NotFound => ReadError::Missing(path.to_owned()),
        _ => ReadError::Io { path: path.to_owned(), source },
    })?;
    parse(&text, path)
}

/// As [`read`], from text; `path` only names the source in errors.
pub fn parse(text: &str, path: &Path) -> Result<Vec<Row>, ReadError> {
    let path = || path.to_owned();
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(text.as_bytes());
    let utf8 = "text in UTF-8 is valid after read_to_string";
    if let Some(what) = header_fault(reader.headers().expect(utf8)) {
        return Err(ReadError::Header { path: path(), what });
    }
    // A line cut inside its last field still has all its commas; only the missing end tells.
    if !text.ends_with('\n') {
        let what = "the last line has no line end".to_owned();
        return Err(ReadError::Ragged { path: path(), line: text.lines().count() as u64, what });
    }
    let mut rows = Vec::new();
    for record in reader.records() {
        let record = record.expect(utf8);
        let line = record.position().map_or(0, csv::Position::line);
        if record.len() != COLUMNS.len() {
            let what = format!("{} fields where {} are expected", record.len(), COLUMNS.len());
            return Err(ReadError::Ragged { path: path(), line, what });
        }
        rows.push(row(&record).map_err(|(column, expected)| {
            let text = record[column].to_owned();
            ReadError::Field { path: path(), line, column: COLUMNS[column], text, expected }
        })?);
    }
    Ok(rows)
}

fn header_fault(found: &csv::StringRecord) -> Option<String> {
    let list = |names: Vec<&str>| names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
    let missing: Vec<_> = COLUMNS.iter().copied().filter(|name| !found.iter().any(|other| other == *name)).collect();
    let extra: Vec<_> = found.iter().filter(|name| !COLUMNS.contains(name)).collect();
    let mut faults = Vec::new();
    if !missing.is_empty() {
        faults.push(format!("missing columns {}", list(missing)));
    }
    if !extra.is_empty() {
        faults.push(format!("unknown columns {}", list(extra)));
    }
    if faults.is_empty() && !found.iter().eq(COLUMNS) {
        faults.push("columns repeated or in another order".to_owned());
    }
    (!faults.is_empty()).then(|| faults.join(", "))
}

/// The row, or the column that is wrong and what it should hold.
fn row(record: &csv::StringRecord) -> Result<Row, (usize, &'static str)> {
    let text = |column: usize| record[column].to_owned();
    let whole = |column: usize| match &record[column] {
        "" => Ok(None),
        text => text.parse().map(Some).map_err(|_| (column, "a whole number (0 or more)")),
    };
    let number = |column: usize| match record[column].parse::<f64>() {
        _ if record[column].is_empty() => Ok(None),
        Ok(value) if value.is_finite() => Ok(Some(value)),
        _ => Err((column, "a finite number (a failed cell leaves it empty and says why in `error`)")),
    };
    let row = Row {
        experiment: text(0),
        task: text(1),
        layer: text(2),
        label: text(3),
        options: text(4),
        depth: whole(5)?,
        reach: text(6),
        params: whole(7)?,
        flops: whole(8)?,
        seed: whole(9)?,
        n: whole(10)?,
        k: whole(11)?,
        lag: whole(12)?,
        metric: text(13),
        value: number(14)?,
        floor: number(15)?,
        split: text(16),
        error: text(17),
    };
    let outside = |value: Option<f64>| value.is_some_and(|value| !(0.0..=1.0).contains(&value));
    match &row {
        row if row.label.is_empty() => Err((3, "a series name (it must not be empty)")),
        row if row.metric == "accuracy" && outside(row.value) => Err((14, "an accuracy between 0 and 1")),
        row if row.metric == "accuracy" && outside(row.floor) => Err((15, "an accuracy between 0 and 1")),
        _ => Ok(row),
    }
}

/// Writes scores as CSV. The same rows give the same bytes: numbers stand in the shortest form that reads back equal.
pub fn write(rows: &[Row]) -> String {
    fn whole(value: Option<u64>) -> String {
        value.map_or_else(String::new, |value| value.to_string())
    }
    fn number(value: Option<f64>) -> String {
        value.map_or_else(String::new, |value| value.to_string())
    }
    let mut writer = csv::Writer::from_writer(Vec::new());
    let infallible = "writing to memory does not fail";
    writer.write_record(COLUMNS).expect(infallible);
    for row in rows {
        let fields = [
            row.experiment.clone(),
            row.task.clone(),
            row.layer.clone(),
            row.label.clone(),
            row.options.clone(),
            whole(row.depth),
            row.reach.clone(),
            whole(row.params),
            whole(row.flops),
            whole(row.seed),
            whole(row.n),
            whole(row.k),
            whole(row.lag),
            row.metric.clone(),
            number(row.value),
            number(row.floor),
            row.split.clone(),
            row.error.clone(),
        ];
        writer.write_record(&fields).expect(infallible);
    }
    String::from_utf8(writer.into_inner().expect(infallible)).expect("fields are text")
}
