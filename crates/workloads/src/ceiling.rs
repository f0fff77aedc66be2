//! What the machine can do at most: multiply-adds that touch no memory, and copies that do nothing else.

use std::hint::black_box;
use std::sync::Mutex;

use pulp::{Arch, Simd, WithSimd};

/// FLOPs of one thread in a run of `peak`: about a second on one core.
pub const FLOPS_OF_A_THREAD: u64 = 1 << 36;

/// Bytes that one thread reads and writes in a run of `copy`: 64 MiB there, 64 MiB back.
pub const BYTES_OF_A_THREAD: u64 = 2 * COPIED as u64;

/// More than a core's share of any cache.
const COPIED: usize = 64 << 20;

/// Chains of multiply-adds that do not wait for each other: more than latency times units on the processors there are.
const CHAINS: usize = 16;

/// Fused multiply-adds on registers alone, all threads of the pool at once, on the best instruction set there is whatever
/// `LAB_ISA` says: it is the machine that is asked.
pub(crate) fn peak() -> Box<dyn FnMut() + Send> {
    Box::new(|| {
        rayon::broadcast(|_| black_box(Arch::new().dispatch(MultiplyAdds { flops: black_box(FLOPS_OF_A_THREAD) })));
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

    #[test]
    fn every_thread_copies() {
        rayon::ThreadPoolBuilder::new().num_threads(2).build().unwrap().install(copy(2));
    }
}
