//! How many bytes some work leaves alive, whichever of the allocators of this crate a program installed.

use crate::{memory, peak};

/// Runs `work`; what it gives, and the bytes alive after it that were not before, `None` unless the program installed the
/// [`CountingAllocator`](crate::CountingAllocator) or the [`PeakAllocator`](crate::PeakAllocator).
///
/// The first counts this thread alone, the second all threads, and must not be asked from within a [`peak::of`].
pub fn held<T>(work: impl FnOnce() -> T) -> (T, Option<i64>) {
    if memory::is_counted() {
        let before = memory::live_bytes();
        let out = work();
        return (out, Some(memory::live_bytes() - before));
    }
    if peak::is_installed() {
        let (out, bytes) = peak::left(work);
        return (out, Some(bytes));
    }
    (work(), None)
}
