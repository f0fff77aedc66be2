//! Options as TOML gives them, and whether they fit a site.

use layer::{BuildError, Layer, OptionDoc, Options, Site};
use serde::{Deserialize, Serialize};

use crate::Transformer;

/// Most weights of all blocks together: refused above, before anything is allocated.
const MAX_WEIGHTS: usize = 1 << 26;

/// Most blocks of either half: of so many, what is around their weights would be more than these.
const MAX_DEPTH: usize = 1 << 10;

pub(crate) const DOCS: &[OptionDoc] = &[
    OptionDoc {
        name: "source",
        values: "1 … time − 1, no default",
        meaning: "how many steps, from the first on, are the source; the target is the rest",
    },
    OptionDoc {
        name: "heads",
        values: "a divisor of the width (4)",
        meaning: "how many matches run side by side in each attention, each on its own width / heads columns",
    },
    OptionDoc {
        name: "depth",
        values: "a whole number from 1 (2)",
        meaning: "blocks of the encoder, and as many of the decoder",
    },
    OptionDoc {
        name: "expansion",
        values: "a whole number from 1 (4)",
        meaning: "hidden units of each MLP for each feature",
    },
    OptionDoc {
        name: "positions",
        values: "true (default), false",
        meaning: "whether sinusoids are added to source and target, each counted from its own first step",
    },
    OptionDoc {
        name: "residual",
        values: "true (default), false",
        meaning: "whether x is added to what a sublayer makes of it",
    },
    OptionDoc {
        name: "mask",
        values: "true (default), false",
        meaning: "whether a target step is kept from looking at later target steps",
    },
    OptionDoc {
        name: "norm",
        values: "\"pre\" (default), \"post\"",
        meaning: "where the norm of a sublayer stands: before it, and once more after the last, or after each sum \
                  with x, as in the paper",
    },
];

/// All of them say `source`, since it has no default.
pub(crate) const VARIANTS: &[&str] = &[
    "source = 1",
    "source = 1\nnorm = \"post\"",
    "source = 1\ndepth = 1\nheads = 2\nexpansion = 1\nmask = false",
    "source = 1\ndepth = 1\nheads = 1\npositions = false",
    "source = 1\ndepth = 1\nexpansion = 2\nresidual = false",
    "source = 1\ndepth = 1\nheads = 2\nresidual = false\nnorm = \"post\"",
];

/// The options; every one but `source` has a default.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Settings {
    /// Steps of the source. 0, the default, is refused: where the target begins must be said.
    pub source: usize,
    /// How many matches run side by side; divides the width.
    pub heads: usize,
    /// Blocks of the encoder, and as many of the decoder.
    pub depth: usize,
    /// Hidden units of each MLP for each feature.
    pub expansion: usize,
    /// Whether sinusoids are added to source and target.
    pub positions: bool,
    /// Whether x is added to what a sublayer makes of it.
    pub residual: bool,
    /// Whether the decoder's self-attention is causal.
    pub mask: bool,
    /// Where the norm of a sublayer stands.
    pub norm: Order,
}

/// Where the norm of a sublayer f stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Order {
    /// x + f(norm(x)), and one more norm after the last sublayer of each half.
    #[default]
    Pre,
    /// norm(x + f(x)), as in the paper.
    Post,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            source: 0,
            heads: 4,
            depth: 2,
            expansion: 4,
            positions: true,
            residual: true,
            mask: true,
            norm: Order::default(),
        }
    }
}

impl Settings {
    /// Refuses what cannot be built at `site`.
    ///
    /// # Errors
    /// Names the option, and the values that would do.
    pub fn check(&self, site: Site) -> Result<(), BuildError> {
        let Site { time, width, .. } = site;
        let Self { source, heads, depth, expansion, .. } = *self;
        let fail = |text: String| Err(BuildError(format!("transformer: {text}")));
        for (name, value) in [("depth", depth), ("expansion", expansion)] {
            if value == 0 {
                return fail(format!("{name} = 0 leaves nothing; set it to 1 or more"));
            }
        }
        if depth > MAX_DEPTH {
            return fail(format!("depth = {depth} is outside 1 … {MAX_DEPTH}"));
        }
        if width == 0 || self.weights(width).is_none_or(|weights| weights > MAX_WEIGHTS) {
            return fail(format!(
                "depth = {depth} and expansion = {expansion} at width = {width} take no weights or more than 2^26; \
                 choose others"
            ));
        }
        if heads == 0 || !width.is_multiple_of(heads) {
            let choices: Vec<_> = (1..=width).filter(|n| width.is_multiple_of(*n)).map(|n| n.to_string()).collect();
            return fail(format!(
                "heads = {heads} does not divide width = {width}; set heads to one of {}",
                choices.join(", ")
            ));
        }
        if source == 0 || source >= time {
            return fail(format!(
                "source = {source} of time = {time}; set source to the number of steps, from the first on, that are \
                 the source, at least 1, and leave at least 1 to the target"
            ));
        }
        Ok(())
    }

    /// Weights of all blocks at that width: 4 + 8 squares of attention, and 2 · 2 · expansion of MLPs, for each depth.
    fn weights(&self, width: usize) -> Option<usize> {
        let squares = self.expansion.checked_mul(4)?.checked_add(12)?.checked_mul(self.depth)?;
        width.checked_mul(width)?.checked_mul(squares)
    }
}

impl Options for Settings {
    fn build(&self, site: Site) -> Result<Box<dyn Layer>, BuildError> {
        Ok(Box::new(Transformer::new(*self, site)?))
    }
}
