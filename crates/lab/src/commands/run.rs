//! `lab run NAME`.

use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use serde_json::json;

use super::{Context, table};
use crate::cli::{Format, RunArgs};
use crate::error::{LabError, exit, suggestion};
use crate::experiment::{self, Experiment, Profile};
use crate::model;
use crate::plan::{self, Planned};
use crate::progress::Progress;
use crate::schedule::{self, STOP};
use crate::store::{Kept, Store, write_atomically};
use crate::work::Finished;
use crate::{place, provenance, rows};

/// Runs what is missing, then writes CSV, figures and provenance, and prints the verdict.
pub fn run(context: &Context, arguments: &RunArgs) -> Result<u8, LabError> {
    let profile = arguments.profile.profile();
    let (name, path) = experiment::find(&context.root, &arguments.name)?;
    let mut experiment = experiment::load(&path, profile, &arguments.overrides)?;
    narrow(&mut experiment, arguments)?;
    let planned = plan::plan(&experiment)?;
    let folder = match &arguments.out {
        Some(folder) => folder.clone(),
        None => {
            keeps_its_place(&context.root, &name, &path)?;
            place::results(&context.root, &name, profile, &changes(arguments, &experiment))
        }
    };
    let threads =
        arguments.threads.map_or_else(|| std::thread::available_parallelism().map_or(1, Into::into), usize::from);
    if arguments.dry_run {
        return dry_run(context, &planned, &folder, threads, arguments.force);
    }
    let store = Store::open(&folder)?;
    let progress = Progress::new(threads, context.verbosity, std::io::stderr().is_terminal());
    // A second handler cannot be set; there is only this one.
    let _ = ctrlc::set_handler(|| STOP.store(true, Ordering::Relaxed));
    let start = Instant::now();
    let revision = provenance::revision(&context.root);
    let sweep = schedule::sweep(&planned, &store, threads, arguments.force, &progress)?;
    if sweep.stopped {
        let finished = sweep.finished.iter().flatten().count();
        eprintln!(
            "stopped: {finished} of {} cells are finished and kept; run the same command to go on",
            planned.len()
        );
        return Ok(exit::STOPPED);
    }
    let results = Results {
        context,
        name: &name,
        profile,
        experiment: &experiment,
        planned: &planned,
        folder: &folder,
        revision,
    };
    results.write(&sweep.finished, sweep.kept, threads, start.elapsed())
}

/// Applies --layers and --seeds.
fn narrow(experiment: &mut Experiment, arguments: &RunArgs) -> Result<(), LabError> {
    if let Some(seeds) = arguments.seeds {
        if seeds == 0 || seeds > 1 << 16 {
            return Err(LabError::usage(format!("--seeds {seeds} is out of range"), "choose 1 to 65536"));
        }
        experiment.seeds = seeds;
    }
    if arguments.layers.is_empty() {
        return Ok(());
    }
    let mut wanted = Vec::new();
    for list in &arguments.layers {
        wanted.extend(names_in(list, experiment)?);
    }
    experiment.layers.retain(|row| wanted.contains(&row.label) || wanted.contains(&row.layer));
    Ok(())
}

/// The labels and names in a list with commas between. A label may itself hold commas, so the longest that fits is
/// taken: `attention, rotary` is one label and not every attention.
fn names_in(list: &str, experiment: &Experiment) -> Result<Vec<String>, LabError> {
    let pieces: Vec<&str> = list.split(',').collect();
    let mut names = Vec::new();
    let mut start = 0;
    while start < pieces.len() {
        let longest = (start + 1..=pieces.len()).rev().find_map(|end| {
            let name = pieces[start..end].join(",").trim().to_owned();
            experiment.layers.iter().any(|row| row.label == name || row.layer == name).then_some((end, name))
        });
        let Some((end, name)) = longest else {
            let piece = pieces[start].trim();
            let all = experiment.layers.iter().flat_map(|row| [row.label.as_str(), row.layer.as_str()]);
            let mut all: Vec<&str> = all.collect();
            all.sort_unstable();
            all.dedup();
            return Err(LabError::usage(format!("--layers: the experiment has no `{piece}`"), suggestion(piece, all)));
        };
        names.push(name);
        start = end;
    }
    Ok(names)
}

/// Refuses to let a file from elsewhere write into the results of an experiment of the same name.
fn keeps_its_place(root: &Path, name: &str, path: &Path) -> Result<(), LabError> {
    let own = root.join("experiments").join(format!("{name}.toml"));
    let same = |a: &Path, b: &Path| a.canonicalize().ok().zip(b.canonicalize().ok()).is_none_or(|(a, b)| a == b);
    if !own.exists() || same(&own, path) {
        return Ok(());
    }
    Err(LabError::usage(
        format!("{} has the name of the experiment `{name}` and would write into its results", path.display()),
        "rename the file, or choose a folder with --out DIR",
    ))
}

