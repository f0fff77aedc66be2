//! Some tiles of keys of one head, backward.
//!
//! With weights p = exp(logit − log Σ exp), given dO, and the mean D = dO·O of what a query's values gained:
//! dV = pᵀ·dO, dp = dO·Vᵀ, dlogit = p ⊙ (dp − D), dQ = scale · dlogit·K, dK = scale · dlogitᵀ·Q.

use std::f32::consts::LOG2_E;

use pulp::{Simd, WithSimd};

use super::forward::LANES;
use super::{Given, Heads, KEYS, QUERIES, Tile};
use crate::exp::exp2;
use crate::matrix::{Matrix, MatrixMut, load, store};
use crate::product::{Into, Write};
use crate::right::{Right, packed_length};
use crate::scratch::Scratch;
use crate::tile::{Finish, chunk, multiply};

/// The work on some tiles of keys, all queries.
pub(super) struct Backward<'a> {
    pub(super) heads: Heads,
    pub(super) given: Given<'a>,
    pub(super) tiles: Vec<Tile<'a>>,
    /// Where the gradient of the queries goes, (time, width of a head).
    pub(super) d_query: MatrixMut<'a>,
}

impl WithSimd for Backward<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self { heads, given, mut tiles, mut d_query } = self;
        let Given { query, key, value, hidden, values, log_sums, d_values } = given;
        let (time, width) = (query.rows(), heads.width);
        let (turned, plain) = (packed_length::<S>(width, QUERIES), packed_length::<S>(QUERIES, width));
        let sizes = [turned, turned, plain, plain, plain, KEYS * QUERIES, KEYS * QUERIES, QUERIES, QUERIES];
        let mut scratch = Scratch::of(sizes);
        let [space_0, space_1, space_2, space_3, key_space, weights, d_logits, logs, means] = scratch.pieces(sizes);
        for first in (0..time).step_by(QUERIES) {
            let block = first..(first + QUERIES).min(time);
            let (count, end) = (block.len(), if heads.causal { block.end } else { time });
            let (query, d_values) = (query.cut_rows(block.clone()), d_values.cut_rows(block.clone()));
            let queries_turned = Right::packed(simd, query.t(), heads.scale * LOG2_E, space_0);
            let d_values_turned = Right::packed(simd, d_values.t(), 1.0, space_1);
            let queries = Right::new(simd, query, space_2);
            let d_values_right = Right::new(simd, d_values, space_3);
            for i in 0..count {
                let log_sum = log_sums[first + i];
                // A query that saw nothing: minus this is −∞, whatever its logits, and every weight 0.
                logs[i] = if log_sum == f32::NEG_INFINITY { f32::INFINITY } else { log_sum };
                means[i] = dot(simd, values.row(first + i), d_values.row(i));
            }
            logs[count..].fill(0.0);
            means[count..].fill(0.0);
            if tiles.first().is_none_or(|tile| tile.start >= end) {
                d_query.cut_rows(block.clone()).fill(0.0);
            }
            for (i, Tile { start, d_key, d_value }) in tiles.iter_mut().take_while(|tile| tile.start < end).enumerate()
            {
                let start = *start;
                // The first that touches a gradient writes it, the others add.
                let into_query = if i == 0 { Into::Replace } else { Into::Add };
                let into_keys = if first == if heads.causal { start } else { 0 } { Into::Replace } else { Into::Add };
                let keys = d_key.rows().min(end - start);
                let (key, value) = (key.cut_rows(start..start + keys), value.cut_rows(start..start + keys));
                let diagonal = heads.causal && start == first;
                for panel in 0..queries_turned.panels::<S>() {
                    let from = panel * 2 * S::F32_LANES;
                    let seen = if diagonal { (from + 2 * S::F32_LANES).min(keys) } else { keys };
                    let mut weigh = Weigh { logs, weights, diagonal };
                    multiply(simd, key.cut_rows(0..seen), queries_turned, panel, &mut weigh);
                    for hidden in hidden.among(start..start + seen) {
                        weights[hidden * QUERIES + from..][..2 * S::F32_LANES].fill(0.0);
                    }
                    let mut push = Push { means, weights, d_logits };
                    multiply(simd, value.cut_rows(0..seen), d_values_turned, panel, &mut push);
                }
                let weights = Matrix::of_slice(weights, KEYS, QUERIES);
                let d_logits = Matrix::of_slice(d_logits, KEYS, QUERIES);
                let step = if diagonal { chunk::<S>() } else { keys };
                for top in (0..keys).step_by(step) {
                    let rows = top..(top + step).min(keys);
                    let from = if diagonal { top.min(count) } else { 0 };
                    let weights = weights.cut_rows(rows.clone()).cut_columns(from..count);
                    let d_logits = d_logits.cut_rows(rows.clone()).cut_columns(from..count);
                    let mut sum = Write::scaled(1.0, into_keys, d_value.cut_rows(rows.clone()));
                    let right = d_values_right.skip_rows(from);
                    for panel in 0..right.panels::<S>() {
                        multiply(simd, weights, right, panel, &mut sum);
                    }
                    let mut sum = Write::scaled(heads.scale, into_keys, d_key.cut_rows(rows.clone()));
                    let right = queries.skip_rows(from);
                    for panel in 0..right.panels::<S>() {
                        multiply(simd, d_logits, right, panel, &mut sum);
                    }
                }
                let right = Right::new(simd, key, key_space);
                let step = if diagonal { chunk::<S>() } else { count };
                for top in (0..count).step_by(step) {
                    let rows = top..(top + step).min(count);
                    let seen = if diagonal { rows.end.min(keys) } else { keys };
                    let d_logits = d_logits.t().cut_rows(rows.clone()).cut_columns(0..seen);
                    let to = d_query.cut_rows(first + rows.start..first + rows.end);
                    let mut sum = Write::scaled(heads.scale, into_query, to);
                    for panel in 0..right.panels::<S>() {
                        multiply(simd, d_logits, right, panel, &mut sum);
                    }
                }
            }
        }
    }
}

