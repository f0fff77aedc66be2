//! `lab plot NAME`.

use std::path::Path;

use report::Spec;
use report::scores::Row;

use super::Context;
use crate::error::{LabError, exit};
use crate::experiment::{self, Profile};
use crate::place;

/// Draws the figures of an experiment from its CSV.
pub fn run(context: &Context, name: &str, profile: Profile, out: Option<&Path>) -> Result<u8, LabError> {
    let (name, path) = experiment::find(&context.root, name)?;
    let experiment = experiment::load(&path, profile, &[])?;
    let folder = out.map_or_else(|| place::results(&context.root, &name, profile, ""), Path::to_owned);
    let rows = read(&folder, &name)?;
    let files = draw(&folder, &rows, &experiment.figures)?;
    println!("In {}: {}", place::shown(&folder), files.join(", "));
    Ok(exit::FINE)
}

/// Reads `scores.csv` of a results folder.
pub fn read(folder: &Path, name: &str) -> Result<Vec<Row>, LabError> {
    let path = folder.join("scores.csv");
    if !path.exists() {
        return Err(LabError::Incomplete {
            message: format!("there are no results in {}", place::shown(folder)),
            help: Some(format!("make them with: lab run {name}")),
        });
    }
    report::scores::read(&path).map_err(|error| LabError::Incomplete {
        message: error.to_string(),
        help: Some(format!("make the results anew with: lab run {name}")),
    })
}

/// Draws and saves figures; the file names.
pub fn draw(folder: &Path, rows: &[Row], specs: &[Spec]) -> Result<Vec<String>, LabError> {
    // A task none of whose cells succeeded has nothing to draw; the rows with errors say why.
    let drawable: Vec<Spec> = specs
        .iter()
        .filter(|spec| {
            rows.iter().any(|r| r.task == spec.task && !r.is_floor() && r.is_test_accuracy() && r.value.is_some())
        })
        .cloned()
        .collect();
    let pictures = report::figures(&rows.into(), &drawable)
        .map_err(|e| LabError::usage(e.to_string(), "look at [[figures]] of the experiment"))?;
    let mut files = Vec::new();
    for (stem, picture) in pictures {
        picture.save(folder, &stem).map_err(|e| LabError::file("cannot write figures in", folder, e))?;
        files.extend([format!("{stem}.svg"), format!("{stem}.png")]);
    }
    Ok(files)
}