/// What makes this another question than the committed one.
fn changes(arguments: &RunArgs, experiment: &Experiment) -> String {
    let mut changes = arguments.overrides.clone();
    if !arguments.layers.is_empty() {
        changes.extend(experiment.layers.iter().map(|row| format!("layer {}", row.label)));
    }
    changes.extend(arguments.seeds.map(|seeds| format!("seeds {seeds}")));
    changes.join("\n")
}

struct Results<'a> {
    context: &'a Context,
    name: &'a str,
    profile: Profile,
    experiment: &'a Experiment,
    planned: &'a [Planned],
    folder: &'a Path,
    revision: String,
}

impl Results<'_> {
    fn write(
        &self,
        finished: &[Option<Finished>],
        kept: usize,
        threads: usize,
        wall: Duration,
    ) -> Result<u8, LabError> {
        let rows = rows::scores(self.name, self.planned, finished)?;
        let timings = rows::timings(self.name, self.planned, finished);
        let settings = toml::to_string(self.experiment).expect("settings are TOML");
        let record = provenance::record(&provenance::Run {
            experiment: self.name,
            profile: self.profile.name(),
            revision: self.revision.clone(),
            threads,
            seeds: self.experiment.seeds,
            cells: self.planned.len(),
            kept,
            wall,
            cell_seconds: finished.iter().flatten().map(|f| f.seconds).sum(),
        });
        write_atomically(&self.folder.join("scores.csv"), report::scores::write(&rows).as_bytes())?;
        write_atomically(&self.folder.join("timings.csv"), timings.as_bytes())?;
        write_atomically(&self.folder.join("settings.toml"), settings.as_bytes())?;
        // A run that found every cell finished made nothing: what stands there already says more.
        let provenance = self.folder.join("provenance.json");
        if kept < self.planned.len() || !provenance.exists() {
            write_atomically(&provenance, record.as_bytes())?;
        }
        let mut files = vec!["scores.csv".to_owned(), "timings.csv".to_owned()];
        files.extend(super::plot::draw(self.folder, &rows, &self.experiment.figures)?);
        let failed = finished.iter().flatten().filter(|f| f.outcome.is_err()).count();
        let verdicts = super::check::judge(self.experiment, self.profile, &rows);
        match self.context.format {
            Format::Human => {
                super::report::verdict_tables(&rows, &timings)
                    .iter()
                    .for_each(|(title, text)| println!("{title}\n{text}\n"));
                super::check::print(&verdicts);
                println!("In {}: {}", place::shown(self.folder), files.join(", "));
            }
            Format::Json => println!(
                "{:#}",
                json!({"folder": self.folder, "files": files, "failed_cells": failed,
                "claims": super::check::as_json(&verdicts)})
            ),
        }
        if failed > 0 {
            eprintln!("{failed} of {} cells failed; each is a row of scores.csv with its error", self.planned.len());
        }
        let broken = verdicts.iter().any(|v| !v.holds);
        Ok(if failed > 0 || broken { exit::FAILED } else { exit::FINE })
    }
}

/// Prints cells, cost and what is finished, and writes nothing; measures two steps of each kind of cell to estimate the time.
fn dry_run(
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
        a.cell.label == b.cell.label && a.cell.settings == b.cell.settings && a.cell.task == b.cell.task
    }) {
        let kept = group.iter().filter(is_kept).count();
        let each = estimate(&group[0])?;
        seconds += each * (group.len() - kept) as f64;
        kept_cells += kept;
        let first = &group[0];
        let title = first.cell.title();
        lines.push(vec![
            title.rsplit_once(", seed").map_or(title.clone(), |(t, _)| t.to_owned()),
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

/// Seconds of a cell if no training stops early, from two measured steps.
fn estimate(plan: &Planned) -> Result<f64, LabError> {
    let task = model::task(&plan.cell.task, &plan.cell.settings)?;
    let model = model::build(&plan.cell, task.as_ref())?;
    let training = &plan.cell.training;
    let step = || {
        let start = Instant::now();
        let batch = tasks::Batch::of(task.as_ref(), 0, tasks::Split::Train, 0, training.batch);
        std::hint::black_box(model.pass(&batch));
        start.elapsed().as_secs_f64()
    };
    let once = step().min(step());
    Ok(once * (training.steps * training.learning_rates.len()) as f64)
}
