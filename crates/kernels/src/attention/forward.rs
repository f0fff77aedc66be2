//! One block of queries of one head, forward.

use std::f32::consts::LOG2_E;

use pulp::{Simd, WithSimd};

use super::{Heads, Hidden, KEYS, QUERIES};
use crate::exp::{exp2, log2};
use crate::isa::mul_add;
use crate::matrix::{Matrix, MatrixMut, load, store};
use crate::product::{Into, Write};
use crate::right::{Right, packed_length};
use crate::scratch::Scratch;
use crate::tile::{Finish, chunk, multiply};

/// The work on one block.
pub(super) struct Forward<'a> {
    pub(super) heads: Heads,
    /// (time, width of a head), as the next two.
    pub(super) query: Matrix<'a>,
    pub(super) key: Matrix<'a>,
    pub(super) value: Matrix<'a>,
    pub(super) hidden: Hidden<'a>,
    /// First query of the block.
    pub(super) first: usize,
    /// Where the mixed values go, (queries of the block, width of a head).
    pub(super) values: MatrixMut<'a>,
    pub(super) log_sums: &'a mut [f32],
}

/// For each query of a block: what was seen so far, and how the next product is added to it.
struct Running<'a> {
    largest: &'a mut [f32],
    sum: &'a mut [f32],
    /// Factor of the values so far.
    before: &'a mut [f32],
    /// Factor of the product that is added to them.
    now: &'a mut [f32],
}

impl WithSimd for Forward<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self { heads, query, key, value, hidden, first, mut values, log_sums } = self;
        let count = values.rows();
        let end = if heads.causal { first + count } else { key.rows() };
        let sizes = [
            packed_length::<S>(heads.width, QUERIES),
            packed_length::<S>(KEYS, heads.width),
            KEYS * QUERIES,
            QUERIES,
            QUERIES,
            QUERIES,
            QUERIES,
        ];
        let mut scratch = Scratch::of(sizes);
        let [query_space, value_space, weights, largest, sum, before, now] = scratch.pieces(sizes);
        let mut running = Running { largest, sum, before, now };
        running.largest.fill(f32::NEG_INFINITY);
        running.sum.fill(0.0);
        // Logits in units of log 2: the exponential is then a power of two.
        let queries = query.cut_rows(first..first + count).t();
        let queries = Right::packed(simd, queries, heads.scale * LOG2_E, query_space);
        let mut start = 0;
        while start < end {
            let keys = KEYS.min(end - start);
            let last = start + keys == end;
            let tile = start..start + keys;
            for panel in 0..queries.panels::<S>() {
                let from = panel * 2 * S::F32_LANES;
                // A key after the panel's last query is seen by none.
                let seen =
                    if heads.causal { (first + from + 2 * S::F32_LANES).min(start + keys) - start } else { keys };
                let mut store = Write::scaled(1.0, Into::Replace, MatrixMut::of_slice(weights, KEYS, QUERIES));
                multiply(simd, key.cut_rows(start..start + seen), queries, panel, &mut store);
                for hidden in hidden.among(start..start + seen) {
                    weights[hidden * QUERIES + from..][..2 * S::F32_LANES].fill(f32::NEG_INFINITY);
                }
                for column in [from, from + S::F32_LANES] {
                    let sees = if heads.causal { first - start + column + 1 } else { seen };
                    running.look(simd, weights, seen, column, sees, last);
                }
            }
            let tile_values = Right::new(simd, value.cut_rows(tile), value_space);
            let weights = Matrix::of_slice(weights, KEYS, QUERIES).t();
            let step = if heads.causal && last { chunk::<S>() } else { count };
            for top in (0..count).step_by(step) {
                let rows = top..(top + step).min(count);
                let seen = if heads.causal { keys.min(first + rows.end - start) } else { keys };
                let weights = weights.cut_rows(rows.clone()).cut_columns(0..seen);
                let mut mix = Mix {
                    before: &running.before[rows.clone()],
                    now: &running.now[rows.clone()],
                    replace: start == 0,
                    values: values.cut_rows(rows),
                };
                for panel in 0..tile_values.panels::<S>() {
                    multiply(simd, weights, tile_values, panel, &mut mix);
                }
            }
            start += keys;
        }
        for (chunk, column) in log_sums.chunks_mut(S::F32_LANES).zip((0..).step_by(S::F32_LANES)) {
            let [largest] = load(simd, &running.largest[column..]);
            let [sum] = load(simd, &running.sum[column..]);
            let log_sum = simd.add_f32s(largest, log2(simd, sum));
            let count = chunk.len();
            MatrixMut::of_slice(chunk, 1, count).store::<S, 1, 1>([[log_sum]], 0, 0, count);
        }
    }
}

