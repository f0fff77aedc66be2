//! One head whose steps see themselves and their past: a state that goes along, and the pairs within each chunk.

use std::ops::Range;

use kernels::product::{Into, product_into};
use ndarray::{Array2, ArrayView2, ArrayViewMut2, s};

use crate::heads::{Given, Operands, Target, Wanted};
use crate::rows::{dot, sum};
use crate::state::{State, Weights};

/// Steps of a chunk: at a head_width of as many, its pairs take as many FLOPs as the state does.
pub(crate) const CHUNK: usize = 32;

/// Space for the pairs of a chunk, and for their gradient.
pub(crate) struct Pairs([Array2<f32>; 2]);

impl Pairs {
    pub(crate) fn new(time: usize) -> Self {
        let size = CHUNK.min(time);
        Self([(); 2].map(|()| Array2::zeros((size, size))))
    }

    fn of(&mut self, steps: usize) -> [ArrayViewMut2<'_, f32>; 2] {
        self.0.each_mut().map(|pairs| pairs.slice_mut(s![..steps, ..steps]))
    }
}

fn chunks(time: usize) -> impl DoubleEndedIterator<Item = Range<usize>> {
    (0..time.div_ceil(CHUNK)).map(move |chunk| chunk * CHUNK..time.min((chunk + 1) * CHUNK))
}

/// `to` = a·bᵀ, a number of `plus` added to each row, and 0 where the column is after the row.
fn triangle(a: ArrayView2<'_, f32>, b: ArrayView2<'_, f32>, plus: Option<&[f32]>, to: &mut ArrayViewMut2<'_, f32>) {
    product_into(1.0, a, b.t(), Into::Replace, to.view_mut());
    for (step, row) in to.rows_mut().into_iter().enumerate() {
        let row = row.into_slice().expect("rows are contiguous");
        row[step + 1..].fill(0.0);
        if let Some(plus) = plus {
            row[..=step].iter_mut().for_each(|pair| *pair += plus[step]);
        }
    }
}

pub(crate) fn forward(head: Operands<'_>, state: &mut State, pairs: &mut Pairs, mut target: Target<'_>) {
    let time = target.sums.len();
    state.clear();
    for steps in chunks(time) {
        let Operands { query, key, value } = head.steps(&steps);
        let [mut pairs, _] = pairs.of(steps.len());
        triangle(query, key, None, &mut pairs);
        let mut products = target.products.slice_mut(s![steps.clone(), ..]);
        product_into(1.0, pairs.view(), value, Into::Replace, products.view_mut());
        let sums = &mut target.sums[steps.clone()];
        for (to, pairs) in sums.iter_mut().zip(pairs.rows()) {
            *to = sum(pairs.to_slice().expect("rows are contiguous"));
        }
        if steps.start > 0 {
            state.forth(query, Into::Add, products);
            for (to, query) in sums.iter_mut().zip(query.rows()) {
                *to += dot(query.to_slice().expect("rows are contiguous"), state.totals());
            }
        }
        if steps.end < time {
            state.add(key, value, Weights::One);
        }
    }
}

pub(crate) fn backward(
    head: Operands<'_>,
    state: &mut State,
    pairs: &mut Pairs,
    given: Given<'_>,
    mut wanted: Wanted<'_>,
) {
    let time = given.sums.len();
    state.clear();
    for steps in chunks(time) {
        let Operands { key, value, .. } = head.steps(&steps);
        let given = given.steps(&steps);
        if steps.start > 0 {
            state.back(given.products, Weights::Each(given.sums), Into::Replace, wanted.steps(&steps).query);
        }
        if steps.end < time {
            state.add(key, value, Weights::One);
        }
    }
    state.clear();
    for steps in chunks(time).rev() {
        let Operands { query, key, value } = head.steps(&steps);
        let given = given.steps(&steps);
        let Wanted { query: d_query, key: mut d_key, value: mut d_value } = wanted.steps(&steps);
        let [mut pairs, mut d_pairs] = pairs.of(steps.len());
        triangle(query, key, None, &mut pairs);
        triangle(given.products, value, Some(given.sums), &mut d_pairs);
        // The first chunk has no other before it, which would have written its queries' gradient.
        let into = if steps.start > 0 { Into::Add } else { Into::Replace };
        product_into(1.0, d_pairs.view(), key, into, d_query);
        product_into(1.0, d_pairs.t(), query, Into::Replace, d_key.view_mut());
        product_into(1.0, pairs.t(), given.products, Into::Replace, d_value.view_mut());
        if steps.end < time {
            state.back(value, Weights::One, Into::Add, d_key);
            state.forth(key, Into::Add, d_value);
        }
        if steps.start > 0 {
            state.add(query, given.products, Weights::Each(given.sums));
        }
    }
}

/// FLOPs of a forward and of a backward.
pub(crate) fn flops(head_width: u64, time: u64) -> [u64; 2] {
    let lengths: Vec<u64> = chunks(time as usize).map(|steps| steps.len() as u64).collect();
    let (Some(first), Some(last)) = (lengths.first(), lengths.last()) else { return [0; 2] };
    let within: u64 = lengths.iter().map(|length| 2 * head_width * length * length).sum();
    let state = |steps: u64| 2 * head_width * head_width * steps;
    let (after, before) = (state(time - first), state(time - last));
    [2 * within + after + before, 5 * within + 2 * after + 3 * before]
}
