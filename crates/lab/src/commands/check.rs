//! `lab check`.

use std::collections::HashSet;
use std::path::Path;

use report::claims::Verdict;
use report::scores::Row;
use serde_json::{Value, json};
use toml::Table;

use super::Context;
use crate::cli::Format;
use crate::error::{LabError, exit};
use crate::experiment::{self, Experiment, Profile};
use crate::{place, plan};

/// Holds claims against committed results: the quick profile, and the full one where it has been run.
pub fn run(context: &Context, names: &[String]) -> Result<u8, LabError> {
    let names = if names.is_empty() { experiment::names(&context.root) } else { names.to_vec() };
    let mut broken = false;
    let mut all = Vec::new();
    for name in &names {
        let (name, path) = experiment::find(&context.root, name)?;
        for profile in [Profile::Quick, Profile::Full] {
            let folder = place::results(&context.root, &name, profile, "");
            if profile == Profile::Full && !folder.join("scores.csv").exists() {
                continue;
            }
            let experiment = experiment::load(&path, profile, &[])?;
            let rows = super::plot::read(&folder, &name)?;
            same_settings(&experiment, &folder, &name)?;
            complete(&experiment, &rows, &folder)?;
            let verdicts = judge(&experiment, profile, &rows);
            broken |= verdicts.iter().any(|v| !v.holds);
            if context.format == Format::Human {
                println!("{name}, {} profile", profile.name());
                print(&verdicts);
            }
            all.push(json!({"experiment": name, "profile": profile.name(), "claims": as_json(&verdicts)}));
        }
    }
    if context.format == Format::Json {
        println!("{:#}", Value::from(all));
    }
    Ok(if broken { exit::FAILED } else { exit::FINE })
}

/// The results were made with the settings that the experiment file has now. What is only shown or claimed may differ.
fn same_settings(experiment: &Experiment, folder: &Path, name: &str) -> Result<(), LabError> {
    const DECIDE_SCORES: [&str; 5] = ["seeds", "model", "training", "tasks", "layers"];
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

/// Every cell of the plan has its rows.
fn complete(experiment: &Experiment, rows: &[Row], folder: &Path) -> Result<(), LabError> {
    let there: HashSet<_> = rows.iter().map(|r| (&r.task, &r.label, r.seed, r.n, r.k)).collect();
    let lags: HashSet<_> = rows.iter().map(|r| (&r.task, &r.label, r.seed, r.n, r.lag)).collect();
    let planned = plan::plan(experiment)?;
    let missing: Vec<String> = planned
        .iter()
        .filter(|plan| {
            let cell = &plan.cell;
            let number = |key: &str| cell.settings.get(key).and_then(toml::Value::as_integer).map(|v| v as u64);
            let seed = Some(cell.seed);
            let found = there.contains(&(&cell.task, &cell.label, seed, number("n"), number("k")));
            let lag = number("lag");
            !found || (lag.is_some() && !lags.contains(&(&cell.task, &cell.label, seed, number("n"), lag)))
        })
        .map(|plan| plan.cell.title())
        .collect();
    if missing.is_empty() {
        return Ok(());
    }
    Err(LabError::Incomplete {
        message: format!(
            "{} of {} cells are missing in {}: {}{}",
            missing.len(),
            planned.len(),
            place::shown(folder),
            missing[..missing.len().min(5)].join("; "),
            if missing.len() > 5 { "; …" } else { "" }
        ),
        help: Some("run the experiment again; finished cells are kept".to_owned()),
    })
}

/// The claims of a profile held against rows; the smoke profile claims nothing.
pub fn judge(experiment: &Experiment, profile: Profile, rows: &[Row]) -> Vec<Verdict> {
    let of_profile = |profiles: &[String]| profiles.iter().any(|p| p == profile.name());
    // A run narrowed to some layers is held to the claims about those alone.
    let runs = |labels: &[String]| labels.iter().all(|l| experiment.layers.iter().any(|row| row.label == *l));
    let claims = experiment.claims.iter().filter(|c| of_profile(&c.profiles) && runs(&c.layers));
    claims.map(|claim| claim.judge(rows)).collect()
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
