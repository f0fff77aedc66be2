//! `lab report`.

use std::collections::HashMap;
use std::fs;

use layer::Shape;
use report::scores::Row;
use report::table::Table;
use report::{series, splice};

use super::list::SITE;
use super::{Context, table};
use crate::error::{LabError, exit};
use crate::experiment::{self, Profile};
use crate::place;
use crate::store::write_atomically;

/// Draws all figures and splices the tables into README.md; with `check`, only says what is out of date.
pub fn run(context: &Context, check: bool) -> Result<u8, LabError> {
    let mut stale = Vec::new();
    for name in experiment::names(&context.root) {
        let (name, path) = experiment::find(&context.root, &name)?;
        for profile in [Profile::Quick, Profile::Full] {
            let folder = place::results(&context.root, &name, profile, "");
            if profile == Profile::Full && !folder.join("scores.csv").exists() {
                continue;
            }
            let experiment = experiment::load(&path, profile, &[])?;
            let rows = super::plot::read(&folder, &name)?;
            if check {
                let pictures = report::figures(&rows[..].into(), &experiment.figures)
                    .map_err(|e| LabError::usage(e.to_string(), "look at [[figures]] of the experiment"))?;
                for (stem, picture) in pictures {
                    for (file, bytes) in
                        [(format!("{stem}.svg"), picture.svg.as_bytes()), (format!("{stem}.png"), &picture.png)]
                    {
                        if fs::read(folder.join(&file)).ok().as_deref() != Some(bytes) {
                            stale.push(place::shown(&folder.join(file)));
                        }
                    }
                }
            } else {
                super::plot::draw(&folder, &rows, &experiment.figures)?;
            }
        }
    }
    let readme = context.root.join("README.md");
    let page = fs::read_to_string(&readme).map_err(|e| LabError::file("cannot read", &readme, e))?;
    let spliced = spliced(context, &page)?;
    if spliced != page {
        if check {
            stale.push(place::shown(&readme));
        } else {
            write_atomically(&readme, spliced.as_bytes())?;
        }
    }
    if stale.is_empty() {
        println!(
            "{}",
            if check { "figures and README are what the CSV says" } else { "figures and README are written" }
        );
        return Ok(exit::FINE);
    }
    println!("out of date: {}\nmake them anew with: lab report", stale.join(", "));
    Ok(exit::FAILED)
}

/// The page with every block made anew.
fn spliced(context: &Context, page: &str) -> Result<String, LabError> {
    let wrong = |e: splice::SpliceError| LabError::usage(format!("README.md: {e}"), "mend the markers");
    let mut page = page.to_owned();
    for name in splice::names(&page).map_err(wrong)? {
        let body = block(context, &name)?;
        page = splice::splice(&page, &name, &body).map_err(wrong)?;
    }
    Ok(page)
}

/// `layers`, `peers`, `EXPERIMENT/TASK` (its verdict table), or `EXPERIMENT/claims`.
fn block(context: &Context, name: &str) -> Result<String, LabError> {
    if name == "layers" {
        return Ok(layers().to_markdown());
    }
    if name == "peers" {
        let path = context.root.join("results/throughput/peers.csv");
        let text = fs::read_to_string(&path).map_err(|e| LabError::file("cannot read", &path, e))?;
        let table = report::table::peers(&text)
            .map_err(|e| LabError::usage(e.to_string(), "or take it from version control, it is committed"))?;
        return Ok(table.to_markdown());
    }
    let Some((experiment, part)) = name.split_once('/') else {
        let help = "blocks are `layers`, `peers`, `EXPERIMENT/TASK` and `EXPERIMENT/claims`";
        return Err(LabError::usage(format!("README.md: there is no block `{name}`"), help));
    };
    let (experiment, path) = experiment::find(&context.root, experiment)?;
    let folder = place::results(&context.root, &experiment, Profile::Quick, "");
    let rows = super::plot::read(&folder, &experiment)?;
    if part == "claims" {
        let loaded = experiment::load(&path, Profile::Quick, &[])?;
        let verdicts = super::check::judge(&loaded, Profile::Quick, &rows);
        let line = |v: &report::claims::Verdict| {
            format!(
                "- {}: {} (nearest to the threshold: {})\n",
                if v.holds { "holds" } else { "**fails**" },
                v.text,
                v.tightest
            )
        };
        return Ok(verdicts.iter().map(line).collect());
    }
    verdict(&rows, part).map(|t| t.to_markdown())
}

fn verdict(rows: &[Row], task: &str) -> Result<Table, LabError> {
    report::table::verdict(rows, task)
        .map_err(|e| LabError::usage(e.to_string(), "look at the tasks of the experiment"))
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

/// Columns that the README has room for and a terminal has not.
const WIDE_ONLY: [&str; 3] = ["FLOPs", "steps to solve", "learning rate"];

/// The verdict of every task for the terminal, with the seconds that a cell took.
pub fn verdict_tables(rows: &[Row], timings: &str) -> Vec<(String, String)> {
    series::tasks(rows)
        .into_iter()
        .filter_map(|task| {
            let mut verdict = report::table::verdict(rows, &task).ok()?;
            // A table of several lengths has them in its second column.
            let several = series::groups(rows, &task).len() > 1;
            let seconds = mean_seconds(timings, several);
            verdict.headers.push("s/cell".to_owned());
            for row in &mut verdict.rows {
                let label = row.first().cloned().unwrap_or_default();
                let setting = if several { row[1].clone() } else { String::new() };
                row.push(seconds.get(&(task.clone(), label, setting)).map_or("–".to_owned(), |s| format!("{s:.1}")));
            }
            let shown = |column: &usize| !WIDE_ONLY.contains(&verdict.headers[*column].as_str());
            let columns: Vec<usize> = (0..verdict.headers.len()).filter(shown).collect();
            let headers: Vec<&str> = columns.iter().map(|c| verdict.headers[*c].as_str()).collect();
            let rows: Vec<Vec<String>> =
                verdict.rows.iter().map(|row| columns.iter().map(|c| row[*c].clone()).collect()).collect();
            Some((verdict.title.clone(), table(&headers, &rows)))
        })
        .collect()
}

/// Seconds of a cell by task, label and, if asked for, setting («n» or «n, K»).
fn mean_seconds(timings: &str, by_setting: bool) -> HashMap<(String, String, String), f64> {
    let mut sums: HashMap<(String, String, String), (f64, f64)> = HashMap::new();
    let mut reader = csv::Reader::from_reader(timings.as_bytes());
    for row in reader.deserialize::<HashMap<String, String>>().flatten() {
        let field = |name: &str| row.get(name).cloned().unwrap_or_default();
        let setting: Vec<String> = ["n", "k"].map(field).into_iter().filter(|text| !text.is_empty()).collect();
        let setting = if by_setting { setting.join(", ") } else { String::new() };
        let entry = sums.entry((field("task"), field("label"), setting)).or_default();
        entry.0 += field("value").parse::<f64>().unwrap_or(0.0);
        entry.1 += 1.0;
    }
    sums.into_iter().map(|(key, (sum, count))| (key, sum / count)).collect()
}
