//! One head whose steps see all steps: one state for the whole sequence.

use kernels::product::Into;

use crate::heads::{Given, Operands, Target, Wanted};
use crate::rows::dot;
use crate::state::{State, Weights};

pub(crate) fn forward(head: Operands<'_>, state: &mut State, target: Target<'_>) {
    state.clear();
    state.add(head.key, head.value, Weights::One);
    state.forth(head.query, Into::Replace, target.products);
    for (sum, query) in target.sums.iter_mut().zip(head.query.rows()) {
        *sum = dot(query.to_slice().expect("rows are contiguous"), state.totals());
    }
}

pub(crate) fn backward(head: Operands<'_>, state: &mut State, given: Given<'_>, wanted: Wanted<'_>) {
    let d_sums = Weights::Each(given.sums);
    state.clear();
    state.add(head.key, head.value, Weights::One);
    state.back(given.products, d_sums, Into::Replace, wanted.query);
    state.clear();
    state.add(head.query, given.products, d_sums);
    state.back(head.value, Weights::One, Into::Replace, wanted.key);
    state.forth(head.key, Into::Replace, wanted.value);
}

/// FLOPs of a forward and of a backward.
pub(crate) fn flops(head_width: u64, time: u64) -> [u64; 2] {
    [2, 5].map(|products| products * 2 * time * head_width * head_width)
}
