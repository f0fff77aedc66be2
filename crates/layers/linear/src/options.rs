//! The options, and what is refused.

use layer::{BuildError, Layer, OptionDoc, Options, Site};
use serde::{Deserialize, Serialize};

use crate::{Flattened, Mean, OverTime, Step};

/// Largest number of weights; a matrix of 256 MiB.
const MOST_WEIGHTS: usize = 1 << 26;

pub(crate) const DOCS: &[OptionDoc] = &[
    OptionDoc {
        name: "over",
        values: "\"step\", \"time\", \"flattened\" or \"mean\"",
        meaning: "what a sum runs over: the features of a step, the steps of a feature, or all numbers of a sequence; \
                  mean: the steps, with nothing learned",
    },
    OptionDoc {
        name: "causal",
        values: "true or false",
        meaning: "over = \"time\" or \"mean\" only: a step sees itself and earlier steps, never later ones",
    },
    OptionDoc {
        name: "bias",
        values: "true or false",
        meaning: "whether a constant is learned for each output; over = \"mean\" has none",
    },
];

pub(crate) const VARIANTS: &[&str] = &[
    "",
    "bias = false",
    "over = \"time\"",
    "over = \"time\"\nbias = false",
    "over = \"time\"\ncausal = true",
    "over = \"time\"\ncausal = true\nbias = false",
    "over = \"flattened\"",
    "over = \"flattened\"\nbias = false",
    "over = \"mean\"",
    "over = \"mean\"\ncausal = true",
];

/// What the weighted sums run over.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Over {
    /// The features of each step.
    #[default]
    Step,
    /// The steps of each feature.
    Time,
    /// All numbers of a sequence.
    Flattened,
    /// The steps of each feature, all with the same weight.
    Mean,
}

/// Options of the layer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Settings {
    /// What the weighted sums run over.
    pub over: Over,
    /// Whether later steps are masked; for [`Over::Time`] and [`Over::Mean`] alone.
    pub causal: bool,
    /// Whether a bias is added; [`Over::Mean`] has none.
    pub bias: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self { over: Over::Step, causal: false, bias: true }
    }
}

impl Options for Settings {
    fn build(&self, site: Site) -> Result<Box<dyn Layer>, BuildError> {
        let Site { time, width, seed } = site;
        if self.causal && !matches!(self.over, Over::Time | Over::Mean) {
            let text = "causal = true is for over = \"time\" or \"mean\"; set one of these, or leave causal out";
            return Err(BuildError(text.into()));
        }
        if !self.bias && self.over == Over::Mean {
            return Err(BuildError("over = \"mean\" has no bias in any case; leave bias out".into()));
        }
        match self.over {
            Over::Step => {
                square(Some(width), &format!("width = {width}"), "over = \"step\"", "lower width")?;
                Ok(Box::new(Step::new(width, self.bias, seed)))
            }
            Over::Time => {
                square(Some(time), &format!("time = {time}"), "over = \"time\"", "lower n, or set over = \"step\"")?;
                Ok(Box::new(OverTime::new(time, self.causal, self.bias, seed)))
            }
            Over::Flattened => {
                let sizes = format!("time·width = {time}·{width}");
                square(time.checked_mul(width), &sizes, "over = \"flattened\"", "lower n, or set over = \"time\"")?;
                Ok(Box::new(Flattened::new(time, width, self.bias, seed)))
            }
            Over::Mean => Ok(Box::new(Mean::new(self.causal))),
        }
    }
}

/// Refuses a weight of side × side that is too large; `None` is a side that overflowed.
fn square(side: Option<usize>, sizes: &str, option: &str, fix: &str) -> Result<(), BuildError> {
    match side.and_then(|side| side.checked_mul(side)) {
        Some(weights) if weights <= MOST_WEIGHTS => Ok(()),
        _ => Err(BuildError(format!("{option} at {sizes} takes more than 2^26 weights; {fix}"))),
    }
}
