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
        median => ordered([row.seconds_low, median, row.seconds_high], [14, 15]).map(|()| row),
    }
}

/// Refuses a low above the median, or a high below it; `columns` are theirs.
fn ordered([low, median, high]: [Option<f64>; 3], columns: [usize; 2]) -> Result<(), strict::Fault> {
    let above = |one: Option<f64>, other: Option<f64>| one.zip(other).is_some_and(|(one, other)| one > other);
    match () {
        () if above(low, median) => Err((columns[0], "a time not above the median")),
        () if above(median, high) => Err((columns[1], "a time not below the median")),
        () if above(low, high) => Err((columns[1], "a time not below that of `seconds_low`")),
        () => Ok(()),
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

    #[test]
    fn a_low_is_not_above_the_median_and_a_high_not_below_it() {
        let read = |low, median: Option<f64>, high| {
            let error = if median.is_none() { "stopped".into() } else { String::new() };
            let times = Row { seconds_low: low, seconds_median: median, seconds_high: high, ..Row::default() };
            parse(&write(&[Row { label: "line".into(), error, ..times }]), Path::new("timings.csv"))
        };
        for good in [(Some(0.25), Some(0.25)), (Some(0.1), None), (None, Some(0.3)), (None, None)] {
            assert!(read(good.0, Some(0.25), good.1).is_ok(), "{good:?}");
        }
        for (low, median, high, column) in [
            (Some(0.26), Some(0.25), Some(0.3), "seconds_low"),
            (Some(0.26), Some(0.25), None, "seconds_low"),
            (Some(0.2), Some(0.25), Some(0.24), "seconds_high"),
            (None, Some(0.25), Some(0.24), "seconds_high"),
            (Some(0.3), None, Some(0.2), "seconds_high"),
        ] {
            let error = read(low, median, high).unwrap_err().to_string();
            assert!(error.contains(&format!("line 2, column `{column}`")), "{error}");
        }
    }
}
