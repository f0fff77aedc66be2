//! CSV files of the lab: one schema each, read strictly, written byte-stable.

use std::path::{Path, PathBuf};

use crate::unseen::{is_unseen, tamed};

/// Why a file was refused. Lines count from 1, the header included.
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
    /// The first line is not the header that this version of the lab writes.
    #[error("{}: {what}; the header must be exactly `{expected}`: was the file made by another version of the lab?", path.display())]
    Header {
        /// The file.
        path: PathBuf,
        /// The header that this version writes.
        expected: String,
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

/// The text of a file.
///
/// # Errors
/// When it is not there, or cannot be read.
pub fn text(path: &Path) -> Result<String, ReadError> {
    std::fs::read_to_string(path).map_err(|source| match source.kind() {
        std::io::ErrorKind::NotFound => ReadError::Missing(path.to_owned()),
        _ => ReadError::Io { path: path.to_owned(), source },
    })
}

/// One line, split into fields: as many as there are columns.
pub struct Record(csv::StringRecord);

/// The column that is wrong, and what it should hold.
pub type Fault = (usize, &'static str);

impl Record {
    /// The field as it stands.
    pub fn text(&self, column: usize) -> String {
        self.0[column].to_owned()
    }

    /// A whole number, or nothing.
    ///
    /// # Errors
    /// When it is something else.
    pub fn whole(&self, column: usize) -> Result<Option<u64>, Fault> {
        match &self.0[column] {
            "" => Ok(None),
            text => text.parse().map(Some).map_err(|_| (column, "a whole number (0 or more)")),
        }
    }

    /// A finite number, or nothing.
    ///
    /// # Errors
    /// When it is something else.
    pub fn number(&self, column: usize) -> Result<Option<f64>, Fault> {
        match self.0[column].parse::<f64>() {
            _ if self.0[column].is_empty() => Ok(None),
            Ok(value) if is_measured(value) => Ok(Some(value)),
            _ => Err((column, "a finite number (a failed cell leaves it empty and says why in `error`)")),
        }
    }
}

/// Whether something can have been measured to be that: sums and squares of it are numbers, too.
pub fn is_measured(value: f64) -> bool {
    value.abs() <= 1e100
}

/// Reads `text` line by line; `path` only names the source in errors.
///
/// # Errors
/// [`ReadError`] names the file, the line and the fix.
pub fn parse<T>(
    text: &str,
    path: &Path,
    columns: &'static [&'static str],
    read: impl Fn(&Record) -> Result<T, Fault>,
) -> Result<Vec<T>, ReadError> {
    let path = || path.to_owned();
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(text.as_bytes());
    let utf8 = "text in UTF-8 is valid after read_to_string";
    if let Some(what) = header_fault(columns, reader.headers().expect(utf8)) {
        return Err(ReadError::Header { path: path(), expected: columns.join(","), what });
    }
    // A line cut inside its last field still has all its commas; only the missing end tells.
    if !text.ends_with('\n') {
        let what = "the last line has no line end".to_owned();
        return Err(ReadError::Ragged { path: path(), line: text.lines().count() as u64, what });
    }
    let mut rows = Vec::new();
    for record in reader.records() {
        let record = Record(record.expect(utf8));
        let line = record.0.position().map_or(0, csv::Position::line);
        if record.0.len() != columns.len() {
            let what = format!("{} fields where {} are expected", record.0.len(), columns.len());
            return Err(ReadError::Ragged { path: path(), line, what });
        }
        if let Some(column) = (0..columns.len()).find(|column| record.0[*column].chars().any(is_unseen)) {
            let (text, expected) = (tamed(&record.0[column]), "text without control characters");
            return Err(ReadError::Field { path: path(), line, column: columns[column], text, expected });
        }
        rows.push(read(&record).map_err(|(column, expected)| {
            let text = record.text(column);
            ReadError::Field { path: path(), line, column: columns[column], text, expected }
        })?);
    }
    Ok(rows)
}

fn header_fault(columns: &[&str], found: &csv::StringRecord) -> Option<String> {
    let list = |names: Vec<&str>| names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
    let missing: Vec<_> = columns.iter().copied().filter(|name| !found.iter().any(|other| other == *name)).collect();
    let extra: Vec<_> = found.iter().filter(|name| !columns.contains(name)).collect();
    let mut faults = Vec::new();
    if !missing.is_empty() {
        faults.push(format!("missing columns {}", list(missing)));
    }
    if !extra.is_empty() {
        faults.push(format!("unknown columns {}", list(extra)));
    }
    if faults.is_empty() && !found.iter().eq(columns.iter().copied()) {
        faults.push("columns repeated or in another order".to_owned());
    }
    (!faults.is_empty()).then(|| faults.join(", "))
}

/// A field that may be empty: numbers in the shortest form that reads back equal.
pub fn shown<T: ToString>(value: Option<T>) -> String {
    value.map_or_else(String::new, |value| value.to_string())
}

/// The rows as CSV; the same rows give the same bytes.
pub fn write<T>(columns: &[&str], rows: &[T], fields: impl Fn(&T) -> Vec<String>) -> String {
    let mut writer = csv::Writer::from_writer(Vec::new());
    let infallible = "writing to memory does not fail";
    writer.write_record(columns).expect(infallible);
    for row in rows {
        writer.write_record(fields(row)).expect(infallible);
    }
    String::from_utf8(writer.into_inner().expect(infallible)).expect("fields are text")
}
