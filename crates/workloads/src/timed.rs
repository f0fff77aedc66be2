//! How long a pass of a layer takes, how much memory it needs, and whether the machine was steady meanwhile.

use std::time::{Duration, Instant};

use rayon::ThreadPool;

use crate::ceiling;
use crate::pass::Subject;

/// Seconds that a round lasts at least: what reading the clock and entering the pool take is then lost in it.
const ROUND: f64 = 5e-3;

/// How much longer the round is by which their passes are counted: a later one may be faster.
const MARGIN: f64 = 1.5;

/// Rounds there are even when the time is spent, unless a single pass spends it.
const LEAST: usize = 3;

/// How far the peaks may be apart, as a share of the larger, as in the comparison with peers.
const DRIFT: f64 = 0.1;

/// How far the quartiles may be apart, as a share of the median.
const SPREAD: f64 = 0.2;

/// How much time may be spent.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Budget {
    /// Rounds at most.
    pub rounds: usize,
    /// Seconds after which no round is added, though there are three; or one, where a single pass takes longer.
    pub seconds: f64,
    /// GFLOP/s that the threads reach when nobody disturbs them, where that is known.
    pub ceiling: Option<f64>,
}

/// What was measured.
#[derive(Clone, Debug, PartialEq)]
pub struct Timed {
    /// Rounds that were timed, each of as many passes as fill 5 ms.
    pub rounds: usize,
    /// Seconds of a pass: the median over the rounds.
    pub median: f64,
    /// The first quartile.
    pub low: f64,
    /// The third quartile.
    pub high: f64,
    /// GFLOP/s of multiply-adds on registers alone, all threads together, right before and right after.
    pub peaks: [f64; 2],
    /// Most heap bytes alive at once during a pass, all threads together, above those alive before it; `None` where
    /// nobody counts.
    pub bytes_peak: Option<u64>,
    /// Whether the peaks differ by more than 10 %, from each other or from the ceiling, or the quartiles by more than 20 %
    /// of the median.
    pub noisy: bool,
}

/// Does what it is given once, and says how many bytes of heap were alive at most meanwhile, above those alive before.
/// `layer_testkit::peak::of` is one, in a program that installs its allocator.
pub type MeasurePeak<'m> = &'m dyn Fn(&mut dyn FnMut()) -> Option<u64>;

/// Builds `subject`, makes its inputs, warms it up, and times it on the threads of `pool`.
///
/// The bytes are those of the second pass: the first also makes the working space that threads keep. Where the first alone
/// takes longer than the budget's seconds, they are of the first, and there is one round.
///
/// # Errors
/// When the subject cannot be built, in the layer's own words; when the pool has another number of threads than the
/// subject; when the budget has no rounds.
pub fn time(
    subject: &Subject,
    pool: &ThreadPool,
    budget: &Budget,
    measure_peak: MeasurePeak<'_>,
) -> Result<Timed, String> {
    let (threads, rounds) = (pool.current_num_threads(), budget.rounds);
    if threads != subject.threads {
        return Err(format!("the pool has {threads} threads, and the subject is meant for {}", subject.threads));
    }
    if rounds == 0 {
        return Err("a budget of rounds = 0 measures nothing; take 1 or more".to_owned());
    }
    let mut run = subject.run(subject.build()?);
    let mut measured = || {
        let mut seconds = 0.0;
        let bytes = measure_peak(&mut || seconds = time_runs(pool, 1, &mut run).as_secs_f64());
        (seconds, bytes)
    };
    let (first, mut bytes_peak) = measured();
    let long = first > budget.seconds;
    let mut passes = 1;
    if !long {
        bytes_peak = measured().1;
        while time_runs(pool, passes, &mut run).as_secs_f64() < MARGIN * ROUND {
            passes *= 2;
        }
    }
    let before = ceiling::glance(pool);
    let mut seconds = timed_rounds(rounds, if long { 1 } else { LEAST }, budget.seconds, || {
        time_runs(pool, passes, &mut run).as_secs_f64()
    });
    let peaks = [before, ceiling::glance(pool)];
    seconds.iter_mut().for_each(|of_a_round| *of_a_round /= passes as f64);
    Ok(summary(seconds, peaks, budget.ceiling, bytes_peak))
}

/// Seconds of each round: as many rounds as `enough` allows, at most `most`, at least `least` of these.
fn timed_rounds(most: usize, least: usize, enough: f64, mut round: impl FnMut() -> f64) -> Vec<f64> {
    let mut seconds = Vec::new();
    while seconds.len() < most && (seconds.len() < least || seconds.iter().sum::<f64>() < enough) {
        seconds.push(round());
    }
    seconds
}

fn summary(mut seconds: Vec<f64>, peaks: [f64; 2], ceiling: Option<f64>, bytes_peak: Option<u64>) -> Timed {
    seconds.sort_by(f64::total_cmp);
    let [low, median, high] = [0.25, 0.5, 0.75].map(|share| quantile(&seconds, share));
    let [before, after] = peaks;
    let highest = before.max(after).max(ceiling.unwrap_or(0.0));
    let noisy = highest - before.min(after) > DRIFT * highest || high - low > SPREAD * median;
    Timed { rounds: seconds.len(), median, low, high, peaks, bytes_peak, noisy }
}

/// The value below which that share of `sorted` lies, on a straight line between its neighbours.
///
/// # Panics
/// When there are no values.
pub(crate) fn quantile(sorted: &[f64], share: f64) -> f64 {
    let place = share * (sorted.len() - 1) as f64;
    let (below, above) = (sorted[place.floor() as usize], sorted[place.ceil() as usize]);
    below + place.fract() * (above - below)
}

/// Wall time of that many runs on the threads of the pool, which is entered once, outside of the time.
pub(crate) fn time_runs(pool: &ThreadPool, runs: u64, run: &mut (dyn FnMut() + Send)) -> Duration {
    pool.install(|| {
        let start = Instant::now();
        (0..runs).for_each(|_| run());
        start.elapsed()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rounds_end_when_the_time_is_spent() {
        let rounds = |most, least, enough| timed_rounds(most, least, enough, || 0.5).len();
        assert_eq!(rounds(20, LEAST, 100.0), 20);
        assert_eq!(rounds(20, LEAST, 3.0), 6);
        assert_eq!((rounds(20, LEAST, 0.0), rounds(20, 1, 0.0)), (3, 1));
        assert_eq!(rounds(2, LEAST, 0.0), 2);
    }

    #[test]
    fn quartiles_and_noise() {
        let timed = |seconds: &[f64], peaks| summary(seconds.to_vec(), peaks, None, None);
        let steady = timed(&[5.0, 4.0, 4.5, 4.75], [100.0, 91.0]);
        assert_eq!((steady.low, steady.median, steady.high, steady.rounds), (4.375, 4.625, 4.8125, 4));
        assert!(!steady.noisy);
        assert!(timed(&[4.0, 4.5, 5.0], [100.0, 89.0]).noisy && timed(&[4.0, 4.5, 5.0], [89.0, 100.0]).noisy);
        assert!(timed(&[1.0, 2.0, 3.0], [100.0, 100.0]).noisy);
        let slow_all_along = |ceiling| summary(vec![4.0, 4.5, 5.0], [80.0, 80.0], ceiling, None).noisy;
        assert!(slow_all_along(Some(100.0)) && !slow_all_along(Some(85.0)) && !slow_all_along(None));
        let one = timed(&[2.0], [100.0, 100.0]);
        assert_eq!((one.low, one.median, one.high, one.noisy), (2.0, 2.0, 2.0, false));
    }
}
