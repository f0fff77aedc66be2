//! The mean of the last steps: each feature is averaged over a window, then multiplied by a learned gain.
//!
//! y\[t, f\] = gain\[f\] · mean\[t, f\], where mean\[t, f\] = (Σⱼ x\[t − j, f\]) / window over j = 0 … window − 1, and x = 0
//! before the sequence.
//!
//! Shapes: (batch, time, width) to the same, at any time.
//! Parameters: `gain` (width), 1 at the start.
//! Backward: d_gain\[f\] = Σ d_y·mean over batch and time; d_x\[t\] = (Σⱼ (gain ⊙ d_y)\[t + j\]) / window.
//! Reach: lags 0 … window − 1. Cost: no matrix product; the means are kept, 4·batch·time·width bytes.

use layer::{
    BuildError, Cache, Cost, Definition, Gradients, Layer, Named, OptionDoc, Options, Reach, Shape, ShapeError, Site,
    named,
};
use ndarray::{Array1, Array3, ArrayView3, ArrayViewD, ArrayViewMutD, Axis, s};
use serde::{Deserialize, Serialize};

/// The row of this layer in the layer table.
pub const DEFINITION: Definition = Definition::of::<Settings>(
    "moving-average",
    "the mean of the last steps, with a learned gain for each feature",
    &[OptionDoc { name: "window", values: "1 … 2^20", meaning: "how many steps are averaged" }],
    &["", "window = 1", "window = 40"],
);

/// Options of the layer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// How many steps are averaged.
    pub window: usize,
}

impl Default for Settings {
    fn default() -> Self {
        Self { window: 8 }
    }
}

impl Options for Settings {
    fn build(&self, site: Site) -> Result<Box<dyn Layer>, BuildError> {
        let window = self.window;
        if window == 0 || window > 1 << 20 {
            return Err(BuildError(format!("window = {window} is outside 1 … 2^20")));
        }
        Ok(Box::new(MovingAverage { window, gain: Array1::ones(site.width) }))
    }
}

/// y\[t\] = gain ⊙ the mean of x over the last `window` steps.
#[derive(Clone, Debug)]
pub struct MovingAverage {
    window: usize,
    gain: Array1<f32>,
}

/// Which way the window lies from its step.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Side {
    Back,
    Ahead,
}

impl MovingAverage {
    fn mean(&self, x: ArrayView3<'_, f32>, side: Side) -> Array3<f32> {
        let time = x.dim().1;
        let mut sum = Array3::zeros(x.raw_dim());
        for lag in 0..self.window.min(time) {
            let (early, late) = (s![.., ..time - lag, ..], s![.., lag.., ..]);
            let (from, to) = if side == Side::Back { (early, late) } else { (late, early) };
            let mut target = sum.slice_mut(to);
            target += &x.slice(from);
        }
        sum / self.window as f32
    }
}

impl Layer for MovingAverage {
    fn name(&self) -> &'static str {
        "moving-average"
    }

    fn output_shape(&self, input: Shape) -> Result<Shape, ShapeError> {
        input.expect_feature(self.name(), self.gain.len(), "build it with the width of its input").map(|()| input)
    }

    fn forward(&self, x: Array3<f32>) -> (Array3<f32>, Cache) {
        let mean = self.mean(x.view(), Side::Back);
        (&mean * &self.gain, Cache::new(mean))
    }

    fn backward(&self, cache: &Cache, d_y: ArrayView3<'_, f32>) -> (Array3<f32>, Gradients) {
        let mean: &Array3<f32> = cache.get();
        let d_gain = (&d_y * mean).sum_axis(Axis(0)).sum_axis(Axis(0));
        let d_mean = &d_y * &self.gain;
        (self.mean(d_mean.view(), Side::Ahead), Gradients::none().with(d_gain))
    }

    fn parameters(&self) -> Vec<Named<ArrayViewD<'_, f32>>> {
        vec![named("gain", self.gain.view().into_dyn())]
    }

    fn parameters_mut(&mut self) -> Vec<Named<ArrayViewMutD<'_, f32>>> {
        vec![named("gain", self.gain.view_mut().into_dyn())]
    }

    fn reach(&self) -> Reach {
        Reach::lags(0..self.window as isize)
    }

    fn cost(&self, input: Shape) -> Cost {
        Cost { parameters: self.gain.len() as u64, bytes_kept: 4 * input.len() as u64, ..Cost::default() }
    }

    fn is_affine(&self) -> bool {
        true
    }
}
