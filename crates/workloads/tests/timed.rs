//! A pass of any layer, timed in a program that counts its memory.

use std::cell::Cell;
use std::sync::Mutex;

use layer_testkit::{PeakAllocator, peak};
use rayon::{ThreadPool, ThreadPoolBuilder};
use workloads::{Budget, Pass, Subject, Timed, time};

#[global_allocator]
static ALLOCATOR: PeakAllocator = PeakAllocator::new();

/// Tests see each other's memory, and take each other's time.
static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());

fn pool(threads: usize) -> ThreadPool {
    ThreadPoolBuilder::new().num_threads(threads).build().unwrap()
}

fn none(pass: Pass, threads: usize) -> Subject {
    Subject { layer: "none".into(), options: toml::Table::new(), pass, batch: 16, time: 256, width: 64, threads }
}

fn timed(subject: &Subject, rounds: usize, seconds: f64) -> Timed {
    time(subject, &pool(subject.threads), &Budget { rounds, seconds, ceiling: None }, &peak::of).unwrap()
}

/// What `none` makes is as large as its input: y, or y and the gradient of x. The rest is lists of micro-batches, and what
/// a test before gives back as its threads end.
#[test]
fn the_memory_of_a_pass_is_what_it_makes() {
    let _alone = ONE_AT_A_TIME.lock().unwrap();
    let made: u64 = 4 * 16 * 256 * 64;
    for threads in [1, 2] {
        for (pass, arrays) in [(Pass::Forward, 1), (Pass::Both, 2)] {
            let bytes = timed(&none(pass, threads), 1, 0.1).bytes_peak.unwrap();
            assert!(bytes.abs_diff(arrays * made) < 64 << 10, "{bytes} for {arrays} × {made}");
        }
    }
}

#[test]
fn rounds_are_as_many_as_the_budget_has() {
    let _alone = ONE_AT_A_TIME.lock().unwrap();
    let subject = none(Pass::Forward, 1);
    let found = timed(&subject, 5, 100.0);
    assert_eq!(found.rounds, 5);
    assert!(0.0 < found.low && found.low <= found.median && found.median <= found.high && found.high < 1.0);
    assert!(found.peaks.iter().all(|peak| *peak > 0.1));
    // No time at all, and a pass takes longer; hardly any, and a pass does not.
    assert_eq!((timed(&subject, 5, 0.0).rounds, timed(&none(Pass::Both, 1), 2, 1e-9).rounds), (1, 1));
}

/// The clock is read around rounds, not around passes: a pass of microseconds is repeated.
#[test]
fn short_passes_are_repeated_and_memory_is_watched_twice() {
    let _alone = ONE_AT_A_TIME.lock().unwrap();
    let watched = Cell::new(0);
    let watch = |work: &mut dyn FnMut()| {
        watched.set(watched.get() + 1);
        work();
        Some(watched.get())
    };
    let subject = Subject { batch: 1, time: 4, ..none(Pass::Forward, 1) };
    let budget = Budget { rounds: 3, seconds: 60.0, ceiling: None };
    let found = time(&subject, &pool(1), &budget, &watch).unwrap();
    assert_eq!((found.rounds, found.bytes_peak, watched.get()), (3, Some(2), 2));
    assert!(found.median < 1e-3, "{found:?}");
    let unknown = time(&subject, &pool(1), &budget, &|work| {
        work();
        None
    });
    assert_eq!(unknown.unwrap().bytes_peak, None);
}

#[test]
fn what_cannot_be_timed_says_why() {
    let _alone = ONE_AT_A_TIME.lock().unwrap();
    let message = |subject: &Subject, rounds| {
        let budget = Budget { rounds, seconds: 0.0, ceiling: None };
        time(subject, &pool(1), &budget, &peak::of).unwrap_err()
    };
    assert!(message(&none(Pass::Both, 2), 1).contains("1 threads"));
    assert!(message(&none(Pass::Both, 1), 0).contains("rounds = 0"));
    let odd = Subject { layer: "attention".into(), width: 30, ..none(Pass::Both, 1) };
    assert!(message(&odd, 1).contains("30"), "{}", message(&odd, 1));
}
