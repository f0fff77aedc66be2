//! The weights themselves, for those who want to look at them: training never makes them.

use kernels::product::{Into, product_into};
use ndarray::{Array4, Axis};

use crate::heads::{Heads, Mixed, Operands};

/// Q·Kᵀ over its sums, of every sequence and head, (batch, head, query, key), exactly 0 where the mask hides a key.
pub(crate) fn weights(heads: Heads, all: Operands<'_>, mixed: &Mixed, batch: usize, time: usize) -> Array4<f32> {
    let mut weights = Array4::zeros((batch, heads.count, time, time));
    for (index, sums) in mixed.sums.rows().into_iter().enumerate() {
        let mut weights = weights.index_axis_mut(Axis(0), index / heads.count);
        let mut weights = weights.index_axis_mut(Axis(0), index % heads.count);
        let head = heads.operands(all, time, index);
        product_into(1.0, head.query, head.key.t(), Into::Replace, weights.view_mut());
        for (query, (mut row, sum)) in weights.rows_mut().into_iter().zip(sums).enumerate() {
            row /= *sum;
            row.iter_mut().skip(heads.seen(query, time)).for_each(|weight| *weight = 0.0);
        }
    }
    weights
}
