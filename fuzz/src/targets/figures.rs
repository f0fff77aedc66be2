//! Figures and the page, from results whose texts are hostile.

use report::html::{self, Experiment, Figure, Judged, Made};
use report::unseen::is_unseen;
use report::{Data, KINDS, Spec, drawn};
use toml::Table;

use super::results;
use crate::corpus::Csv;
use crate::draw::Draw;
use crate::settings;
use crate::target::{Ground, Input, Target, text};

/// Experiments whose figures are drawn, and the kinds of files that they have.
const DRAWN: [(&str, &[&str]); 9] = [
    ("long-range", &["scores"]),
    ("adding", &["scores"]),
    ("mad", &["scores"]),
    ("reach", &["scores", "maps"]),
    ("heads", &["scores", "maps"]),
    ("levels", &["scores", "points"]),
    ("polysemy", &["scores", "points", "maps", "traces"]),
    ("transformer", &["scores", "traces"]),
    ("throughput", &["scores", "timings"]),
];

/// The figures of an experiment, and its files by kind.
type Committed = (Vec<Table>, Vec<(&'static str, Csv)>);

struct Figures {
    experiments: Vec<Committed>,
}

/// A figure of a committed experiment, of a few lines of its results.
pub fn build(ground: &Ground) -> Box<dyn Target> {
    let experiments = DRAWN.map(|(name, kinds)| {
        let file = text(&ground.committed(&format!("experiments/{name}.toml")));
        let file: Table = file.parse().expect("committed experiments are TOML");
        let specs = file["figures"].as_array().expect("it has figures").iter();
        let specs = specs.map(|spec| spec.as_table().expect("a figure is a table").clone()).collect();
        let csv = |kind: &&'static str| (*kind, Csv::of(ground, &format!("results/{name}/{kind}.csv")));
        (specs, kinds.iter().map(csv).collect())
    });
    Box::new(Figures { experiments: experiments.into_iter().collect() })
}

impl Target for Figures {
    fn make(&mut self, draw: &mut Draw) -> Input {
        let (specs, files) = draw.pick(&self.experiments);
        let mut spec = draw.pick(specs).clone();
        let task = spec.get("task").and_then(toml::Value::as_str).and_then(|task| task.split(',').next());
        let word = task.map(|task| format!(",{task},")).unwrap_or_default();
        if draw.once_in(3) {
            settings::mutate(draw, &mut spec);
        }
        if draw.once_in(8) {
            spec.insert("kind".to_owned(), toml::Value::String((*draw.pick(&KINDS)).to_owned()));
        }
        let damaged = draw.below(files.len());
        let mut input = vec![spec.to_string().into_bytes()];
        for (at, (kind, csv)) in files.iter().enumerate() {
            let most = if *kind == "maps" { 24 } else { 160 };
            input.extend([kind.as_bytes().to_vec(), csv.window(draw, (&word, most), at == damaged).into_bytes()]);
        }
        input
    }

    fn take(&mut self, input: &Input) -> Result<(), String> {
        let spec: Spec = toml::from_str(&text(&input[0])).map_err(|error| error.to_string())?;
        // The lab refuses such settings before it draws.
        let texts = [&spec.id, &spec.title, &spec.question, &spec.task, &spec.kind];
        if texts.into_iter().chain(&spec.layers).any(|text| text.chars().any(is_unseen)) {
            return Err("a text that nobody sees".to_owned());
        }
        let mut data = Data { gaps: vec!["<b>gap</b>".to_owned()], ..Data::default() };
        for part in input[1..].chunks(2) {
            let one = results::read(&text(&part[0]), &text(&part[1]))?;
            data.scores.extend(one.scores);
            data.timings.extend(one.timings);
            data.maps.extend(one.maps);
            data.points.extend(one.points);
            data.traces.extend(one.traces);
        }
        let drawn = drawn(&data, &spec).map_err(|error| error.to_string())?;
        for one in &drawn {
            let picture = one.picture().map_err(|error| error.to_string())?;
            assert!(picture.png.starts_with(b"\x89PNG"), "a picture is a PNG");
            holds_no_markup(&picture.svg, "the SVG");
        }
        let judged =
            results::claims(&data).into_iter().map(|claim| Judged { verdict: claim.judge(&data.scores), claim });
        let experiment = Experiment {
            name: spec.title.clone(),
            question: spec.question.clone(),
            claims: judged.collect(),
            tables: results::tables(&data),
            gaps: data.gaps.clone(),
            figures: vec![Figure { spec, drawn }],
            traces: data.traces.clone(),
            ..Experiment::default()
        };
        for table in &experiment.tables {
            holds_no_markup(&table.to_markdown(), "a table in Markdown");
        }
        holds_no_markup(&html::page(&[experiment], &Made::default()), "the page");
        Ok(())
    }
}

/// None of the hostile texts stands in it as markup.
fn holds_no_markup(text: &str, what: &str) {
    for mark in ["<script>alert", "<img src", "\u{1b}", "\u{0}", "\u{202e}"] {
        assert!(!text.contains(mark), "{what} holds {mark:?}");
    }
}
