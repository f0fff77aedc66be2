//! The options, and what is refused.

use layer::{BuildError, Layer, OptionDoc, Options, Site};
use serde::{Deserialize, Serialize};

use crate::Gru;

/// Largest number of weights, those of both products together; 256 MiB.
const MOST_WEIGHTS: usize = 1 << 26;

/// Longest memory at the start, in steps: as many as a site can have.
const LONGEST_MEMORY: usize = 1 << 24;

pub(crate) const DOCS: &[OptionDoc] = &[OptionDoc {
    name: "memory",
    values: "0 (default), or 1 … 2^24",
    meaning: "steps: how old the oldest of what units hold is in the mean, at the start; the other units are spread down \
              to 1; 0: the steps it is built for",
}];

pub(crate) const VARIANTS: &[&str] = &["", "memory = 64", "memory = 5000"];

/// Options of the layer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// Mean age, in steps, of what the unit with the longest memory holds at the start; 0 for the steps of the site.
    pub memory: usize,
}

impl Options for Settings {
    fn build(&self, site: Site) -> Result<Box<dyn Layer>, BuildError> {
        Ok(Box::new(Gru::new(*self, site)?))
    }
}

impl Settings {
    /// The memory for that site, in steps.
    ///
    /// # Errors
    /// When the options or the width are out of range.
    pub(crate) fn check(self, site: Site) -> Result<usize, BuildError> {
        let Site { time, width, .. } = site;
        let fail = |text| Err(BuildError(text));
        if width.checked_mul(width).and_then(|square| square.checked_mul(6)).is_none_or(|all| all > MOST_WEIGHTS) {
            return fail(format!("gru: width = {width} takes more than 2^26 weights; choose a width up to 3344"));
        }
        if self.memory > LONGEST_MEMORY {
            return fail(format!(
                "gru: memory = {} is above 2^24 steps; lower it, or set it to 0 for the steps that it is built for",
                self.memory
            ));
        }
        Ok(if self.memory == 0 { time.max(1) } else { self.memory })
    }
}
