//! A layer that is fed one step after the other.

use ndarray::{Array2, ArrayView2, Axis};

use crate::Layer;

/// The recurrent form of a causal layer: what it has to remember between two steps, and nothing else.
///
/// Fed with the steps of a sequence in order, it returns the rows of [`forward`](crate::Layer::forward), up to the order of
/// sums; the kit holds the one against the other.
pub trait Stream {
    /// The output of the next step, (batch, feature), for its input, (batch, feature).
    fn step(&mut self, x: ArrayView2<'_, f32>) -> Array2<f32>;

    /// Numbers that are remembered for each sequence of the batch now. A recurrent layer's stay as many as they are; those
    /// of attention grow with each step.
    fn state(&self) -> usize;
}

/// The stream of a layer that leaves every step alone: its forward on a sequence of one step.
pub struct PerStep<'a>(pub &'a dyn Layer);

impl Stream for PerStep<'_> {
    fn step(&mut self, x: ArrayView2<'_, f32>) -> Array2<f32> {
        self.0.forward(x.to_owned().insert_axis(Axis(1))).0.index_axis_move(Axis(1), 0)
    }

    fn state(&self) -> usize {
        0
    }
}
