//! One step read out of a sequence of any length: its query against keys and values that are made block by block, so
//! that beyond the sequence itself there is nothing of size time × width.

use kernels::attention::Heads;
use kernels::product::{Into, product_into};
use layer::Layer;
use ndarray::{Array2, Array3, ArrayView1, ArrayView2, ArrayView3, ArrayViewMut1, ArrayViewMut2, s};

use crate::Attention;
use crate::positions::Way;

/// Steps whose keys or values are there at once.
const BLOCK: usize = 4096;

/// The output of one step of `x` (batch, time, width), (batch, width).
pub(crate) fn forward(attention: &Attention, x: ArrayView3<'_, f32>, step: usize) -> Array2<f32> {
    let (batch, time, width) = x.dim();
    let heads = attention.heads_at(time);
    let weights = weights(attention, x, step);
    let [_, _, value, output] = attention.projections();
    let mut mixed = Array2::zeros((batch, width));
    for sequence in 0..batch {
        for_each_block(attention, x, sequence, seen(heads, time, step), |start, rows| {
            let weights = weights.slice(s![sequence, .., start..start + rows.nrows()]);
            mix(heads, weights, value.rows(rows.view()).view(), mixed.slice_mut(s![sequence..=sequence, ..]));
        });
    }
    output.rows(mixed.view())
}

/// The weights of one step's query of `x` (batch, time, width), (batch, heads, key), 0 at keys that it does not see.
pub(crate) fn weights(attention: &Attention, x: ArrayView3<'_, f32>, step: usize) -> Array3<f32> {
    let (batch, time, _) = x.dim();
    attention.output_shape(x.dim().into()).unwrap_or_else(|refused| panic!("{refused}"));
    assert!(step < time, "attention: step {step} of a sequence of {time}");
    let heads = attention.heads_at(time);
    let [query, key, ..] = attention.projections();
    let mut all = Array3::zeros((batch, heads.count, time));
    let seen = seen(heads, time, step);
    for sequence in 0..batch {
        let mut asking = x.slice(s![sequence, step..=step, ..]).to_owned();
        attention.place(&mut asking, step..step + 1);
        let mut query = query.rows(asking.view());
        attention.turn([&mut query], step..step + 1, Way::On);
        for_each_block(attention, x, sequence, seen, |start, rows| {
            let steps = start..start + rows.nrows();
            let mut key = key.rows(rows.view());
            attention.turn([&mut key], steps.clone(), Way::On);
            logits(heads, query.view(), key.view(), all.slice_mut(s![sequence, .., steps]));
        });
        for head in 0..heads.count {
            softmax(all.slice_mut(s![sequence, head, ..seen]));
        }
    }
    all
}

/// scale · Q_h·K_hᵀ of one query (1, width) with some keys (steps, width), for each head h: (heads, steps).
pub(crate) fn logits(
    heads: Heads,
    query: ArrayView2<'_, f32>,
    key: ArrayView2<'_, f32>,
    mut into: ArrayViewMut2<'_, f32>,
) {
    for head in 0..heads.count {
        let columns = s![.., head * heads.width..(head + 1) * heads.width];
        let into = into.slice_mut(s![head..=head, ..]);
        product_into(heads.scale, query.slice(columns), key.slice(columns).t(), Into::Replace, into);
    }
}

/// Adds P_h·V_h for each head h to its columns of `into` (1, width), with P (heads, steps) and V (steps, width).
pub(crate) fn mix(
    heads: Heads,
    weights: ArrayView2<'_, f32>,
    value: ArrayView2<'_, f32>,
    mut into: ArrayViewMut2<'_, f32>,
) {
    for head in 0..heads.count {
        let columns = s![.., head * heads.width..(head + 1) * heads.width];
        let weights = weights.slice(s![head..=head, ..]);
        product_into(1.0, weights, value.slice(columns), Into::Add, into.slice_mut(columns));
    }
}

/// How many keys, from the first on, a step's query sees.
fn seen(heads: Heads, time: usize, step: usize) -> usize {
    if heads.causal { step + 1 } else { time }
}

/// The first `seen` steps of a sequence with their positions, block by block, each with the step at which it starts.
fn for_each_block(
    attention: &Attention,
    x: ArrayView3<'_, f32>,
    sequence: usize,
    seen: usize,
    mut see: impl FnMut(usize, Array2<f32>),
) {
    for start in (0..seen).step_by(BLOCK) {
        let steps = start..(start + BLOCK).min(seen);
        let mut rows = x.slice(s![sequence, steps.clone(), ..]).to_owned();
        attention.place(&mut rows, steps);
        see(start, rows);
    }
}

/// Softmax of a row of any length, its sum in f64: half a million small weights add up.
pub(crate) fn softmax(mut logits: ArrayViewMut1<'_, f32>) {
    let largest = |logits: ArrayView1<'_, f32>| logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let most = f64::from(largest(logits.view()));
    let sum: f64 = logits.iter().map(|logit| (f64::from(*logit) - most).exp()).sum();
    logits.mapv_inplace(|logit| ((f64::from(logit) - most).exp() / sum) as f32);
}
