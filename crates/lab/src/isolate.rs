//! A training in a process of its own, which may take too long or too much memory without harm to the rest.
//!
//! The parent writes the cell to the child's stdin and reads lines of JSON from its stdout: steps, and at last the result, followed
//! by as many bytes of weights as it says.

use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Child, ChildStderr, ChildStdout, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};
use train::Event;

use crate::finished::{Done, Finished};
use crate::plan::Cell;
use crate::schedule::Watch;

/// How often the parent looks at clock and signals, and the child says at which step it is.
pub const PULSE: Duration = Duration::from_millis(50);

/// What one cell may use; a cell that needs more is a row with the error, and is tried anew by the next run.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Limits {
    /// Wall-clock time.
    pub time: Option<Duration>,
    /// Bytes that are alive at once.
    pub memory: Option<u64>,
}

/// What the child is told.
#[derive(Serialize, Deserialize)]
pub struct Order {
    /// What to train.
    pub cell: Cell,
    /// Bytes that may be alive at once.
    pub memory: Option<u64>,
}

/// What the child tells.
#[derive(Serialize, Deserialize)]
pub enum Report {
    /// A step is done.
    Step {
        /// Steps done.
        step: usize,
        /// Training loss of it, in nats.
        loss: f64,
    },
    /// The cell is finished; so many bytes of weights follow, if it has any.
    Finished(Finished, Option<usize>),
}

impl Limits {
    /// Whether there is any.
    pub fn is_any(&self) -> bool {
        *self != Self::default()
    }

    /// Trains `cell` in a child; `None` when `watch` asked to stop, which is asked also when there is nothing to tell.
    pub fn run(&self, cell: &Cell, watch: &mut Watch<'_>) -> Option<Done> {
        let start = Instant::now();
        let mut child = match self.spawn(cell) {
            Ok(child) => Reaped(child),
            Err(error) => return Some(passing(start, format!("cannot start a process for the cell: {error}"))),
        };
        let words = listen(child.0.stdout.take().expect("piped"));
        let errors = reason(child.0.stderr.take().expect("piped"));
        loop {
            let word = words.recv_timeout(PULSE);
            // A limit is a limit, for a result that came a moment later, too.
            if let Some(time) = self.time.filter(|time| start.elapsed() > *time) {
                return Some(passing(start, format!("took longer than --cell-timeout {}", time.as_secs_f64())));
            }
            match word {
                Ok((Report::Step { step, loss }, _)) if !watch(Some(Event { step, loss })) => return None,
                Err(RecvTimeoutError::Timeout) if !watch(None) => return None,
                Ok((Report::Step { .. }, _)) | Err(RecvTimeoutError::Timeout) => {}
                Ok((Report::Finished(finished, _), weights)) => return Some((finished, weights)),
                Err(RecvTimeoutError::Disconnected) => {
                    let status = child.0.wait();
                    let said = errors.recv_timeout(Duration::from_secs(1)).unwrap_or_default();
                    return watch(None).then(|| passing(start, self.why(status, &said)));
                }
            }
        }
    }

    fn spawn(&self, cell: &Cell) -> std::io::Result<Child> {
        let mut command = Command::new(std::env::current_exe()?);
        command.arg("--root").arg(&cell.root).arg("cell");
        // Nothing below the reason on stderr.
        command.env_remove("RUST_BACKTRACE");
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        // Ctrl-C is for the parent: it tells its children.
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
        let mut child = command.spawn()?;
        let order = Order { cell: cell.clone(), memory: self.memory };
        let mut stdin = child.stdin.take().expect("piped");
        // A child that died before it read says so by its status.
        let _ = serde_json::to_writer(&mut stdin, &order);
        Ok(child)
    }

    fn why(&self, status: std::io::Result<ExitStatus>, said: &str) -> String {
        let gib = |bytes: u64| bytes as f64 / f64::from(1 << 30);
        let status = status.map_or_else(|error| error.to_string(), |status| status.to_string());
        match self.memory {
            Some(most) if said.starts_with("memory allocation of") => {
                format!("needs more than --cell-memory {}: {said}", gib(most))
            }
            _ if said.is_empty() => format!("its process ended without a result ({status}); out of memory?"),
            _ => format!("its process ended without a result ({status}): {said}"),
        }
    }
}

/// A child that does not outlive whoever waits for it.
struct Reaped(Child);

impl Drop for Reaped {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn passing(start: Instant, why: String) -> Done {
    (Finished { passing: true, ..Finished::since(start, Err(why)) }, None)
}

/// What the child tells, until it ends or tells what nobody understands.
fn listen(stdout: ChildStdout) -> Receiver<(Report, Option<Vec<u8>>)> {
    let (sender, receiver) = channel();
    std::thread::spawn(move || {
        let mut stdout = BufReader::new(stdout);
        let mut line = String::new();
        while stdout.read_line(&mut line).is_ok_and(|bytes| bytes > 0) {
            let Ok(report) = serde_json::from_str::<Report>(&line) else { break };
            let mut weights = None;
            if let Report::Finished(_, Some(length)) = &report {
                let mut bytes = Vec::new();
                match (&mut stdout).take(*length as u64).read_to_end(&mut bytes) {
                    Ok(read) if read == *length => weights = Some(bytes),
                    _ => break,
                }
            }
            if sender.send((report, weights)).is_err() {
                break;
            }
            line.clear();
        }
    });
    receiver
}

/// Why it ended, from its stderr, sent when that is closed: the last line that is no hint on how to learn more.
fn reason(stderr: ChildStderr) -> Receiver<String> {
    let (sender, receiver) = channel();
    std::thread::spawn(move || {
        let lines = BufReader::new(stderr).lines().map_while(Result::ok);
        let said = lines.filter(|line| !line.trim().is_empty() && !line.starts_with("note: "));
        let _ = sender.send(said.last().unwrap_or_default());
    });
    receiver
}

/// Writes one report, and what follows it.
///
/// # Errors
/// When nobody reads any more.
pub fn tell(out: &mut dyn Write, report: &Report, weights: Option<&[u8]>) -> std::io::Result<()> {
    serde_json::to_writer(&mut *out, report)?;
    out.write_all(b"\n")?;
    out.write_all(weights.unwrap_or_default())?;
    out.flush()
}
