//! The layer that does nothing.

use ndarray::{Array2, Array3, ArrayView2, ArrayView3, ArrayViewD, ArrayViewMutD};

use crate::{Cache, Cost, Gradients, Layer, Named, Reach, Shape, ShapeError, Stream};

/// y = x. It mixes nothing: the floor in every figure, and the measure of the harness itself.
#[derive(Clone, Copy, Debug, Default)]
pub struct Identity;

impl Layer for Identity {
    fn name(&self) -> &'static str {
        "none"
    }

    fn output_shape(&self, input: Shape) -> Result<Shape, ShapeError> {
        Ok(input)
    }

    fn forward(&self, x: Array3<f32>) -> (Array3<f32>, Cache) {
        (x, Cache::empty())
    }

    fn backward(&self, _: &Cache, d_y: ArrayView3<'_, f32>) -> (Array3<f32>, Gradients) {
        (d_y.to_owned(), Gradients::none())
    }

    fn parameters(&self) -> Vec<Named<ArrayViewD<'_, f32>>> {
        Vec::new()
    }

    fn parameters_mut(&mut self) -> Vec<Named<ArrayViewMutD<'_, f32>>> {
        Vec::new()
    }

    fn reach(&self) -> Reach {
        Reach::step()
    }

    fn cost(&self, _: Shape) -> Cost {
        Cost::default()
    }

    fn is_affine(&self) -> bool {
        true
    }

    fn is_permutation_equivariant(&self) -> bool {
        true
    }

    fn stream(&self, _: usize) -> Option<Box<dyn Stream + '_>> {
        Some(Box::new(Self))
    }
}

impl Stream for Identity {
    fn step(&mut self, x: ArrayView2<'_, f32>) -> Array2<f32> {
        x.to_owned()
    }

    fn state(&self) -> usize {
        0
    }
}
