//! What a run tells while it runs: bars on a terminal, one line per finished cell elsewhere. All of it on stderr.

use std::io::Write as _;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use indicatif::{MultiProgress, ProgressBar, ProgressStyle};
use train::Event;

use crate::finished::{Finished, Outcome};
use crate::measure::timing::Timed;
use crate::plan::{Job, Planned};

/// How much is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verbosity {
    /// Warnings only.
    Quiet,
    /// Bars, or a line per finished cell.
    Normal,
    /// Every learning rate that was tried, too.
    Verbose,
}

struct Worker {
    bar: ProgressBar,
    /// FLOPs of this cell that are in the total bar already.
    counted: u64,
    losses: Vec<f64>,
    steps: u64,
}

/// Progress of one sweep.
pub struct Progress {
    verbosity: Verbosity,
    bars: Option<MultiProgress>,
    total: ProgressBar,
    workers: Vec<Mutex<Worker>>,
    cells: AtomicUsize,
    of: AtomicUsize,
    start: Instant,
}

impl Progress {
    /// For so many workers. Bars are drawn when stderr is a terminal.
    pub fn new(workers: usize, verbosity: Verbosity, terminal: bool) -> Self {
        let bars = (terminal && verbosity > Verbosity::Quiet).then(MultiProgress::new);
        let add = |bar: ProgressBar| bars.as_ref().map_or_else(ProgressBar::hidden, |bars| bars.add(bar));
        let total = add(ProgressBar::new(0));
        let style = "{bar:32.cyan/blue} {percent:>3} %  {msg}  {elapsed} gone, {eta} left at the most";
        total.set_style(ProgressStyle::with_template(style).expect("a valid template"));
        let row = ProgressStyle::with_template("  {msg}").expect("a valid template");
        let worker = |_| {
            let bar = add(ProgressBar::new(1));
            bar.set_style(row.clone());
            Mutex::new(Worker { bar, counted: 0, losses: Vec::new(), steps: 0 })
        };
        let workers = (0..workers).map(worker).collect();
        let cells = AtomicUsize::new(0);
        Self { verbosity, bars, total, workers, cells, of: AtomicUsize::new(0), start: Instant::now() }
    }

    /// The sweep starts.
    pub fn start(&self, missing: usize, kept: usize, work: u64) {
        self.total.set_length(work.max(1));
        self.of.store(missing, Ordering::Relaxed);
        self.cells.store(0, Ordering::Relaxed);
        if self.verbosity > Verbosity::Quiet {
            let had = if kept > 0 { format!(", {kept} were finished before") } else { String::new() };
            self.say(&format!("{missing} cells to run{had}"));
        }
        if self.bars.is_some() {
            self.total.enable_steady_tick(Duration::from_millis(250));
        }
    }

    /// A worker begins a cell.
    pub fn began(&self, worker: usize, planned: &Planned) {
        let mut worker = self.workers[worker].lock().expect("no panic holds it");
        worker.counted = 0;
        worker.steps = 0;
        worker.losses.clear();
        worker.bar.set_message(planned.cell.title());
    }

    /// A worker did a training step.
    pub fn step(&self, worker: usize, planned: &Planned, event: Event) {
        if self.bars.is_none() {
            return;
        }
        let mut worker = self.workers[worker].lock().expect("no panic holds it");
        let Job::Train(training) = &planned.cell.job else { return };
        let each = planned.work / (training.steps * training.learning_rates.len()) as u64;
        worker.counted += each;
        worker.steps += 1;
        self.total.inc(each);
        if event.step == 1 {
            worker.losses.clear();
        }
        worker.losses.push(event.loss);
        if event.step.is_multiple_of(8) {
            let message = format!(
                "{}  step {:>5}  loss {:<6.3} {}",
                planned.cell.title(),
                event.step,
                event.loss,
                sparkline(&worker.losses)
            );
            worker.bar.set_message(message);
        }
    }

