//! What results/report.html says of an experiment.

use std::fs;
use std::path::Path;

use report::Data;
use report::html::{self, Figure, Judged, Made};

use crate::commands::{check, tables};
use crate::error::LabError;
use crate::experiment::{Experiment, Profile};

/// What the page says of itself.
pub fn made() -> Made {
    Made {
        title: "The layer lab".to_owned(),
        lead:
            "How a straight line, a hinge, a convolution and attention deal with long-range dependence: how far each \
               can look, whether it uses what it sees, and what that costs."
                .to_owned(),
        command: "cargo run -p lab -- report".to_owned(),
    }
}

/// Everything of one experiment in one profile. Figures that have nothing to draw are left out: the gaps say why.
///
/// # Errors
/// When a figure is none.
pub fn experiment(
    (name, folder): (&str, &Path),
    (experiment, profile): (&Experiment, Profile),
    data: &Data,
    gaps: Vec<String>,
) -> Result<html::Experiment, LabError> {
    let mut figures = Vec::new();
    for spec in &experiment.figures {
        match report::drawn(data, spec) {
            Ok(drawn) => figures.push(Figure { spec: spec.clone(), drawn }),
            Err(error) if error.is_of_absence() => {}
            Err(error) => return Err(LabError::usage(error.to_string(), "look at [[figures]] of the experiment")),
        }
    }
    let judged = check::judged(experiment, profile, data);
    let flag = if profile == Profile::Quick { String::new() } else { format!(" --{}", profile.name()) };
    Ok(html::Experiment {
        name: name.to_owned(),
        profile: profile.name().to_owned(),
        question: experiment.question.clone(),
        command: format!("cargo run -p lab -- run {name}{flag}"),
        figures,
        claims: judged.into_iter().map(|(claim, verdict)| Judged { claim, verdict }).collect(),
        tables: tables::all(experiment, data),
        provenance: provenance(folder),
        gaps,
        traces: data.traces.clone(),
    })
}

/// The record of the run, in its own order; nothing where there is none.
fn provenance(folder: &Path) -> Vec<(String, String)> {
    let text = fs::read_to_string(folder.join("provenance.json")).unwrap_or_default();
    let record: serde_json::Map<String, serde_json::Value> = serde_json::from_str(&text).unwrap_or_default();
    let shown = |value: serde_json::Value| match value {
        serde_json::Value::String(text) => text,
        other => other.to_string(),
    };
    record.into_iter().map(|(key, value)| (key.replace('_', " "), shown(value))).collect()
}
