//! A worker: a process that times works for another one, over stdin and stdout.
//!
//! | command | answer |
//! |---|---|
//! | `prepare WORK` | `ready` once it is warm, or `cannot REASON` |
//! | `time REPS` | `took SECONDS`: wall time of that many runs of the work that is prepared |
//! | `rss` | `rss BYTES`: the most memory that was resident so far; 0 if the system does not tell |
//! | `about` | `about NAME VERSION` |

use std::io::{BufRead, Write, stdin, stdout};

use rayon::ThreadPool;
use workloads::{Prepared, find, process};

/// Answers until the input ends.
///
/// # Errors
/// The first line that is no command, or a stream that fails.
pub fn serve(pool: &ThreadPool) -> Result<(), String> {
    let mut prepared = None;
    for line in stdin().lock().lines() {
        let line = line.map_err(|error| format!("cannot read commands from stdin: {error}"))?;
        let answer = answer(&line, pool, &mut prepared)?;
        let mut out = stdout().lock();
        writeln!(out, "{answer}").and_then(|()| out.flush()).map_err(|error| format!("cannot answer: {error}"))?;
    }
    Ok(())
}

fn answer<'p>(line: &str, pool: &'p ThreadPool, prepared: &mut Option<Prepared<'p>>) -> Result<String, String> {
    let words: Vec<&str> = line.split_whitespace().collect();
    match words[..] {
        ["prepare", name] => {
            // What was prepared before is dropped first: it would count as memory of the next.
            *prepared = None;
            let work = match find(name) {
                Ok(work) => work,
                Err(unknown) => return Ok(format!("cannot {unknown}")),
            };
            prepared.insert(work.prepare(pool)).warm_up();
            Ok("ready".to_owned())
        }
        ["time", reps] => {
            let reps: u64 = reps.parse().map_err(|_| format!("`{line}`: REPS is a whole number, such as `time 10`"))?;
            let ready = prepared.as_mut().ok_or(format!("`{line}`: nothing is prepared; send `prepare WORK` first"))?;
            Ok(format!("took {}", ready.time(reps).as_secs_f64()))
        }
        ["rss"] => Ok(format!("rss {}", process::peak_resident().unwrap_or(0))),
        ["about"] => Ok(format!("about lab {}", env!("CARGO_PKG_VERSION"))),
        _ => Err(format!("`{line}` is no command; known are `prepare WORK`, `time REPS`, `rss` and `about`")),
    }
}
