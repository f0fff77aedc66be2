//! `lab cell`, which nobody types: one training, for a run that limits what its cells may use.

use std::time::Instant;

use layer_testkit::peak;
use train::Event;

use super::Context;
use crate::error::{LabError, exit};
use crate::isolate::{Order, PULSE, Report, tell};
use crate::measure::training;
use crate::plan::Job;

/// Reads an order from stdin, trains, and tells on stdout.
pub fn run(context: &Context) -> Result<u8, LabError> {
    let refused = |message: String| LabError::usage(message, "`lab run --cell-timeout` starts this by itself");
    let Order { mut cell, memory } =
        serde_json::from_reader(std::io::stdin()).map_err(|e| refused(format!("this is no cell: {e}")))?;
    if !matches!(cell.job, Job::Train(_)) {
        return Err(refused("only trainings run in a process of their own".to_owned()));
    }
    cell.root.clone_from(&context.root);
    if let Some(most) = memory {
        peak::limit(most);
    }
    let mut out = std::io::stdout();
    let mut told = Instant::now();
    let mut watch = |event: Option<Event>| {
        let Some(Event { step, loss }) = event.filter(|_| told.elapsed() >= PULSE) else { return true };
        told = Instant::now();
        // Nobody who reads: the run was killed, and this ends, too.
        tell(&mut out, &Report::Step { step, loss }, None).is_ok()
    };
    let Some((finished, weights)) = training::run(&cell, &mut watch) else { return Ok(exit::STOPPED) };
    let report = Report::Finished(finished, weights.as_ref().map(Vec::len));
    tell(&mut std::io::stdout(), &report, weights.as_deref())
        .map_err(|e| LabError::file("cannot write to", std::path::Path::new("stdout"), e))?;
    Ok(exit::FINE)
}
