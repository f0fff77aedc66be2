//! Timings as figures and tables take them: one width, one pass, one number of threads, series over the length.

use super::Row;
use crate::series::{NONE, distinct};

/// The width that is shown where none is asked for.
pub const WIDTH: u64 = 64;
/// Forward, and forward and backward: the values of [`Row::pass`].
pub const PASSES: [&str; 2] = ["forward", "both"];
/// The implementation that is measured here; all others are its peers.
pub const LAB: &str = "lab";

/// Why there is nothing to show.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum Missing {
    /// No row of the lab at all.
    #[error("there are no timings: `lab run throughput` writes them to timings.csv")]
    All,
    /// Nothing at this width, pass and number of threads.
    #[error("no timings at {cut} (there are {found}): ask for one of these, or time it with `lab run throughput`")]
    Cut {
        /// What was asked for.
        cut: Cut,
        /// Widths, passes and numbers of threads that the timings hold.
        found: String,
    },
    /// Nothing of these labels.
    #[error("no timings of {asked} at {cut} (labels there are: {found}): correct `layers`")]
    Labels {
        /// What was asked for.
        asked: String,
        /// Where.
        cut: Cut,
        /// Labels that the timings hold.
        found: String,
    },
    /// Rows are there, and none has a time.
    #[error(
        "none of {count} passes at {cut} was timed; the first says: {error}. Mend that and run `lab run throughput` again"
    )]
    Failed {
        /// Rows without a time.
        count: usize,
        /// Where.
        cut: Cut,
        /// Error of the first of them.
        error: String,
    },
    /// The machine's ceilings were not timed.
    #[error(
        "the timings have no row `{label}` for {threads} threads: run `lab run throughput` again, which times the machine's ceilings with the layers"
    )]
    Ceiling {
        /// `peak` or `copy`.
        label: &'static str,
        /// Number of threads asked for.
        threads: u64,
    },
}

/// Which timings are shown together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cut {
    /// Features at a step.
    pub width: u64,
    /// `forward` or `both`.
    pub pass: &'static str,
    /// Threads.
    pub threads: u64,
}

impl std::fmt::Display for Cut {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "width {}, pass `{}`, {}", self.width, self.pass, threads_text(self.threads))
    }
}

impl Cut {
    fn holds(&self, row: &Row) -> bool {
        row.width == Some(self.width) && row.pass == self.pass && row.threads == Some(self.threads)
    }
}

/// A pass that has a time.
#[derive(Debug, Clone, Copy)]
pub struct Sample<'a> {
    /// Its row.
    pub row: &'a Row,
    /// Length of a sequence in steps.
    pub n: u64,
    /// Sequences in the pass.
    batch: u64,
    /// Median time of the pass.
    seconds: f64,
}

impl<'a> Sample<'a> {
    /// None for a row without a time or a size.
    pub fn of(row: &'a Row) -> Option<Self> {
        let (n, batch) = (row.n.filter(|n| *n > 0)?, row.batch.filter(|batch| *batch > 0)?);
        Some(Self { row, n, batch, seconds: row.seconds_median.filter(|_| row.error.is_empty())? })
    }

    fn steps(&self) -> f64 {
        self.batch as f64 * self.n as f64
    }

    /// Seconds for each step: first quartile, median, third quartile; of a peer the 10th percentile, median, 90th.
    pub fn per_token(&self) -> [f64; 3] {
        let or_median = |quartile: Option<f64>| quartile.filter(|seconds| *seconds > 0.0).unwrap_or(self.seconds);
        [or_median(self.row.seconds_low), self.seconds, or_median(self.row.seconds_high)]
            .map(|seconds| seconds / self.steps())
    }

    /// Steps in a second: at the third quartile of the time, at the median, at the first.
    pub fn tokens(&self) -> [f64; 3] {
        let [low, median, high] = self.per_token();
        [1.0 / high, 1.0 / median, 1.0 / low]
    }

    /// Median seconds for each sequence.
    pub fn per_sequence(&self) -> f64 {
        self.seconds / self.batch as f64
    }

    /// Declared FLOPs of a sequence; none where there are none.
    pub fn flops_per_sequence(&self) -> Option<f64> {
        Some(self.flops()? / self.batch as f64)
    }

    fn flops(&self) -> Option<f64> {
        self.row.flops.filter(|flops| *flops > 0).map(|flops| flops as f64)
    }

    /// FLOPs in a second; none where there are none.
    pub fn speed(&self) -> Option<f64> {
        Some(self.flops()? / self.seconds)
    }

    /// FLOPs for each byte that cannot but be moved; none without FLOPs or bytes.
    pub fn intensity(&self) -> Option<f64> {
        Some(self.flops()? / self.row.bytes_moved.filter(|bytes| *bytes > 0)? as f64)
    }

    /// Third less first quartile, as a share of the median.
    pub fn spread(&self) -> f64 {
        let [low, median, high] = self.per_token();
        (high - low) / median
    }

