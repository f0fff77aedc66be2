//! `lab report`.

mod blocks;
mod page;

use std::fs;
use std::path::PathBuf;

use report::html;

use super::{Context, check, plot};
use crate::error::{LabError, exit};
use crate::experiment::{self, Profile};
use crate::store::write_atomically;
use crate::{place, results};

/// Pages with tables between markers.
const PAGES: [&str; 3] = ["README.md", "TOUR.md", "PUBLISHED.md"];

/// Draws all figures, writes the page and splices the tables into the other pages; with `check`, only says what is out of date.
pub fn run(context: &Context, check: bool) -> Result<u8, LabError> {
    let mut files: Vec<(PathBuf, Vec<u8>)> = Vec::new();
    let mut gaps = Vec::new();
    let mut reports = Vec::new();
    for name in experiment::names(&context.root) {
        for (profile, _) in place::committed(&context.root, &name) {
            match of_experiment(context, &name, profile) {
                Ok(made) => {
                    files.extend(made.files);
                    gaps.extend(made.gaps);
                    reports.push(made.report);
                }
                // One experiment without results does not keep the others from being drawn.
                Err(LabError::Incomplete { message, .. }) => gaps.push(message),
                Err(other) => return Err(other),
            }
        }
    }
    // What most people want to see comes first.
    reports.sort_by_key(|report| report.profile == Profile::Full.name());
    let page = html::page(&reports, &page::made());
    files.push((context.root.join("results/report.html"), page.into_bytes()));
    for name in PAGES {
        let path = context.root.join(name);
        // Without the others there is still a lab.
        if name != PAGES[0] && !path.exists() {
            continue;
        }
        let page = fs::read_to_string(&path).map_err(|e| LabError::file("cannot read", &path, e))?;
        let (spliced, unmade) = blocks::spliced(context, name, &page)?;
        gaps.extend(unmade);
        files.push((path, spliced.into_bytes()));
    }
    files.retain(|(path, bytes)| fs::read(path).ok().as_ref() != Some(bytes));
    if check && !gaps.is_empty() {
        super::check::print_gaps(&gaps);
        return Ok(exit::INCOMPLETE);
    }
    if check && !files.is_empty() {
        let stale: Vec<String> = files.iter().map(|(path, _)| place::shown(path)).collect();
        println!("out of date: {}\nmake them anew with: lab report", stale.join(", "));
        return Ok(exit::FAILED);
    }
    for (path, bytes) in &files {
        write_atomically(path, bytes)?;
    }
    if !gaps.is_empty() {
        super::check::print_gaps(&gaps);
        return Ok(exit::INCOMPLETE);
    }
    println!("{}", if check { "figures and pages are what the CSV says" } else { "figures and pages are written" });
    Ok(exit::FINE)
}

/// What is made from the results of one experiment in one profile.
struct Made {
    files: Vec<(PathBuf, Vec<u8>)>,
    report: html::Experiment,
    /// What is missing of the results.
    gaps: Vec<String>,
}

fn of_experiment(context: &Context, name: &str, profile: Profile) -> Result<Made, LabError> {
    let (_, path) = experiment::find(&context.root, name)?;
    let folder = place::results(&context.root, name, profile, "");
    let experiment = experiment::load(&context.root, &path, profile, &[])?;
    let mut data = results::read(&context.root, &folder, name, experiment.measure)?;
    let planned = results::plan(&context.root, &experiment, profile, &data)?;
    data.gaps = results::gaps(&planned, &data);
    data.published.clone_from(&experiment.published);
    let mut files = Vec::new();
    let pictures = plot::pictures(&data, &experiment.figures)?;
    for (stem, picture) in pictures.drawn {
        files.push((folder.join(format!("{stem}.svg")), picture.svg.into_bytes()));
        files.push((folder.join(format!("{stem}.png")), picture.png));
    }
    let gaps: Vec<String> = check::gaps(&planned, &data, &folder).into_iter().chain(pictures.empty).collect();
    let report = page::experiment((name, &folder), (&experiment, profile), &data, gaps.clone())?;
    Ok(Made { files, report, gaps })
}
