//! The options, and what is refused.

use layer::{BuildError, Layer, OptionDoc, Options, Site};
use serde::{Deserialize, Serialize};

use crate::taps::span;
use crate::{Conv, Kernel, Padding};

/// Largest number of weights, all convolutions together; 256 MiB.
const MOST_WEIGHTS: usize = 1 << 26;

/// Largest distance between the first and the last step of the reach.
const LONGEST_REACH: usize = 1 << 20;

/// Most convolutions in a row; more are layers in a row, which is what depth is for.
const MOST_CONVOLUTIONS: usize = 64;

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
        values: "\"causal\", \"centred\" or a whole number",
        meaning: "whether the taps look back from a step, to both sides of it, or as so many zeros at either end make them",
    },
    OptionDoc {
        name: "stride",
        values: "a whole number from 1",
        meaning: "of each convolution: input steps from one output step to the next; more than 1 changes the time",
    },
    OptionDoc {
        name: "features",
        values: "a whole number; 0: as many as come in",
        meaning: "features that come out, of each convolution",
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
    "stride = 2",
    "stride = 3\nkernel = 2\ndilations = [1, 2]",
    "stride = 2\npadding = \"centred\"\ndilations = [1, 1]\nfinal_relu = true",
    "stride = 2\nkernel = 1",
    "stride = 2\nkernel = 3\npadding = 1\nfeatures = 6",
    "features = 3\ndilations = [1, 2]",
    "features = 12\nfinal_relu = true",
];

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
    /// Input steps from one output step to the next.
    pub stride: usize,
    /// Features that come out; 0: as many as come in.
    pub features: usize,
}

impl Default for Settings {
    fn default() -> Self {
        Self { kernel: 3, dilations: vec![1], final_relu: false, padding: Padding::Causal, stride: 1, features: 0 }
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
        let Self { kernel, dilations, padding, stride, .. } = self;
        if *kernel == 0 {
            return Err("kernel = 0 sums nothing; set it to 1 or more".into());
        }
        if *padding == Padding::Centred && kernel % 2 == 0 {
            return Err(format!("kernel = {kernel} has no middle for padding = \"centred\"; set an odd kernel"));
        }
        if *stride == 0 {
            return Err("stride = 0 stays at the first step; set it to 1 or more".into());
        }
        if dilations.is_empty() {
            return Err("dilations = [] leaves no convolution; give one entry for each, such as [1]".into());
        }
        if dilations.len() > MOST_CONVOLUTIONS {
            return Err(format!(
                "dilations has {} entries, one convolution each, and {MOST_CONVOLUTIONS} are the most; set a depth for more",
                dilations.len()
            ));
        }
        if dilations.contains(&0) {
            return Err("dilations: 0 puts all taps on one step; set each entry to 1 or more".into());
        }
        let output = self.output(width);
        let rest = dilations.len() - 1;
        // Of the first, whose input has another width, and of the others.
        let weights = kernel
            .checked_mul(output)
            .and_then(|each| each.checked_mul(width)?.checked_add(each.checked_mul(output)?.checked_mul(rest)?));
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
        if let Padding::Zeros(zeros) = padding
            && let Some(dilation) = dilations.iter().find(|d| *zeros > span(*kernel, **d) / 2)
        {
            return Err(format!(
                "padding = {zeros} is more than half of what kernel = {kernel} with dilation {dilation} spans; set it to {} or less",
                span(*kernel, *dilation) / 2
            ));
        }
        // What all the strides come to, and a kernel's reach counted by it.
        let strides = u32::try_from(dilations.len()).ok().and_then(|count| stride.checked_pow(count));
        let reach = reach.and_then(|reach| reach.checked_mul(strides?));
        if *stride > 1 && reach.is_none_or(|reach| reach > LONGEST_REACH) {
            return Err(format!(
                "stride = {stride}, {} times in a row, takes the reach beyond 2^20 steps; lower it, or the dilations",
                dilations.len()
            ));
        }
        Ok(())
    }

    /// Features that come out where `width` go in.
    pub(crate) fn output(&self, width: usize) -> usize {
        if self.features == 0 { width } else { self.features }
    }

    /// The kernels in order.
    pub(crate) fn kernels(&self) -> impl Iterator<Item = Kernel> {
        let Self { kernel: taps, padding, stride, .. } = *self;
        self.dilations.iter().map(move |dilation| Kernel { taps, dilation: *dilation, padding, stride })
    }
}
