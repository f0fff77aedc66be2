//! `lab compare A B`.

use std::path::Path;

use report::compare::{self, Line, Verdict};
use report::{maps, scores, timings};
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
    lines.extend(compare::timings(&times(first)?, &times(second)?));
    lines.extend(compare::maps(&looks(first)?, &looks(second)?));
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
    if !folder.is_dir() {
        let help = "give two folders that `lab run` has written, such as results/long-range";
        return Err(LabError::usage(format!("there is no folder {}", folder.display()), help));
    }
    scores::read(&folder.join("scores.csv")).map_err(|e| anew(e.to_string()))
}

/// Timings of passes. Cell times of other experiments stand in a file of the same name; there is nothing to compare in them.
fn times(folder: &Path) -> Result<Vec<timings::Row>, LabError> {
    let path = folder.join("timings.csv");
    let of_cells = |text: String| text.starts_with("experiment,task,label,");
    if std::fs::read_to_string(&path).is_ok_and(of_cells) {
        return Ok(Vec::new());
    }
    timings::read(&path).map_err(|e| anew(e.to_string()))
}

/// Maps, where a run has any.
fn looks(folder: &Path) -> Result<Vec<maps::Row>, LabError> {
    let path = folder.join("maps.csv");
    if path.exists() { maps::read(&path).map_err(|e| anew(e.to_string())) } else { Ok(Vec::new()) }
}

fn anew(message: String) -> LabError {
    LabError::Incomplete { message, help: Some("make the results anew with: lab run NAME".to_owned()) }
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
