//! The mean of the last steps: each feature is averaged over a window, then multiplied by a learned gain.
//!
//! # What to replace
//!
//! This is what `lab new-layer NAME` starts a layer from, and it conforms as it is. In a copy, replace what it says and does:
//! the meaning (above, in [`DEFINITION`] and in `Cargo.toml`), [`Settings`], the formula with its backward, every claim
//! from `reach` on, the numbers in `tests/formula.rs`, and the independent implementation in `tests/golden.py`. Then delete this
//! section.
//!
//! # Formula
//!
//! y\[t, f\] = gain\[f\] · mean\[t, f\], where mean\[t, f\] = (Σⱼ x\[t − j, f\]) / window over j = 0 … window − 1, and x = 0
//! before the sequence.
//!
//! # Shapes
//!
//! (batch, time, width) to the same, at any time.
//!
//! # Parameters
//!
//! `gain` (width), 1 at the start.
//!
//! # Backward
//!
//! mean is linear in x and y in either factor, so d_gain\[f\] = Σ d_y·mean over batch and time, and
//! d_x\[t\] = (Σⱼ (gain ⊙ d_y)\[t + j\]) / window: the same sum, ahead instead of back.
//!
//! # Reach
//!
//! Lags 0 … window − 1. Fed step by step, it remembers the last window − 1 inputs.
//!
//! # Cost
//!
//! No matrix product. Kept: the means, 4·batch·time·width bytes.
//!
//! # Source
//!
//! The moving average of signal processing, such as in Oppenheim & Schafer, "Discrete-Time Signal Processing", chapter 2.

use std::collections::VecDeque;

use layer::{
    BuildError, Cache, Cost, Definition, Gradients, Layer, Lengths, Named, OptionDoc, Options, Reach, Shape,
    ShapeError, Site, Stream, named,
};
use ndarray::{Array1, Array2, Array3, ArrayView2, ArrayView3, ArrayViewD, ArrayViewMutD, Axis, s};
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
            return Err(BuildError(format!("window = {window} is outside 1 … 2^20; 8 is the default")));
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
        DEFINITION.name
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

    fn lengths(&self) -> Lengths {
        Lengths::Any
    }

    /// A window of one step leaves every step alone; a longer one sees which steps are neighbours.
    fn is_permutation_equivariant(&self) -> bool {
        self.window == 1
    }

    fn stream(&self, batch: usize) -> Option<Box<dyn Stream + '_>> {
        Some(Box::new(Fed { layer: self, batch, past: VecDeque::new() }))
    }
}

/// The layer fed step by step.
struct Fed<'a> {
    layer: &'a MovingAverage,
    batch: usize,
    /// The last window − 1 inputs, (batch, width) each, the oldest in front.
    past: VecDeque<f32>,
}

impl Stream for Fed<'_> {
    fn step(&mut self, x: ArrayView2<'_, f32>) -> Array2<f32> {
        let mut sum = x.to_owned();
        // The latest first, as in the forward: one order of a sum, the same bits.
        for lag in 1..=self.past.len() / x.len() {
            let row = self.past.range(self.past.len() - lag * x.len()..);
            sum.iter_mut().zip(row).for_each(|(sum, past)| *sum += past);
        }
        self.past.extend(x);
        let excess = self.past.len().saturating_sub((self.layer.window - 1) * x.len());
        self.past.drain(..excess);
        sum / self.layer.window as f32 * &self.layer.gain
    }

    fn state(&self) -> usize {
        self.past.len() / self.batch
    }
}
