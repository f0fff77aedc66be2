//! The weights themselves, for those who want to look at them: training never makes them.

use kernels::attention::{Heads, Projected};
use kernels::product::{Into, product_into};
use kernels::softmax::softmax_in_place;
use ndarray::{Array4, ArrayView2, s};

/// softmax(scale · Q·Kᵀ) of every sequence and head, (batch, head, query, key), exactly 0 where a mask hides a key.
pub(crate) fn weights(
    heads: Heads,
    projected: Projected<'_>,
    batch: usize,
    time: usize,
    real: Option<ArrayView2<'_, bool>>,
) -> Array4<f32> {
    let mut all = Array4::zeros((batch, heads.count, time, time));
    for (sequence, mut heads_of) in all.outer_iter_mut().enumerate() {
        for (head, mut weights) in heads_of.outer_iter_mut().enumerate() {
            let part = s![sequence * time..(sequence + 1) * time, head * heads.width..(head + 1) * heads.width];
            let (query, key) = (projected.query.slice(part), projected.key.slice(part));
            product_into(heads.scale, query, key.t(), Into::Replace, weights.view_mut());
            for (query, mut row) in weights.rows_mut().into_iter().enumerate() {
                let seen = if heads.causal { query + 1 } else { time };
                let row = row.as_slice_mut().expect("row-major");
                row[seen..].fill(0.0);
                if let Some(real) = real {
                    for (logit, real) in row[..seen].iter_mut().zip(real.row(sequence)) {
                        *logit = if *real { *logit } else { f32::NEG_INFINITY };
                    }
                }
                softmax_in_place(&mut row[..seen]);
            }
        }
    }
    all
}
