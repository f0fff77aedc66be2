//! The options, and what is refused.

use layer::{BuildError, Layer, OptionDoc, Options, Site};
use serde::{Deserialize, Serialize};

use crate::Conv;

/// Largest number of weights, all convolutions together; 256 MiB.
const MOST_WEIGHTS: usize = 1 << 26;

/// Largest distance between the first and the last step of the reach.
const LONGEST_REACH: usize = 1 << 20;

pub(crate) const DOCS: &[OptionDoc] = &[
    OptionDoc {
        name: "kernel",
        values: "a whole number from 1; odd if centred",
        meaning: "taps of each convolution: how many steps it sums",
    },
    OptionDoc {
        name: "dilations",
        values: "a list of whole numbers from 1",
        meaning: "one convolution for each entry, with that many steps between its taps; ReLU between them",
    },
    OptionDoc {
        name: "final_relu",
        values: "true or false",
        meaning: "whether a ReLU follows the last convolution too, as in a convolution block",
    },
    OptionDoc {
        name: "padding",
        values: "\"causal\" or \"centred\"",
        meaning: "whether the taps look back from a step, or to both sides of it",
    },
];

pub(crate) const VARIANTS: &[&str] = &[
    "",
    "kernel = 1",
    "kernel = 2\ndilations = [1, 3]",
    "kernel = 2\ndilations = [3]",
    "dilations = [1, 2, 4]",
    "final_relu = true",
    "final_relu = true\ndilations = [1, 2]",
    "kernel = 5\ndilations = [3]",
    "padding = \"centred\"",
    "padding = \"centred\"\nkernel = 1\ndilations = [1, 1]",
    "padding = \"centred\"\ndilations = [1, 2, 4]",
    "padding = \"centred\"\nkernel = 5\ndilations = [3]",
];

/// Where a kernel lies around its step.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Padding {
    /// Its step and steps before it.
    #[default]
    Causal,
    /// As many steps after its step as before it.
    Centred,
}

/// Options of the layer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// Taps of each convolution.
    pub kernel: usize,
    /// Steps between taps, one convolution for each entry.
    pub dilations: Vec<usize>,
    /// Whether a ReLU follows the last convolution too.
    pub final_relu: bool,
    /// Where the taps lie.
    pub padding: Padding,
}

impl Default for Settings {
    fn default() -> Self {
        Self { kernel: 3, dilations: vec![1], final_relu: false, padding: Padding::Causal }
    }
}

impl Options for Settings {
    fn build(&self, site: Site) -> Result<Box<dyn Layer>, BuildError> {
        self.check(site.width).map_err(BuildError)?;
        Ok(Box::new(Conv::new(self, site.width, site.seed)))
    }
}

impl Settings {
    fn check(&self, width: usize) -> Result<(), String> {
        let Self { kernel, dilations, padding, .. } = self;
        if *kernel == 0 {
            return Err("kernel = 0 sums nothing; set it to 1 or more".into());
        }
        if *padding == Padding::Centred && kernel % 2 == 0 {
            return Err(format!("kernel = {kernel} has no middle for padding = \"centred\"; set an odd kernel"));
        }
        if dilations.is_empty() {
            return Err("dilations = [] leaves no convolution; give one entry for each, such as [1]".into());
        }
        if dilations.contains(&0) {
            return Err("dilations: 0 puts all taps on one step; set each entry to 1 or more".into());
        }
        let taps = kernel.checked_mul(dilations.len());
        let weights = taps.and_then(|taps| taps.checked_mul(width)?.checked_mul(width));
        if weights.is_none_or(|weights| weights > MOST_WEIGHTS) {
            return Err(format!(
                "kernel = {kernel} at width = {width} with dilations of length {} takes more than 2^26 weights; lower one of them",
                dilations.len()
            ));
        }
        let reach = dilations.iter().try_fold(0usize, |sum, d| sum.checked_add(d.checked_mul(kernel - 1)?));
        if reach.is_none_or(|reach| reach > LONGEST_REACH) {
            return Err(format!(
                "dilations: with kernel = {kernel} their reach (kernel − 1)·(sum of dilations) is more than 2^20 steps; lower either"
            ));
        }
        Ok(())
    }
}
