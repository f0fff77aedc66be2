//! `lab plot NAME`.

use std::path::Path;

use report::{Data, FigureError, Picture, Spec};

use super::Context;
use crate::error::{LabError, exit};
use crate::experiment::{self, Profile};
use crate::{place, results};

/// Draws the figures of an experiment from its CSV.
pub fn run(context: &Context, name: &str, profile: Profile, out: Option<&Path>) -> Result<u8, LabError> {
    let (name, path) = experiment::find(&context.root, name)?;
    let experiment = experiment::load(&context.root, &path, profile, &[])?;
    let folder = out.map_or_else(|| place::results(&context.root, &name, profile, ""), Path::to_owned);
    let data = results::read(&context.root, &folder, &name, experiment.measure)?;
    let files = draw(&folder, &data, &experiment.figures)?;
    println!("In {}: {}", place::shown(&folder), files.join(", "));
    Ok(exit::FINE)
}

/// The figures that there is anything to draw in: a task none of whose cells succeeded has nothing, and its rows with
/// errors say why.
///
/// # Errors
/// When there is nothing to draw at all, or a figure is none.
pub fn pictures(data: &Data, specs: &[Spec]) -> Result<Vec<(String, Picture)>, LabError> {
    let mut pictures = Vec::new();
    let mut empty = None;
    for spec in specs {
        match report::figures(data, std::slice::from_ref(spec)) {
            Ok(drawn) => pictures.extend(drawn),
            Err(error @ FigureError::NoRows { .. }) => empty = Some(error),
            Err(error) => return Err(LabError::usage(error.to_string(), "look at [[figures]] of the experiment")),
        }
    }
    match empty {
        Some(error) if pictures.is_empty() && data.scores.iter().all(|row| !row.failed()) => {
            Err(LabError::Incomplete {
                message: error.to_string(),
                help: Some("run the experiment again; finished cells are kept".to_owned()),
            })
        }
        _ => Ok(pictures),
    }
}

/// Draws and saves figures; the file names.
///
/// # Errors
/// As [`pictures`], and when the folder cannot be written.
pub fn draw(folder: &Path, data: &Data, specs: &[Spec]) -> Result<Vec<String>, LabError> {
    let mut files = Vec::new();
    for (stem, picture) in pictures(data, specs)? {
        picture.save(folder, &stem).map_err(|e| LabError::file("cannot write figures in", folder, e))?;
        files.extend([format!("{stem}.svg"), format!("{stem}.png")]);
    }
    Ok(files)
}