#[inline(always)]
fn dot<S: Simd>(simd: S, a: &[f32], b: &[f32]) -> f32 {
    let mut sum = simd.splat_f32s(0.0);
    for (a, b) in a.chunks(S::F32_LANES).zip(b.chunks(S::F32_LANES)) {
        let ([a], [b]) = (load(simd, a), load(simd, b));
        sum = simd.add_f32s(sum, simd.mul_f32s(a, b));
    }
    simd.reduce_sum_f32s(sum)
}

/// Weights from logits in units of log 2.
struct Weigh<'a> {
    logs: &'a [f32],
    weights: &'a mut [f32],
    /// Whether the tile's first key is the block's first query, and later ones see less.
    diagonal: bool,
}

impl<S: Simd> Finish<S> for Weigh<'_> {
    #[inline(always)]
    fn tile<const R: usize, const V: usize>(
        &mut self,
        simd: S,
        row: usize,
        column: usize,
        _: usize,
        logits: [[S::f32s; V]; R],
    ) {
        let zero = simd.splat_f32s(0.0);
        let logs: [S::f32s; V] = load(simd, &self.logs[column..column + V * S::F32_LANES]);
        for (r, logits) in logits.into_iter().enumerate() {
            let line = &mut self.weights[(row + r) * QUERIES + column..][..V * S::F32_LANES];
            for (v, logits) in logits.into_iter().enumerate() {
                let mut weight = exp2(simd, simd.sub_f32s(logits, logs[v]));
                if self.diagonal {
                    let [lanes] = load(simd, &LANES);
                    let key = (row + r) as f32 - (column + v * S::F32_LANES) as f32;
                    weight = simd.select_f32s(simd.less_than_f32s(lanes, simd.splat_f32s(key)), zero, weight);
                }
                store(simd, weight, &mut line[v * S::F32_LANES..]);
            }
        }
    }
}

/// Gradients of the logits from those of the weights.
struct Push<'a> {
    means: &'a [f32],
    weights: &'a [f32],
    d_logits: &'a mut [f32],
}

impl<S: Simd> Finish<S> for Push<'_> {
    #[inline(always)]
    fn tile<const R: usize, const V: usize>(
        &mut self,
        simd: S,
        row: usize,
        column: usize,
        _: usize,
        d_weights: [[S::f32s; V]; R],
    ) {
        let means: [S::f32s; V] = load(simd, &self.means[column..column + V * S::F32_LANES]);
        for (r, d_weights) in d_weights.into_iter().enumerate() {
            let at = (row + r) * QUERIES + column;
            let weights: [S::f32s; V] = load(simd, &self.weights[at..at + V * S::F32_LANES]);
            for v in 0..V {
                let d = simd.mul_f32s(weights[v], simd.sub_f32s(d_weights[v], means[v]));
                store(simd, d, &mut self.d_logits[at + v * S::F32_LANES..]);
            }
        }
    }
}
