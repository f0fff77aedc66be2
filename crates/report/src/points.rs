//! `points.csv`: points of a plane that stand for themselves: curves that a model fits, vectors in two dimensions.

use std::path::Path;

use crate::strict::{self, ReadError, Record};

/// The header of `points.csv`, in order.
pub const COLUMNS: [&str; 11] =
    ["experiment", "task", "layer", "label", "split", "seed", "n", "series", "name", "x", "y"];

/// Ends the name of a point that training had none like; figures draw it hollow.
pub const HELD_OUT: &str = ", held out";

/// One point.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Row {
    /// Experiment, the stem of its TOML file.
    pub experiment: String,
    /// What was looked for, the name of the probe and of what it looked at: `curve abs`.
    pub task: String,
    /// Layer, kebab case; empty for what is true whatever the layer.
    pub layer: String,
    /// Name of the layer's series, or of the truth.
    pub label: String,
    /// `untrained` or `trained`; empty for the truth.
    pub split: String,
    /// Seed of the model; none for the truth.
    pub seed: Option<u64>,
    /// Length of a sequence in steps.
    pub n: Option<u64>,
    /// Points of one series belong together: a curve, or a meaning.
    pub series: String,
    /// What this one point is, where that is worth a word.
    pub name: String,
    /// Across.
    pub x: f64,
    /// Up.
    pub y: f64,
}

/// Reads a file of points.
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
    let place = |column| record.number(column)?.ok_or((column, "a number"));
    Ok(Row {
        experiment: record.text(0),
        task: record.text(1),
        layer: record.text(2),
        label: record.text(3),
        split: record.text(4),
        seed: record.whole(5)?,
        n: record.whole(6)?,
        series: record.text(7),
        name: record.text(8),
        x: place(9)?,
        y: place(10)?,
    })
}

/// The rows as CSV, places to six digits; the same rows give the same bytes.
pub fn write(rows: &[Row]) -> String {
    strict::write(&COLUMNS, rows, |row| {
        vec![
            row.experiment.clone(),
            row.task.clone(),
            row.layer.clone(),
            row.label.clone(),
            row.split.clone(),
            strict::shown(row.seed),
            strict::shown(row.n),
            row.series.clone(),
            row.name.clone(),
            format!("{:.5e}", row.x),
            format!("{:.5e}", row.y),
        ]
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_reads_back_and_damage_is_named() {
        let row = Row {
            experiment: "levels".into(),
            label: "line".into(),
            seed: Some(2),
            series: "fit".into(),
            x: -0.5,
            y: 0.25,
            ..Row::default()
        };
        let text = write(std::slice::from_ref(&row));
        assert_eq!(parse(&text, Path::new("points.csv")).unwrap(), [row]);
        let damaged = text.replace("2.50000e-1", "");
        assert!(parse(&damaged, Path::new("points.csv")).unwrap_err().to_string().contains("column `y`"));
    }
}
