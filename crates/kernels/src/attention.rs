//! softmax(scale · Q·Kᵀ)·V and its backward, exact, in blocks that stay in cache: no weight is kept, so memory grows with
//! the number of steps and not with its square.
//!
//! A block of queries goes through the keys tile by tile. Weights of a tile stand transposed, (keys, queries): what
//! belongs to one query is a column, so that largest logits and sums are taken down whole registers, and K and V are never
//! turned, and copied only where their rows are far apart or end within a register. The forward keeps log Σ exp of each query (Milakov & Gimelshein 2018, arXiv 1805.02867), from
//! which the backward computes the weights again (Dao et al. 2022, arXiv 2205.14135).

mod backward;
mod forward;

use std::ops::Range;

use ndarray::{Array2, ArrayView1, ArrayView2, Axis};

use crate::elementwise::add_in_place;
use crate::fresh::Fresh;
use crate::matrix::{Matrix, MatrixMut};
use crate::{flops, isa, split};
use backward::Backward;
use forward::Forward;

/// Queries of a block.
const QUERIES: usize = 64;
/// Keys of a tile. Equal to the number of queries, so that just one tile of a block lies on the diagonal.
const KEYS: usize = QUERIES;

/// How the width is split into heads, and what they may see.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Heads {
    /// Number of heads.
    pub count: usize,
    /// Columns of a head.
    pub width: usize,
    /// Factor of the logits.
    pub scale: f32,
    /// Whether a query sees no key after its own step.
    pub causal: bool,
}

/// Query, key and value of sequences, each (batch·time, width) with the heads side by side, contiguous rows.
#[derive(Clone, Copy, Debug)]
pub struct Projected<'a> {
    /// What each step looks for.
    pub query: ArrayView2<'a, f32>,
    /// What each step answers to.
    pub key: ArrayView2<'a, f32>,
    /// What each step says.
    pub value: ArrayView2<'a, f32>,
}

/// What a forward gives.
#[derive(Clone, Debug)]
pub struct Mixed {
    /// Weighted means of the values, (batch·time, width). Zeros where a query may see no key.
    pub values: Array2<f32>,
    /// log₂ Σ exp of each query's logits, (batch·heads, time); −∞ where it may see no key. In units of log 2, as the kernel
    /// has its logits: turned into others and back, a large one would not be the same.
    pub log_sums: Array2<f32>,
}

impl Heads {
    /// (query, key) pairs of one head and sequence.
    pub fn pairs(&self, time: usize) -> u64 {
        let time = time as u64;
        if self.causal { time.saturating_mul(time + 1) / 2 } else { time.saturating_mul(time) }
    }

    /// FLOPs of [`forward`](Self::forward): two products, pairs that are masked not counted.
    pub fn flops_forward(&self, batch: usize, time: usize) -> u64 {
        self.pairs(time).saturating_mul(4 * (batch * self.count * self.width) as u64)
    }

    /// FLOPs of [`backward`](Self::backward): five products, one of which the forward has done before.
    pub fn flops_backward(&self, batch: usize, time: usize) -> u64 {
        self.pairs(time).saturating_mul(10 * (batch * self.count * self.width) as u64)
    }

    /// Mixes the values of each sequence of `time` steps. `real` (batch, time) is false where a key gets weight 0 from
    /// every query. On a thread of a rayon pool the work is done by the whole pool, to the same bits.
    ///
    /// # Panics
    /// When shapes do not fit.
    pub fn forward(&self, projected: Projected<'_>, time: usize, real: Option<ArrayView2<'_, bool>>) -> Mixed {
        let batch = self.check(projected, time, real);
        let (rows, columns) = projected.query.dim();
        let mut values = Fresh::new(rows, columns);
        let mut log_sums = Array2::zeros((batch * self.count, time));
        flops::count(self.flops_forward(batch, time));
        let mut parts = Vec::new();
        for (i, (values, log_sums)) in self.parts(values.matrix(), time).zip(log_sums.rows_mut()).enumerate() {
            let log_sums = log_sums.into_slice().expect("row-major").chunks_mut(QUERIES);
            for (block, (values, log_sums)) in blocks(values).zip(log_sums).enumerate() {
                parts.push((i, block * QUERIES, values, log_sums));
            }
        }
        split::for_each(parts, |(i, first, values, log_sums)| {
            let [query, key, value] = self.of(projected.matrices(), time, i);
            let hidden = Hidden(real.as_ref().map(|real| real.index_axis(Axis(0), i / self.count)));
            isa::run(Forward { heads: *self, query, key, value, hidden, first, values, log_sums });
        });
        // SAFETY: the blocks cover all rows and heads, and each writes all of its own.
        #[allow(unsafe_code)]
        let values = unsafe { values.written() };
        Mixed { values, log_sums }
    }

