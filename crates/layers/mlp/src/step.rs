//! The hinge at each step.

use kernels::product::{Product, product};
use layer::affine::{flatten, unflatten};
use layer::{Affine, Cache, Cost, Gradients, Layer, Named, PerStep, Reach, Shape, ShapeError, Stream};
use ndarray::{Array2, Array3, ArrayView3, ArrayViewD, ArrayViewMutD};

/// y\[t\] = max(0, x\[t\]·U + b)·V + c.
#[derive(Clone, Debug)]
pub struct Step {
    up: Affine,
    down: Affine,
}

struct Kept {
    x: Array3<f32>,
    /// After the ReLU, `(batch·time, hidden)`.
    hidden: Array2<f32>,
}

impl Step {
    /// For `width` features in and out, through `hidden` units.
    pub fn new(width: usize, hidden: usize, seed: u64) -> Self {
        Self { up: Affine::new(width, hidden, seed, "up"), down: Affine::new(hidden, width, seed, "down") }
    }
}

impl Layer for Step {
    fn name(&self) -> &'static str {
        "mlp"
    }

    fn output_shape(&self, input: Shape) -> Result<Shape, ShapeError> {
        input.expect_feature("mlp", self.up.input(), "build it with the width of its input").map(|()| input)
    }

    fn forward(&self, x: Array3<f32>) -> (Array3<f32>, Cache) {
        let (batch, time, _) = x.dim();
        let hidden = self.up.after(flatten(&x.view())).relu().make();
        let y = unflatten(self.down.rows(hidden.view()), batch, time);
        (y, Cache::new(Kept { x, hidden }))
    }

    fn backward(&self, cache: &Cache, d_y: ArrayView3<'_, f32>) -> (Array3<f32>, Gradients) {
        let Kept { x, hidden } = cache.get();
        let (batch, time, _) = x.dim();
        let d_y = flatten(&d_y);
        let d_hidden = Product::of(d_y, self.down.weight.t()).where_positive(hidden.view()).make();
        let down = self.down.gradients(hidden.view(), d_y);
        let d_x = product(d_hidden.view(), self.up.weight.t());
        let up = self.up.gradients(flatten(&x.view()), d_hidden.view());
        (unflatten(d_x, batch, time), up.and(down))
    }

    fn parameters(&self) -> Vec<Named<ArrayViewD<'_, f32>>> {
        let mut all = self.up.parameters("up");
        all.extend(self.down.parameters("down"));
        all
    }

    fn parameters_mut(&mut self) -> Vec<Named<ArrayViewMutD<'_, f32>>> {
        let mut all = self.up.parameters_mut("up");
        all.extend(self.down.parameters_mut("down"));
        all
    }

    fn reach(&self) -> Reach {
        Reach::step()
    }

    fn cost(&self, input: Shape) -> Cost {
        let steps = input.steps();
        let flops = self.up.flops(steps) + self.down.flops(steps);
        Cost {
            parameters: self.up.parameter_count() + self.down.parameter_count(),
            flops_forward: flops,
            flops_backward: 2 * flops,
            bytes_kept: 4 * (input.len() + steps * self.up.output()) as u64,
        }
    }

    fn is_permutation_equivariant(&self) -> bool {
        true
    }

    fn stream(&self, _: usize) -> Option<Box<dyn Stream + '_>> {
        Some(Box::new(PerStep(self)))
    }
}
