//! `lab compare A B`.

use std::path::Path;

use report::compare::{self, Line, Verdict};
use report::{scores, timings};
use serde_json::json;

use super::{Context, table};
use crate::cli::Format;
use crate::error::{LabError, exit};
use crate::place;

/// Prints what differs between two run folders; all of it if asked to.
pub fn run(context: &Context, first: &Path, second: &Path, all: bool) -> Result<u8, LabError> {
    let (a, b) = (read(first)?, read(second)?);
    if a.is_empty() && b.is_empty() {
        return Err(LabError::Incomplete {
            message: "neither folder has any results to compare".to_owned(),
            help: Some("make some with: lab run NAME".to_owned()),
        });
    }
    let mut lines = compare::scores(&a, &b);
    // Cell times of other experiments stand in a file of the same name; there are no quartiles to compare in them.
    let times = |folder: &Path| timings::read(&folder.join("timings.csv")).unwrap_or_default();
    lines.extend(compare::timings(&times(first), &times(second)));
    let count = |verdict| lines.iter().filter(|line| line.verdict == verdict).count();
    let differ = count(Verdict::Higher) + count(Verdict::Lower);
    let alone = count(Verdict::OnlyFirst) + count(Verdict::OnlySecond);
    let told = format!(
        "{} numbers: {} equal, {} without a clear difference, {differ} that differ, {} with one seed, {alone} in one \
         folder alone",
        lines.len(),
        count(Verdict::Equal),
        count(Verdict::Alike),
        count(Verdict::Unclear)
    );
    let shown: Vec<&Line> = lines.iter().filter(|line| all || line.verdict != Verdict::Equal).collect();
    match context.format {
        Format::Json => {
            println!("{:#}", json!({"summary": told, "lines": shown.iter().map(|l| as_json(l)).collect::<Vec<_>>()}))
        }
        Format::Human => {
            println!("A: {}\nB: {}\n", place::shown(first), place::shown(second));
            if !shown.is_empty() {
                let rows: Vec<Vec<String>> = shown.iter().map(|line| cells(line)).collect();
                println!("{}\n", table(&["series", "number", "A", "B", "B − A (times: B / A)", "verdict"], &rows));
            }
            println!("{told}");
        }
    }
    Ok(exit::FINE)
}

fn read(folder: &Path) -> Result<Vec<scores::Row>, LabError> {
    let incomplete = |message: String, help: &str| LabError::Incomplete { message, help: Some(help.to_owned()) };
    if !folder.is_dir() {
        let help = "give two folders that `lab run` has written, such as results/long-range";
        return Err(LabError::usage(format!("there is no folder {}", folder.display()), help));
    }
    scores::read(&folder.join("scores.csv"))
        .map_err(|e| incomplete(e.to_string(), "make the results anew with: lab run NAME"))
}

fn cells(line: &Line) -> Vec<String> {
    let number = |value: Option<f64>| value.map_or_else(|| "–".to_owned(), digits);
    let difference = match (line.difference, line.half) {
        (Some(difference), Some(half)) => format!("{difference:+.3} ± {half:.3}"),
        (Some(ratio), None) if line.metric.ends_with("seconds") => format!("× {ratio:.2}"),
        (Some(difference), None) => format!("{difference:+.3}"),
        (None, _) => "–".to_owned(),
    };
    let texts = [line.what.clone(), line.metric.clone(), number(line.first), number(line.second), difference];
    texts.into_iter().chain([line.verdict.words().to_owned()]).collect()
}

/// Three decimals, or three digits of what is smaller or much larger.
fn digits(value: f64) -> String {
    match value.abs() {
        0.0 => "0".to_owned(),
        size if (1e-3..1e5).contains(&size) => format!("{value:.3}"),
        _ => format!("{value:.2e}"),
    }
}

fn as_json(line: &Line) -> serde_json::Value {
    json!({
        "series": line.what, "number": line.metric, "a": line.first, "b": line.second,
        "difference": line.difference, "half": line.half, "verdict": line.verdict.words(),
    })
}
