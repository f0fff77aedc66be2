//! The line at each step.

use layer::{Affine, Cache, Cost, Gradients, Layer, Named, PerStep, Reach, Shape, ShapeError, Stream};
use ndarray::{Array3, ArrayView3, ArrayViewD, ArrayViewMutD};

/// y\[t\] = x\[t\]·weight + bias.
#[derive(Clone, Debug)]
pub struct Step {
    affine: Affine,
}

impl Step {
    /// For `width` features in and out.
    pub fn new(width: usize, bias: bool, seed: u64) -> Self {
        let mut affine = Affine::new(width, width, seed, "");
        affine.bias = affine.bias.filter(|_| bias);
        Self { affine }
    }
}

impl Layer for Step {
    fn name(&self) -> &'static str {
        "linear"
    }

    fn output_shape(&self, input: Shape) -> Result<Shape, ShapeError> {
        input.expect_feature("linear", self.affine.input(), "build it with the width of its input").map(|()| input)
    }

    fn forward(&self, x: Array3<f32>) -> (Array3<f32>, Cache) {
        (self.affine.sequences(x.view()), Cache::new(x))
    }

    fn backward(&self, cache: &Cache, d_y: ArrayView3<'_, f32>) -> (Array3<f32>, Gradients) {
        self.affine.backward_sequences(cache.get::<Array3<f32>>().view(), d_y)
    }

    fn parameters(&self) -> Vec<Named<ArrayViewD<'_, f32>>> {
        self.affine.parameters("")
    }

    fn parameters_mut(&mut self) -> Vec<Named<ArrayViewMutD<'_, f32>>> {
        self.affine.parameters_mut("")
    }

    fn reach(&self) -> Reach {
        Reach::step()
    }

    fn cost(&self, input: Shape) -> Cost {
        let flops = self.affine.flops(input.steps());
        Cost {
            parameters: self.affine.parameter_count(),
            flops_forward: flops,
            flops_backward: 2 * flops,
            bytes_kept: 4 * input.len() as u64,
        }
    }

    fn is_affine(&self) -> bool {
        true
    }

    fn is_permutation_equivariant(&self) -> bool {
        true
    }

    fn stream(&self, _: usize) -> Option<Box<dyn Stream + '_>> {
        Some(Box::new(PerStep(self)))
    }
}
