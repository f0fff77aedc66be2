//! The tables that stand between markers in README.md, TOUR.md and PUBLISHED.md.

use std::fs;
use std::path::{Path, PathBuf};

use layer::Shape;
use report::table::{self, Table};
use report::{splice, timings};

use crate::commands::Context;
use crate::commands::check;
use crate::commands::list::SITE;
use crate::error::LabError;
use crate::experiment::{self, Profile};
use crate::measure::Measure;
use crate::{place, results};

/// The page with every block made anew, and why some could not be: these stay as they are.
pub fn spliced(context: &Context, file: &str, page: &str) -> Result<(String, Vec<String>), LabError> {
    let wrong = |e: splice::SpliceError| LabError::usage(format!("{file}: {e}"), "mend the markers");
    let mut page = page.to_owned();
    let mut unmade = Vec::new();
    for name in splice::names(&page).map_err(wrong)? {
        match block(context, &name) {
            Ok(body) => page = splice::splice(&page, &name, &body).map_err(wrong)?,
            Err(LabError::Incomplete { message, .. }) => unmade.push(format!("block `{name}` of {file}: {message}")),
            Err(other) => return Err(other),
        }
    }
    Ok((page, unmade))
}

/// `layers`, `peers`, `EXPERIMENT/claims`, `EXPERIMENT/TASK` (its verdict table), or a table of reach or throughput by name.
fn block(context: &Context, name: &str) -> Result<String, LabError> {
    match name {
        "layers" => return Ok(layers().to_markdown()),
        "peers" => return peers(context),
        _ => {}
    }
    let Some((experiment, part)) = name.split_once('/') else {
        let help = "blocks are `layers`, `peers`, `EXPERIMENT/TASK`, `EXPERIMENT/TABLE`, `EXPERIMENT/claims` and `EXPERIMENT/published`";
        return Err(LabError::usage(format!("README.md: there is no block `{name}`"), help));
    };
    let (experiment, path) = experiment::find(&context.root, experiment)?;
    if part == "published" {
        return published(context, &experiment, &path);
    }
    let folder = place::results(&context.root, &experiment, Profile::Quick, "");
    let loaded = experiment::load(&context.root, &path, Profile::Quick, &[])?;
    let data = results::read(&context.root, &folder, &experiment, loaded.measure)?;
    let table = match (loaded.measure, part) {
        (_, "claims") => {
            let line = |v: &report::claims::Verdict| {
                let word = if v.holds { "holds" } else { "**fails**" };
                let [text, tightest] = [&v.text, &v.tightest].map(|text| table::markdown(text));
                format!("- {word}: {text} (nearest to the threshold: {tightest})\n")
            };
            return Ok(check::judge(&loaded, Profile::Quick, &data).iter().map(line).collect());
        }
        (Measure::Accuracy, task) => {
            loaded.knows("README.md", task)?;
            let again = Some(format!("make the results anew with: lab run {experiment}"));
            let probed = loaded.tasks.iter().any(|row| experiment::called(row) == task && row.contains_key("of"));
            if probed {
                return Ok(table::numbers(&data.scores, task).to_markdown());
            }
            table::verdict(&data.scores, task)
                .map_err(|e| LabError::Incomplete { message: e.to_string(), help: again })?
        }
        (Measure::Reach, "layers") => table::reach(&data.scores),
        (Measure::Reach, "exact") => table::exact(&data.scores),
        (Measure::Throughput, "passes") => {
            of_timings(table::throughput(&data.timings, timings::WIDTH, timings::most_threads(&data.timings)))?
        }
        (Measure::Throughput, "scaling") => of_timings(table::scaling(&data.timings, &data.scores))?,
        (Measure::Throughput, "crossover") => of_timings(table::crossover(&data.timings))?,
        _ => {
            let help =
                "reach has `layers` and `exact`, throughput `passes`, `scaling` and `crossover`, and each has `claims`";
            return Err(LabError::usage(format!("README.md: there is no block `{name}`"), help));
        }
    };
    Ok(table.to_markdown())
}

/// Published numbers beside ours: of each size those of the full profile where it was run, else those of the quick one.
fn published(context: &Context, name: &str, path: &Path) -> Result<String, LabError> {
    let loaded = experiment::load(&context.root, path, Profile::Quick, &[])?;
    let read = |(profile, folder): (Profile, PathBuf)| {
        Ok((profile.name(), results::read(&context.root, &folder, name, loaded.measure)?.scores))
    };
    let mut runs = place::committed(&context.root, name).map(read).collect::<Result<Vec<_>, LabError>>()?;
    runs.reverse();
    Ok(report::published::table(&loaded.published, &runs).to_markdown())
}

fn of_timings(table: Result<Table, timings::Missing>) -> Result<Table, LabError> {
    table.map_err(|missing| LabError::Incomplete {
        message: missing.to_string(),
        help: Some("make the results with: lab run throughput".to_owned()),
    })
}

fn peers(context: &Context) -> Result<String, LabError> {
    let path = context.root.join("results/throughput/peers.csv");
    let incomplete = |message: String| LabError::Incomplete {
        message,
        help: Some("make it with scripts/peers/compare, or take it from version control".to_owned()),
    };
    let text = fs::read_to_string(&path).map_err(|e| incomplete(format!("cannot read {}: {e}", path.display())))?;
    let table = table::peers(&text).map_err(|e| incomplete(e.to_string()))?;
    Ok(table.to_markdown())
}

/// The layer table for the README.
fn layers() -> Table {
    let rows = zoo::LAYERS.iter().map(|row| {
        let layer = (row.build)(&(row.defaults)(), SITE).expect("the conformance kit builds every default");
        let cost = layer.cost(Shape::new(1, SITE.time, SITE.width));
        vec![
            format!("`{}`", row.name),
            row.summary.to_owned(),
            layer.reach().to_string(),
            cost.parameters.to_string(),
            cost.flops().to_string(),
        ]
    });
    Table {
        title: String::new(),
        headers: ["layer", "what it does", "reach (lags)", "params", "FLOPs"].map(str::to_owned).to_vec(),
        rows: rows.collect(),
    }
}
