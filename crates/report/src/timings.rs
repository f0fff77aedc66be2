//! `timings.csv` of a throughput experiment: how long one pass of one layer takes, the lab's and that of peers.

mod ceilings;
mod crossing;
mod cut;
mod derived;
mod growth;
mod peers;

use std::path::Path;

pub(crate) use ceilings::Ceilings;
pub(crate) use crossing::{Crossing, PAIRS, crossings};
pub(crate) use cut::{Curve, LAB, PASSES, Sample, curves, labels, peers as peer_samples, threads_text, widths};
pub use cut::{Cut, Missing, WIDTH, most_threads};
pub use derived::{TASK, derived};
pub(crate) use growth::{SquareTerm, flops_growth, square_term, time_growth};
pub use peers::{from_peers, join};

use crate::strict::{self, ReadError, Record, shown};

/// The header of the file, in order.
pub const COLUMNS: [&str; 24] = [
    "experiment",
    "work",
    "layer",
    "label",
    "options",
    "pass",
    "batch",
    "n",
    "width",
    "threads",
    "implementation",
    "version",
    "rounds",
    "seconds_median",
    "seconds_low",
    "seconds_high",
    "flops",
    "bytes_moved",
    "bytes_peak",
    "peak_gflops_before",
    "peak_gflops_after",
    "copy_gbs",
    "note",
    "error",
];

/// One layer at one size, timed. A row with a non-empty `error` was not timed, and says why.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Row {
    /// Experiment, the stem of its TOML file.
    pub experiment: String,
    /// Name under which peers time the same thing, such as `layer/conv3/8x512x64`; empty where none does.
    pub work: String,
    /// Layer, kebab case; empty for the machine's own ceilings.
    pub layer: String,
    /// Name of the series.
    pub label: String,
    /// Resolved options, TOML on one line.
    pub options: String,
    /// `forward`, or `both`: forward and backward.
    pub pass: String,
    /// Sequences in a pass.
    pub batch: Option<u64>,
    /// Length of a sequence in steps.
    pub n: Option<u64>,
    /// Features at a step.
    pub width: Option<u64>,
    /// Threads.
    pub threads: Option<u64>,
    /// `lab`, `pytorch`, …
    pub implementation: String,
    /// Its version.
    pub version: String,
    /// How often it was timed.
    pub rounds: Option<u64>,
    /// Median over the rounds.
    pub seconds_median: Option<f64>,
    /// First quartile over the rounds; of a peer the 10th percentile.
    pub seconds_low: Option<f64>,
    /// Third quartile over the rounds; of a peer the 90th percentile.
    pub seconds_high: Option<f64>,
    /// Declared FLOPs of the pass, a multiply-add counted as two.
    pub flops: Option<u64>,
    /// Bytes that the pass cannot but read and write: inputs, outputs, parameters, their gradients, each once.
    pub bytes_moved: Option<u64>,
    /// Most heap bytes alive at once during the pass, above those alive before it.
    pub bytes_peak: Option<u64>,
    /// GFLOP/s of multiply-adds on registers alone, right before.
    pub peak_gflops_before: Option<f64>,
    /// And right after.
    pub peak_gflops_after: Option<f64>,
    /// GB/s of copies, read and written bytes together, at these threads in the same run.
    pub copy_gbs: Option<f64>,
    /// `noisy`, where the machine was not steady; else empty.
    pub note: String,
    /// Why there is no time; empty where there is one.
    pub error: String,
}

/// Reads a file of timings.
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
    let (text, whole, number) =
        (|column| record.text(column), |column| record.whole(column), |column| record.number(column));
    let row = Row {
        experiment: text(0),
        work: text(1),
        layer: text(2),
        label: text(3),
        options: text(4),
        pass: text(5),
        batch: whole(6)?,
        n: whole(7)?,
        width: whole(8)?,
        threads: whole(9)?,
        implementation: text(10),
        version: text(11),
        rounds: whole(12)?,
        seconds_median: number(13)?,
        seconds_low: number(14)?,
        seconds_high: number(15)?,
        flops: whole(16)?,
        bytes_moved: whole(17)?,
        bytes_peak: whole(18)?,
        peak_gflops_before: number(19)?,
        peak_gflops_after: number(20)?,
        copy_gbs: number(21)?,
        note: text(22),
        error: text(23),
    };
    match row.seconds_median {
        Some(seconds) if seconds <= 0.0 => Err((13, "a time above 0")),
        None if row.error.is_empty() => Err((13, "a time (a row without one says why in `error`)")),
        _ => Ok(row),
    }
}

/// The rows as CSV; the same rows give the same bytes.
pub fn write(rows: &[Row]) -> String {
    strict::write(&COLUMNS, rows, |row| {
        vec![
            row.experiment.clone(),
            row.work.clone(),
            row.layer.clone(),
            row.label.clone(),
            row.options.clone(),
            row.pass.clone(),
            shown(row.batch),
            shown(row.n),
            shown(row.width),
            shown(row.threads),
            row.implementation.clone(),
            row.version.clone(),
            shown(row.rounds),
            shown(row.seconds_median),
            shown(row.seconds_low),
            shown(row.seconds_high),
            shown(row.flops),
            shown(row.bytes_moved),
            shown(row.bytes_peak),
            shown(row.peak_gflops_before),
            shown(row.peak_gflops_after),
            shown(row.copy_gbs),
            row.note.clone(),
            row.error.clone(),
        ]
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_reads_back_and_a_row_without_time_says_why() {
        let timed = Row { label: "line".into(), seconds_median: Some(0.25), n: Some(32), ..Row::default() };
        let refused = Row { label: "line".into(), error: "needs 4 GiB".into(), ..Row::default() };
        let text = write(&[timed.clone(), refused.clone()]);
        assert_eq!(parse(&text, Path::new("timings.csv")).unwrap(), [timed, refused]);
        for (from, to) in [("needs 4 GiB", ""), ("0.25", "0"), ("0.25", "NaN")] {
            let error = parse(&text.replace(from, to), Path::new("timings.csv")).unwrap_err().to_string();
            assert!(error.contains("column `seconds_median`"), "{error}");
        }
    }
}
