//! `lab list`.

mod layers;

use serde_json::json;
use tasks::TASKS;

use super::{Context, table, table_within};
use crate::cli::Format;
use crate::error::{LabError, exit};
use crate::experiment;
use crate::measure::{probe, timing};

pub use layers::{SITE, state};

/// Columns of the table of layers, at most.
const WIDTH: u16 = 130;

/// Prints layers, tasks and experiments.
pub fn run(context: &Context) -> Result<u8, LabError> {
    let layers: Vec<layers::Row> = zoo::LAYERS.iter().map(layers::Row::of).collect();
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
        let pair = |name: &str, text: &str| json!({"name": name, "summary": text});
        let all = json!({
            "layers": layers.iter().map(layers::Row::json).collect::<Vec<_>>(),
            "stacks": zoo::STACKS.iter().map(|s| pair(s.name, s.summary)).collect::<Vec<_>>(),
            "tasks": TASKS.iter().map(|t| pair(t.name, t.summary)).collect::<Vec<_>>(),
            "probes": probe::definitions().map(|p| pair(p.name, p.summary)).collect::<Vec<_>>(),
            "works": timing::WORKS.iter().map(|w| pair(w.name, w.summary)).collect::<Vec<_>>(),
            "experiments": experiments.iter().map(|e| pair(&e[0], &e[1])).collect::<Vec<_>>(),
        });
        println!("{all:#}");
        return Ok(exit::FINE);
    }
    println!(
        "Layers (default options; parameters, FLOPs of a training step and state at time {}, width {})",
        SITE.time, SITE.width
    );
    let cells: Vec<_> = layers.iter().map(layers::Row::cells).collect();
    println!("{}", table_within(WIDTH, &layers::HEADERS, &cells, &layers::NUMBERS));
    println!(
        "wiring  how much where a layer looks follows its input, 0 for a line: of untrained layers, at time {}, width {};",
        layers::WIRED.time,
        layers::WIRED.width
    );
    println!("        `lab run reach` measures trained ones");
    println!(
        "state   numbers of a sequence that the layer remembers after {} steps when it is fed one after the other; – if it cannot be\n",
        SITE.time
    );
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
