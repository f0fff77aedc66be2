//! What every worker in Rust needs: the command line, the protocol loop, the names of works. See README.md.

use std::io::{BufRead, Write, stdin, stdout};
use std::process::exit;
use std::time::Instant;

const WARM_UPS: usize = 3;
/// Memory that attention with all its scores written out may have, in bytes.
const MEMORY: usize = 4 << 30;

pub const HEADS: usize = 4;
// The model of `step`.
pub const WIDTH: usize = 64;
pub const VOCABULARY: usize = 64;
pub const BLOCKS: usize = 2;
pub const BATCH: usize = 32;
pub const TIME: usize = 64;
/// The head width of `long`.
pub const LONG_WIDTH: usize = 64;

/// Does a work once.
pub type Run = Box<dyn FnMut()>;

pub enum Work {
    Step,
    Layer { name: String, shape: [usize; 3] },
    Long { steps: usize, gradients: bool },
}

impl Work {
    fn named(name: &str) -> Result<Work, String> {
        let parts: Vec<&str> = name.split('/').collect();
        match parts[..] {
            ["step"] => Ok(Work::Step),
            ["layer", layer, size] => {
                let sizes: Result<Vec<usize>, _> = size.split('x').map(str::parse).collect();
                let shape =
                    sizes.ok().and_then(|sizes| sizes.try_into().ok()).filter(|shape: &[_; 3]| !shape.contains(&0));
                let shape = shape.ok_or_else(|| format!("{size} is no shape; write BxTxD, as in 32x128x64"))?;
                Ok(Work::Layer { name: layer.to_owned(), shape })
            }
            ["long", steps, what @ ("forward" | "both")] => {
                let steps = steps.parse().map_err(|_| format!("{steps} is no number of steps"))?;
                Ok(Work::Long { steps, gradients: what == "both" })
            }
            _ => Err("knows no such work".to_owned()),
        }
    }
}

/// `copies` is how many tensors of that many scores are alive at once, as measured.
pub fn refuse_beyond_memory(scores: usize, copies: usize) -> Result<(), String> {
    let needed = scores.saturating_mul(copies).saturating_mul(size_of::<f32>());
    let gibibytes = |bytes: usize| bytes as f64 / (1_u64 << 30) as f64;
    if needed <= MEMORY {
        return Ok(());
    }
    Err(format!("writes out all scores: {:.0} GiB, above the {} it may have", gibibytes(needed), gibibytes(MEMORY)))
}

/// Linux's own account of this process.
fn peak_memory() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmHWM:"));
    let kibibytes = line.and_then(|line| line.split_whitespace().nth(1)?.parse::<usize>().ok());
    kibibytes.unwrap_or_default() * 1024
}

fn refuse(reason: &str) -> ! {
    eprintln!("{reason}");
    exit(2)
}

/// The libraries read the number of threads where rayon does, before `main` could set it.
fn check_threads() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [flag, count] = &arguments[..] else { refuse("needs --threads N and takes nothing else") };
    if flag != "--threads" || !count.parse::<usize>().is_ok_and(|count| count > 0) {
        refuse("needs --threads N, N from 1, and takes nothing else");
    }
    if std::env::var("RAYON_NUM_THREADS").as_deref() != Ok(count) {
        refuse(&format!("--threads {count} needs RAYON_NUM_THREADS={count} in the environment"));
    }
}

fn answer(words: &str) {
    let mut out = stdout().lock();
    if writeln!(out, "{words}").and_then(|()| out.flush()).is_err() {
        refuse("nobody reads the answers");
    }
}

fn prepared(work: &str, prepare: &impl Fn(Work) -> Result<Run, String>) -> Result<Run, String> {
    let mut run = prepare(Work::named(work)?)?;
    (0..WARM_UPS).for_each(|_| run());
    Ok(run)
}

/// Reads commands to the end of input. `prepare` returns what does a work once.
pub fn serve(about: &str, prepare: impl Fn(Work) -> Result<Run, String>) {
    check_threads();
    let mut run: Option<Run> = None;
    for line in stdin().lock().lines() {
        let line = line.unwrap_or_else(|error| refuse(&format!("commands cannot be read: {error}")));
        let words: Vec<&str> = line.split_whitespace().collect();
        match (&words[..], &mut run) {
            (["prepare", work], _) => {
                // What the last work holds is given back first.
                run = None;
                match prepared(work, &prepare) {
                    Ok(made) => {
                        run = Some(made);
                        answer("ready");
                    }
                    Err(reason) => answer(&format!("cannot {reason}")),
                }
            }
            (["time", count], Some(run)) if count.parse::<usize>().is_ok() => {
                let count: usize = count.parse().unwrap_or_default();
                let start = Instant::now();
                (0..count).for_each(|_| run());
                answer(&format!("took {:.9}", start.elapsed().as_secs_f64()));
            }
            (["rss"], _) => answer(&format!("rss {}", peak_memory())),
            (["about"], _) => answer(&format!("about {about}")),
            _ => refuse(&format!("{line:?} is no command; send prepare WORK, then time REPS, or rss, or about")),
        }
    }
}
