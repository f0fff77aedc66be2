//! One step read out: its query against the keys of its window, and nothing of the rest of the sequence.

use std::ops::Range;

use kernels::product::{Into, product_into};
use kernels::softmax::softmax_in_place;
use layer::Layer;
use ndarray::{Array2, Array3, ArrayView1, ArrayView2, ArrayView3, ArrayViewMut1, Axis, s};

use crate::WindowAttention;

/// The output of one step of `x` (batch, time, width), (batch, width).
pub(crate) fn forward(layer: &WindowAttention, x: ArrayView3<'_, f32>, step: usize) -> Array2<f32> {
    let keys = seen(layer, x, step);
    let [query, key, value, output] = layer.projections();
    let mut mixed = query.rows(x.index_axis(Axis(1), step));
    for (x, mut row) in x.outer_iter().zip(mixed.rows_mut()) {
        let x = x.slice(s![keys.clone(), ..]);
        let weights = look(layer, row.view(), key.rows(x).view());
        mix(layer, &weights, value.rows(x).view(), row.view_mut());
    }
    output.rows(mixed.view())
}

/// The weights of one step's query of `x` (batch, time, width), (batch, heads, key), 0 at keys that it does not see.
pub(crate) fn weights(layer: &WindowAttention, x: ArrayView3<'_, f32>, step: usize) -> Array3<f32> {
    let keys = seen(layer, x, step);
    let [query, key, ..] = layer.projections();
    let asking = query.rows(x.index_axis(Axis(1), step));
    let mut all = Array3::zeros((x.dim().0, layer.heads(), x.dim().1));
    for ((x, asking), mut all) in x.outer_iter().zip(asking.rows()).zip(all.outer_iter_mut()) {
        let weights = look(layer, asking, key.rows(x.slice(s![keys.clone(), ..])).view());
        all.slice_mut(s![.., keys.clone()]).assign(&weights);
    }
    all
}

/// The keys that a step's query sees.
fn seen(layer: &WindowAttention, x: ArrayView3<'_, f32>, step: usize) -> Range<usize> {
    let time = x.dim().1;
    layer.output_shape(x.dim().into()).unwrap_or_else(|refused| panic!("{refused}"));
    assert!(step < time, "window-attention: step {step} of a sequence of {time}");
    layer.band().keys(step, time)
}

/// The weights that one query (width) gives to all of these keys (keys, width), by head: (heads, keys).
pub(crate) fn look(layer: &WindowAttention, query: ArrayView1<'_, f32>, keys: ArrayView2<'_, f32>) -> Array2<f32> {
    let query = query.insert_axis(Axis(0));
    let mut weights = Array2::zeros((layer.heads(), keys.nrows()));
    for (head, mut weights) in weights.axis_chunks_iter_mut(Axis(0), 1).enumerate() {
        let columns = columns(layer, head);
        let (query, keys) = (query.slice(s![.., columns.clone()]), keys.slice(s![.., columns]));
        product_into(layer.scale(), query, keys.t(), Into::Replace, weights.view_mut());
        softmax_in_place(weights.as_slice_mut().expect("one row"));
    }
    weights
}

/// Writes the mean of the values (keys, width) by these weights (heads, keys), (width).
pub(crate) fn mix(
    layer: &WindowAttention,
    weights: &Array2<f32>,
    values: ArrayView2<'_, f32>,
    mixed: ArrayViewMut1<'_, f32>,
) {
    let mut mixed = mixed.insert_axis(Axis(0));
    for (head, weights) in weights.axis_chunks_iter(Axis(0), 1).enumerate() {
        let (values, into) =
            (values.slice(s![.., columns(layer, head)]), mixed.slice_mut(s![.., columns(layer, head)]));
        product_into(1.0, weights, values, Into::Replace, into);
    }
}

fn columns(layer: &WindowAttention, head: usize) -> Range<usize> {
    head * layer.head_width()..(head + 1) * layer.head_width()
}