    /// The machine was not steady.
    pub fn noisy(&self) -> bool {
        self.row.note.contains("noisy")
    }
}

/// The lab's timings of one label.
#[derive(Debug, Clone)]
pub struct Curve<'a> {
    /// Name of the series.
    pub label: &'a str,
    /// Layer, kebab case.
    pub layer: &'a str,
    /// Options, TOML on one line.
    pub options: &'a str,
    /// Position among all labels of the file, `none` left out: it decides the colour.
    pub index: usize,
    /// What was timed, by length.
    pub samples: Vec<Sample<'a>>,
    /// Rows without a time.
    pub failed: Vec<&'a Row>,
}

impl Curve<'_> {
    /// Length and a number of each sample that has it.
    pub fn points(&self, number: impl Fn(&Sample) -> Option<f64>) -> Vec<(f64, f64)> {
        self.samples.iter().filter_map(|sample| Some((sample.n as f64, number(sample)?))).collect()
    }
}

/// The lab's rows of layers, the machine's own ceilings left out.
pub fn of_lab(rows: &[Row]) -> impl Iterator<Item = &Row> {
    rows.iter().filter(|row| row.implementation == LAB && !row.layer.is_empty())
}

/// Labels in the order of the file.
pub fn labels(rows: &[Row]) -> Vec<&str> {
    let mut labels: Vec<&str> = Vec::new();
    for row in of_lab(rows) {
        if !labels.contains(&row.label.as_str()) {
            labels.push(&row.label);
        }
    }
    labels
}

/// Widths of the lab's rows, ascending.
pub fn widths(rows: &[Row]) -> Vec<u64> {
    let mut widths = distinct(of_lab(rows).filter_map(|row| row.width));
    widths.sort_unstable();
    widths
}

/// The largest number of threads of the lab's rows; 1 where there are none.
pub fn most_threads(rows: &[Row]) -> u64 {
    of_lab(rows).filter_map(|row| row.threads).max().unwrap_or(1)
}

/// The lab's series at a cut: those named in `wanted`, in that order; all in the order of the file if it is empty.
/// A label that has no row there is left out.
///
/// # Errors
/// [`Missing`], where no series has a time.
pub fn curves<'a>(rows: &'a [Row], cut: Cut, wanted: &[String]) -> Result<Vec<Curve<'a>>, Missing> {
    let all = labels(rows);
    if all.is_empty() {
        return Err(Missing::All);
    }
    let here: Vec<&Row> = of_lab(rows).filter(|row| cut.holds(row)).collect();
    if here.is_empty() {
        let list = |numbers: Vec<u64>| numbers.iter().map(u64::to_string).collect::<Vec<_>>().join(", ");
        let passes = distinct(of_lab(rows).map(|row| row.pass.as_str())).join(", ");
        let threads = list(distinct(of_lab(rows).filter_map(|row| row.threads)));
        let found = format!("widths {}; passes {passes}; threads {threads}", list(widths(rows)));
        return Err(Missing::Cut { cut, found });
    }
    let shown: Vec<&str> = if wanted.is_empty() { all.clone() } else { wanted.iter().map(String::as_str).collect() };
    let found: Vec<Curve> = shown.iter().filter_map(|label| curve(label, &here, &all)).collect();
    if found.is_empty() {
        return Err(Missing::Labels { asked: shown.join(", "), cut, found: all.join("; ") });
    }
    let failed: Vec<&Row> = found.iter().flat_map(|curve| &curve.failed).copied().collect();
    match failed.first() {
        Some(first) if found.iter().all(|curve| curve.samples.is_empty()) => {
            Err(Missing::Failed { count: failed.len(), cut, error: first.error.clone() })
        }
        _ => Ok(found),
    }
}

fn curve<'a>(label: &str, here: &[&'a Row], all: &[&str]) -> Option<Curve<'a>> {
    let rows: Vec<&'a Row> = here.iter().copied().filter(|row| row.label == label).collect();
    let first: &'a Row = rows.first()?;
    let index = all.iter().filter(|other| **other != NONE).position(|other| *other == label).unwrap_or(0);
    let mut samples: Vec<Sample> = rows.iter().filter_map(|row| Sample::of(row)).collect();
    samples.sort_by_key(|sample| sample.n);
    let failed = rows.into_iter().filter(|row| Sample::of(row).is_none()).collect();
    Some(Curve { label: &first.label, layer: &first.layer, options: &first.options, index, samples, failed })
}

/// Timings of other implementations at a cut, of one label.
pub fn peers<'a>(rows: &'a [Row], cut: Cut, label: &str) -> Vec<Sample<'a>> {
    let peer = |row: &&Row| row.implementation != LAB && !row.layer.is_empty() && row.label == label && cut.holds(row);
    rows.iter().filter(peer).filter_map(Sample::of).collect()
}

/// `1 thread`, `2 threads`.
pub fn threads_text(threads: u64) -> String {
    if threads == 1 { "1 thread".to_owned() } else { format!("{threads} threads") }
}
