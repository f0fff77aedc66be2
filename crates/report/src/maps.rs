//! `maps.csv`: from one output step, how much of the gradient falls on each input step.

use std::path::Path;

use crate::strict::{self, ReadError, Record};

/// The header of `maps.csv`, in order.
pub const COLUMNS: [&str; 10] =
    ["experiment", "task", "layer", "label", "depth", "split", "seed", "n", "output", "values"];

/// What four digits of each share can make of their sum at most, and to spare.
const ROUNDED: f64 = 0.01;

/// One output step of one model.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Row {
    /// Experiment, the stem of its TOML file.
    pub experiment: String,
    /// What was measured: `map` has every output step, `field` has one; `tags …` has a head for each output step, and its
    /// weight on the k answers in place of the first k input steps; the next one has what is left, on other steps.
    pub task: String,
    /// Layer, kebab case.
    pub layer: String,
    /// Name of the series.
    pub label: String,
    /// Number of blocks.
    pub depth: u64,
    /// `untrained` or `trained`, and what else tells maps of one task apart: `trained, sequence 1`, `trained, k = 8`.
    pub split: String,
    /// Seed of the model.
    pub seed: u64,
    /// Length of a sequence in steps.
    pub n: u64,
    /// The output step, counted from 0.
    pub output: u64,
    /// Share of the squared gradient that falls on input step 0, 1, … n − 1; they sum to 1, or all are 0. In the file
    /// they stand in one field with spaces between, to four digits, and a sum within 1 % of 1 is taken.
    pub values: Vec<f64>,
}

/// Reads a file of maps.
///
/// # Errors
/// [`ReadError`] names the file, the line and the fix.
pub fn read(path: &Path) -> Result<Vec<Row>, ReadError> {
    parse(&strict::text(path)?, path)
}

/// As [`read`], from text; `path` only names the source in errors.
pub fn parse(text: &str, path: &Path) -> Result<Vec<Row>, ReadError> {
    strict::parse(text, path, &COLUMNS, row)
}

fn row(record: &Record) -> Result<Row, strict::Fault> {
    let whole = |column| record.whole(column)?.ok_or((column, "a whole number (0 or more)"));
    let values = record.text(9).split(' ').map(|value| value.parse::<f64>().ok()).collect::<Option<Vec<_>>>();
    let (n, output) = (whole(7)?, whole(8)?);
    let shares = values.filter(|values| values.len() as u64 == n && values.iter().all(|v| (0.0..=1.0).contains(v)));
    if output >= n {
        return Err((8, "an output step below n"));
    }
    let values = shares.ok_or((9, "as many shares between 0 and 1 as there are steps, with spaces between"))?;
    let sum: f64 = values.iter().sum();
    if sum != 0.0 && (sum - 1.0).abs() > ROUNDED {
        return Err((9, "shares that sum to 1 (or are all 0)"));
    }
    Ok(Row {
        experiment: record.text(0),
        task: record.text(1),
        layer: record.text(2),
        label: record.text(3),
        depth: whole(4)?,
        split: record.text(5),
        seed: whole(6)?,
        n,
        output,
        values,
    })
}

/// The rows as CSV; the same rows give the same bytes.
pub fn write(rows: &[Row]) -> String {
    strict::write(&COLUMNS, rows, |row| {
        vec![
            row.experiment.clone(),
            row.task.clone(),
            row.layer.clone(),
            row.label.clone(),
            row.depth.to_string(),
            row.split.clone(),
            row.seed.to_string(),
            row.n.to_string(),
            row.output.to_string(),
            row.values.iter().map(|value| digits(*value)).collect::<Vec<_>>().join(" "),
        ]
    })
}

/// Four significant digits, and a bare `0` for what is not connected: most entries of most maps.
fn digits(value: f64) -> String {
    if value == 0.0 { "0".to_owned() } else { format!("{value:.3e}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_reads_back_and_damage_is_named() {
        let row = Row {
            experiment: "reach".into(),
            task: "map".into(),
            layer: "conv".into(),
            label: "conv, k3".into(),
            depth: 2,
            split: "untrained".into(),
            n: 4,
            output: 3,
            values: vec![0.0, 0.125, 0.5, 0.375],
            ..Row::default()
        };
        let text = write(std::slice::from_ref(&row));
        assert_eq!(parse(&text, Path::new("maps.csv")).unwrap(), [row]);
        let fail =
            |from: &str, to: &str| parse(&text.replace(from, to), Path::new("maps.csv")).unwrap_err().to_string();
        assert!(fail("5.000e-1", "NaN").contains("line 2, column `values`"));
        assert!(fail(" 5.000e-1", "").contains("as many shares"));
        for changed in ["4.890e-1", "5.110e-1"] {
            assert!(fail("5.000e-1", changed).contains("line 2, column `values`"), "{changed}");
            assert!(fail("5.000e-1", changed).contains("sum to 1"), "{changed}");
        }
        let read = |values: &str| parse(&text.replace("0 1.250e-1 5.000e-1 3.750e-1", values), Path::new("maps.csv"));
        assert!(read("0 0 0 0").is_ok() && read("0 0 0.991 0").is_ok() && read("0 0.5 0 0").is_err());
        assert!(fail(",4,3,", ",4,4,").contains("below n"));
        assert!(fail("split", "state").contains("another version"));
    }
}
