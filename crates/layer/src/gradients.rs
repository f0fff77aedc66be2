//! Gradients of a layer's parameters.

use kernels::elementwise::{add_in_place, sum_of_squares};
use ndarray::{ArrayBase, ArrayD, DataOwned, Dimension, OwnedRepr};

/// One gradient for each parameter, in the order of
/// [`Layer::parameters`](crate::Layer::parameters).
#[derive(Clone, Debug, Default)]
pub struct Gradients(Vec<ArrayD<f32>>);

impl Gradients {
    /// For layers without parameters.
    pub fn none() -> Self {
        Self::default()
    }

    /// Appends the gradient of the next parameter. Stored row-major.
    #[must_use]
    pub fn with<D: Dimension>(mut self, gradient: ArrayBase<OwnedRepr<f32>, D>) -> Self
    where
        OwnedRepr<f32>: DataOwned<Elem = f32>,
    {
        let gradient = gradient.into_dyn();
        self.0.push(if gradient.is_standard_layout() { gradient } else { gradient.as_standard_layout().into_owned() });
        self
    }

    /// Appends all gradients of a part that comes next in the parameter order.
    #[must_use]
    pub fn and(mut self, part: Self) -> Self {
        self.0.extend(part.0);
        self
    }

    /// The gradients, in order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &ArrayD<f32>> {
        self.0.iter()
    }

    /// The gradients as row-major slices, in order.
    pub fn slices(&self) -> impl ExactSizeIterator<Item = &[f32]> {
        self.0.iter().map(|g| g.as_slice().expect("stored row-major"))
    }

    /// Number of parameters covered.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Adds another set of the same layer: how micro-batches are summed.
    ///
    /// # Panics
    /// When the two are not of the same layer.
    pub fn add(&mut self, other: &Self) {
        assert_eq!(self.len(), other.len(), "gradients of different layers");
        for (a, b) in self.0.iter_mut().zip(other.slices()) {
            add_in_place(a.as_slice_mut().expect("stored row-major"), b);
        }
    }

    /// Multiplies every gradient.
    pub fn scale(&mut self, factor: f32) {
        self.0.iter_mut().for_each(|g| *g *= factor);
    }

    /// √ of the sum of all squares, summed in f64.
    pub fn norm(&self) -> f64 {
        self.slices().map(sum_of_squares).sum::<f64>().sqrt()
    }
}
