//! What a training step costs besides arithmetic once it is warm: page faults, allocations, time in the allocator.
//!
//! Time in `alloc_zeroed` counts as the allocator's, and so does the zeroing itself: that is work that buffers which are
//! kept would not save, if they have to be zero.

use std::hint::black_box;

use layer_testkit::meter::{Mode, Reading, metered, ticks};
use rayon::ThreadPoolBuilder;
use workloads::{Prepared, find, process};

#[global_allocator]
static ALLOCATOR: layer_testkit::MeteredAllocator<mimalloc::MiMalloc> =
    layer_testkit::MeteredAllocator::over(mimalloc::MiMalloc);

const WARM_UP: u64 = 50;
const STEPS: u64 = 200;

/// All of them, and what the meter saw.
struct Measured {
    milliseconds: f64,
    faults: Option<u64>,
    ticks: u64,
    reading: Reading,
}

/// On the thread of the pool: the meter is a thread's own.
fn measure(step: &mut Prepared<'_>, mode: Mode) -> Measured {
    let (faults, start) = (process::minor_faults(), ticks());
    let (time, reading) = metered(mode, || step.time(STEPS));
    let ticks = ticks() - start;
    let faults = faults.zip(process::minor_faults()).map(|(from, to)| to - from);
    Measured { milliseconds: time.as_secs_f64() * 1e3 / STEPS as f64, faults, ticks, reading }
}

/// Ticks that one reading of the clock takes: a call that does nothing would seem to take as many.
fn ticks_of_a_reading() -> f64 {
    const READINGS: u64 = 1 << 20;
    let start = ticks();
    for _ in 0..READINGS {
        black_box(ticks());
    }
    (ticks() - start) as f64 / READINGS as f64
}

fn main() {
    let pool = ThreadPoolBuilder::new().num_threads(1).build().expect("a pool");
    let mut step = find("step").expect("the step is a work").prepare(&pool);
    step.time(WARM_UP);
    let [off, count, time] = [Mode::Off, Mode::Count, Mode::Time].map(|mode| pool.install(|| measure(&mut step, mode)));
    let a_step = |total: u64| total as f64 / STEPS as f64;
    println!("training step, 1 thread, {STEPS} steps after {WARM_UP}:");
    match off.faults {
        Some(faults) => println!("  minor page faults   {:>10.2} a step", a_step(faults)),
        None => println!("  minor page faults      unknown on this system"),
    }
    println!("  allocations         {:>10.1} a step", a_step(count.reading.allocations));
    println!("  bytes allocated     {:>10.0} a step", a_step(count.reading.bytes));
    let share = |ticks: f64| 100.0 * ticks / time.ticks as f64;
    println!("  in the allocator    {:>10.2} % of the time", share(time.reading.ticks as f64));
    // As many calls free as allocate, and each holds one reading of the clock.
    let clock = 2.0 * time.reading.allocations as f64 * ticks_of_a_reading();
    println!("    of that the clock {:>10.2} %", share(clock));
    println!("  time                {:>10.3} ms a step", off.milliseconds);
    println!("    with calls counted{:>10.3} ms", count.milliseconds);
    println!("    and timed         {:>10.3} ms", time.milliseconds);
}
