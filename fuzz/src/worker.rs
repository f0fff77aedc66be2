//! One process that feeds one target, input after input, and says what it found.
//!
//! It may be killed at any input: which one it was stands in a file, written before each.

use std::fs::File;
use std::io::Write as _;
use std::os::unix::fs::FileExt as _;
use std::panic::{self, AssertUnwindSafe};
use std::path::Path;
use std::sync::Mutex;
use std::time::Instant;

use layer_testkit::peak;

use crate::draw::Draw;
use crate::target::{Ground, Row, Target};

/// Most bytes that a refused input may have had alive, besides [`EACH`] of its own: layers before the one that is refused are built.
const REFUSED: u64 = 128 << 20;

/// Bytes that each byte of an input may take: a list of small numbers is a list of values.
const EACH: u64 = 64;

/// Most bytes of an input that was taken: the largest parameters that a layer allows are 256 MiB, and are drawn once.
const TAKEN: u64 = 1 << 30;

/// Where and why the last panic was.
static LAST_PANIC: Mutex<String> = Mutex::new(String::new());

/// What is known of all inputs that were fed.
#[derive(Debug, Default)]
pub struct Counted {
    /// Inputs that were taken.
    pub taken: u64,
    /// Inputs that were refused.
    pub refused: u64,
    /// Most bytes of one refused input.
    pub peak_refused: u64,
    /// Most bytes of one that was taken.
    pub peak_taken: u64,
    /// The longest, in milliseconds, and which input that was.
    pub slowest: (u64, u64),
}

/// Feeds inputs `first..last`, and writes a line for each fault and one at the end.
///
/// # Panics
/// When it has nowhere to say so.
pub fn run(row: &Row, ground: &Ground, seed: u64, (first, last): (u64, u64), progress: &Path) {
    panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        let text = panic.payload_as_str().unwrap_or("no text").replace('\n', " ");
        let text: String = text.chars().take(300).collect();
        *LAST_PANIC.lock().unwrap_or_else(|poisoned| poisoned.into_inner()) = format!("panic at {place}: {text}");
    }));
    let progress = File::create(progress).expect("the ground can be written to");
    let mut target = (row.build)(ground);
    let mut counted = Counted::default();
    for index in first..last {
        progress.write_all_at(&index.to_le_bytes(), 0).expect("the ground can be written to");
        if let Some(fault) = one(target.as_mut(), row.name, seed, index, &mut counted) {
            say(&format!("fault {index} {fault}"));
        }
    }
    let Counted { taken, refused, peak_refused, peak_taken, slowest } = counted;
    say(&format!("done {taken} {refused} {peak_refused} {peak_taken} {} {}", slowest.0, slowest.1));
}

fn one(target: &mut dyn Target, name: &str, seed: u64, index: u64, counted: &mut Counted) -> Option<String> {
    let input = target.make(&mut Draw::of(seed, name, index));
    let start = Instant::now();
    let mut outcome = None;
    let bytes = peak::of(&mut || {
        outcome = Some(panic::catch_unwind(AssertUnwindSafe(|| target.take(&input))));
    });
    let bytes = bytes.expect("the program has the allocator that counts");
    counted.slowest = counted.slowest.max((start.elapsed().as_millis() as u64, index));
    let (most, what) = match outcome.expect("it ran") {
        Err(_) => return Some(LAST_PANIC.lock().unwrap_or_else(|poisoned| poisoned.into_inner()).clone()),
        Ok(Ok(())) => {
            counted.taken += 1;
            counted.peak_taken = counted.peak_taken.max(bytes);
            (TAKEN, "taken")
        }
        Ok(Err(_)) => {
            counted.refused += 1;
            counted.peak_refused = counted.peak_refused.max(bytes);
            (REFUSED, "refused")
        }
    };
    let own: u64 = input.iter().map(|part| part.len() as u64).sum();
    (bytes > most + EACH * own).then(|| format!("memory: {} MiB for an input that was {what}", bytes >> 20))
}

fn say(line: &str) {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{line}").and_then(|()| out.flush()).expect("the one who started this listens");
}
