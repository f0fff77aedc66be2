//! Gradients of a layer's parameters.

use kernels::elementwise::{add_in_place, sum_of_squares};
use kernels::split;
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

    /// Sum of several sets of the same layer, in order: how micro-batches are summed. Parameters are shared out over the
    /// caller's rayon pool, if there is one; the result is the same to the bit.
    ///
    /// # Panics
    /// When there is none, or they are not of the same layer.
    pub fn sum(parts: Vec<Self>) -> Self {
        let mut parts = parts.into_iter();
        let mut total = parts.next().expect("a sum has at least one part");
        let rest: Vec<Self> = parts.collect();
        assert!(rest.iter().all(|part| part.len() == total.len()), "gradients of different layers");
        split::for_each(total.0.iter_mut().enumerate().collect(), |(i, sum)| {
            let sum = sum.as_slice_mut().expect("stored row-major");
            for part in &rest {
                add_in_place(sum, part.0[i].as_slice().expect("stored row-major"));
            }
        });
        total
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