/// Numbers of the lanes of a register.
pub(super) const LANES: [f32; 16] =
    [0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0, 10.0, 11.0, 12.0, 13.0, 14.0, 15.0];

impl Running<'_> {
    /// Turns the logits of a register of queries, from `column` on, with the first `seen` keys of a tile into weights that
    /// are not divided by their sum yet. The register's first query sees `sees` keys at most, each next one a key more.
    #[inline(always)]
    fn look<S: Simd>(&mut self, simd: S, weights: &mut [f32], seen: usize, column: usize, sees: usize, last: bool) {
        let (nothing, zero) = (simd.splat_f32s(f32::NEG_INFINITY), simd.splat_f32s(0.0));
        let (whole, partly) = (sees.min(seen), (sees + S::F32_LANES - 1).min(seen));
        let [before] = load(simd, &self.largest[column..]);
        let mut largest = before;
        for line in weights.chunks_exact(QUERIES).take(whole) {
            let [logits] = load(simd, &line[column..]);
            // Whether or not a NaN becomes the largest, it shows in the sum.
            largest = simd.max_f32s(logits, largest);
        }
        let [lanes] = load(simd, &LANES);
        for (key, line) in weights.chunks_exact_mut(QUERIES).enumerate().take(partly).skip(whole) {
            let visible = simd.greater_than_or_equal_f32s(lanes, simd.splat_f32s((key + 1 - sees) as f32));
            let [logits] = load(simd, &line[column..]);
            let logits = simd.select_f32s(visible, logits, nothing);
            store(simd, logits, &mut line[column..]);
            largest = simd.max_f32s(logits, largest);
        }
        // A query that has seen no key yet: −∞ less −∞ would be no number.
        let from = simd.select_f32s(simd.equal_f32s(largest, nothing), zero, largest);
        let shrink = exp2(simd, simd.sub_f32s(before, from));
        let [sum] = load(simd, &self.sum[column..]);
        let mut sum = simd.mul_f32s(sum, shrink);
        for line in weights.chunks_exact_mut(QUERIES).take(partly) {
            let [logits] = load(simd, &line[column..]);
            let weight = exp2(simd, simd.sub_f32s(logits, from));
            store(simd, weight, &mut line[column..]);
            sum = simd.add_f32s(sum, weight);
        }
        for line in weights.chunks_exact_mut(QUERIES).take(seen).skip(partly) {
            store(simd, zero, &mut line[column..]);
        }
        store(simd, largest, &mut self.largest[column..]);
        store(simd, sum, &mut self.sum[column..]);
        let one = simd.splat_f32s(1.0);
        let now = if last { simd.select_f32s(simd.equal_f32s(sum, zero), zero, simd.div_f32s(one, sum)) } else { one };
        store(simd, now, &mut self.now[column..]);
        store(simd, simd.mul_f32s(shrink, now), &mut self.before[column..]);
    }
}

/// values ← before · values + now · sums, row by row.
struct Mix<'a> {
    before: &'a [f32],
    now: &'a [f32],
    replace: bool,
    values: MatrixMut<'a>,
}

impl<S: Simd> Finish<S> for Mix<'_> {
    #[inline(always)]
    fn tile<const R: usize, const V: usize>(
        &mut self,
        simd: S,
        row: usize,
        column: usize,
        count: usize,
        sums: [[S::f32s; V]; R],
    ) {
        let mut mixed = sums;
        for (r, mixed) in mixed.iter_mut().enumerate() {
            let now = simd.splat_f32s(self.now[row + r]);
            for mixed in mixed {
                *mixed = simd.mul_f32s(now, *mixed);
            }
        }
        if !self.replace {
            let values: [[S::f32s; V]; R] = self.values.tile(simd, row, column, count);
            for (r, (mixed, values)) in mixed.iter_mut().zip(values).enumerate() {
                let before = simd.splat_f32s(self.before[row + r]);
                for (mixed, value) in mixed.iter_mut().zip(values) {
                    *mixed = mul_add(simd, before, value, *mixed);
                }
            }
        }
        self.values.store::<S, R, V>(mixed, row, column, count);
    }
}
