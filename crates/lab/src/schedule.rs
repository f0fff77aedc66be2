//! Runs the cells that are missing, side by side over the cores.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, LazyLock, Mutex};

use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::flag;

use train::Event;

use crate::error::{LabError, exit};
use crate::finished::{Done, Finished};
use crate::plan::{Cell, Planned};
use crate::progress::Progress;
use crate::store::{Kept, Mark, Store};

/// Set by Ctrl-C and SIGTERM; cells then stop at their next step.
static STOP: LazyLock<Arc<AtomicBool>> = LazyLock::new(Arc::default);

/// The signal that did it.
static SIGNAL: LazyLock<Arc<AtomicUsize>> = LazyLock::new(Arc::default);

/// From now on, Ctrl-C and SIGTERM (of a batch system, or of `kill`) stop cells rather than the program. A second one does not wait
/// for what is being timed; finished cells are kept all the same.
pub fn stop_on_signals() {
    for signal in [SIGINT, SIGTERM] {
        // The order matters: the first one ends nothing. None of these signals can be refused a handler.
        let _ = flag::register_conditional_shutdown(signal, 128 + signal, STOP.clone());
        let _ = flag::register_usize(signal, SIGNAL.clone(), signal as usize);
        let _ = flag::register(signal, STOP.clone());
    }
}

/// Whether a signal asked to stop.
pub fn is_stopping() -> bool {
    STOP.load(Ordering::Relaxed)
}

/// The exit code of a stopped run: 128 and the number of the signal, as a shell has it.
pub fn stopped() -> u8 {
    match SIGNAL.load(Ordering::Relaxed) {
        0 => exit::STOPPED,
        signal => 128 + signal as u8,
    }
}

/// How a sweep went.
pub struct Sweep {
    /// A result for each planned cell, in order; `None` where the sweep was stopped before it.
    pub finished: Vec<Option<Finished>>,
    /// Cells that were there already.
    pub kept: usize,
    /// Whether it was stopped.
    pub stopped: bool,
}

/// Is told of a step, or of nothing new, and says whether to go on.
pub type Watch<'w> = dyn FnMut(Option<Event>) -> bool + 'w;

/// Runs one cell, tells of its steps, and is told whether to go on; `None` when it was stopped.
pub type Runner<'r> = dyn Fn(&Cell, &mut Watch<'_>) -> Option<Done> + Sync + 'r;

/// Reads the cells that are kept and runs the others on `threads` threads, the costliest first, one whole cell per
/// core: no cell depends on another or on the number of threads.
///
/// # Errors
/// When a finished cell cannot be written; whatever was written before is kept.
pub fn sweep(
    planned: &[Planned],
    store: &Store,
    threads: usize,
    force: bool,
    progress: &Progress,
    run: &Runner<'_>,
) -> Result<Sweep, LabError> {
    let mut finished: Vec<Option<Finished>> = Vec::with_capacity(planned.len());
    for plan in planned {
        finished.push(match store.read(&plan.cell) {
            _ if force => None,
            Kept::Finished(kept) => Some(kept),
            Kept::Absent => None,
            Kept::Damaged(why) => {
                progress.warn(&format!("a finished cell is damaged and is done again: {} ({why})", plan.cell.title()));
                None
            }
        });
    }
    let kept = finished.iter().flatten().count();
    let mut queue: Vec<usize> = (0..planned.len()).filter(|i| finished[*i].is_none()).collect();
    queue.sort_by_key(|i| (std::cmp::Reverse(planned[*i].work), *i));
    progress.start(queue.len(), kept, queue.iter().map(|i| planned[*i].work).sum());

    let next = AtomicUsize::new(0);
    let done: Mutex<Vec<(usize, Finished)>> = Mutex::new(Vec::new());
    let failure: Mutex<Option<LabError>> = Mutex::new(None);
    std::thread::scope(|scope| {
        for worker in 0..threads.min(queue.len()) {
            let (next, done, failure, queue) = (&next, &done, &failure, &queue);
            scope.spawn(move || {
                while let Some(index) = queue.get(next.fetch_add(1, Ordering::Relaxed)) {
                    if is_stopping() || failure.lock().expect("no panic holds it").is_some() {
                        break;
                    }
                    let mut mark = Mark::begin(store, worker, &planned[*index]);
                    let attempt = attempt(&planned[*index], worker, progress, &mut mark, run);
                    let Some(((mut result, weights), keep)) = attempt else { break };
                    if keep && let Err(error) = store.write(&planned[*index].cell, &mut result, weights.as_deref()) {
                        *failure.lock().expect("no panic holds it") = Some(error);
                        break;
                    }
                    if let (false, Err(why)) = (keep, &result.outcome) {
                        store.note_failure(&planned[*index].cell, why);
                    }
                    progress.finished(worker, &planned[*index], &result);
                    done.lock().expect("no panic holds it").push((*index, result));
                }
                progress.idle(worker);
            });
        }
    });
    progress.end();
    if let Some(error) = failure.into_inner().expect("no panic holds it") {
        return Err(error);
    }
    for (index, result) in done.into_inner().expect("no panic holds it") {
        // Read back from its file: a resumed run and an undisturbed one then print the same digits.
        finished[index] = match store.read(&planned[index].cell) {
            Kept::Finished(kept) => Some(kept),
            Kept::Absent | Kept::Damaged(_) => Some(result),
        };
    }
    let stopped = is_stopping() && finished.iter().any(Option::is_none);
    Ok(Sweep { finished, kept, stopped })
}

/// Runs one cell and says whether its result may be kept. A panic is a row with an error, and is tried anew next time;
/// `None` when the run is being stopped.
fn attempt(
    planned: &Planned,
    worker: usize,
    progress: &Progress,
    mark: &mut Mark,
    run: &Runner<'_>,
) -> Option<(Done, bool)> {
    progress.began(worker, planned);
    let mut watch = |event: Option<Event>| {
        mark.step(event.as_ref().map(|event| event.step));
        if let Some(event) = event {
            progress.step(worker, planned, event);
        }
        !is_stopping()
    };
    match catch_unwind(AssertUnwindSafe(|| run(&planned.cell, &mut watch))) {
        Ok(finished) => finished.map(|done| {
            let keep = !done.0.passing;
            (done, keep)
        }),
        Err(panic) => {
            let text = panic.downcast_ref::<String>().cloned();
            let text = text.or_else(|| panic.downcast_ref::<&str>().map(|s| (*s).to_owned())).unwrap_or_default();
            Some(((Finished::failed(format!("panicked: {text}")), None), false))
        }
    }
}

#[cfg(test)]
mod tests;
