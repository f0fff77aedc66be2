//! One work, timed several times between two measurements of the peak, as one line.

use std::fmt;
use std::time::Duration;

use rayon::ThreadPool;

use crate::process;
use crate::timed::quantile;
use crate::work::{Amount, Work, find};

/// What was measured.
pub struct Sample {
    work: Work,
    threads: usize,
    /// Seconds of each run, the shortest first.
    seconds: Vec<f64>,
    /// FLOPs in a second that the peak allowed right before and right after.
    peaks: [f64; 2],
    /// Page faults of one run.
    faults: Option<f64>,
    resident: Option<u64>,
}

impl Sample {
    /// Prepares the work, warms it up, and times `samples` runs one by one.
    ///
    /// # Panics
    /// When `samples` is 0.
    pub fn of(work: Work, pool: &ThreadPool, samples: usize) -> Self {
        assert!(samples > 0, "nothing to measure");
        let mut prepared = work.prepare(pool);
        prepared.warm_up();
        let before = peak(pool);
        let faults = process::minor_faults();
        let mut seconds: Vec<f64> = (0..samples).map(|_| prepared.time(1).as_secs_f64()).collect();
        let faults = faults.zip(process::minor_faults()).map(|(from, to)| (to - from) as f64 / samples as f64);
        let after = peak(pool);
        seconds.sort_by(f64::total_cmp);
        let threads = pool.current_num_threads();
        Self { work, threads, seconds, peaks: [before, after], faults, resident: process::peak_resident() }
    }

    /// The middle one, or the mean of the two in the middle.
    pub fn median(&self) -> f64 {
        quantile(&self.seconds, 0.5)
    }
}

/// FLOPs in a second of one run of the peak.
fn peak(pool: &ThreadPool) -> f64 {
    let work = find("peak").expect("the peak is a work");
    let Amount::Flops(flops) = work.amount(pool.current_num_threads()) else { unreachable!("the peak counts FLOPs") };
    flops as f64 / work.prepare(pool).time(1).as_secs_f64()
}

impl fmt::Display for Sample {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (median, all) = (self.median(), &self.seconds);
        let time = |seconds| Duration::from_secs_f64(seconds);
        let threads = if self.threads == 1 { "thread" } else { "threads" };
        write!(f, "{} on {} {threads}: median {:.3?}", self.work.name, self.threads, time(median))?;
        write!(f, ", min {:.3?}, max {:.3?} of {}", time(all[0]), time(all[all.len() - 1]), all.len())?;
        match self.work.amount(self.threads) {
            Amount::Flops(flops) => {
                let [before, after] = self.peaks.map(|peak| peak / 1e9);
                let rate = flops as f64 / median / 1e9;
                let share = 100.0 * rate / ((before + after) / 2.0);
                write!(f, ", {rate:.1} GFLOP/s, {share:.0} % of the peak ({before:.1} before, {after:.1} after)")?;
            }
            Amount::Bytes(bytes) => write!(f, ", {:.1} GB/s", bytes as f64 / median / 1e9)?,
        }
        if let Some(bytes) = self.resident {
            write!(f, ", peak RSS {:.1} MiB", bytes as f64 / f64::from(1 << 20))?;
        }
        if let Some(faults) = self.faults {
            write!(f, ", {faults:.1} page faults a run")?;
        }
        Ok(())
    }
}
