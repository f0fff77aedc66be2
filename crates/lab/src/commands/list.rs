//! `lab list`.

use layer::{Shape, Site};
use serde_json::json;
use tasks::TASKS;

use super::{Context, table};
use crate::cli::Format;
use crate::error::{LabError, exit};
use crate::experiment;
use crate::measure::{probe, timing};

/// Sizes at which costs are shown.
pub const SITE: Site = Site { time: 64, width: 64, seed: 0 };

/// Prints layers, tasks and experiments.
pub fn run(context: &Context) -> Result<u8, LabError> {
    let layers: Vec<Vec<String>> = zoo::LAYERS
        .iter()
        .map(|row| {
            let layer = (row.build)(&(row.defaults)(), SITE).expect("the conformance kit builds every default");
            let cost = layer.cost(Shape::new(1, SITE.time, SITE.width));
            vec![
                row.name.to_owned(),
                row.summary.to_owned(),
                layer.reach().to_string(),
                cost.parameters.to_string(),
                cost.flops().to_string(),
            ]
        })
        .collect();
    let experiments: Vec<Vec<String>> = experiment::names(&context.root)
        .into_iter()
        .map(|name| {
            let path = context.root.join("experiments").join(format!("{name}.toml"));
            let question = std::fs::read_to_string(path).ok().and_then(|text| text.parse::<toml::Table>().ok());
            let question = question.and_then(|t| t.get("question")?.as_str().map(str::to_owned));
            vec![name, question.unwrap_or_else(|| "(cannot be read; `lab describe` says why)".to_owned())]
        })
        .collect();
    if context.format == Format::Json {
        let layer =
            |r: &Vec<String>| json!({"name": r[0], "summary": r[1], "reach": r[2], "params": r[3], "flops": r[4]});
        let pair = |name: &str, text: &str| json!({"name": name, "summary": text});
        let all = json!({
            "layers": layers.iter().map(layer).collect::<Vec<_>>(),
            "stacks": zoo::STACKS.iter().map(|s| pair(s.name, s.summary)).collect::<Vec<_>>(),
            "tasks": TASKS.iter().map(|t| pair(t.name, t.summary)).collect::<Vec<_>>(),
            "probes": probe::definitions().map(|p| pair(p.name, p.summary)).collect::<Vec<_>>(),
            "works": timing::WORKS.iter().map(|w| pair(w.name, w.summary)).collect::<Vec<_>>(),
            "experiments": experiments.iter().map(|e| pair(&e[0], &e[1])).collect::<Vec<_>>(),
        });
        println!("{all:#}");
        return Ok(exit::FINE);
    }
    println!("Layers (default options; parameters and FLOPs of a training step at time 64, width 64)");
    println!("{}\n", table(&["layer", "what it does", "reach (lags)", "params", "FLOPs"], &layers));
    let stacks: Vec<_> = zoo::STACKS.iter().map(|row| vec![row.name.to_owned(), row.summary.to_owned()]).collect();
    println!("Stacks\n{}\n", table(&["stack", "what it is"], &stacks));
    let tasks: Vec<_> = TASKS.iter().map(|t| vec![t.name.to_owned(), t.summary.to_owned()]).collect();
    println!("Tasks\n{}\n", table(&["task", "what it asks"], &tasks));
    let (probes, works): (Vec<_>, Vec<_>) = (probe::definitions().collect(), timing::WORKS.iter().collect());
    for (title, definitions) in [("Probes", probes), ("Works", works)] {
        let rows: Vec<_> = definitions.iter().map(|d| vec![d.name.to_owned(), d.summary.to_owned()]).collect();
        println!("{title}\n{}\n", table(&["name", "what it measures"], &rows));
    }
    println!("Experiments\n{}\n", table(&["experiment", "question"], &experiments));
    println!("More about one of them: lab describe NAME");
    Ok(exit::FINE)
}
