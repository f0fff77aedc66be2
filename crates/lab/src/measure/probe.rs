//! Probes: which steps a layer sees, how much of each, and whether that depends on the input.

mod look;
mod subject;

use serde::{Deserialize, Serialize};
use toml::Table;

use super::Definition;
use crate::error::{LabError, suggestion_from};
use crate::plan::{Cell, Job};

pub use look::Look;
pub use subject::{Source, bare, subjects};

/// Every probe.
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

/// Settings of a probe.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// Steps of a sequence.
    pub n: usize,
    /// Pairs of the task whose models are looked at.
    #[serde(default)]
    pub k: Option<usize>,
    /// Layers in a row.
    #[serde(default)]
    pub depth: Option<usize>,
    /// Whether models are looked at before and after training.
    #[serde(default)]
    pub trained: bool,
    /// Inputs that are looked at.
    #[serde(default = "eight")]
    pub inputs: usize,
    /// Random directions of the output.
    #[serde(default = "four")]
    pub directions: usize,
    /// Output steps that are looked at.
    #[serde(default)]
    pub outputs: Outputs,
    /// Weights of fresh layers.
    #[serde(default)]
    pub weights: Weights,
    /// What counts as mass.
    #[serde(default)]
    pub mass: Mass,
}

fn eight() -> usize {
    8
}

fn four() -> usize {
    4
}

/// Output steps that are looked at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outputs {
    /// Every one.
    #[default]
    All,
    /// The last one, with exchanges only near the ends of the declared reach and at a few lags between.
    Last,
}

/// Weights of fresh layers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Weights {
    /// As the layer draws them.
    #[default]
    Random,
    /// Each 1 / fan-in, and no bias.
    Box,
}

/// What counts as mass.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Mass {
    /// The square of the gradient.
    #[default]
    Energy,
    /// Its magnitude.
    Magnitude,
}

impl Settings {
    /// Reads and checks them.
    ///
    /// # Errors
    /// Unknown keys, wrong types, values out of range.
    pub fn read(probe: &str, settings: &Table) -> Result<Self, LabError> {
        let read: Self = settings.clone().try_into().map_err(|e: toml::de::Error| LabError::Usage {
            message: format!("probe `{probe}`: {}", e.message()),
            help: suggestion_from(e.message()),
        })?;
        let bounds = [
            ("n", read.n, 2, 1 << 16),
            ("depth", read.depth.unwrap_or(1), 1, 1 << 10),
            ("inputs", read.inputs, if probe == "wiring" { 2 } else { 1 }, 1 << 12),
            ("directions", read.directions, 1, 1 << 12),
        ];
        for (name, value, low, high) in bounds {
            if !(low..=high).contains(&value) {
                let message = format!("probe `{probe}`: {name} = {value} is out of range");
                return Err(LabError::usage(message, format!("choose {low} to {high}")));
            }
        }
        if read.trained && (read.depth.is_some() || read.weights != Weights::Random) {
            let message = format!("probe `{probe}`: a trained model has the depth and weights it was trained with");
            return Err(LabError::usage(message, "take `depth` and `weights` out, or `trained`"));
        }
        Ok(read)
    }
}

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
    /// `untrained` or `trained`.
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
    /// Rows of maps.
    pub shares: Vec<Shares>,
}

/// Runs a probe. `source` gives the trained model of a cell.
///
/// # Errors
/// When the model of a cell is not to be had, or a number is no number.
pub fn run(cell: &Cell, source: &Source<'_>) -> Result<Found, String> {
    let Job::Probe { trained } = &cell.job else { unreachable!("only probes come here") };
    let settings = Settings::read(&cell.task, &cell.settings).map_err(|e| e.to_string())?;
    let mut found = Found::default();
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
    match found.numbers.iter().find(|number| !number.value.is_finite()) {
        Some(number) => Err(format!("{} is {}, not a number", number.metric, number.value)),
        None => Ok(found),
    }
}