    /// A worker finished a cell.
    pub fn finished(&self, worker: usize, planned: &Planned, finished: &Finished) {
        let done = self.cells.fetch_add(1, Ordering::Relaxed) + 1;
        let of = self.of.load(Ordering::Relaxed);
        {
            let worker = self.workers[worker].lock().expect("no panic holds it");
            self.total.inc(planned.work.saturating_sub(worker.counted));
        }
        self.total.set_message(format!("{done}/{of} cells"));
        if self.verbosity == Verbosity::Quiet
            || (self.bars.is_some() && self.verbosity < Verbosity::Verbose && finished.outcome.is_ok())
        {
            return;
        }
        let outcome = match &finished.outcome {
            Err(error) => format!("FAILED: {error}"),
            Ok(outcome) => told(outcome, finished.seconds),
        };
        self.say(&format!(
            "[{done:>3}/{of} {:>4.0} s] {}: {outcome}",
            self.start.elapsed().as_secs_f64(),
            planned.cell.title()
        ));
        if self.verbosity == Verbosity::Verbose
            && let Ok(Outcome::Accuracy(scores)) = &finished.outcome
        {
            for (rate, accuracy) in &scores.tried {
                let accuracy = accuracy.map_or("diverged".to_owned(), |a| format!("validation accuracy {a:.3}"));
                self.say(&format!("          learning rate {rate}: {accuracy}"));
            }
        }
    }

    /// A worker has nothing left to do.
    pub fn idle(&self, worker: usize) {
        self.workers[worker].lock().expect("no panic holds it").bar.finish_and_clear();
    }

    /// The sweep is over.
    pub fn end(&self) {
        self.total.finish_and_clear();
    }

    /// Something that must be seen even when quiet.
    pub fn warn(&self, text: &str) {
        self.say(&format!("warning: {text}"));
    }

    fn say(&self, text: &str) {
        match &self.bars {
            Some(bars) => bars.suspend(|| drop(writeln!(std::io::stderr(), "{text}"))),
            // A reader of stderr that is gone must not end the run.
            None => drop(writeln!(std::io::stderr(), "{text}")),
        }
    }
}

/// What came of a cell, in a few words.
fn told(outcome: &Outcome, seconds: f64) -> String {
    match outcome {
        Outcome::Accuracy(scores) => {
            let solved =
                scores.steps_to_solve.map_or("not solved".to_owned(), |steps| format!("solved at step {steps}"));
            format!("accuracy {:.3}, {solved}, {seconds:.1} s", scores.mean())
        }
        Outcome::Reach(found) => format!("{} numbers, {seconds:.1} s", found.numbers.len()),
        Outcome::Throughput(Timed::Ceiling { peak_gflops, copy_gbs, .. }) => {
            format!("{peak_gflops:.0} GFLOP/s, {copy_gbs:.0} GB/s")
        }
        Outcome::Throughput(Timed::Pass(timed)) => match &timed.times {
            Err(why) => format!("not timed: {why}"),
            Ok(times) => {
                let noisy = if times.noisy { ", noisy" } else { "" };
                let rate = timed.flops as f64 / times.seconds[1] / 1e9;
                format!("{:.3} ms, {rate:.1} GFLOP/s{noisy}", 1e3 * times.seconds[1])
            }
        },
    }
}

/// The course of the loss in twelve characters.
fn sparkline(losses: &[f64]) -> String {
    const BARS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
    const WIDTH: usize = 12;
    let columns = WIDTH.min(losses.len());
    let means: Vec<f64> = (0..columns)
        .map(|c| {
            let part = &losses[c * losses.len() / columns..(c + 1) * losses.len() / columns];
            part.iter().sum::<f64>() / part.len() as f64
        })
        .collect();
    let highest = means.iter().copied().fold(f64::MIN_POSITIVE, f64::max);
    means.iter().map(|m| BARS[((m / highest * 7.0).round() as usize).min(7)]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sparkline_falls_with_the_loss() {
        let losses: Vec<f64> = (0..100).map(|i| 100.0 - f64::from(i)).collect();
        let line: Vec<char> = sparkline(&losses).chars().collect();
        assert_eq!(line.len(), 12);
        assert!(line.is_sorted_by(|a, b| a >= b) && line[0] > line[11]);
        assert_eq!(sparkline(&[]), "");
    }
}
