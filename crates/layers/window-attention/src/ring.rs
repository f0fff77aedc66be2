//! Step by step: the keys and values of the last `window` steps, the oldest overwritten by the newest.

use layer::Stream;
use ndarray::{Array2, ArrayView1, ArrayView2};

use crate::WindowAttention;
use crate::step::{look, mix};

/// The recurrent form. A softmax does not know in which order its keys stand, so the ring is never turned.
pub(crate) struct Ring<'a> {
    layer: &'a WindowAttention,
    /// Keys and values of each sequence.
    sequences: Vec<[Rows; 2]>,
    /// Steps so far.
    steps: usize,
}

/// Rows of `width`, at most `window` of them; room is made as they come.
struct Rows(Vec<f32>);

impl Rows {
    fn put(&mut self, slot: usize, row: ArrayView1<'_, f32>) {
        let (width, row) = (row.len(), row.to_slice().expect("row-major"));
        match self.0.get_mut(slot * width..(slot + 1) * width) {
            Some(old) => old.copy_from_slice(row),
            None => self.0.extend_from_slice(row),
        }
    }

    fn view(&self, width: usize) -> ArrayView2<'_, f32> {
        ArrayView2::from_shape((self.0.len() / width, width), &self.0).expect("whole rows")
    }
}

impl<'a> Ring<'a> {
    pub(crate) fn new(layer: &'a WindowAttention, batch: usize) -> Self {
        let empty = || [Rows(Vec::new()), Rows(Vec::new())];
        Self { layer, sequences: (0..batch).map(|_| empty()).collect(), steps: 0 }
    }
}

impl Stream for Ring<'_> {
    fn step(&mut self, x: ArrayView2<'_, f32>) -> Array2<f32> {
        assert_eq!(x.nrows(), self.sequences.len(), "window-attention: a stream of another batch");
        let [query, key, value, output] = self.layer.projections();
        let slot = self.steps % self.layer.band().window;
        self.steps += 1;
        let (width, mut mixed) = (query.output(), query.rows(x));
        let (keys, values) = (key.rows(x), value.rows(x));
        let new = keys.rows().into_iter().zip(values.rows());
        for ((row, (key, value)), [keys, values]) in mixed.rows_mut().into_iter().zip(new).zip(&mut self.sequences) {
            keys.put(slot, key);
            values.put(slot, value);
            let mut row = row;
            let weights = look(self.layer, row.view(), keys.view(width));
            mix(self.layer, &weights, values.view(width), row.view_mut());
        }
        output.rows(mixed.view())
    }

    fn state(&self) -> usize {
        2 * self.layer.projections()[0].output() * self.steps.min(self.layer.band().window)
    }
}
