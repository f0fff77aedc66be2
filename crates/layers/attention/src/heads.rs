//! softmax(scale · Q·Kᵀ)·V and its backward, for each sequence and head, in blocks of queries.

use std::ops::Range;

use kernels::product::{Into, product_into};
use kernels::softmax::{softmax_backward_in_place, softmax_in_place};
use ndarray::{Array2, ArrayView2, ArrayViewMut2, s};

/// Queries of a block: its logits stay in the processor's cache up to thousands of keys.
const BLOCK: usize = 64;

/// How the width is split into heads, and what they may see.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Heads {
    /// Number of heads.
    pub(crate) count: usize,
    /// Columns of a head.
    pub(crate) width: usize,
    /// Factor of the logits.
    pub(crate) scale: f32,
    /// Whether a query sees no key after its own step.
    pub(crate) causal: bool,
}

/// Query, key and value, or their gradients: each (batch·time, width).
pub(crate) struct Projected {
    pub(crate) query: Array2<f32>,
    pub(crate) key: Array2<f32>,
    pub(crate) value: Array2<f32>,
}

/// Some queries with the keys that at least one of them may see, which are the first `keys`.
struct Block {
    queries: Range<usize>,
    keys: usize,
}

impl Block {
    fn area(&self) -> usize {
        self.queries.len() * self.keys
    }
}

impl Heads {
    /// Weights that one head keeps for one sequence: Σ over blocks of queries × keys.
    pub(crate) fn area(&self, time: usize) -> u64 {
        let (time, block) = (time as u64, BLOCK as u64);
        if !self.causal {
            return time.saturating_mul(time);
        }
        let (whole, rest) = (time / block, time % block);
        (block * block).saturating_mul(whole.saturating_mul(whole + 1) / 2).saturating_add(rest.saturating_mul(time))
    }

    /// FLOPs of [`forward`](Self::forward); the backward takes twice as many.
    pub(crate) fn flops(&self, batch: usize, time: usize) -> u64 {
        4 * (batch * self.count * self.width) as u64 * self.area(time)
    }

    fn blocks(&self, time: usize) -> impl Iterator<Item = Block> + use<> {
        let causal = self.causal;
        (0..time).step_by(BLOCK).map(move |start| {
            let end = (start + BLOCK).min(time);
            Block { queries: start..end, keys: if causal { end } else { time } }
        })
    }

    /// Each sequence and head as its rows and columns of a (batch·time, width) array.
    fn parts(&self, rows: usize, time: usize) -> impl Iterator<Item = (Range<usize>, Range<usize>)> + use<> {
        let (count, width) = (self.count, self.width);
        (0..rows)
            .step_by(time.max(1))
            .flat_map(move |first| (0..count).map(move |head| (first..first + time, head * width..(head + 1) * width)))
    }

    /// Mixed values (batch·time, width), and the weights of all blocks in the order of [`parts`](Self::parts), each
    /// (queries, keys) row-major. `real` (batch, time) is false where a key must get weight 0.
    pub(crate) fn forward(
        &self,
        projected: &Projected,
        time: usize,
        real: Option<ArrayView2<'_, bool>>,
    ) -> (Array2<f32>, Vec<f32>) {
        let rows = projected.query.nrows();
        let batch = rows.checked_div(time).unwrap_or(0);
        let mut mixed = Array2::zeros(projected.query.raw_dim());
        let mut weights = Vec::with_capacity(batch * self.count * self.area(time) as usize);
        let mut logits = vec![0.0; BLOCK.min(time) * time];
        for (rows, columns) in self.parts(rows, time) {
            let real = real.map(|real| real.row(rows.start / time).to_vec());
            let part = s![rows, columns];
            let (query, key) = (projected.query.slice(&part), projected.key.slice(&part));
            let (value, mut mixed) = (projected.value.slice(&part), mixed.slice_mut(&part));
            for block in self.blocks(time) {
                let logits = &mut logits[..block.area()];
                let (queries, keys) = (s![block.queries.clone(), ..], s![..block.keys, ..]);
                let key = key.slice(keys);
                product_into(self.scale, query.slice(&queries), key.t(), Into::Replace, matrix_mut(logits, block.keys));
                self.softmax(logits, &block, real.as_deref());
                let weighed = matrix(logits, block.keys);
                product_into(1.0, weighed, value.slice(keys), Into::Replace, mixed.slice_mut(&queries));
                weights.extend_from_slice(logits);
            }
        }
        (mixed, weights)
    }

