//! The allocator that knows the most bytes alive at once.

use std::hint::black_box;
use std::panic::catch_unwind;
use std::sync::Mutex;
use std::sync::mpsc::channel;
use std::thread;

use layer_testkit::{PeakAllocator, live, peak};

#[global_allocator]
static ALLOCATOR: PeakAllocator = PeakAllocator::new();

const MIB: usize = 1 << 20;

/// A watch sees what the other tests allocate, too.
static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());

fn held(mebibytes: usize) -> Vec<u8> {
    black_box(vec![1; mebibytes * MIB])
}

/// The harness's own threads may allocate beside a watch: a little more than the blocks is no fault, and a little less
/// neither, if they give back.
fn assert_peak(mebibytes: usize, mut work: impl FnMut()) {
    let bytes = peak::of(&mut work).expect("it is installed") as usize;
    assert!(bytes.abs_diff(mebibytes * MIB) < MIB / 2, "{bytes} bytes, where {mebibytes} MiB were alive at once");
}

#[test]
fn the_most_alive_at_once_is_neither_the_sum_nor_what_is_left() {
    let _alone = ONE_AT_A_TIME.lock().unwrap();
    assert_peak(3, || {
        drop(held(3));
        drop(held(2));
    });
    assert_peak(5, || drop((held(3), held(2))));
    let mut left = Vec::new();
    assert_peak(2, || left = held(2));
    // What was alive before does not count, and giving it back makes room.
    assert_peak(1, || {
        drop(std::mem::take(&mut left));
        left = held(3);
    });
    assert_peak(0, || left = Vec::new());
}

#[test]
fn a_block_that_grows_counts_once() {
    let _alone = ONE_AT_A_TIME.lock().unwrap();
    let mut block = held(2);
    assert_peak(1, || block.reserve_exact(MIB));
    assert_peak(0, || block.shrink_to_fit());
}

#[test]
fn zeroed_blocks_and_those_of_other_threads_count() {
    let _alone = ONE_AT_A_TIME.lock().unwrap();
    assert_peak(1, || drop(black_box(vec![0u8; MIB])));
    assert_peak(6, || {
        let (send, receive) = channel();
        let other = thread::spawn(move || send.send(held(2)));
        let here = held(4);
        drop((receive.recv(), here));
        other.join().unwrap().unwrap();
    });
}

/// What the other allocator counts for a thread, this one counts for all of them.
#[test]
fn what_some_work_leaves_alive_is_neither_its_peak_nor_its_sum() {
    let _alone = ONE_AT_A_TIME.lock().unwrap();
    let before = held(1);
    let (kept, bytes) = live::held(|| {
        drop(held(5));
        held(2)
    });
    let (_, given_back) = live::held(|| drop((before, kept)));
    for (bytes, mebibytes) in [(bytes, 2), (given_back, -3)] {
        let off = bytes.expect("it is installed") - mebibytes * MIB as i64;
        assert!(off.unsigned_abs() < MIB as u64 / 2, "{bytes:?} bytes, and {mebibytes} MiB were left");
    }
}

#[test]
fn a_panic_ends_the_watch_and_the_next_one_is_right() {
    let _alone = ONE_AT_A_TIME.lock().unwrap();
    assert!(catch_unwind(|| peak::of(&mut || panic!("as asked"))).is_err());
    assert_peak(1, || drop(held(1)));
}
