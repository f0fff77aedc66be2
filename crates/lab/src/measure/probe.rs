//! Probes: which steps a layer sees, how much of each, and whether that depends on the input.

mod look;
mod settings;
mod story;
mod subject;

use serde::{Deserialize, Serialize};

use super::Definition;
use crate::plan::{Cell, Job};

pub use look::Look;
pub use settings::{Mass, Outputs, Settings, Weights};
pub use story::{Head, STORIES, Trained, check, fits, is_of_trained, other_lengths, weights_on_target};
pub use subject::{Source, bare, subjects};

/// The probes of a layer's map: what touches what.
pub const PROBES: [Definition; 4] = [
    Definition {
        name: "support",
        summary: "which input steps touch which output steps, by gradient and by exchange, against what is declared",
        settings: &[
            N,
            K,
            DEPTH,
            TRAINED,
            INPUTS,
            ("outputs", "\"all\" or \"last\" (all)", "output steps that are looked at"),
        ],
    },
    Definition {
        name: "field",
        summary: "how much of one output step's gradient falls on each input step, and how wide that is",
        settings: &[
            N,
            K,
            DEPTH,
            TRAINED,
            INPUTS,
            DIRECTIONS,
            (
                "weights",
                "\"random\" or \"box\" (random)",
                "box: each weight 1 / fan-in and no bias, so that kernels are boxes",
            ),
            ("mass", "\"energy\" or \"magnitude\" (energy)", "square of the gradient, or its magnitude"),
        ],
    },
    Definition {
        name: "map",
        summary: "the same from every output step",
        settings: &[N, K, DEPTH, TRAINED, INPUTS, DIRECTIONS],
    },
    Definition {
        name: "wiring",
        summary: "how much where the last step looks changes with the input",
        settings: &[N, K, DEPTH, TRAINED, INPUTS, DIRECTIONS],
    },
];

const N: (&str, &str, &str) = ("n", "a whole number from 2", "steps of a sequence");
const K: (&str, &str, &str) = ("k", "a whole number from 1", "pairs of the task that the models were trained on");
const DEPTH: (&str, &str, &str) = ("depth", "a whole number from 1 (that of the row)", "layers in a row");
const TRAINED: (&str, &str, &str) = ("trained", "true or false (false)", "look at models before and after training");
const INPUTS: (&str, &str, &str) = ("inputs", "a whole number from 1 (8)", "inputs that are looked at");
const DIRECTIONS: (&str, &str, &str) = ("directions", "a whole number from 1 (4)", "random directions of the output");

/// One number that a probe found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Number {
    /// Its name.
    pub metric: String,
    /// `untrained` or `trained`.
    pub split: String,
    /// The number.
    pub value: f64,
    /// What a closed form says, where there is one.
    pub expected: Option<f64>,
}

/// Shares of the gradient of one output step.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Shares {
    /// `untrained` or `trained`, and what else tells maps of one task apart: `trained, sequence 1`, `trained, k = 8`.
    pub split: String,
    /// The output step.
    pub output: usize,
    /// By input step.
    pub values: Vec<f64>,
}

/// What a probe found.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Found {
    /// Numbers.
    pub numbers: Vec<Number>,
    /// What numbers are to be held against, whatever the layer and the seed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub floors: Vec<Floor>,
    /// Rows of maps.
    pub shares: Vec<Shares>,
    /// Points of a plane.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub points: Vec<Point>,
    /// What attention did with single sequences.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub traces: Vec<Trace>,
}

impl Found {
    /// Adds a number.
    pub fn number(&mut self, metric: &str, split: &str, value: f64, expected: Option<f64>) {
        self.numbers.push(Number { metric: metric.to_owned(), split: split.to_owned(), value, expected });
    }

    /// Adds a floor of all numbers of a metric.
    pub fn floor(&mut self, name: &str, metric: &str, value: f64) {
        self.floors.push(Floor { name: name.to_owned(), metric: metric.to_owned(), value });
    }

    /// Adds the floors of a task as those of `accuracy`. They are the same for every seed.
    pub fn floors_of(&mut self, task: &dyn tasks::Task) {
        for floor in task.floors(0) {
            self.floor(floor.name, "accuracy", floor.accuracy);
        }
    }
}

/// What a metric is without the dependency that it is about.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Floor {
    /// Its name, as figures show it.
    pub name: String,
    /// Of which metric.
    pub metric: String,
    /// The number.
    pub value: f64,
}

/// A point of a plane.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Point {
    /// `untrained` or `trained`; empty for what is true whatever the layer.
    pub split: String,
    /// What it belongs to.
    pub series: String,
    /// What it is.
    pub name: String,
    /// Across.
    pub x: f64,
    /// Up.
    pub y: f64,
}

/// A row of `traces.csv`, but for what all rows of a cell share.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Trace {
    /// `untrained` or `trained`.
    pub split: String,
    /// Number of the sequence in the test split.
    pub sequence: u64,
    /// Which attention.
    pub block: String,
    /// Head, from 0.
    pub head: Option<u64>,
    /// Name of the part, as in the file.
    pub part: String,
    /// Step, from 0.
    pub step: Option<u64>,
    /// The right answer.
    pub answer: String,
    /// Words.
    pub text: String,
    /// Numbers.
    pub values: Vec<f64>,
}

/// Every probe, for people.
pub fn definitions() -> impl Iterator<Item = &'static Definition> {
    PROBES.iter().chain(STORIES.iter().map(|story| &story.definition))
}

/// Their names.
pub fn names() -> impl Iterator<Item = &'static str> {
    definitions().map(|definition| definition.name)
}

/// The probe of that name, if there is one.
pub fn find(name: &str) -> Option<&'static Definition> {
    definitions().find(|definition| definition.name == name)
}

/// Runs a probe. `source` gives the trained model of a cell.
///
/// # Errors
/// When the model of a cell is not to be had, or a number is no number.
pub fn run(cell: &Cell, source: &Source<'_>) -> Result<Found, String> {
    let Job::Probe { trained } = &cell.job else { unreachable!("only probes come here") };
    let settings = Settings::read(&cell.task, &cell.settings).map_err(|e| e.to_string())?;
    let mut found = Found::default();
    if let Some(story) = STORIES.iter().find(|story| story.definition.name == cell.task) {
        match (trained.as_deref(), story.run) {
            (Some(trainer), story::Run::Trained(run)) => {
                run(&Trained::of(cell, &settings, trainer, source)?, &mut found)?
            }
            (None, story::Run::Bare(run)) => run(cell, &settings, &mut found)?,
            _ => unreachable!("refused when the run was planned"),
        }
        return finite(found);
    }
    for subject in subjects(cell, &settings, trained.as_deref(), source)? {
        let look = Look { cell, settings: &settings, subject: &subject };
        match cell.task.as_str() {
            "support" => look.support(&mut found),
            "field" => look.field(&mut found),
            "map" => look.map(&mut found),
            "wiring" => look.wiring(&mut found),
            other => unreachable!("`{other}` was refused when the run was planned"),
        }
    }
    finite(found)
}

/// What was found, if all of it is numbers.
fn finite(found: Found) -> Result<Found, String> {
    let numbers = found.numbers.iter().map(|number| (&number.metric, number.value));
    let floors = found.floors.iter().map(|floor| (&floor.name, floor.value));
    match numbers.chain(floors).find(|(_, value)| !value.is_finite()) {
        Some((name, value)) => Err(format!("{name} is {value}, not a number")),
        None => Ok(found),
    }
}
