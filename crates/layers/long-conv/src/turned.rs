//! Sequences turned so that each feature lies in one piece: (feature, batch, padded) from (batch·time, feature).

use ndarray::{ArrayView2, ArrayViewMut2};

use crate::cut::Cut;

/// Features that are turned together: as many as a cache line holds.
pub(crate) const GROUP: usize = 16;
/// Steps that are turned together.
const STEPS: usize = 16;

/// Some features of all sequences.
pub(crate) struct Turned {
    numbers: Vec<f32>,
    /// From one feature to the next: not a power of two, at which they would push each other out of the cache.
    stride: usize,
    length: usize,
    time: usize,
    padded: usize,
}

impl Turned {
    pub(crate) fn zeros(features: usize, batch: usize, cut: &Cut) -> Self {
        let length = batch * cut.padded;
        let stride = length + GROUP;
        Self { numbers: vec![0.0; features * stride], stride, length, time: cut.time, padded: cut.padded }
    }

    /// Of rows (batch·time, features), contiguous; filled up with zeros.
    pub(crate) fn of(rows: ArrayView2<'_, f32>, batch: usize, cut: &Cut) -> Self {
        let mut turned = Self::zeros(rows.ncols(), batch, cut);
        let stride = turned.stride;
        turned.each_tile(rows.nrows(), |row, at, count, numbers| {
            for step in 0..count {
                let row = rows.row(row + step).to_slice().expect("rows are contiguous");
                row.iter().enumerate().for_each(|(feature, x)| numbers[feature * stride + at + step] = *x);
            }
        });
        turned
    }

    /// Turns back, into rows (batch·time, features).
    pub(crate) fn write(&mut self, mut rows: ArrayViewMut2<'_, f32>) {
        let stride = self.stride;
        self.each_tile(rows.nrows(), |row, at, count, numbers| {
            for step in 0..count {
                let row = rows.row_mut(row + step).into_slice().expect("rows are contiguous");
                row.iter_mut().enumerate().for_each(|(feature, x)| *x = numbers[feature * stride + at + step]);
            }
        });
    }

    /// The sequences of a feature, (batch, padded).
    pub(crate) fn feature(&self, feature: usize) -> &[f32] {
        &self.numbers[feature * self.stride..][..self.length]
    }

    pub(crate) fn feature_mut(&mut self, feature: usize) -> &mut [f32] {
        &mut self.numbers[feature * self.stride..][..self.length]
    }

    /// A few steps of a sequence at a time: their first row, where it stands in a feature, and how many they are.
    fn each_tile(&mut self, rows: usize, mut work: impl FnMut(usize, usize, usize, &mut [f32])) {
        for first in (0..rows).step_by(self.time.max(1)) {
            for step in (0..self.time).step_by(STEPS) {
                let at = first / self.time * self.padded + step;
                work(first + step, at, STEPS.min(self.time - step), &mut self.numbers);
            }
        }
    }
}
