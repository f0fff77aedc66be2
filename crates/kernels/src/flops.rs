//! Counts the FLOPs of matrix products as they happen.
//!
//! A layer declares its cost; this counter is what the declaration is held
//! against. One multiply-add counts as 2 FLOPs. Element-wise work (bias, ReLU,
//! softmax, norm) is not counted, here or in any declaration: it is the
//! convention of the field, and products are what scales.

use std::cell::Cell;

thread_local! {
    static COUNT: Cell<u64> = const { Cell::new(0) };
}

/// Adds `flops` to this thread's count. Products call it by themselves; a layer
/// that multiplies in a loop of its own calls it once per loop.
#[inline]
pub fn count(flops: u64) {
    COUNT.with(|c| c.set(c.get().wrapping_add(flops)));
}

/// Runs `work` and returns its result with the FLOPs that this thread counted.
pub fn counted<T>(work: impl FnOnce() -> T) -> (T, u64) {
    let before = COUNT.with(Cell::get);
    let out = work();
    (out, COUNT.with(Cell::get).wrapping_sub(before))
}
