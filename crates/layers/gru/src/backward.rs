//! Back through time; the derivation stands at the head of the crate.

use kernels::product::{Into, product_into};
use kernels::sums::column_sums;
use layer::Gradients;
use layer::affine::{flatten, unflatten};
use ndarray::{Array2, Array3, ArrayView3, Axis, s};

use crate::unit::{Gru, Kept};

/// Gradients of the input and of all parameters.
pub(crate) fn backward(gru: &Gru, kept: &Kept, d_y: ArrayView3<'_, f32>) -> (Array3<f32>, Gradients) {
    let (batch, time, width) = kept.x.dim();
    assert_eq!(d_y.dim(), kept.x.dim(), "gru: a gradient of another shape than the output");
    let (d_gates, d_recalled) = through_time(gru, kept, d_y);
    let (x, before) = (kept.x.view(), kept.before.view());
    let before = flatten(&before);
    let (d_x, d_input) = gru.input.backward_rows(flatten(&x), d_gates.view());
    let mut d_weight = Array2::zeros(gru.hidden.weight.raw_dim());
    let (d_both, d_candidate) = d_weight.view_mut().split_at(Axis(1), 2 * width);
    product_into(1.0, before.t(), d_gates.slice(s![.., ..2 * width]), Into::Replace, d_both);
    product_into(1.0, before.t(), d_recalled.view(), Into::Replace, d_candidate);
    (unflatten(d_x, batch, time), d_input.with(d_weight).with(column_sums(d_recalled.view())))
}

/// d_a_r, d_a_z, d_a_n of every step, (batch·time, 3·width), and d_m, (batch·time, width).
fn through_time(gru: &Gru, kept: &Kept, d_y: ArrayView3<'_, f32>) -> (Array2<f32>, Array2<f32>) {
    let (batch, time, width) = d_y.dim();
    let mut d_gates = Array2::zeros((batch * time, 3 * width));
    let mut d_recalled = Array2::zeros((batch * time, width));
    // Turned over once, in place of once at every step.
    let back = gru.hidden.weight.t().as_standard_layout().into_owned();
    let mut d_hidden = Array2::zeros((batch, 3 * width));
    let mut d_state = Array2::zeros((batch, width));
    for step in (0..time).rev() {
        d_state += &d_y.index_axis(Axis(1), step);
        for row in 0..batch {
            let here = row * time + step;
            let d_gates = d_gates.row_mut(here).into_slice().expect("row-major");
            let d_recalled = d_recalled.row_mut(here).into_slice().expect("row-major");
            let d_state = d_state.row_mut(row).into_slice().expect("row-major");
            Step::of(kept, row, step).backward(d_state, d_gates, d_recalled);
            let d_hidden = d_hidden.row_mut(row).into_slice().expect("row-major");
            d_hidden[..2 * width].copy_from_slice(&d_gates[..2 * width]);
            d_hidden[2 * width..].copy_from_slice(d_recalled);
        }
        if step > 0 {
            product_into(1.0, d_hidden.view(), back.view(), Into::Add, d_state.view_mut());
        }
    }
    (d_gates, d_recalled)
}

/// One step of one sequence as the forward left it, each (width).
struct Step<'a> {
    reset: &'a [f32],
    open: &'a [f32],
    candidate: &'a [f32],
    recalled: &'a [f32],
    before: &'a [f32],
}

impl<'a> Step<'a> {
    fn of(kept: &'a Kept, row: usize, step: usize) -> Self {
        let [gates, recalled, before] = [&kept.gates, &kept.recalled, &kept.before]
            .map(|all| all.slice(s![row, step, ..]).to_slice().expect("row-major"));
        let width = before.len();
        let (reset, rest) = gates.split_at(width);
        let (open, candidate) = rest.split_at(width);
        Self { reset, open, candidate, recalled, before }
    }

    /// From d in `d_state` (width) to `d_gates` (3·width) and `d_recalled` (width). What the gate alone hands on to the
    /// step before, d ⊙ (1 − u), is left in `d_state`.
    fn backward(&self, d_state: &mut [f32], d_gates: &mut [f32], d_recalled: &mut [f32]) {
        let Self { reset, open, candidate, recalled, before } = self;
        let (d_both, d_candidate) = d_gates.split_at_mut(2 * d_state.len());
        let (d_reset, d_update) = d_both.split_at_mut(d_state.len());
        for (((d_n, d), u), n) in d_candidate.iter_mut().zip(&*d_state).zip(*open).zip(*candidate) {
            *d_n = d * u * (1.0 - n * n);
        }
        for ((((d_z, d), u), n), h) in d_update.iter_mut().zip(&*d_state).zip(*open).zip(*candidate).zip(*before) {
            *d_z = d * (h - n) * u * (1.0 - u);
        }
        for (((d_r, d_n), m), r) in d_reset.iter_mut().zip(&*d_candidate).zip(*recalled).zip(*reset) {
            *d_r = d_n * m * r * (1.0 - r);
        }
        for ((d_m, d_n), r) in d_recalled.iter_mut().zip(&*d_candidate).zip(*reset) {
            *d_m = d_n * r;
        }
        for (d, u) in d_state.iter_mut().zip(*open) {
            *d *= 1.0 - u;
        }
    }
}
