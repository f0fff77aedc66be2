//! The options, and what is refused.

use layer::{BuildError, Layer, OptionDoc, Options, Site};
use serde::{Deserialize, Serialize};

use crate::LongConv;

/// Most numbers in one parameter: refused above, before anything is allocated.
const MAX_NUMBERS: usize = 1 << 26;

pub(crate) const DOCS: &[OptionDoc] = &[
    OptionDoc {
        name: "padding",
        values: "\"causal\" (default), \"centred\"",
        meaning: "whether the filter looks back from a step over the whole past, or to both sides over the whole sequence",
    },
    OptionDoc {
        name: "final_relu",
        values: "true or false (default)",
        meaning: "whether a ReLU follows, as in a convolution block",
    },
];

pub(crate) const VARIANTS: &[&str] =
    &["", "final_relu = true", "padding = \"centred\"", "padding = \"centred\"\nfinal_relu = true"];

/// Where the filter lies around its step.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Padding {
    /// Its step and every step before it.
    #[default]
    Causal,
    /// Every step after it as well.
    Centred,
}

/// Options of the layer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// Where the filter lies.
    pub padding: Padding,
    /// Whether a ReLU follows.
    pub final_relu: bool,
}

impl Padding {
    /// Lags of a filter for that many steps, and which of them is lag 0.
    pub(crate) fn lags(self, time: usize) -> (usize, usize) {
        match self {
            Self::Causal => (time, 0),
            Self::Centred => ((2 * time).saturating_sub(1), time.saturating_sub(1)),
        }
    }
}

impl Settings {
    /// Refuses what cannot be built at `site`.
    ///
    /// # Errors
    /// Names the size, and what would do.
    pub fn check(&self, site: Site) -> Result<(), BuildError> {
        let Site { time, width, .. } = site;
        let fail = |text: String| Err(BuildError(format!("long-conv: {text}")));
        if width == 0 || width.checked_mul(width).is_none_or(|numbers| numbers > MAX_NUMBERS) {
            return fail(format!("width = {width} is outside 1 … 8192; choose a width within"));
        }
        // One more than there are lags, if centred.
        let lags = if self.padding == Padding::Centred { time.checked_mul(2) } else { Some(time) };
        if time == 0 || lags.and_then(|lags| lags.checked_mul(width)).is_none_or(|numbers| numbers > MAX_NUMBERS) {
            let most = MAX_NUMBERS / width / if self.padding == Padding::Centred { 2 } else { 1 };
            return fail(format!(
                "a filter of {time} steps at width = {width} is outside 1 … 2^26 numbers; build it for at most {most} steps"
            ));
        }
        Ok(())
    }
}

impl Options for Settings {
    fn build(&self, site: Site) -> Result<Box<dyn Layer>, BuildError> {
        Ok(Box::new(LongConv::new(*self, site)?))
    }
}