    /// Gradients of query, key and value, each (batch·time, width), from what the forward took and gave and the gradient
    /// of its values.
    ///
    /// # Panics
    /// When shapes do not fit.
    pub fn backward(
        &self,
        projected: Projected<'_>,
        time: usize,
        real: Option<ArrayView2<'_, bool>>,
        mixed: &Mixed,
        d_values: ArrayView2<'_, f32>,
    ) -> [Array2<f32>; 3] {
        let batch = self.check(projected, time, real);
        let shape = projected.query.dim();
        assert_eq!(d_values.dim(), shape, "attention: a gradient of another shape than the output");
        assert_eq!(mixed.values.dim(), shape, "attention: what the forward gave has another shape");
        assert_eq!(mixed.log_sums.dim(), (batch * self.count, time), "attention: log sums of another shape");
        assert!(contiguous(d_values) && contiguous(mixed.values.view()), "attention: rows must be contiguous");
        flops::count(self.flops_backward(batch, time));
        let (rows, columns) = mixed.values.dim();
        let (mut d_key, mut d_value) = (Fresh::new(rows, columns), Fresh::new(rows, columns));
        // Every group needs a gradient of the queries for itself.
        let groups = if batch * self.count < GROUPS && time > LONG { GROUPS } else { 1 };
        let mut d_queries: Vec<Fresh> = (0..groups).map(|_| Fresh::new(rows, columns)).collect();
        let mut parts = Vec::new();
        let keys = self.parts(d_key.matrix(), time).zip(self.parts(d_value.matrix(), time));
        let mut d_query_parts: Vec<_> = d_queries.iter_mut().map(|d| self.parts(d.matrix(), time)).collect();
        for (i, (d_key, d_value)) in keys.enumerate() {
            let mut tiles: Vec<Vec<_>> = (0..groups).map(|_| Vec::new()).collect();
            for (tile, (d_key, d_value)) in blocks(d_key).zip(blocks(d_value)).enumerate() {
                tiles[tile % groups].push(Tile { start: tile * KEYS, d_key, d_value });
            }
            for (tiles, d_query) in tiles.into_iter().zip(&mut d_query_parts) {
                let d_query = d_query.next().expect("as many parts as the keys have");
                parts.push((i, tiles, d_query));
            }
        }
        drop(d_query_parts);
        let given = [Matrix::of(&mixed.values.view()), Matrix::of(&d_values)];
        split::for_each(parts, |(i, tiles, d_query)| {
            let [query, key, value] = self.of(projected.matrices(), time, i);
            let [values, d_values] = self.of(given, time, i);
            let hidden = Hidden(real.as_ref().map(|real| real.index_axis(Axis(0), i / self.count)));
            let log_sums = mixed.log_sums.row(i).to_slice().expect("row-major");
            let given = Given { query, key, value, hidden, values, log_sums, d_values };
            isa::run(Backward { heads: *self, given, tiles, d_query });
        });
        // SAFETY: the tiles cover all rows and heads of key and value, and each is written; of its queries a group writes those
        // that its first tile is seen by, and fills up the others.
        #[allow(unsafe_code)]
        let (d_query, d_key, d_value) = unsafe {
            let mut groups = d_queries.into_iter().map(|d| d.written());
            let mut total = groups.next().expect("there is at least one group");
            for group in groups {
                add_in_place(total.as_slice_mut().expect("row-major"), group.as_slice().expect("row-major"));
            }
            (total, d_key.written(), d_value.written())
        };
        [d_query, d_key, d_value]
    }

