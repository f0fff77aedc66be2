//! CSV: a header, then one row for each sequence, with the columns `label`, perhaps `split`, and t0, t1, ….
//!
//! A column of any other name is refused: a row number or a file name among the inputs would give answers away.

use csv::{ReaderBuilder, StringRecord};

use super::rows::Rows;
use crate::Split;
use crate::settings::TaskError;

/// Where the columns stand.
struct Header {
    label: usize,
    split: Option<usize>,
    /// Column of t0, t1, ….
    values: Vec<usize>,
}

/// The sequences of a CSV.
///
/// # Errors
/// Names the line, and the column where there is one.
pub(super) fn read(bytes: &[u8]) -> Result<Rows, TaskError> {
    // Rows of other lengths are refused here, in words of our own.
    let mut reader = ReaderBuilder::new().flexible(true).has_headers(false).from_reader(bytes);
    let mut records = reader.records();
    let fault = |error: csv::Error| TaskError(error.to_string());
    let first = records.next().ok_or_else(|| TaskError("the file is empty".to_owned()))?.map_err(fault)?;
    let header = header(&first)?;
    let mut rows = Rows { width: header.values.len(), splits: header.split.map(|_| Vec::new()), ..Rows::default() };
    for record in records {
        let record = record.map_err(fault)?;
        let line = record.position().map_or(0, csv::Position::line);
        let at = |text: String| TaskError(format!("line {line}: {text}"));
        if record.len() != first.len() {
            return Err(at(format!("{} columns, and the header has {}", record.len(), first.len())));
        }
        let label = record[header.label].trim();
        if label.is_empty() {
            return Err(at("no label".to_owned()));
        }
        rows.labels.push(label.to_owned());
        if let (Some(splits), Some(column)) = (&mut rows.splits, header.split) {
            splits.push(split(record[column].trim()).map_err(at)?);
        }
        for (place, column) in header.values.iter().enumerate() {
            rows.numbers.push(number(record[*column].trim()).map_err(|text| at(format!("column t{place}: {text}")))?);
        }
    }
    if rows.labels.is_empty() {
        return Err(TaskError("it has a header and no sequence".to_owned()));
    }
    Ok(rows)
}

fn header(record: &StringRecord) -> Result<Header, TaskError> {
    let find = |name: &str| record.iter().position(|column| column.trim() == name);
    let named = record.iter().map(|column| format!("`{}`", column.trim())).take(4).collect::<Vec<_>>().join(", ");
    let label = find("label")
        .ok_or_else(|| TaskError(format!("line 1: no column is named `label`; the header begins {named}")))?;
    let split = find("split");
    let values: Vec<usize> = (0..record.len()).filter(|column| *column != label && Some(*column) != split).collect();
    for (place, column) in values.iter().enumerate() {
        let name = record[*column].trim();
        if name != format!("t{place}") {
            return Err(TaskError(format!(
                "line 1: column `{name}` stands where `t{place}` is expected; there are `label`, `split`, and then t0, \
                 t1, … in order"
            )));
        }
    }
    if values.is_empty() {
        return Err(TaskError("line 1: there is no column t0".to_owned()));
    }
    Ok(Header { label, split, values })
}

fn split(text: &str) -> Result<Split, String> {
    let all = [Split::Train, Split::Validation, Split::Test];
    all.into_iter()
        .find(|split| split.name() == text)
        .ok_or_else(|| format!("split `{text}`: there are train, validation and test"))
}

fn number(text: &str) -> Result<f32, String> {
    let number: f32 = text.parse().map_err(|_| format!("`{text}` is no number"))?;
    if number.is_finite() { Ok(number) } else { Err(format!("`{text}` is not finite (as a number of 32 bits)")) }
}
