//! `lab slurm NAME`.

mod needs;
mod script;

use std::path::{Path, PathBuf};

use serde_json::json;

use super::Context;
use crate::cli::{Format, SlurmArgs};
use crate::error::{LabError, exit};
use crate::measure::Measure;
use crate::plan;
use crate::request::Request;

use needs::Needs;
use script::Script;

/// Array indices end here where nothing else is configured (`MaxArraySize`).
const USUAL_ARRAY: u32 = 1000;

/// Prints what submits a sweep in shards, and the merge behind them; writes nothing.
pub fn run(context: &Context, arguments: &SlurmArgs) -> Result<u8, LabError> {
    let mut request = Request {
        experiment: arguments.name.clone(),
        profile: arguments.profile.profile(),
        overrides: arguments.overrides.clone(),
        layers: arguments.layers.clone(),
        seeds: arguments.seeds,
    };
    let asked = request.load(&context.root)?;
    let planned = plan::plan(&context.root, &asked.experiment, request.profile)?;
    let shards = arguments.shards;
    if shards as usize > planned.len() {
        return Err(LabError::usage(
            format!("--shards {shards}: {} has {} cells, and a shard has at least one", asked.name, planned.len()),
            format!("choose 1 to {}", planned.len()),
        ));
    }
    if shards > USUAL_ARRAY {
        eprintln!("many clusters take no array index above {USUAL_ARRAY}: see MaxArraySize in `scontrol show config`");
    }
    let root = absolute(&context.root)?;
    let folder = match &arguments.out {
        Some(folder) => absolute(folder)?,
        None => absolute(&request.folder(&context.root, &asked)?)?,
    };
    // Jobs start in the root, wherever this is typed.
    if Path::new(&request.experiment).extension().is_some_and(|e| e == "toml") {
        request.experiment = text_of(&below(&root, &absolute(&asked.path)?))?;
    }
    let timed = asked.experiment.measure == Measure::Throughput;
    let needs = Needs::of(&planned, shards, arguments, timed);
    let script = Script {
        program: text_of(&std::env::current_exe().map_err(|e| LabError::file("cannot find", Path::new("lab"), e))?)?,
        root: text_of(&root)?,
        name: &asked.name,
        request: &request,
        folder: text_of(&below(&root, &folder))?,
        cells: planned.len(),
        shards,
        needs,
        partition: arguments.partition.as_ref(),
    };
    let text = script.text()?;
    match context.format {
        Format::Human => print!("{text}"),
        Format::Json => println!("{:#}", json!({"cells": planned.len(), "shards": shards, "script": text})),
    }
    Ok(exit::FINE)
}

/// The path from the root of the file system. Links are not followed: what they mean on a node is the node's affair.
fn absolute(path: &Path) -> Result<PathBuf, LabError> {
    std::path::absolute(path).map_err(|error| LabError::file("cannot find", path, error).refused())
}

/// The path as jobs have it, which start in the root.
fn below(root: &Path, path: &Path) -> PathBuf {
    match path.strip_prefix(root) {
        // What begins with - would be taken for an option.
        Ok(rest) if rest != Path::new("") && !rest.to_string_lossy().starts_with('-') => rest.to_owned(),
        _ => path.to_owned(),
    }
}

fn text_of(path: &Path) -> Result<String, LabError> {
    path.to_str().map(str::to_owned).ok_or_else(|| {
        let message = format!("{} is not UTF-8, and a script is", path.display());
        LabError::usage(message, "rename the folder, or choose another")
    })
}
