//! `lab run NAME --dry-run`.

use std::path::PathBuf;
use std::time::Instant;

use serde_json::json;

use crate::cli::Format;
use crate::commands::{Context, table};
use crate::error::{LabError, exit};
use crate::model;
use crate::plan::{Job, Planned};
use crate::store::{Kept, Store};

/// Prints cells, cost and what is finished, and writes nothing; measures a little of each kind of cell to estimate the time.
pub fn run(
    context: &Context,
    planned: &[Planned],
    folder: &PathBuf,
    threads: usize,
    force: bool,
) -> Result<u8, LabError> {
    let store = Store::look(folder);
    let is_kept = |plan: &&Planned| !force && matches!(store.read(&plan.cell), Kept::Finished(_));
    let mut lines = Vec::new();
    let mut seconds = 0.0;
    let mut kept_cells = 0;
    for group in planned.chunk_by(|a, b| {
        let model = a.cell.model.width == b.cell.model.width;
        model && a.cell.label == b.cell.label && a.cell.settings == b.cell.settings && a.cell.called == b.cell.called
    }) {
        let kept = group.iter().filter(is_kept).count();
        let each = estimate(&group[0])?;
        seconds += each * (group.len() - kept) as f64;
        kept_cells += kept;
        let first = &group[0];
        let title = first.cell.title();
        let other =
            |plan: &Planned| plan.cell.label == first.cell.label && plan.cell.model.width != first.cell.model.width;
        let width =
            if planned.iter().any(other) { format!(", width {}", first.cell.model.width) } else { String::new() };
        lines.push(vec![
            title.rsplit_once(", seed").map_or(title.clone(), |(t, _)| t.to_owned()) + &width,
            format!("{kept}/{}", group.len()),
            first.reach.to_string(),
            first.parameters.to_string(),
            first.flops.to_string(),
            format!("{each:.1}"),
        ]);
    }
    let minutes = seconds / 60.0 / threads as f64;
    if context.format == Format::Json {
        println!(
            "{:#}",
            json!({"cells": planned.len(), "finished": kept_cells, "minutes_unsolved": minutes, "folder": folder})
        );
        return Ok(exit::FINE);
    }
    println!(
        "{}",
        table(&["cells", "finished", "reach", "params", "FLOPs/step/sequence", "seconds each, unsolved"], &lines)
    );
    println!(
        "{} cells, {kept_cells} finished; about {minutes:.1} minutes on {threads} threads if nothing is solved early",
        planned.len()
    );
    Ok(exit::FINE)
}

/// FLOPs that are spent on measuring one kind of cell, so that the estimate of a sweep that takes days takes seconds.
const MEASURED: u64 = 1 << 30;

/// Seconds of a cell if no training stops early, from two measured steps: of a whole batch, or of as much of one as is cheap. A
/// sequence that is not cheap by itself counts by its FLOPs.
fn estimate(plan: &Planned) -> Result<f64, LabError> {
    let Job::Train(training) = &plan.cell.job else { return Ok(plan.seconds()) };
    let steps = (training.steps * training.learning_rates.len()) as f64;
    let batch = (MEASURED / plan.flops.max(1)).min(training.batch as u64) as usize;
    if batch == 0 {
        return Ok(plan.seconds());
    }
    let task = model::task_of(&plan.cell)?;
    let model = model::build(&plan.cell, task.as_ref())?;
    let step = || {
        let start = Instant::now();
        let batch = tasks::Batch::of(task.as_ref(), 0, tasks::Split::Train, 0, batch);
        std::hint::black_box(model.pass(&batch));
        start.elapsed().as_secs_f64()
    };
    let once = step().min(step());
    Ok(once * steps * training.batch as f64 / batch as f64)
}
