//! `lab plot NAME`.

use std::path::Path;

use report::{Data, Picture, Spec};

use super::{Context, check};
use crate::error::{LabError, exit};
use crate::experiment::{self, Profile};
use crate::{place, results};

/// Draws the figures of an experiment from its CSV.
pub fn run(context: &Context, name: &str, profile: Profile, out: Option<&Path>) -> Result<u8, LabError> {
    let (name, path) = experiment::find(&context.root, name)?;
    let experiment = experiment::load(&context.root, &path, profile, &[])?;
    let folder = out.map_or_else(|| place::results(&context.root, &name, profile, ""), Path::to_owned);
    let mut data = results::read(&context.root, &folder, &name, experiment.measure)?;
    data.published.clone_from(&experiment.published);
    // Of results from elsewhere nobody knows what should be there.
    let mut gaps = Vec::new();
    if out.is_none() {
        let planned = results::plan(&context.root, &experiment, profile, &data)?;
        data.gaps = results::gaps(&planned, &data);
        gaps = check::gaps(&planned, &data, &folder);
    }
    let (files, empty) = draw(&folder, &data, &experiment.figures)?;
    if let (true, Some(message)) = (files.is_empty(), empty.last()) {
        let help = Some(format!("run the experiment again: lab run {name}; finished cells are kept"));
        return Err(LabError::Incomplete { message: message.clone(), help });
    }
    println!("In {}: {}", place::shown(&folder), files.join(", "));
    gaps.extend(empty);
    check::print_gaps(&gaps);
    Ok(if gaps.is_empty() { exit::FINE } else { exit::INCOMPLETE })
}

/// Figures of an experiment.
#[derive(Default)]
pub struct Pictures {
    /// File stem and picture.
    pub drawn: Vec<(String, Picture)>,
    /// Why others are not there.
    pub empty: Vec<String>,
}

/// The figures that there is anything to draw in, and a word on each that has nothing: a task none of whose cells succeeded,
/// a metric that it does not have, or series that a narrowed run leaves out.
///
/// # Errors
/// When a figure is none.
pub fn pictures(data: &Data, specs: &[Spec]) -> Result<Pictures, LabError> {
    let mut pictures = Pictures::default();
    for spec in specs {
        match report::figures(data, std::slice::from_ref(spec)) {
            Ok(drawn) => pictures.drawn.extend(drawn),
            Err(error) if error.is_of_absence() => pictures.empty.push(error.to_string()),
            Err(error) => return Err(LabError::usage(error.to_string(), "look at [[figures]] of the experiment")),
        }
    }
    Ok(pictures)
}

/// Draws and saves figures; the file names, and why others are not there.
///
/// # Errors
/// As [`pictures`], and when the folder cannot be written.
pub fn draw(folder: &Path, data: &Data, specs: &[Spec]) -> Result<(Vec<String>, Vec<String>), LabError> {
    let mut files = Vec::new();
    let Pictures { drawn, empty } = pictures(data, specs)?;
    for (stem, picture) in drawn {
        picture.save(folder, &stem).map_err(|e| LabError::file("cannot write figures in", folder, e))?;
        files.extend([format!("{stem}.svg"), format!("{stem}.png")]);
    }
    Ok((files, empty))
}
