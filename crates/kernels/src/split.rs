//! Work that is cut into independent parts, on the threads of whoever asked for it.

use std::cell::Cell;

use rayon::prelude::*;

use crate::{flops, isa};

thread_local! {
    static WITHIN: Cell<bool> = const { Cell::new(false) };
}

/// Does `work` on every part: side by side when called on a thread of a rayon pool, in order on any other thread. The
/// parts and what each of them does depend on neither, so results are the same to the bit.
///
/// Parts of parts are done in order: who cuts first decides.
pub fn for_each<T: Send>(parts: Vec<T>, work: impl Fn(T) + Sync) {
    map(parts, work);
}

/// The same with results, in the order of the parts. FLOPs count on the thread that calls, wherever they were done.
pub fn map<T: Send, R: Send>(parts: Vec<T>, work: impl Fn(T) -> R + Sync) -> Vec<R> {
    let alone = rayon::current_thread_index().is_none() || rayon::current_num_threads() == 1;
    if alone || WITHIN.get() || parts.len() < 2 {
        return parts.into_iter().map(work).collect();
    }
    let isa = isa::in_use();
    let within = |part| {
        let _restore = Restore(WITHIN.replace(true));
        flops::counted(|| isa::force(isa, || work(part)))
    };
    let side_by_side = || -> (Vec<R>, Vec<u64>) { parts.into_par_iter().with_max_len(1).map(within).unzip() };
    let ((results, counts), here) = flops::counted(side_by_side);
    // This thread has counted what it did itself, and what it did for others while it waited: their own callers count that.
    flops::count(counts.into_iter().fold(0, u64::wrapping_add).wrapping_sub(here));
    results
}

struct Restore(bool);

impl Drop for Restore {
    fn drop(&mut self) {
        WITHIN.set(self.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn in_a_pool_or_not_results_keep_their_order() {
        let nested = |i: usize| map((0..i).collect(), |j: usize| i * j).into_iter().sum::<usize>();
        let alone = map((0..50).collect(), nested);
        let pool = rayon::ThreadPoolBuilder::new().num_threads(2).build().unwrap();
        assert_eq!(pool.install(|| map((0..50).collect(), nested)), alone);
    }

    #[test]
    fn flops_count_where_the_work_was_asked_for() {
        let work = || flops::counted(|| for_each((0..50).collect(), |i: u64| flops::count(1 << i))).1;
        assert_eq!(work(), (1 << 50) - 1);
        let pool = rayon::ThreadPoolBuilder::new().num_threads(3).build().unwrap();
        assert_eq!(pool.install(work), (1 << 50) - 1);
        let (counts, _) = pool.install(|| rayon::join(|| [work(), work()], work));
        assert_eq!(counts, [(1 << 50) - 1; 2]);
    }
}
