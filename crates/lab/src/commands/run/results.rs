//! What a run leaves: CSV, figures, settings, provenance, and the verdict on stdout.

use std::path::Path;
use std::time::Duration;

use serde_json::json;

use crate::cli::Format;
use crate::commands::{Context, check, plot, tables};
use crate::error::{LabError, exit};
use crate::experiment::{Experiment, Profile};
use crate::finished::Finished;
use crate::plan::Planned;
use crate::store::write_atomically;
use crate::{place, provenance, results, rows};

/// Everything that is known when the last cell is finished.
pub struct Results<'a> {
    pub context: &'a Context,
    pub name: &'a str,
    pub profile: Profile,
    pub experiment: &'a Experiment,
    pub planned: &'a [Planned],
    pub folder: &'a Path,
    pub revision: String,
    /// Trainings that it needed, and how many of them were finished before.
    pub trainings: Option<(usize, usize)>,
    /// Folders whose cells were merged, if any were.
    pub merged: Option<usize>,
    /// Instruction set of the kernels that ran the cells.
    pub instruction_set: &'a str,
}

impl Results<'_> {
    /// Writes everything, prints the verdict, and gives the exit code.
    ///
    /// # Errors
    /// When a file cannot be written.
    pub fn write(
        &self,
        finished: &[Option<Finished>],
        kept: usize,
        threads: usize,
        wall: Duration,
    ) -> Result<u8, LabError> {
        let measure = self.experiment.measure;
        let data = rows::data(self.name, measure, self.planned, finished)?;
        let cell_times = rows::cell_times(self.name, self.planned, finished);
        let tables = rows::files(&data, measure, &cell_times);
        let settings = toml::to_string(self.experiment).expect("settings are TOML");
        let record = provenance::record(&provenance::Run {
            experiment: self.name,
            profile: self.profile.name(),
            revision: self.revision.clone(),
            threads,
            seeds: self.experiment.seeds,
            cells: self.planned.len(),
            kept,
            trainings: self.trainings,
            merged: self.merged,
            instruction_set: self.instruction_set,
            wall,
            cell_seconds: finished.iter().flatten().map(|f| f.seconds).sum(),
        });
        for (file, text) in &tables {
            write_atomically(&self.folder.join(file), text.as_bytes())?;
        }
        write_atomically(&self.folder.join("settings.toml"), settings.as_bytes())?;
        // A run that found every cell finished made nothing: what stands there already says more.
        let provenance = self.folder.join("provenance.json");
        if kept < self.planned.len() || !provenance.exists() {
            write_atomically(&provenance, record.as_bytes())?;
        }
        let mut files: Vec<String> = tables.iter().map(|(file, _)| (*file).to_owned()).collect();
        let sums: Vec<String> = tables.iter().map(|(file, text)| results::sum_line(file, text.as_bytes())).collect();
        write_atomically(&self.folder.join(results::SUMS), sums.concat().as_bytes())?;
        // Read back: what is drawn and judged is what stands in the files, to the digit.
        let mut data = results::read(&self.context.root, self.folder, self.name, measure)?;
        data.published.clone_from(&self.experiment.published);
        let (drawn, empty) = plot::draw(self.folder, &data, &self.experiment.figures)?;
        files.extend(drawn);
        let failed = finished.iter().flatten().filter(|f| f.outcome.is_err()).count();
        let verdicts = check::judge(self.experiment, self.profile, &data);
        match self.context.format {
            Format::Human => {
                tables::of(self.experiment, &data, &cell_times)
                    .iter()
                    .for_each(|(title, text)| println!("{title}\n{text}\n"));
                check::print(&verdicts);
                println!("In {}: {}", place::shown(self.folder), files.join(", "));
            }
            Format::Json => println!(
                "{:#}",
                json!({"folder": self.folder, "files": files, "failed_cells": failed, "not_drawn": empty,
                "claims": check::as_json(&verdicts)})
            ),
        }
        // A run of some of the layers may have nothing for a figure, and that is no failure.
        empty.iter().for_each(|why| eprintln!("not drawn: {why}"));
        if failed > 0 {
            eprintln!("{failed} of {} cells failed; each is a row of scores.csv with its error", self.planned.len());
        }
        let broken = verdicts.iter().any(|v| !v.holds);
        Ok(if failed > 0 || broken { exit::FAILED } else { exit::FINE })
    }
}
