//! Where a step stands: vectors added to x, or a turn of queries and keys.
//!
//! Angles are formed in f64 and only their sines and cosines are rounded, so that far steps stay exact.

use std::ops::Range;

use kernels::elementwise::add_in_place;
use ndarray::{Array2, CowArray, Ix2, s};

/// Most numbers of a table that is made in advance; later steps are worked out when they come.
const MAX_KEPT: usize = 1 << 22;

/// Cosines and sines of the rotary angles t·base^(−2i/head_width) at these steps, each (steps, head_width/2), side by side
/// in one row.
pub(crate) fn turns(steps: Range<usize>, head_width: usize, base: f64) -> Array2<f32> {
    let half = head_width / 2;
    // Radians that a step adds.
    let rates: Vec<f64> = (0..half).map(|i| base.powf(-2.0 * i as f64 / head_width as f64)).collect();
    Array2::from_shape_fn((steps.len(), 2 * half), |(row, column)| {
        let step = steps.start + row;
        if column < half {
            (step as f64 * rates[column]).cos() as f32
        } else {
            (step as f64 * rates[column - half]).sin() as f32
        }
    })
}

/// Rows of a table at some steps, of so many columns, with that base.
type Make = fn(Range<usize>, usize, f64) -> Array2<f32>;

/// A table with a row for each step, made in advance for the usual length and worked out anew for a longer one.
pub(crate) struct Table {
    make: Make,
    width: usize,
    base: f64,
    kept: Array2<f32>,
}

impl Table {
    /// Of `make` ([`sinusoidal_at`](layer::positions::sinusoidal_at) or [`turns`]), for sequences that are usually of `time` steps.
    pub(crate) fn new(make: Make, time: usize, width: usize, base: f64) -> Self {
        Self { make, width, base, kept: make(0..time.min(MAX_KEPT / width.max(1)), width, base) }
    }

    /// The rows at these steps, (steps, width).
    pub(crate) fn rows(&self, steps: Range<usize>) -> CowArray<'_, f32, Ix2> {
        if steps.end <= self.kept.nrows() {
            self.kept.slice(s![steps, ..]).into()
        } else {
            (self.make)(steps, self.width, self.base).into()
        }
    }
}

/// x ← x + table, the table's rows repeated for each sequence of `x` (batch·time, width).
pub(crate) fn add(x: &mut Array2<f32>, table: CowArray<'_, f32, Ix2>) {
    let table = table.as_slice().expect("whole rows of a row-major table");
    for sequence in x.as_slice_mut().expect("row-major").chunks_exact_mut(table.len().max(1)) {
        add_in_place(sequence, table);
    }
}

/// Which way [`turn`] turns.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Way {
    /// By the step's angle: the forward.
    On,
    /// Back by it: the transpose and so the backward.
    Back,
}

/// Turns every pair (a, b) of every head of x (batch·time, width) by its step's angle: (a·cos − b·sin, a·sin + b·cos).
/// `turns` has one row for each step, cosines then sines, and is as wide as a head; a pairs with the column half a head on.
pub(crate) fn turn(x: &mut Array2<f32>, turns: CowArray<'_, f32, Ix2>, way: Way) {
    let (time, head_width) = turns.dim();
    let half = head_width / 2;
    let width = x.ncols();
    let table = turns.as_slice().expect("whole rows of a row-major table");
    let sign = if way == Way::On { 1.0 } else { -1.0 };
    for sequence in x.as_slice_mut().expect("row-major").chunks_exact_mut((time * width).max(1)) {
        for (row, angles) in sequence.chunks_exact_mut(width).zip(table.chunks_exact(head_width)) {
            let (cosines, sines) = angles.split_at(half);
            for head in row.chunks_exact_mut(head_width) {
                let (a, b) = head.split_at_mut(half);
                for (((a, b), cosine), sine) in a.iter_mut().zip(b).zip(cosines).zip(sines) {
                    let sine = sign * sine;
                    (*a, *b) = (*a * cosine - *b * sine, *a * sine + *b * cosine);
                }
            }
        }
    }
}
