//! Settings of probes.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use toml::Table;

use super::find;
use crate::error::{LabError, suggestion, suggestion_from};
use crate::fault::Fault;

/// What several probes take; anything else that a probe lists is its own.
const COMMON: [&str; 10] =
    ["n", "k", "depth", "trained", "inputs", "directions", "outputs", "weights", "mass", "width"];

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
    /// Features at a step, of layers that are looked at as they are built.
    #[serde(default)]
    pub width: Option<usize>,
    /// What only this probe takes.
    #[serde(skip)]
    pub own: Table,
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

/// Inputs that say anything: two to compare, or four of each half.
fn fewest_inputs(probe: &str) -> usize {
    match probe {
        "wiring" => 2,
        "vectors" => 8,
        _ => 1,
    }
}

impl Settings {
    /// Reads and checks them.
    ///
    /// # Errors
    /// Unknown keys, wrong types, values out of range.
    pub fn read(probe: &str, settings: &Table) -> Result<Self, LabError> {
        let definition = find(probe).expect("names are looked up before settings are");
        let mut common = settings.clone();
        let mut own = Table::new();
        for key in settings.keys().filter(|key| !["n", "k", "trained"].contains(&key.as_str())) {
            let taken = definition.settings.iter().map(|(name, ..)| *name);
            if !taken.clone().any(|name| name == key) {
                let message = format!("probe `{probe}` has no setting `{key}`");
                return Err(LabError::usage(message, suggestion(key, taken)));
            }
            if !COMMON.contains(&key.as_str()) {
                own.extend(common.remove(key).map(|value| (key.clone(), value)));
            }
        }
        let mut read: Self = common.try_into().map_err(|e: toml::de::Error| LabError::Usage {
            message: format!("probe `{probe}`: {}", Fault::from(&e)),
            help: suggestion_from(e.message()),
        })?;
        read.own = own;
        let bounds = [
            (
                "n",
                read.n,
                if super::other_lengths(probe) || read.trained { 1 } else { 2 },
                if definition.name == "length" { 1 << 20 } else { 1 << 16 },
            ),
            ("depth", read.depth.unwrap_or(1), 1, 1 << 10),
            ("inputs", read.inputs, fewest_inputs(probe), 1 << 12),
            ("directions", read.directions, 1, 1 << 12),
            ("width", read.width.unwrap_or(1), 1, 1 << 14),
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

    /// What only this probe takes, refused before anything runs where it is of another type.
    ///
    /// # Errors
    /// Names the probe, the setting and what would do.
    pub fn checked<T: DeserializeOwned>(&self, probe: &str) -> Result<T, LabError> {
        self.own.clone().try_into().map_err(|e: toml::de::Error| LabError::Usage {
            message: format!("probe `{probe}`: {}", Fault::from(&e)),
            help: suggestion_from(e.message()),
        })
    }

    /// The same once it is checked.
    ///
    /// # Errors
    /// Wrong types.
    pub fn own<T: DeserializeOwned>(&self) -> Result<T, String> {
        self.own.clone().try_into().map_err(|e: toml::de::Error| e.message().to_owned())
    }
}
