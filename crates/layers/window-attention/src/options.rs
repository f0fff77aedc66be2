//! Options as TOML gives them, and whether they fit a site.

use layer::{BuildError, Layer, Options, Site};
use serde::{Deserialize, Serialize};

use crate::WindowAttention;

/// Most numbers in one parameter: refused above, before anything is allocated.
const MAX_NUMBERS: usize = 1 << 26;

/// Longest window, as the longest reach of `conv`.
const LONGEST: usize = 1 << 20;

/// The options; every one has a default.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// Steps that a step looks at; if centred, to each side, itself included.
    pub window: usize,
    /// How many matches run side by side; divides the width.
    pub heads: usize,
    /// Where the window lies.
    pub mask: Mask,
}

/// Where the window lies around its step.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Mask {
    /// The step itself and those before it.
    #[default]
    Causal,
    /// As many steps after it as before it.
    Centred,
}

impl Default for Settings {
    fn default() -> Self {
        Self { window: 16, heads: 4, mask: Mask::default() }
    }
}

impl Settings {
    /// Refuses what cannot be built at `site`.
    ///
    /// # Errors
    /// Names the option, and the values that would do.
    pub fn check(&self, site: Site) -> Result<(), BuildError> {
        let (Self { window, heads, .. }, width) = (*self, site.width);
        let fail = |text: String| Err(BuildError(format!("window-attention: {text}")));
        if width == 0 || width.checked_mul(width).is_none_or(|numbers| numbers > MAX_NUMBERS) {
            return fail(format!("width = {width} is outside 1 … 8192; choose a width within"));
        }
        if heads == 0 || !width.is_multiple_of(heads) {
            let divisors = (1..=width).filter(|heads| width.is_multiple_of(*heads));
            let choices: Vec<String> = divisors.map(|heads| heads.to_string()).collect();
            return fail(format!(
                "heads = {heads} does not divide width = {width}; set heads to one of {}",
                choices.join(", ")
            ));
        }
        if window == 0 {
            return fail("window = 0 sees nothing; set it to 1 for the step itself, or more".to_owned());
        }
        if window > LONGEST {
            return fail(format!("window = {window} is outside 1 … 2^20; for every step, use the layer attention"));
        }
        Ok(())
    }
}

impl Options for Settings {
    fn build(&self, site: Site) -> Result<Box<dyn Layer>, BuildError> {
        Ok(Box::new(WindowAttention::new(*self, site)?))
    }
}
