//! What the machine can do at most: multiply-adds that touch no memory, and copies that do nothing else.

use std::hint::black_box;
use std::sync::Mutex;

use pulp::{Arch, Simd, WithSimd};
use rayon::ThreadPool;

use crate::timed::time_runs;

/// FLOPs of one thread in a run of `peak`: about a second on one core.
pub const FLOPS_OF_A_THREAD: u64 = 1 << 36;

/// FLOPs of one thread in a run that only tells how fast the machine is at the moment: 20 to 40 milliseconds on one core.
const FLOPS_OF_A_GLANCE: u64 = 1 << 31;

/// Runs of which [`ceilings`] takes the median.
const RUNS: usize = 9;

/// Bytes that one thread reads and writes in a run of `copy`: 64 MiB there, 64 MiB back.
pub const BYTES_OF_A_THREAD: u64 = 2 * COPIED as u64;

/// More than a core's share of any cache.
const COPIED: usize = 64 << 20;

/// Chains of multiply-adds that do not wait for each other: more than latency times units on the processors there are.
const CHAINS: usize = 16;

/// What the machine can do at most on the threads of a pool.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Ceilings {
    /// FLOPs of one run on all threads.
    pub flops: u64,
    /// Seconds of such a run, the fastest.
    pub peak_seconds: f64,
    /// Bytes that one run of copies reads and writes on all threads.
    pub bytes: u64,
    /// Seconds of such a run, the fastest.
    pub copy_seconds: f64,
    /// 10⁹ floating-point operations in a second.
    pub peak_gflops: f64,
    /// 10⁹ bytes in a second, read and written ones together.
    pub copy_gbs: f64,
}

/// Short runs of either kind, after one that warms up. The fastest counts: a ceiling is what nothing passes, and a machine
/// that others disturb is only ever slower.
pub fn ceilings(pool: &ThreadPool) -> Ceilings {
    let threads = pool.current_num_threads();
    let fastest = |mut run: Box<dyn FnMut() + Send>| {
        let seconds = [0.0; RUNS + 1].map(|_| time_runs(pool, 1, &mut run).as_secs_f64());
        seconds[1..].iter().copied().fold(f64::INFINITY, f64::min)
    };
    let (peak_seconds, copy_seconds) = (fastest(peak(FLOPS_OF_A_GLANCE)), fastest(copy(threads)));
    let [flops, bytes] = [FLOPS_OF_A_GLANCE, BYTES_OF_A_THREAD].map(|each| each * threads as u64);
    let [peak_gflops, copy_gbs] = [flops as f64 / peak_seconds / 1e9, bytes as f64 / copy_seconds / 1e9];
    Ceilings { flops, peak_seconds, bytes, copy_seconds, peak_gflops, copy_gbs }
}

/// GFLOP/s that all threads of the pool together reach at the moment: the best of three, since a thread that wakes late
/// would halve a single one.
pub(crate) fn glance(pool: &ThreadPool) -> f64 {
    let each = FLOPS_OF_A_GLANCE / 2;
    let seconds = || time_runs(pool, 1, &mut peak(each)).as_secs_f64();
    let best = seconds().min(seconds()).min(seconds());
    (each * pool.current_num_threads() as u64) as f64 / best / 1e9
}

/// Fused multiply-adds on registers alone, that many on each thread of the pool at once, on the best instruction set there
/// is whatever `LAB_ISA` says: it is the machine that is asked.
pub(crate) fn peak(flops_of_a_thread: u64) -> Box<dyn FnMut() + Send> {
    Box::new(move || {
        rayon::broadcast(|_| black_box(Arch::new().dispatch(MultiplyAdds { flops: black_box(flops_of_a_thread) })));
    })
}

struct MultiplyAdds {
    flops: u64,
}

impl WithSimd for MultiplyAdds {
    type Output = f32;

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> f32 {
        // x ← x·x + x needs no constant: 16 chains are all that the 16 registers of AVX2 hold. From −½ on it creeps
        // towards 0 from below, and never gets near the subnormal numbers, which would be slow.
        let mut chains = [simd.splat_f32s(-0.5); CHAINS];
        for _ in 0..self.flops / (2 * CHAINS * S::F32_LANES) as u64 {
            for x in &mut chains {
                *x = simd.mul_add_f32s(*x, *x, *x);
            }
        }
        chains.into_iter().map(|x| simd.reduce_sum_f32s(x)).sum()
    }
}

/// Copies from one buffer to another, all threads of the pool at once, each between buffers of its own.
pub(crate) fn copy(threads: usize) -> Box<dyn FnMut() + Send> {
    let pair = || Mutex::new((vec![1u8; COPIED], vec![0u8; COPIED]));
    let buffers: Vec<_> = (0..threads).map(|_| pair()).collect();
    Box::new(move || {
        rayon::broadcast(|thread| {
            let mut pair = buffers[thread.index()].lock().expect("no copy panics");
            let (from, to) = &mut *pair;
            to.copy_from_slice(black_box(from));
            black_box(to);
        });
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn multiply_adds_are_done() {
        let done = |flops| Arch::new().dispatch(MultiplyAdds { flops });
        let (some, more) = (done(1 << 20), done(1 << 22));
        assert!(some < more && more < -f32::MIN_POSITIVE, "{some} {more}");
    }

    fn pool(threads: usize) -> ThreadPool {
        rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap()
    }

    #[test]
    fn every_thread_copies() {
        pool(2).install(copy(2));
    }

    /// Slow as a machine may be, and fast: no core does less than a FLOP or a byte in ten nanoseconds, or a thousand in one.
    #[test]
    fn ceilings_are_rates_of_what_was_done() {
        for threads in [1, 2] {
            let found = ceilings(&pool(threads));
            assert_eq!((found.flops, found.bytes), ((threads as u64) << 31, (threads as u64) << 27));
            assert_eq!(found.peak_gflops, found.flops as f64 / found.peak_seconds / 1e9);
            assert_eq!(found.copy_gbs, found.bytes as f64 / found.copy_seconds / 1e9);
            assert!([found.peak_gflops, found.copy_gbs].iter().all(|rate| (0.1..2000.0).contains(rate)), "{found:?}");
        }
    }
}