    /// Refuses what does not fit; returns the batch.
    fn check(&self, projected: Projected<'_>, time: usize, real: Option<ArrayView2<'_, bool>>) -> usize {
        let shape = projected.query.dim();
        for array in [projected.query, projected.key, projected.value] {
            assert_eq!(array.dim(), shape, "attention: query, key and value have different shapes");
            assert!(contiguous(array), "attention: rows must be contiguous");
        }
        let batch = shape.0.checked_div(time).unwrap_or(0);
        assert_eq!(shape, (batch * time, self.count * self.width), "attention: not (batch·time, heads·width)");
        if let Some(real) = real {
            assert_eq!(real.dim(), (batch, time), "attention: the mask of keys must be (batch, time)");
        }
        batch
    }

    /// Each sequence and head of a (batch·time, width) array, the heads of a sequence one after the other.
    fn parts<'a>(&self, array: MatrixMut<'a>, time: usize) -> impl Iterator<Item = MatrixMut<'a>> + use<'a> {
        let width = self.width;
        let sequences = cut(array, |array| array.rows() > 0, move |array| array.split_rows(time));
        sequences.flat_map(move |sequence| {
            cut(sequence, |sequence| sequence.columns() > 0, move |sequence| sequence.split_columns(width))
        })
    }

    /// The same part of several matrices to read.
    fn of<'a, const N: usize>(&self, matrices: [Matrix<'a>; N], time: usize, part: usize) -> [Matrix<'a>; N] {
        let (sequence, head) = (part / self.count, part % self.count);
        matrices.map(|matrix| {
            let rows = matrix.cut_rows(sequence * time..(sequence + 1) * time);
            rows.cut_columns(head * self.width..(head + 1) * self.width)
        })
    }
}

impl<'a> Projected<'a> {
    fn matrices(&self) -> [Matrix<'a>; 3] {
        [Matrix::of(&self.query), Matrix::of(&self.key), Matrix::of(&self.value)]
    }
}

/// Parts that the backward of one head is cut into when heads and sequences alone are too few to share out: key tiles
/// are dealt out among them. Fixed, so that the order of summation does not depend on the number of threads.
const GROUPS: usize = 4;
/// Steps up to which a head is not cut.
const LONG: usize = 1024;

/// Which keys of a sequence get no weight.
#[derive(Clone, Copy)]
struct Hidden<'a>(Option<ArrayView1<'a, bool>>);

impl Hidden<'_> {
    /// Those among `keys`, counted from its start.
    fn among(&self, keys: Range<usize>) -> impl Iterator<Item = usize> {
        let real = self.0.as_ref();
        let count = if real.is_some() { keys.len() } else { 0 };
        (0..count).filter(move |key| real.is_some_and(|real| !real[keys.start + key]))
    }
}

/// A tile of keys of which a part of the backward makes the gradients.
struct Tile<'a> {
    start: usize,
    d_key: MatrixMut<'a>,
    d_value: MatrixMut<'a>,
}

/// What the backward of one sequence and head starts from.
struct Given<'a> {
    query: Matrix<'a>,
    key: Matrix<'a>,
    value: Matrix<'a>,
    hidden: Hidden<'a>,
    values: Matrix<'a>,
    log_sums: &'a [f32],
    d_values: Matrix<'a>,
}

fn contiguous(array: ArrayView2<'_, f32>) -> bool {
    array.is_empty() || array.ncols() == 1 || array.strides()[1] == 1
}

/// The blocks of a sequence and head.
fn blocks(array: MatrixMut<'_>) -> impl Iterator<Item = MatrixMut<'_>> {
    cut(
        array,
        |array| array.rows() > 0,
        |array| {
            let size = QUERIES.min(array.rows());
            array.split_rows(size)
        },
    )
}

/// What `split` takes off, one after the other, while there is some.
fn cut<'a>(
    array: MatrixMut<'a>,
    some: impl Fn(&MatrixMut<'a>) -> bool,
    split: impl Fn(MatrixMut<'a>) -> (MatrixMut<'a>, MatrixMut<'a>),
) -> impl Iterator<Item = MatrixMut<'a>> {
    let mut rest = Some(array);
    std::iter::from_fn(move || {
        let (part, after) = split(rest.take().filter(&some)?);
        rest = Some(after);
        Some(part)
    })
}

#[cfg(test)]
mod tests;
