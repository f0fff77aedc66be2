//! One step read out of a sequence of any length: keys and values are made block by block, so that beyond the sequence
//! itself there is nothing of size time × width.

use kernels::product::{Into, product_into};
use layer::Layer;
use ndarray::{Array2, Array3, ArrayView2, ArrayView3, Axis, s};

use crate::LinearAttention;
use crate::feature_map::feature_map_in_place;
use crate::rows::dot;
use crate::state::{State, Weights};

/// Steps whose keys and values are there at once.
const BLOCK: usize = 4096;

/// The output of one step of `x` (batch, time, width), (batch, width).
pub(crate) fn forward(layer: &LinearAttention, x: ArrayView3<'_, f32>, step: usize) -> Array2<f32> {
    let heads = layer.heads();
    let query = query(layer, x, step);
    let [_, key, value, output] = layer.projections();
    let mut mixed = Array2::zeros(query.raw_dim());
    let mut states: Vec<State> = (0..heads.count).map(|_| State::new(heads.width)).collect();
    for (sequence, mut mixed) in mixed.axis_chunks_iter_mut(Axis(0), 1).enumerate() {
        states.iter_mut().for_each(State::clear);
        for_each_block(x, sequence, heads.seen(step, x.dim().1), |_, rows| {
            let (key, value) = (mapped(key.rows(rows)), value.rows(rows));
            for (head, state) in states.iter_mut().enumerate() {
                let columns = s![.., heads.columns(head)];
                state.add(key.slice(columns), value.slice(columns), Weights::One);
            }
        });
        for (head, state) in states.iter().enumerate() {
            let query = query.slice(s![sequence..=sequence, heads.columns(head)]);
            let mut mixed = mixed.slice_mut(s![.., heads.columns(head)]);
            state.forth(query, Into::Replace, mixed.view_mut());
            mixed /= dot(query.to_slice().expect("one row"), state.totals());
        }
    }
    output.rows(mixed.view())
}

/// The weights of one step's query of `x` (batch, time, width), (batch, heads, key), 0 at keys that it does not see.
pub(crate) fn weights(layer: &LinearAttention, x: ArrayView3<'_, f32>, step: usize) -> Array3<f32> {
    let heads = layer.heads();
    let query = query(layer, x, step);
    let [_, key, ..] = layer.projections();
    let (batch, time, _) = x.dim();
    let mut all = Array3::zeros((batch, heads.count, time));
    for sequence in 0..batch {
        for_each_block(x, sequence, heads.seen(step, time), |start, rows| {
            let key = mapped(key.rows(rows));
            for head in 0..heads.count {
                let query = query.slice(s![sequence..=sequence, heads.columns(head)]);
                let key = key.slice(s![.., heads.columns(head)]);
                let into = all.slice_mut(s![sequence, head..=head, start..start + rows.nrows()]);
                product_into(1.0, query, key.t(), Into::Replace, into);
            }
        });
        for mut weights in all.index_axis_mut(Axis(0), sequence).rows_mut() {
            // In f64: half a million small weights add up.
            let sum: f64 = weights.iter().map(|weight| f64::from(*weight)).sum();
            weights.mapv_inplace(|weight| (f64::from(weight) / sum) as f32);
        }
    }
    all
}

/// φ of one step's queries, (batch, width).
fn query(layer: &LinearAttention, x: ArrayView3<'_, f32>, step: usize) -> Array2<f32> {
    layer.output_shape(x.dim().into()).unwrap_or_else(|refused| panic!("{refused}"));
    assert!(step < x.dim().1, "linear-attention: step {step} of a sequence of {}", x.dim().1);
    mapped(layer.projections()[0].rows(x.index_axis(Axis(1), step)))
}

fn mapped(mut rows: Array2<f32>) -> Array2<f32> {
    feature_map_in_place(rows.as_slice_mut().expect("row-major"));
    rows
}

/// The first `seen` steps of a sequence, block by block, each with the step at which it starts.
fn for_each_block(
    x: ArrayView3<'_, f32>,
    sequence: usize,
    seen: usize,
    mut see: impl FnMut(usize, ArrayView2<'_, f32>),
) {
    for start in (0..seen).step_by(BLOCK) {
        see(start, x.slice(s![sequence, start..(start + BLOCK).min(seen), ..]));
    }
}
