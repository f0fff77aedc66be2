//! The layer fed step by step: each convolution remembers as many steps as its last tap looks back.

use kernels::elementwise::relu_in_place;
use kernels::product::{Into, product_into};
use layer::Stream;
use ndarray::{Array2, Array3, ArrayView2, Axis};

use crate::{Conv, Convolution};

/// Convolutions in a row, with the ReLUs of the forward between them.
pub(crate) struct Fed<'a> {
    parts: Vec<Ring<'a>>,
    final_relu: bool,
}

/// One convolution with the steps that it still needs.
struct Ring<'a> {
    conv: &'a Convolution,
    /// (steps, batch, width in); a step is written over the one that no tap reaches any more.
    past: Array3<f32>,
    /// How many came.
    steps: usize,
}

impl<'a> Fed<'a> {
    /// With nothing remembered. The taps must all look back, and the time must be kept.
    pub(crate) fn new(conv: &'a Conv, batch: usize) -> Self {
        Self { parts: conv.convs().iter().map(|conv| Ring::new(conv, batch)).collect(), final_relu: conv.final_relu() }
    }
}

impl Stream for Fed<'_> {
    fn step(&mut self, x: ArrayView2<'_, f32>) -> Array2<f32> {
        let (last, mut y) = (self.parts.len() - 1, x.to_owned());
        for (place, part) in self.parts.iter_mut().enumerate() {
            y = part.step(y.view());
            if place < last || self.final_relu {
                relu_in_place(y.as_slice_mut().expect("row-major"));
            }
        }
        y
    }

    fn state(&self) -> usize {
        self.parts.iter().map(|part| part.past.len_of(Axis(0)) * part.conv.input()).sum()
    }
}

impl<'a> Ring<'a> {
    fn new(conv: &'a Convolution, batch: usize) -> Self {
        let span = conv.lags().last().map_or(0, |lag| lag.unsigned_abs());
        Self { conv, past: Array3::zeros((span, batch, conv.input())), steps: 0 }
    }

    /// y\[t\], (batch, width out), from x\[t\] and what the taps find behind it.
    fn step(&mut self, x: ArrayView2<'_, f32>) -> Array2<f32> {
        let span = self.past.len_of(Axis(0));
        let mut y = self.conv.own_step(x);
        for (tap, lag) in self.conv.elsewhere() {
            let Some(step) = self.steps.checked_sub(lag.unsigned_abs()) else { continue };
            let (x, weight) = (self.past.index_axis(Axis(0), step % span), self.conv.weight.index_axis(Axis(0), tap));
            product_into(1.0, x, weight, Into::Add, y.view_mut());
        }
        if span > 0 {
            self.past.index_axis_mut(Axis(0), self.steps % span).assign(&x);
        }
        self.steps += 1;
        y
    }
}
