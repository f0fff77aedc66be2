//! What a head remembers of the steps that it has seen, forward in time or back.

use kernels::product::{Into, product_into};
use ndarray::{Array1, Array2, ArrayView2, ArrayViewMut2};

use crate::rows::add_scaled;

/// Σ aᵀ·b (head_width × head_width) and Σ weight·a (head_width) over the steps added: S and z, or R and r.
pub(crate) struct State {
    products: Array2<f32>,
    totals: Array1<f32>,
}

impl State {
    /// Of nothing yet.
    pub(crate) fn new(head_width: usize) -> Self {
        Self { products: Array2::zeros((head_width, head_width)), totals: Array1::zeros(head_width) }
    }

    /// Forgets all.
    pub(crate) fn clear(&mut self) {
        self.products.fill(0.0);
        self.totals.fill(0.0);
    }

    /// Adds steps a and b, both (steps, head_width), with the weights of a.
    pub(crate) fn add(&mut self, a: ArrayView2<'_, f32>, b: ArrayView2<'_, f32>, weights: Weights<'_>) {
        product_into(1.0, a.t(), b, Into::Add, self.products.view_mut());
        let totals = self.totals.as_slice_mut().expect("contiguous");
        for (step, a) in a.rows().into_iter().enumerate() {
            add_scaled(totals, weights.of(step), a.to_slice().expect("rows are contiguous"));
        }
    }

    /// `to` = rows · Σ aᵀ·b, or added to it.
    pub(crate) fn forth(&self, rows: ArrayView2<'_, f32>, into: Into, to: ArrayViewMut2<'_, f32>) {
        product_into(1.0, rows, self.products.view(), into, to);
    }

    /// `to` = rows · (Σ aᵀ·b)ᵀ + weights ⊗ Σ weight·a, or added to it.
    pub(crate) fn back(
        &self,
        rows: ArrayView2<'_, f32>,
        weights: Weights<'_>,
        into: Into,
        mut to: ArrayViewMut2<'_, f32>,
    ) {
        product_into(1.0, rows, self.products.t(), into, to.view_mut());
        for (step, to) in to.rows_mut().into_iter().enumerate() {
            add_scaled(to.into_slice().expect("rows are contiguous"), weights.of(step), self.totals());
        }
    }

    /// Σ weight·a.
    pub(crate) fn totals(&self) -> &[f32] {
        self.totals.as_slice().expect("contiguous")
    }
}

/// A number for each step.
#[derive(Clone, Copy)]
pub(crate) enum Weights<'a> {
    One,
    Each(&'a [f32]),
}

impl Weights<'_> {
    fn of(self, step: usize) -> f32 {
        match self {
            Self::One => 1.0,
            Self::Each(all) => all[step],
        }
    }
}
