//! A global allocator that knows the most bytes that were alive at once, over all threads, while it is asked to watch.

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::sync::{Mutex, PoisonError};

static WATCHES: AtomicBool = AtomicBool::new(false);
/// Bytes asked for less bytes given back since the watch began.
static LIVE: AtomicI64 = AtomicI64::new(0);
static PEAK: AtomicI64 = AtomicI64::new(0);

/// Most bytes that may be alive, where there is a limit.
static LIMIT: AtomicI64 = AtomicI64::new(i64::MAX);

/// There is one count, so watches wait for each other.
static WATCH: Mutex<()> = Mutex::new(());

/// Counts bytes alive on all threads, in the sizes that were asked for. While nobody watches, a call costs one load more.
/// A program installs it with
///
/// ```
/// #[global_allocator]
/// static ALLOCATOR: layer_testkit::PeakAllocator = layer_testkit::PeakAllocator::new();
/// # assert!(layer_testkit::peak::is_installed());
/// # let bytes = layer_testkit::peak::of(&mut || drop(std::hint::black_box(vec![0u8; 4096])));
/// # assert!(bytes.is_some_and(|bytes| (4096..8192).contains(&bytes)));
/// ```
#[derive(Debug, Default)]
pub struct PeakAllocator<A = System>(A);

impl PeakAllocator {
    /// On top of the system's allocator.
    pub const fn new() -> Self {
        Self(System)
    }
}

impl<A> PeakAllocator<A> {
    /// On top of another allocator.
    pub const fn over(allocator: A) -> Self {
        Self(allocator)
    }
}

/// From now on no more than so many bytes, on top of those that are alive now, are to be had: whoever asks for more is told that
/// there is no memory, which ends a Rust program with «memory allocation of N bytes failed». Nothing can be watched any more.
pub fn limit(bytes: u64) {
    LIVE.store(0, Ordering::SeqCst);
    LIMIT.store(i64::try_from(bytes).unwrap_or(i64::MAX), Ordering::SeqCst);
    WATCHES.store(true, Ordering::SeqCst);
}

/// Counts bytes; whether they may be had.
#[inline]
fn add(bytes: i64) -> bool {
    if !WATCHES.load(Ordering::Relaxed) {
        return true;
    }
    let live = LIVE.fetch_add(bytes, Ordering::Relaxed) + bytes;
    PEAK.fetch_max(live, Ordering::Relaxed);
    let may = bytes <= 0 || live <= LIMIT.load(Ordering::Relaxed);
    if !may {
        LIVE.fetch_sub(bytes, Ordering::Relaxed);
    }
    may
}

// `GlobalAlloc` is an unsafe trait and counting is possible nowhere else.
#[allow(unsafe_code)]
// SAFETY: every call goes to the inner allocator with the same arguments; the counter neither allocates nor unwinds.
// What is given back is taken off the count before another thread can have it.
unsafe impl<A: GlobalAlloc> GlobalAlloc for PeakAllocator<A> {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        if !add(layout.size() as i64) {
            return std::ptr::null_mut();
        }
        // SAFETY: passed on to the caller.
        unsafe { self.0.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        add(-(layout.size() as i64));
        // SAFETY: passed on to the caller.
        unsafe { self.0.dealloc(pointer, layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        if !add(layout.size() as i64) {
            return std::ptr::null_mut();
        }
        // SAFETY: passed on to the caller.
        unsafe { self.0.alloc_zeroed(layout) }
    }

    // A block in another size counts with the new one alone: whether the old one was alive beside it for a moment, while it
    // was moved, is the inner allocator's affair.
    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        if !add(size as i64 - layout.size() as i64) {
            return std::ptr::null_mut();
        }
        // SAFETY: passed on to the caller.
        unsafe { self.0.realloc(pointer, layout, size) }
    }
}

/// Ends the watch when the work panics, too.
struct Watching;

impl Watching {
    fn start() -> Self {
        LIVE.store(0, Ordering::SeqCst);
        PEAK.store(0, Ordering::SeqCst);
        WATCHES.store(true, Ordering::SeqCst);
        Self
    }
}

impl Drop for Watching {
    fn drop(&mut self) {
        WATCHES.store(false, Ordering::SeqCst);
    }
}

/// What `work` gives, the most bytes alive at once meanwhile, and those that it left alive.
fn watched<T>(work: impl FnOnce() -> T) -> (T, u64, i64) {
    // After a panic of another watch the count is as good as before: every watch starts it anew.
    let _one_at_a_time = WATCH.lock().unwrap_or_else(PoisonError::into_inner);
    let watching = Watching::start();
    let out = work();
    drop(watching);
    (out, PEAK.load(Ordering::SeqCst).max(0) as u64, LIVE.load(Ordering::SeqCst))
}

/// Runs `work` once; the most bytes that were alive at once meanwhile, above those alive before it, `None` unless the
/// [`PeakAllocator`] is installed. All threads of the process count, those that have nothing to do with the work too.
///
/// Must not be called from within itself: it would wait for itself.
pub fn of(work: &mut dyn FnMut()) -> Option<u64> {
    if is_installed() {
        let ((), most, _) = watched(work);
        return Some(most);
    }
    work();
    None
}

/// Runs `work`; what it gives, and the bytes that it left alive, 0 unless the allocator is installed. As for [`of`], all
/// threads count.
pub(crate) fn left<T>(work: impl FnOnce() -> T) -> (T, i64) {
    let (out, _, left) = watched(work);
    (out, left)
}

/// Whether this program installed the [`PeakAllocator`].
pub fn is_installed() -> bool {
    let ((), most, _) = watched(|| drop(std::hint::black_box(vec![0u8; 64])));
    most > 0
}

#[cfg(test)]
mod tests {
    /// These tests run on the system's allocator alone.
    #[test]
    fn without_the_allocator_nothing_is_known_and_the_work_is_done() {
        let mut runs = 0;
        assert_eq!(super::of(&mut || runs += 1), None);
        assert_eq!((runs, super::is_installed()), (1, false));
        assert_eq!(crate::live::held(|| 7), (7, None));
    }
}
