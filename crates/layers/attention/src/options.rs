//! Options as TOML gives them, and whether they fit a site.

use layer::{BuildError, Layer, Options, Site};
use serde::{Deserialize, Serialize};

use crate::Attention;

/// Most numbers in one parameter: refused above, before anything is allocated.
const MAX_NUMBERS: usize = 1 << 26;

/// The options; every one has a default.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// How many matches run side by side; divides the width.
    pub heads: usize,
    /// Which steps a step may look at.
    pub mask: Mask,
    /// Factor of the logits.
    pub scale: Scale,
    /// How a step knows where it stands.
    pub positions: Positions,
    /// Sets the wavelengths of sinusoids and rotary, in steps: 2π to nearly 2π·base.
    pub base: f64,
    /// Factor of the weights that queries and keys start with.
    pub start: f64,
    /// Length N of sequences at which logits are as they are; they are multiplied by ln(time)/ln(N). 0: never.
    pub length_scaling: usize,
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

/// Factor of the logits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Scale {
    /// 1/√head_width.
    #[default]
    InverseSqrt,
    /// 1/head_width.
    Inverse,
    /// 1.
    None,
}

/// How a step knows where it stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Positions {
    /// Not at all.
    #[default]
    None,
    /// Fixed sines and cosines, added to x before the projections.
    Sinusoidal,
    /// A learned vector for each step built for, added to x before the projections.
    Learned,
    /// Queries and keys turned by an angle that grows with the step.
    Rotary,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            heads: 4,
            mask: Mask::default(),
            scale: Scale::default(),
            positions: Positions::default(),
            base: 10_000.0,
            start: 1.0,
            length_scaling: 0,
        }
    }
}

impl Scale {
    /// The factor for heads of that width.
    pub fn factor(self, head_width: usize) -> f32 {
        match self {
            Self::InverseSqrt => (1.0 / (head_width as f64).sqrt()) as f32,
            Self::Inverse => (1.0 / head_width as f64) as f32,
            Self::None => 1.0,
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
        let fail = |text: String| Err(BuildError(text));
        if width == 0 || width.checked_mul(width).is_none_or(|numbers| numbers > MAX_NUMBERS) {
            return fail(format!("attention: width = {width} is outside 1 … 8192; choose a width within"));
        }
        if self.heads == 0 || !width.is_multiple_of(self.heads) {
            let choices = heads_for(width, |_| true);
            return fail(format!(
                "attention: heads = {} does not divide width = {width}; set heads to one of {choices}",
                self.heads
            ));
        }
        let head_width = width / self.heads;
        if self.positions == Positions::Rotary && !head_width.is_multiple_of(2) {
            let fix = match heads_for(width, |head_width| head_width.is_multiple_of(2)).as_str() {
                "" => "choose an even width".to_owned(),
                choices => format!("set heads to one of {choices}"),
            };
            return fail(format!(
                "attention: positions = \"rotary\" needs an even head width, width / heads = {head_width}; {fix}"
            ));
        }
        if self.positions == Positions::Learned && time.checked_mul(width).is_none_or(|numbers| numbers > MAX_NUMBERS) {
            return fail(format!(
                "attention: positions = \"learned\" would take {time}×{width} numbers, at most 2^26; \
                 use positions = \"sinusoidal\" or \"rotary\""
            ));
        }
        if !self.base.is_finite() || self.base < 1.0 {
            return fail(format!("attention: base = {} must be a finite number of at least 1", self.base));
        }
        if !(self.start.is_finite() && self.start > 0.0) {
            return fail(format!("attention: start = {} must be a finite number above 0", self.start));
        }
        if self.length_scaling == 1 {
            return fail(
                "attention: length_scaling = 1 would divide by ln 1 = 0; set it to the length of training, or to 0"
                    .to_owned(),
            );
        }
        Ok(())
    }
}

/// The head counts that divide `width` into heads of a fitting width, as a list to be read.
fn heads_for(width: usize, fits: impl Fn(usize) -> bool) -> String {
    let heads = (1..=width).filter(|heads| width.is_multiple_of(*heads) && fits(width / heads));
    heads.map(|heads| heads.to_string()).collect::<Vec<_>>().join(", ")
}

impl Options for Settings {
    fn build(&self, site: Site) -> Result<Box<dyn Layer>, BuildError> {
        Ok(Box::new(Attention::new(*self, site)?))
    }
}
