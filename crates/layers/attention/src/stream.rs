//! The causal layer fed step by step: keys and values of all steps that came are remembered, so that only the new one's
//! are made.

use layer::{Layer, Stream};
use ndarray::{Array2, ArrayView2, s};

use crate::Attention;
use crate::positions::Way;
use crate::step::{logits, mix, softmax};

/// Keys and values of every sequence: what is known as the KV cache.
pub(crate) struct Remembered<'a> {
    attention: &'a Attention,
    sequences: Vec<Sequence>,
    steps: usize,
}

/// Each (steps, width), step after step.
#[derive(Clone, Default)]
struct Sequence {
    key: Vec<f32>,
    value: Vec<f32>,
}

impl<'a> Remembered<'a> {
    /// With nothing remembered.
    pub(crate) fn new(attention: &'a Attention, batch: usize) -> Self {
        Self { attention, sequences: vec![Sequence::default(); batch], steps: 0 }
    }
}

impl Stream for Remembered<'_> {
    /// # Panics
    /// At more steps than there are learned positions.
    fn step(&mut self, x: ArrayView2<'_, f32>) -> Array2<f32> {
        let Self { attention, sequences, steps } = self;
        let (now, seen) = (*steps..*steps + 1, *steps + 1);
        let (batch, width) = x.dim();
        attention.output_shape((batch, seen, width).into()).unwrap_or_else(|refused| panic!("{refused}"));
        let heads = attention.heads_at(seen);
        let [to_query, to_key, to_value, to_output] = attention.projections();
        let mut x = x.to_owned();
        attention.place(&mut x, now.clone());
        let [mut query, mut key, value] = [to_query, to_key, to_value].map(|affine| affine.rows(x.view()));
        attention.turn([&mut query, &mut key], now, Way::On);
        let mut mixed = Array2::zeros((batch, width));
        let mut weights = Array2::zeros((heads.count, seen));
        for (row, sequence) in sequences.iter_mut().enumerate() {
            sequence.key.extend(key.row(row));
            sequence.value.extend(value.row(row));
            let [key, value] = [&sequence.key, &sequence.value]
                .map(|rows| ArrayView2::from_shape((seen, width), rows).expect("whole steps"));
            let query = query.slice(s![row..=row, ..]);
            logits(heads, query, key, weights.view_mut());
            weights.rows_mut().into_iter().for_each(softmax);
            mix(heads, weights.view(), value, mixed.slice_mut(s![row..=row, ..]));
        }
        *steps = seen;
        to_output.rows(mixed.view())
    }

    fn state(&self) -> usize {
        self.sequences.first().map_or(0, |sequence| sequence.key.len() + sequence.value.len())
    }
}
