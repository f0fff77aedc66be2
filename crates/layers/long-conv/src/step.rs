//! The sum itself, lag by lag, where a single step is asked for.

use layer::{Layer, Stream};
use ndarray::{Array2, ArrayView2, ArrayView3, s};

use crate::LongConv;

/// The output of one step of `x` (batch, time, width), (batch, width).
pub(crate) fn forward(layer: &LongConv, x: ArrayView3<'_, f32>, step: usize) -> Array2<f32> {
    let (batch, time, width) = x.dim();
    layer.output_shape(x.dim().into()).unwrap_or_else(|refused| panic!("{refused}"));
    assert!(step < time, "long-conv: step {step} of a sequence of {time}");
    let seen = layer.seen(step, time);
    let sums = Array2::from_shape_fn((batch, width), |(sequence, feature)| {
        sum(layer.lags(feature, step, seen), x.slice(s![sequence, ..seen, feature]))
    });
    layer.after(sums.view()).make()
}

/// Σ of filter values, from the last lag seen to the first, times the steps seen; in f64, as they may be many.
fn sum<'a>(filter: &[f32], steps: impl IntoIterator<Item = &'a f32>) -> f32 {
    filter.iter().rev().zip(steps).map(|(filter, x)| f64::from(*filter) * f64::from(*x)).sum::<f64>() as f32
}

/// Step by step: every step so far is remembered, and each new one takes a sum over all of them.
pub(crate) struct Past<'a> {
    layer: &'a LongConv,
    /// Of each sequence and feature, all steps so far.
    steps: Vec<Vec<f32>>,
}

impl<'a> Past<'a> {
    pub(crate) fn new(layer: &'a LongConv, batch: usize) -> Self {
        Self { layer, steps: vec![Vec::new(); batch * layer.width()] }
    }
}

impl Stream for Past<'_> {
    /// # Panics
    /// At more steps than the layer was built for.
    fn step(&mut self, x: ArrayView2<'_, f32>) -> Array2<f32> {
        let (batch, width) = x.dim();
        let seen = self.state() / self.layer.width() + 1;
        self.layer.output_shape((batch, seen, width).into()).unwrap_or_else(|refused| panic!("{refused}"));
        assert_eq!(x.len(), self.steps.len(), "long-conv: a stream of another batch");
        for (steps, x) in self.steps.iter_mut().zip(x) {
            steps.push(*x);
        }
        let sums = Array2::from_shape_fn(x.raw_dim(), |(sequence, feature)| {
            sum(self.layer.lags(feature, seen - 1, seen), &self.steps[sequence * width + feature])
        });
        self.layer.after(sums.view()).make()
    }

    fn state(&self) -> usize {
        self.layer.width() * self.steps.first().map_or(0, Vec::len)
    }
}
