//! `traces.csv`: what attention did with one sequence: its words, and for each head queries, keys, values and weights.

use std::path::Path;

use crate::strict::{self, ReadError, Record};

/// The header of `traces.csv`, in order.
pub const COLUMNS: [&str; 14] = [
    "experiment",
    "task",
    "layer",
    "label",
    "split",
    "seed",
    "sequence",
    "block",
    "head",
    "part",
    "step",
    "answer",
    "text",
    "values",
];

/// What a row holds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    /// `text`: the words whose queries a block has, one for each step, with spaces between. `values` is empty.
    #[default]
    Words,
    /// `text`: the words whose keys and values it has; where there is no such row they are those of the queries.
    KeyWords,
    /// `step`: where an answer is read out, counted as the words of the last block; `answer`: the right one; `text`: the model's; `values`: its probability.
    Answer,
    /// `values`: the factor of the logits; `text`: `causal` where no query sees a later key, else empty.
    Scale,
    /// `values`: the query of a step, one number for each feature of the head.
    Query,
    /// `values`: the key of a step.
    Key,
    /// `values`: the value of a step.
    Value,
    /// `values`: the weights of a step's query on every key.
    Weight,
    /// `values`: the position vector that is added at a step.
    Position,
}

/// Every part and its name in the file.
const PARTS: [(Part, &str); 9] = [
    (Part::Words, "words"),
    (Part::KeyWords, "key-words"),
    (Part::Answer, "answer"),
    (Part::Scale, "scale"),
    (Part::Query, "query"),
    (Part::Key, "key"),
    (Part::Value, "value"),
    (Part::Weight, "weight"),
    (Part::Position, "position"),
];

impl Part {
    /// The part of that name.
    pub fn of(name: &str) -> Option<Self> {
        PARTS.iter().find(|(_, known)| *known == name).map(|(part, _)| *part)
    }
}

/// One part of what was done with one sequence.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Row {
    /// Experiment, the stem of its TOML file.
    pub experiment: String,
    /// The task that the sequence is of.
    pub task: String,
    /// Layer, kebab case.
    pub layer: String,
    /// Name of the series.
    pub label: String,
    /// `untrained` or `trained`.
    pub split: String,
    /// Seed of the model.
    pub seed: u64,
    /// Number of the sequence in the test split.
    pub sequence: u64,
    /// Which attention, in the order of the model: `blocks.0.mixer`, `decoder.1.cross`; empty for words of all of them.
    pub block: String,
    /// Head, from 0.
    pub head: Option<u64>,
    /// What stands here.
    pub part: Part,
    /// Step, from 0.
    pub step: Option<u64>,
    /// The right answer.
    pub answer: String,
    /// Words.
    pub text: String,
    /// Numbers; in the file in one field with spaces between, to five digits.
    pub values: Vec<f64>,
}

/// Reads a file of traces.
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
    let part = PARTS.iter().find(|(_, name)| *name == record.text(9));
    let number = |text: &str| text.parse::<f64>().ok().filter(|value| strict::is_measured(*value));
    let values = record.text(13);
    let values: Option<Vec<f64>> = values.split(' ').filter(|text| !text.is_empty()).map(number).collect();
    Ok(Row {
        experiment: record.text(0),
        task: record.text(1),
        layer: record.text(2),
        label: record.text(3),
        split: record.text(4),
        seed: whole(5)?,
        sequence: whole(6)?,
        block: record.text(7),
        head: record.whole(8)?,
        part: part.ok_or((9, "a part of a trace"))?.0,
        step: record.whole(10)?,
        answer: record.text(11),
        text: record.text(12),
        values: values.ok_or((13, "finite numbers with spaces between"))?,
    })
}

/// The rows as CSV; the same rows give the same bytes.
pub fn write(rows: &[Row]) -> String {
    strict::write(&COLUMNS, rows, |row| {
        let part = PARTS.iter().find(|(part, _)| *part == row.part).expect("every part has a name");
        vec![
            row.experiment.clone(),
            row.task.clone(),
            row.layer.clone(),
            row.label.clone(),
            row.split.clone(),
            row.seed.to_string(),
            row.sequence.to_string(),
            row.block.clone(),
            strict::shown(row.head),
            part.1.to_owned(),
            strict::shown(row.step),
            row.answer.clone(),
            row.text.clone(),
            row.values.iter().map(|value| digits(*value)).collect::<Vec<_>>().join(" "),
        ]
    })
}

/// Five significant digits, and a bare `0` for what is exactly none: a masked weight.
fn digits(value: f64) -> String {
    if value == 0.0 { "0".to_owned() } else { format!("{value:.4e}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_reads_back_and_damage_is_named() {
        let rows = [
            Row { part: Part::Words, text: "the robot sat".into(), ..Row::default() },
            Row { part: Part::Weight, head: Some(1), step: Some(2), values: vec![0.25, 0.75, 0.0], ..Row::default() },
        ];
        let text = write(&rows);
        assert_eq!(parse(&text, Path::new("traces.csv")).unwrap(), rows);
        let fail =
            |from: &str, to: &str| parse(&text.replace(from, to), Path::new("traces.csv")).unwrap_err().to_string();
        assert!(fail("7.5000e-1", "NaN").contains("line 3, column `values`"));
        assert!(fail(",weight,", ",wight,").contains("a part of a trace"));
    }
}
