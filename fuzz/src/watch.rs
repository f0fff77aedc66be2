//! Starts workers, and sees when one dies or does not go on.

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

use crate::target::Row;
use crate::worker::Counted;

/// An input that takes longer hangs.
const HANGS: Duration = Duration::from_secs(20);

/// Faults of one target after which the rest of its inputs is left.
const MOST_FAULTS: usize = 200;

/// What came of one target.
#[derive(Debug, Default)]
pub struct Outcome {
    /// Of all workers that came to their end.
    pub counted: Counted,
    /// Inputs that were fed.
    pub fed: u64,
    /// Faults by their text: the first input that has it, and how many do.
    pub faults: BTreeMap<String, (u64, u64)>,
}

/// Feeds `count` inputs from `first` on, in as many workers as it takes.
///
/// # Errors
/// When no worker can be started.
pub fn run(row: &Row, seed: u64, (first, count): (u64, u64), folder: &Path) -> std::io::Result<Outcome> {
    let mut outcome = Outcome::default();
    let (mut next, last) = (first, first + count);
    while next < last && outcome.faults.values().map(|(_, times)| *times as usize).sum::<usize>() < MOST_FAULTS {
        let ground = tempfile::tempdir_in(folder)?;
        let progress = ground.path().join("input");
        let mut command = Command::new(std::env::current_exe()?);
        command.args([row.name, "--worker"]).arg(ground.path());
        command.args(["--seed", &seed.to_string(), "--first", &next.to_string()]);
        let mut child = command.args(["--count", &(last - next).to_string()]).stdout(Stdio::piped()).spawn()?;
        let lines = lines_of(&mut child);
        let ended = listen(&mut child, &lines, &progress, &mut outcome);
        let at = index(&progress).unwrap_or(next);
        match ended {
            None => next = last,
            Some(fault) => {
                note(&mut outcome, at, fault);
                next = at + 1;
            }
        }
        outcome.fed = next - first;
    }
    Ok(outcome)
}

/// Reads what the worker says until it ends; the fault that ended it, if it did not come to its own end.
fn listen(child: &mut Child, lines: &Receiver<String>, progress: &Path, outcome: &mut Outcome) -> Option<String> {
    let (mut at, mut since, mut done) = (None, Instant::now(), false);
    loop {
        match lines.recv_timeout(Duration::from_millis(200)) {
            Ok(line) => done |= hear(outcome, &line),
            Err(RecvTimeoutError::Disconnected) => break,
            Err(RecvTimeoutError::Timeout) => {}
        }
        let now = index(progress);
        if now != at {
            (at, since) = (now, Instant::now());
        } else if since.elapsed() > HANGS {
            let _ = child.kill();
            let _ = child.wait();
            return Some(format!("hang: more than {} s", HANGS.as_secs()));
        }
    }
    let status = child.wait().map(|status| status.to_string()).unwrap_or_default();
    (!done).then(|| format!("death: {status}"))
}

/// Takes in a line; whether it is the last one.
fn hear(outcome: &mut Outcome, line: &str) -> bool {
    if let Some((index, fault)) = line.strip_prefix("fault ").and_then(|rest| rest.split_once(' ')) {
        note(outcome, index.parse().unwrap_or(0), fault.to_owned());
    }
    let Some(rest) = line.strip_prefix("done ") else { return false };
    let numbers: Vec<u64> = rest.split(' ').filter_map(|number| number.parse().ok()).collect();
    if let [taken, refused, peak_refused, peak_taken, slowest, index] = numbers[..] {
        let counted = &mut outcome.counted;
        counted.taken += taken;
        counted.refused += refused;
        counted.peak_refused = counted.peak_refused.max(peak_refused);
        counted.peak_taken = counted.peak_taken.max(peak_taken);
        counted.slowest = counted.slowest.max((slowest, index));
    }
    true
}

/// Faults are told apart by their text without its numbers.
fn note(outcome: &mut Outcome, index: u64, fault: String) {
    let place = fault.split(": ").next().unwrap_or_default().to_owned();
    let known = outcome.faults.iter_mut().find(|(text, _)| place.starts_with("panic") && text.starts_with(&place));
    match known {
        Some((_, (_, times))) => *times += 1,
        None => outcome.faults.entry(fault).or_insert((index, 0)).1 += 1,
    }
}

fn lines_of(child: &mut Child) -> Receiver<String> {
    let (send, receive) = mpsc::channel();
    let out = child.stdout.take().expect("it was piped");
    std::thread::spawn(move || {
        for line in BufReader::new(out).lines().map_while(Result::ok) {
            if send.send(line).is_err() {
                return;
            }
        }
    });
    receive
}

/// The input that a worker is at.
fn index(progress: &Path) -> Option<u64> {
    fs::read(progress).ok()?.try_into().ok().map(u64::from_le_bytes)
}