    /// Gradients of query, key and value from that of the mixed values.
    pub(crate) fn backward(
        &self,
        projected: &Projected,
        weights: &[f32],
        time: usize,
        d_mixed: &Array2<f32>,
    ) -> Projected {
        let zeros = || Array2::zeros(d_mixed.raw_dim());
        let mut d = Projected { query: zeros(), key: zeros(), value: zeros() };
        let mut d_logits = vec![0.0; BLOCK.min(time) * time];
        let mut rest = weights;
        for (rows, columns) in self.parts(d_mixed.nrows(), time) {
            let part = s![rows, columns];
            let (query, key) = (projected.query.slice(&part), projected.key.slice(&part));
            let (value, d_mixed) = (projected.value.slice(&part), d_mixed.slice(&part));
            let (mut d_query, mut d_key) = (d.query.slice_mut(&part), d.key.slice_mut(&part));
            let mut d_value = d.value.slice_mut(&part);
            for block in self.blocks(time) {
                let weights = rest.split_off(..block.area()).expect("one weight for each query and key of a block");
                let d_logits = &mut d_logits[..block.area()];
                let (queries, keys) = (s![block.queries.clone(), ..], s![..block.keys, ..]);
                let d_mixed = d_mixed.slice(&queries);
                let value = value.slice(keys);
                product_into(1.0, d_mixed, value.t(), Into::Replace, matrix_mut(d_logits, block.keys));
                product_into(1.0, matrix(weights, block.keys).t(), d_mixed, Into::Add, d_value.slice_mut(keys));
                self.softmax_backward(d_logits, weights, &block);
                let d_logits = matrix(d_logits, block.keys);
                product_into(self.scale, d_logits, key.slice(keys), Into::Replace, d_query.slice_mut(&queries));
                product_into(self.scale, d_logits.t(), query.slice(&queries), Into::Add, d_key.slice_mut(keys));
            }
        }
        d
    }

    /// Keys that `query` of `block` may see.
    fn seen(&self, block: &Block, query: usize) -> usize {
        if self.causal { query + 1 } else { block.keys }
    }

    /// Logits to weights, row by row; what a mask hides becomes 0 without being looked at.
    fn softmax(&self, logits: &mut [f32], block: &Block, real: Option<&[bool]>) {
        for (row, query) in logits.chunks_exact_mut(block.keys).zip(block.queries.clone()) {
            let (seen, future) = row.split_at_mut(self.seen(block, query));
            for (logit, real) in seen.iter_mut().zip(real.unwrap_or_default()) {
                *logit = if *real { *logit } else { f32::NEG_INFINITY };
            }
            softmax_in_place(seen);
            future.fill(0.0);
        }
    }

    /// Gradients of the weights to those of the logits, row by row.
    fn softmax_backward(&self, d: &mut [f32], weights: &[f32], block: &Block) {
        let rows = d.chunks_exact_mut(block.keys).zip(weights.chunks_exact(block.keys));
        for ((d, weights), query) in rows.zip(block.queries.clone()) {
            let seen = self.seen(block, query);
            let (d, future) = d.split_at_mut(seen);
            softmax_backward_in_place(d, &weights[..seen]);
            future.fill(0.0);
        }
    }

    /// Writes the weights as (batch·heads·query, key) into `rows`, which come in with zeros.
    pub(crate) fn unpack(&self, weights: &[f32], time: usize, mut rows: ArrayViewMut2<'_, f32>) {
        let mut rest = weights;
        for first in (0..rows.nrows()).step_by(time.max(1)) {
            for block in self.blocks(time) {
                let weights = rest.split_off(..block.area()).expect("one weight for each query and key of a block");
                let queries = first + block.queries.start..first + block.queries.end;
                rows.slice_mut(s![queries, ..block.keys]).assign(&matrix(weights, block.keys));
            }
        }
    }
}

fn matrix(x: &[f32], columns: usize) -> ArrayView2<'_, f32> {
    ArrayView2::from_shape((x.len() / columns, columns), x).expect("whole rows")
}

fn matrix_mut(x: &mut [f32], columns: usize) -> ArrayViewMut2<'_, f32> {
    ArrayViewMut2::from_shape((x.len() / columns, columns), x).expect("whole rows")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn area_is_the_sum_over_blocks() {
        for causal in [false, true] {
            let heads = Heads { count: 1, width: 1, scale: 1.0, causal };
            for time in [0, 1, 63, 64, 65, 128, 200] {
                let blocks: usize = heads.blocks(time).map(|block| block.area()).sum();
                assert_eq!(heads.area(time), blocks as u64, "time {time}");
            }
        }
        let causal = Heads { count: 1, width: 1, scale: 1.0, causal: true };
        assert_eq!(causal.area(128), 64 * 64 + 64 * 128);
    }
}
