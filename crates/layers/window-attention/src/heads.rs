//! One head of one sequence: blocks of queries against the keys of their band.

use kernels::product::{Into, product_into};
use kernels::softmax::softmax_in_place;
use ndarray::{Array2, ArrayView2, ArrayViewMut2, Axis, s};

use crate::band::{Band, Block};

/// Query, key and value of a head, each (time, width of a head).
#[derive(Clone, Copy)]
pub(crate) struct Head<'a> {
    pub(crate) band: Band,
    /// Factor of the logits.
    pub(crate) scale: f32,
    pub(crate) query: ArrayView2<'a, f32>,
    pub(crate) key: ArrayView2<'a, f32>,
    pub(crate) value: ArrayView2<'a, f32>,
}

impl Head<'_> {
    /// Writes the mixed values, (time, width of a head).
    pub(crate) fn forward(self, mut mixed: ArrayViewMut2<'_, f32>) {
        let mut space = self.space();
        for block in self.blocks() {
            let Block { queries, keys } = &block;
            let mut weights = space.slice_mut(s![..queries.len(), ..keys.len()]);
            self.weights(&block, weights.view_mut());
            let (value, mixed) = (self.value.slice(s![keys.clone(), ..]), mixed.slice_mut(s![queries.clone(), ..]));
            product_into(1.0, weights.view(), value, Into::Replace, mixed);
        }
    }

    /// From the gradient of the mixed values, adds to those of query, key and value, which are zeros before.
    pub(crate) fn backward(self, d_mixed: ArrayView2<'_, f32>, gradients: [ArrayViewMut2<'_, f32>; 3]) {
        let [mut d_query, mut d_key, mut d_value] = gradients;
        let (mut space, mut d_space) = (self.space(), self.space());
        for block in self.blocks() {
            let Block { queries, keys } = &block;
            let mut weights = space.slice_mut(s![..queries.len(), ..keys.len()]);
            self.weights(&block, weights.view_mut());
            let weights = weights.view();
            let d_mixed = d_mixed.slice(s![queries.clone(), ..]);
            product_into(1.0, weights.t(), d_mixed, Into::Add, d_value.slice_mut(s![keys.clone(), ..]));
            let mut d_logits = d_space.slice_mut(s![..queries.len(), ..keys.len()]);
            product_into(1.0, d_mixed, self.value.slice(s![keys.clone(), ..]).t(), Into::Replace, d_logits.view_mut());
            for (weights, mut d) in weights.rows().into_iter().zip(d_logits.rows_mut()) {
                push(weights.to_slice().expect("row-major"), d.as_slice_mut().expect("row-major"));
            }
            let d_logits = d_logits.view();
            let (query, key) = (self.query.slice(s![queries.clone(), ..]), self.key.slice(s![keys.clone(), ..]));
            product_into(self.scale, d_logits, key, Into::Add, d_query.slice_mut(s![queries.clone(), ..]));
            product_into(self.scale, d_logits.t(), query, Into::Add, d_key.slice_mut(s![keys.clone(), ..]));
        }
    }

    /// Writes the weights of a block, (queries of the block, keys of the block), exactly 0 where the window hides a key.
    pub(crate) fn weights(self, block: &Block, mut weights: ArrayViewMut2<'_, f32>) {
        let Block { queries, keys } = block;
        let (query, key) = (self.query.slice(s![queries.clone(), ..]), self.key.slice(s![keys.clone(), ..]));
        product_into(self.scale, query, key.t(), Into::Replace, weights.view_mut());
        for (query, mut row) in queries.clone().zip(weights.rows_mut()) {
            let seen = self.band.keys(query, self.time());
            let (from, to) = (seen.start - keys.start, seen.end - keys.start);
            let row = row.as_slice_mut().expect("row-major");
            row[..from].fill(0.0);
            row[to..].fill(0.0);
            softmax_in_place(&mut row[from..to]);
        }
    }

    pub(crate) fn blocks(self) -> impl Iterator<Item = Block> {
        self.band.blocks(self.time())
    }

    fn time(self) -> usize {
        self.query.nrows()
    }

    /// Room for the weights of the largest block.
    fn space(self) -> Array2<f32> {
        Array2::zeros((self.band.block().min(self.time()), self.band.widest(self.time())))
    }
}

/// Gradients of a query's logits from those of its weights: d ← weights ⊙ (d − Σ d ⊙ weights).
///
/// Of a query with one key the sum is that of its one term, so that its gradient is 0 to the bit.
fn push(weights: &[f32], d: &mut [f32]) {
    let mean = dot(weights, d);
    for (d, weight) in d.iter_mut().zip(weights) {
        *d = weight * (*d - mean);
    }
}

/// Σ a·b, in lanes that the compiler turns into registers.
fn dot(a: &[f32], b: &[f32]) -> f32 {
    const LANES: usize = 8;
    let ((a, a_rest), (b, b_rest)) = (a.as_chunks::<LANES>(), b.as_chunks::<LANES>());
    let mut sums = [0f32; LANES];
    for (a, b) in a.iter().zip(b) {
        for ((sum, a), b) in sums.iter_mut().zip(a).zip(b) {
            *sum += a * b;
        }
    }
    for ((sum, a), b) in sums.iter_mut().zip(a_rest).zip(b_rest) {
        *sum += a * b;
    }
    sums.iter().sum()
}

/// A (batch·time, width) array cut into its sequences and heads, the heads of a sequence one after the other.
pub(crate) fn cut(array: &mut Array2<f32>, time: usize, head_width: usize) -> Vec<ArrayViewMut2<'_, f32>> {
    let mut parts = Vec::new();
    for mut sequence in array.axis_chunks_iter_mut(Axis(0), time.max(1)) {
        while sequence.ncols() > 0 {
            let (head, rest) = sequence.split_at(Axis(1), head_width);
            parts.push(head);
            sequence = rest;
        }
    }
    parts
}
