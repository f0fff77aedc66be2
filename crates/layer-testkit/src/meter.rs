//! A global allocator that counts its calls and, if asked to, times them: what allocation costs a program that runs.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

/// What this thread's meter does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Nothing.
    Off,
    /// Counts calls and bytes.
    Count,
    /// Reads the clock before and after each call as well.
    Time,
}

/// What this thread's meter has seen while it was on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Reading {
    /// Blocks asked for: fresh ones, and old ones in another size.
    pub allocations: u64,
    /// Their bytes.
    pub bytes: u64,
    /// Ticks of [`ticks`] spent in all calls, those that free included.
    pub ticks: u64,
}

thread_local! {
    // `const` and without a destructor: they may be used from inside an allocation.
    static MODE: Cell<Mode> = const { Cell::new(Mode::Off) };
    static READING: Cell<Reading> = const { Cell::new(Reading { allocations: 0, bytes: 0, ticks: 0 }) };
}

/// Counts and times, for each thread, calls to the allocator below it. A program installs it with
///
/// ```
/// #[global_allocator]
/// static ALLOCATOR: layer_testkit::MeteredAllocator = layer_testkit::MeteredAllocator::new();
/// # let (held, reading) = layer_testkit::meter::metered(layer_testkit::meter::Mode::Count, || vec![0u8; 64]);
/// # assert_eq!((held.len(), reading.allocations, reading.bytes, reading.ticks), (64, 1, 64, 0));
/// # let (_, reading) = layer_testkit::meter::metered(layer_testkit::meter::Mode::Time, || drop(held));
/// # assert!(reading.allocations == 0 && reading.ticks > 0);
/// ```
#[derive(Debug, Default)]
pub struct MeteredAllocator<A = System>(A);

impl MeteredAllocator {
    /// On top of the system's allocator.
    pub const fn new() -> Self {
        Self(System)
    }
}

impl<A> MeteredAllocator<A> {
    /// On top of another allocator.
    pub const fn over(allocator: A) -> Self {
        Self(allocator)
    }
}

/// Runs `work` with this thread's meter in that mode; its result, and what the meter saw.
pub fn metered<T>(mode: Mode, work: impl FnOnce() -> T) -> (T, Reading) {
    READING.set(Reading::default());
    MODE.set(mode);
    let out = work();
    MODE.set(Mode::Off);
    (out, READING.get())
}

/// A clock that is cheap to read, in a unit of its own: the processor's counter, or nanoseconds where none is known.
#[inline]
#[allow(unsafe_code)]
pub fn ticks() -> u64 {
    #[cfg(target_arch = "x86_64")]
    // SAFETY: every processor of this architecture has the counter.
    return unsafe { std::arch::x86_64::_rdtsc() };
    #[cfg(not(target_arch = "x86_64"))]
    {
        static START: std::sync::OnceLock<std::time::Instant> = std::sync::OnceLock::new();
        START.get_or_init(std::time::Instant::now).elapsed().as_nanos() as u64
    }
}

/// One call that asks for `size` bytes, or frees if it is `None`.
#[inline]
fn meter<T>(size: Option<usize>, call: impl FnOnce() -> T) -> T {
    // A thread that is ending has no meter any more; nobody can read it either.
    let mode = MODE.try_with(Cell::get).unwrap_or(Mode::Off);
    if mode == Mode::Off {
        return call();
    }
    let start = if mode == Mode::Time { ticks() } else { 0 };
    let out = call();
    let end = if mode == Mode::Time { ticks() } else { 0 };
    let _ = READING.try_with(|reading| {
        let Reading { allocations, bytes, ticks } = reading.get();
        reading.set(Reading {
            allocations: allocations + u64::from(size.is_some()),
            bytes: bytes + size.unwrap_or(0) as u64,
            ticks: ticks + end.saturating_sub(start),
        });
    });
    out
}

// `GlobalAlloc` is an unsafe trait and counting is possible nowhere else.
#[allow(unsafe_code)]
// SAFETY: every call goes to the inner allocator with the same arguments; the meter neither allocates nor unwinds.
unsafe impl<A: GlobalAlloc> GlobalAlloc for MeteredAllocator<A> {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: passed on to the caller.
        meter(Some(layout.size()), || unsafe { self.0.alloc(layout) })
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: passed on to the caller.
        meter(None, || unsafe { self.0.dealloc(pointer, layout) });
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        // SAFETY: passed on to the caller.
        meter(Some(layout.size()), || unsafe { self.0.alloc_zeroed(layout) })
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        // SAFETY: passed on to the caller.
        meter(Some(size), || unsafe { self.0.realloc(pointer, layout, size) })
    }
}
