//! The causal line over time, fed step by step: every step has weights of its own to all before it, so all are remembered.

use kernels::product::{Into, product_into};
use layer::Stream;
use ndarray::{Array2, ArrayView2, Axis, s};

use crate::OverTime;

/// The steps that came.
pub(crate) struct Past<'a> {
    line: &'a OverTime,
    /// For each sequence, its steps one after the other.
    sequences: Vec<Vec<f32>>,
    steps: usize,
}

impl<'a> Past<'a> {
    /// With nothing remembered.
    pub(crate) fn new(line: &'a OverTime, batch: usize) -> Self {
        Self { line, sequences: vec![Vec::new(); batch], steps: 0 }
    }
}

impl Stream for Past<'_> {
    /// # Panics
    /// At more steps than the layer was built for.
    fn step(&mut self, x: ArrayView2<'_, f32>) -> Array2<f32> {
        let (weight, bias) = self.line.row(self.steps);
        self.steps += 1;
        let mut y = Array2::from_elem(x.raw_dim(), bias);
        for ((past, x), y) in self.sequences.iter_mut().zip(x.rows()).zip(y.axis_chunks_iter_mut(Axis(0), 1)) {
            past.extend(x);
            let past = ArrayView2::from_shape((self.steps, x.len()), past).expect("whole steps");
            product_into(1.0, weight.slice(s![.., ..self.steps]), past, Into::Add, y);
        }
        y
    }

    fn state(&self) -> usize {
        self.sequences.first().map_or(0, Vec::len)
    }
}
