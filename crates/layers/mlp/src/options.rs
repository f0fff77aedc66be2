//! The options, and what is refused.

use layer::{BuildError, Layer, OptionDoc, Options, Site};
use serde::{Deserialize, Serialize};

use crate::{OverTime, Step};

/// Largest number of weights, both matrices together; 256 MiB.
const MOST_WEIGHTS: usize = 1 << 26;

pub(crate) const DOCS: &[OptionDoc] = &[
    OptionDoc {
        name: "over",
        values: "\"step\" or \"time\"",
        meaning: "what is fed in as one vector: the features of a step, or the steps of a feature",
    },
    OptionDoc {
        name: "expansion",
        values: "a whole number from 1",
        meaning: "hidden units for each number of that vector",
    },
];

pub(crate) const VARIANTS: &[&str] = &[
    "",
    "expansion = 1",
    "expansion = 3",
    "over = \"time\"",
    "over = \"time\"\nexpansion = 2",
    "over = \"time\"\nexpansion = 7",
];

/// What is fed in as one vector.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Over {
    /// The features of each step.
    #[default]
    Step,
    /// The steps of each feature.
    Time,
}

/// Options of the layer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Settings {
    /// What is fed in as one vector.
    pub over: Over,
    /// Hidden units for each number of that vector.
    pub expansion: usize,
}

impl Default for Settings {
    fn default() -> Self {
        Self { over: Over::Step, expansion: 4 }
    }
}

impl Options for Settings {
    fn build(&self, site: Site) -> Result<Box<dyn Layer>, BuildError> {
        let Site { time, width, seed } = site;
        match self.over {
            Over::Step => {
                let hidden = self.hidden("width", width, "lower expansion or width")?;
                Ok(Box::new(Step::new(width, hidden, seed)))
            }
            Over::Time => {
                let hidden = self.hidden("time", time, "lower expansion or n, or set over = \"step\"")?;
                Ok(Box::new(OverTime::new(time, hidden, seed)))
            }
        }
    }
}

impl Settings {
    /// Hidden units for a vector of `side` numbers.
    fn hidden(&self, name: &str, side: usize, fix: &str) -> Result<usize, BuildError> {
        let expansion = self.expansion;
        if expansion == 0 {
            return Err(BuildError("expansion = 0 leaves no hidden units; set it to 1 or more".into()));
        }
        let weights = |hidden: usize| hidden.checked_mul(side)?.checked_mul(2);
        expansion.checked_mul(side).filter(|hidden| weights(*hidden).is_some_and(|w| w <= MOST_WEIGHTS)).ok_or_else(
            || BuildError(format!("expansion = {expansion} at {name} = {side} takes more than 2^26 weights; {fix}")),
        )
    }
}
