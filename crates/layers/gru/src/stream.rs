//! The unit as it is defined: step after step, with nothing remembered but the state.

use layer::{Affine, Stream};
use ndarray::{Array2, ArrayView2};

use crate::Gru;
use crate::recurrence::Recurrence;

/// The recurrent form, of `width` numbers for each sequence.
pub(crate) struct Unrolled<'a> {
    input: &'a Affine,
    recurrence: Recurrence<'a>,
    /// m, which nobody looks at.
    recalled: Array2<f32>,
}

impl<'a> Unrolled<'a> {
    pub(crate) fn new(gru: &'a Gru, batch: usize) -> Self {
        let recalled = Array2::zeros((batch, gru.input.input()));
        Self { input: &gru.input, recurrence: gru.recurrence(batch), recalled }
    }

    /// Reads the next step, (batch, width).
    pub(crate) fn read(&mut self, x: ArrayView2<'_, f32>) {
        let mut gates = self.input.rows(x);
        self.recurrence.step(gates.view_mut(), self.recalled.view_mut());
    }

    /// The state, (batch, width), which is the output of the last step read.
    pub(crate) fn into_state(self) -> Array2<f32> {
        self.recurrence.state
    }
}

impl Stream for Unrolled<'_> {
    fn step(&mut self, x: ArrayView2<'_, f32>) -> Array2<f32> {
        self.read(x);
        self.recurrence.state.clone()
    }

    fn state(&self) -> usize {
        self.recurrence.state.ncols()
    }
}
