//! `lab check`.

use std::path::Path;

use report::claims::{Claim, Verdict};
use report::{Data, timings};
use serde_json::{Value, json};
use toml::Table;

use super::Context;
use crate::cli::Format;
use crate::error::{LabError, exit};
use crate::experiment::{self, Experiment, Profile};
use crate::plan::Planned;
use crate::{place, results};

/// Holds claims against committed results: the quick profile, and the full one where it has been run.
pub fn run(context: &Context, names: &[String]) -> Result<u8, LabError> {
    let names = if names.is_empty() { experiment::names(&context.root) } else { names.to_vec() };
    let mut broken = false;
    let mut gaps = Vec::new();
    let mut all = Vec::new();
    for name in &names {
        let (name, path) = experiment::find(&context.root, name)?;
        for (profile, folder) in place::committed(&context.root, &name) {
            let experiment = experiment::load(&context.root, &path, profile, &[])?;
            let data = match results::read(&context.root, &folder, &name, experiment.measure)
                .and_then(|data| same_settings(&experiment, &folder, &name).map(|()| data))
            {
                Ok(data) => data,
                // One experiment without results does not keep the others from being judged.
                Err(LabError::Incomplete { message, help }) => {
                    gaps.push(message);
                    gaps.extend(help);
                    continue;
                }
                Err(other) => return Err(other),
            };
            let planned = results::plan(&context.root, &experiment, profile, &data)?;
            gaps.extend(self::gaps(&planned, &data, &folder));
            let verdicts = judge(&experiment, profile, &data);
            broken |= verdicts.iter().any(|v| !v.holds);
            if context.format == Format::Human {
                println!("{name}, {} profile", profile.name());
                print(&verdicts);
            }
            all.push(json!({"experiment": name, "profile": profile.name(), "claims": as_json(&verdicts)}));
        }
    }
    if context.format == Format::Json {
        println!("{:#}", json!({"experiments": all, "incomplete": gaps}));
    } else {
        print_gaps(&gaps);
    }
    Ok(if !gaps.is_empty() {
        exit::INCOMPLETE
    } else if broken {
        exit::FAILED
    } else {
        exit::FINE
    })
}

/// Says what is missing, if anything is.
pub fn print_gaps(gaps: &[String]) {
    if gaps.is_empty() {
        return;
    }
    println!("results are incomplete:");
    gaps.iter().for_each(|gap| println!("  {gap}"));
    println!("run the experiment again; finished cells are kept");
}

/// The results were made with the settings that the experiment file has now. What is only shown or claimed may differ.
fn same_settings(experiment: &Experiment, folder: &Path, name: &str) -> Result<(), LabError> {
    const DECIDE_SCORES: [&str; 7] = ["measure", "seeds", "model", "training", "trained", "tasks", "layers"];
    let path = folder.join("settings.toml");
    let stale = |message: String| LabError::Incomplete {
        message,
        help: Some(format!("make the results anew with: lab run {name}")),
    };
    let text =
        std::fs::read_to_string(&path).map_err(|e| stale(format!("cannot read {}: {e}", place::shown(&path))))?;
    let made: Table =
        text.parse().map_err(|e: toml::de::Error| stale(format!("{}: {}", place::shown(&path), e.message())))?;
    let now = Table::try_from(experiment).expect("settings are TOML");
    match DECIDE_SCORES.iter().find(|key| made.get(**key) != now.get(**key)) {
        None => Ok(()),
        Some(key) => Err(stale(format!(
            "the results in {} were made with other `{key}` than the experiment file has now",
            place::shown(folder)
        ))),
    }
}

/// What is missing of results, one line each: cells without rows, and files that are not what the run wrote.
pub fn gaps(planned: &[Planned], data: &Data, folder: &Path) -> Vec<String> {
    let missing = results::gaps(planned, data);
    let count = missing.len();
    let head =
        (count > 0).then(|| format!("{count} of {} cells are missing in {}:", planned.len(), place::shown(folder)));
    let cells = missing.into_iter().map(|title| format!("  {title}"));
    head.into_iter().chain(cells).chain(results::edited(folder)).collect()
}

/// The claims of a profile held against results; the smoke profile claims nothing.
pub fn judge(experiment: &Experiment, profile: Profile, data: &Data) -> Vec<Verdict> {
    judged(experiment, profile, data).into_iter().map(|(_, verdict)| verdict).collect()
}

/// The same, each with what was claimed.
pub fn judged(experiment: &Experiment, profile: Profile, data: &Data) -> Vec<(Claim, Verdict)> {
    // What is fitted to timings is judged like a score.
    let rows = [&data.scores[..], &timings::derived(&data.timings)].concat();
    let of_profile = |profiles: &[String]| profiles.iter().any(|p| p == profile.name());
    // A run narrowed to some layers is held to the claims about those alone.
    let is_there = |label: &str| experiment.layers.iter().any(|row| row.label == label);
    // Crossings are labelled by both of their layers.
    let runs = |labels: &[String]| labels.iter().all(|l| is_there(l) || l.split(" against ").all(is_there));
    let claims = experiment.claims.iter().filter(|c| of_profile(&c.profiles) && runs(&c.layers));
    claims.map(|claim| (claim.clone(), claim.judge(&rows))).collect()
}

/// One line for each claim.
pub fn print(verdicts: &[Verdict]) {
    for verdict in verdicts {
        let word = if verdict.holds { "holds" } else { "FAILS" };
        let count = if verdict.holds {
            format!("{}", verdict.checked)
        } else {
            format!("{} of {} miss", verdict.missed, verdict.checked)
        };
        println!("  {word}  {}: {} (nearest: {}; numbers: {count})", verdict.id, verdict.text, verdict.tightest);
    }
    if !verdicts.is_empty() {
        println!();
    }
}

/// For tools.
pub fn as_json(verdicts: &[Verdict]) -> Vec<Value> {
    verdicts
        .iter()
        .map(|v| json!({"id": v.id, "text": v.text, "holds": v.holds, "checked": v.checked, "missed": v.missed, "tightest": v.tightest}))
        .collect()
}
