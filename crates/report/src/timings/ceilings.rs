//! The machine's own ceilings: multiply-adds on registers alone, and copies.

use super::Row;
use super::cut::{LAB, Missing, Sample};
use crate::stats::median;

/// Label of the rows that time multiply-adds on registers alone: `flops` in `seconds_median`.
const PEAK: &str = "peak";
/// Label of the rows that time copies: `bytes_moved` in `seconds_median`, read and written bytes together.
const COPY: &str = "copy";

/// What the machine can do at a number of threads.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Ceilings {
    /// FLOPs in a second, a multiply-add counted as two.
    pub peak: f64,
    /// Bytes in a second, read and written together.
    pub copy: f64,
}

impl Ceilings {
    /// From the rows without a layer. Each is already the fastest of several runs; of several such rows the median counts.
    ///
    /// # Errors
    /// [`Missing::Ceiling`], where one of them was not timed at these threads.
    pub fn of(rows: &[Row], threads: u64) -> Result<Self, Missing> {
        let rate = |label: &'static str, amount: fn(&Row) -> Option<u64>| {
            let ours = |row: &&Row| {
                row.layer.is_empty() && row.label == label && row.threads == Some(threads) && row.error.is_empty()
            };
            let ours = |row: &&Row| ours(row) && (row.implementation == LAB || row.implementation.is_empty());
            let rates: Vec<f64> = rows
                .iter()
                .filter(ours)
                .filter_map(|row| Some(amount(row).filter(|amount| *amount > 0)? as f64 / row.seconds_median?))
                .collect();
            median(&rates).ok_or(Missing::Ceiling { label, threads })
        };
        Ok(Self { peak: rate(PEAK, |row| row.flops)?, copy: rate(COPY, |row| row.bytes_moved)? })
    }

    /// FLOPs in a second that a pass of this intensity (FLOPs for each byte moved) can reach at most, while its data
    /// come from memory.
    pub fn roof(&self, intensity: f64) -> f64 {
        self.peak.min(self.copy * intensity)
    }

    /// Speed of a pass as a share of the roof at its intensity. It passes 1 where the data never leave the caches: the
    /// copies do.
    pub fn share(&self, sample: &Sample) -> Option<f64> {
        Some(sample.speed()? / self.roof(sample.intensity()?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ceiling(label: &str, seconds: f64) -> Row {
        Row {
            label: label.into(),
            implementation: LAB.into(),
            threads: Some(2),
            seconds_median: Some(seconds),
            flops: Some(1_000).filter(|_| label == PEAK),
            bytes_moved: Some(400).filter(|_| label == COPY),
            ..Row::default()
        }
    }

    #[test]
    fn a_roof_is_the_lower_of_both_and_what_was_not_timed_is_named() {
        let rows = [ceiling(PEAK, 2.0), ceiling(PEAK, 1.0), ceiling(PEAK, 10.0), ceiling(COPY, 4.0)];
        let ceilings = Ceilings::of(&rows, 2).unwrap();
        assert_eq!(ceilings, Ceilings { peak: 500.0, copy: 100.0 });
        assert_eq!([1.0, 5.0, 9.0].map(|intensity| ceilings.roof(intensity)), [100.0, 500.0, 500.0]);
        let mut timed = Row { layer: "conv".into(), batch: Some(1), n: Some(8), ..ceiling(PEAK, 10.0) };
        timed.bytes_moved = Some(500);
        assert_eq!(ceilings.share(&Sample::of(&timed).unwrap()), Some(0.5));
        assert_eq!(Ceilings::of(&rows, 1), Err(Missing::Ceiling { label: PEAK, threads: 1 }));
        assert_eq!(Ceilings::of(&rows[..3], 2), Err(Missing::Ceiling { label: COPY, threads: 2 }));
    }
}
