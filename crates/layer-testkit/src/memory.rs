//! A global allocator that counts the bytes that are alive, so that declared bytes can be held against real ones.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

thread_local! {
    // `const` and without a destructor: it may be used from inside an allocation.
    static LIVE: Cell<i64> = const { Cell::new(0) };
}

/// Counts, for each thread, bytes asked for less bytes given back. A test binary installs it with
///
/// ```
/// #[global_allocator]
/// static ALLOCATOR: layer_testkit::CountingAllocator = layer_testkit::CountingAllocator::new();
/// # assert!(layer_testkit::memory::is_counted());
/// ```
#[derive(Debug, Default)]
pub struct CountingAllocator<A = System>(A);

impl CountingAllocator {
    /// On top of the system's allocator.
    pub const fn new() -> Self {
        Self(System)
    }
}

impl<A> CountingAllocator<A> {
    /// On top of another allocator.
    pub const fn over(allocator: A) -> Self {
        Self(allocator)
    }
}

fn add(bytes: usize, sign: i64) {
    // A thread that is ending has no counter any more; nobody can read it either.
    let _ = LIVE.try_with(|live| live.set(live.get() + sign * bytes as i64));
}

// `GlobalAlloc` is an unsafe trait and counting is possible nowhere else.
#[allow(unsafe_code)]
// SAFETY: every call goes to the inner allocator with the same arguments; the counter neither allocates nor unwinds.
unsafe impl<A: GlobalAlloc> GlobalAlloc for CountingAllocator<A> {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        add(layout.size(), 1);
        // SAFETY: passed on to the caller.
        unsafe { self.0.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        add(layout.size(), -1);
        // SAFETY: passed on to the caller.
        unsafe { self.0.dealloc(pointer, layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        add(layout.size(), 1);
        // SAFETY: passed on to the caller.
        unsafe { self.0.alloc_zeroed(layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        add(size, 1);
        add(layout.size(), -1);
        // SAFETY: passed on to the caller.
        unsafe { self.0.realloc(pointer, layout, size) }
    }
}

/// Bytes that this thread has allocated and not freed; only differences mean something.
pub fn live_bytes() -> i64 {
    LIVE.with(Cell::get)
}

/// Whether this binary installed the [`CountingAllocator`].
pub fn is_counted() -> bool {
    let before = live_bytes();
    let held = std::hint::black_box(vec![0u8; 64]);
    let counted = live_bytes() - before == 64;
    drop(held);
    counted
}
