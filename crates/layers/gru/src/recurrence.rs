//! The step from one state to the next.

use std::ops::Range;

use kernels::product::{Into, product_into};
use kernels::sigmoid::{sigmoid_in_place, tanh_in_place};
use ndarray::{Array2, ArrayView1, ArrayView2, ArrayViewMut1, ArrayViewMut2, CowArray, Ix2, Zip, s};

/// Widest piece of U that is multiplied by: rows further apart would be copied anew at every step.
const PIECE: usize = 256;

/// The state, and what takes it to the next.
pub(crate) struct Recurrence<'a> {
    /// U in pieces of columns.
    weight: Vec<(Range<usize>, CowArray<'a, f32, Ix2>)>,
    /// c_n, (width).
    bias: ArrayView1<'a, f32>,
    /// h, (batch, width).
    pub(crate) state: Array2<f32>,
    /// h·U, (batch, 3·width).
    hidden: Array2<f32>,
    started: bool,
}

impl<'a> Recurrence<'a> {
    /// From h = 0 with U (width, 3·width) and c_n.
    pub(crate) fn new(weight: ArrayView2<'a, f32>, bias: ArrayView1<'a, f32>, batch: usize) -> Self {
        let (width, columns) = weight.dim();
        let piece = |from| {
            let columns = from..columns.min(from + PIECE);
            let piece = weight.slice_move(s![.., columns.clone()]);
            (columns, if piece.is_standard_layout() { piece.into() } else { piece.to_owned().into() })
        };
        Self {
            weight: (0..columns).step_by(PIECE).map(piece).collect(),
            bias,
            state: Array2::zeros((batch, width)),
            hidden: Array2::zeros((batch, columns)),
            started: false,
        }
    }

    /// One step: the state becomes h′.
    ///
    /// `gates` (batch, 3·width) comes as x·W + b and leaves as r, u, n; `recalled` (batch, width) leaves as m. Rows of both
    /// are contiguous.
    pub(crate) fn step(&mut self, mut gates: ArrayViewMut2<'_, f32>, mut recalled: ArrayViewMut2<'_, f32>) {
        // The first h is 0, and so is its product.
        if self.started {
            for (columns, weight) in &self.weight {
                let into = self.hidden.slice_mut(s![.., columns.clone()]);
                product_into(1.0, self.state.view(), weight.view(), Into::Replace, into);
            }
        }
        self.started = true;
        let bias = self.bias.to_slice().expect("contiguous");
        Zip::from(gates.rows_mut())
            .and(self.hidden.rows())
            .and(recalled.rows_mut())
            .and(self.state.rows_mut())
            .for_each(|gates, hidden, recalled, state| {
                let hidden = hidden.to_slice().expect("row-major");
                through_gates(contiguous(gates), hidden, bias, contiguous(recalled), contiguous(state));
            });
    }
}

fn contiguous(row: ArrayViewMut1<'_, f32>) -> &mut [f32] {
    row.into_slice().expect("rows are contiguous")
}

/// The formula for one sequence.
fn through_gates(gates: &mut [f32], hidden: &[f32], bias: &[f32], recalled: &mut [f32], state: &mut [f32]) {
    let width = state.len();
    let (both, candidate) = gates.split_at_mut(2 * width);
    let (hidden_both, hidden_candidate) = hidden.split_at(2 * width);
    for (gate, hidden) in both.iter_mut().zip(hidden_both) {
        *gate += hidden;
    }
    for update in &mut both[width..] {
        *update = -*update;
    }
    sigmoid_in_place(both);
    let (reset, open) = both.split_at(width);
    for ((recalled, hidden), bias) in recalled.iter_mut().zip(hidden_candidate).zip(bias) {
        *recalled = hidden + bias;
    }
    for ((candidate, reset), recalled) in candidate.iter_mut().zip(reset).zip(&*recalled) {
        *candidate += reset * recalled;
    }
    tanh_in_place(candidate);
    for ((state, open), candidate) in state.iter_mut().zip(open).zip(&*candidate) {
        *state += open * (candidate - *state);
    }
}
