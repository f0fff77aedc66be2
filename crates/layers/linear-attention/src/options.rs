//! The options, and what is refused.

use layer::{BuildError, Layer, OptionDoc, Options, Site};
use serde::{Deserialize, Serialize};

use crate::LinearAttention;

/// Most numbers in one parameter: refused above, before anything is allocated.
const MAX_NUMBERS: usize = 1 << 26;

pub(crate) const DOCS: &[OptionDoc] = &[
    OptionDoc {
        name: "heads",
        values: "a divisor of the width (4)",
        meaning: "matches that run side by side, each on its own columns; a head remembers (width/heads)² + width/heads \
                  numbers",
    },
    OptionDoc {
        name: "mask",
        values: "\"causal\" (default) or \"none\"",
        meaning: "whether a step looks at itself and its past, or at every step",
    },
];

// Every variant can be built at every width that four divides.
pub(crate) const VARIANTS: &[&str] =
    &["", "heads = 1", "heads = 2", "mask = \"none\"", "heads = 1\nmask = \"none\"", "heads = 2\nmask = \"none\""];

/// Options of the layer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// How many matches run side by side; divides the width.
    pub heads: usize,
    /// Which steps a step may look at.
    pub mask: Mask,
}

/// Which steps a step may look at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Mask {
    /// Itself and its past.
    #[default]
    Causal,
    /// Every step.
    None,
}

impl Default for Settings {
    fn default() -> Self {
        Self { heads: 4, mask: Mask::Causal }
    }
}

impl Options for Settings {
    fn build(&self, site: Site) -> Result<Box<dyn Layer>, BuildError> {
        Ok(Box::new(LinearAttention::new(*self, site)?))
    }
}

impl Settings {
    /// Refuses what cannot be built for that width.
    ///
    /// # Errors
    /// Names the option, and the values that would do.
    pub(crate) fn check(self, width: usize) -> Result<(), BuildError> {
        if width == 0 || width.checked_mul(width).is_none_or(|numbers| numbers > MAX_NUMBERS) {
            return Err(BuildError(format!(
                "linear-attention: width = {width} is outside 1 … 8192; choose a width within"
            )));
        }
        if self.heads == 0 || !width.is_multiple_of(self.heads) {
            let divisors = (1..=width).filter(|heads| width.is_multiple_of(*heads));
            let choices = divisors.map(|heads| heads.to_string()).collect::<Vec<_>>().join(", ");
            return Err(BuildError(format!(
                "linear-attention: heads = {} does not divide width = {width}; set heads to one of {choices}",
                self.heads
            )));
        }
        Ok(())
    }
}
