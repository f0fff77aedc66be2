//! The hinge over time: each feature's vector over time through one and the same two-line map.

use kernels::elementwise::{relu_backward_in_place, relu_in_place};
use kernels::product::{Into, product_into};
use layer::{Affine, Cache, Cost, Gradients, Layer, Lengths, Named, Reach, Shape, ShapeError};
use ndarray::{Array1, Array2, Array3, ArrayView3, ArrayViewD, ArrayViewMutD, Axis, Zip};

/// y\[·, f\] = max(0, x\[·, f\]·U + b)·V + c, each feature by itself.
///
/// A sequence is stored (time, width), so vectors over time are its columns and
/// every product is written transposed: Uᵀ·x instead of x·U.
#[derive(Clone, Debug)]
pub struct OverTime {
    /// Time to hidden.
    up: Affine,
    /// Hidden to time.
    down: Affine,
}

struct Kept {
    x: Array3<f32>,
    /// After the ReLU, `(batch, hidden, width)`.
    hidden: Array3<f32>,
}

impl OverTime {
    /// For sequences of `time` steps, through `hidden` units.
    pub fn new(time: usize, hidden: usize, seed: u64) -> Self {
        Self { up: Affine::new(time, hidden, seed, "up"), down: Affine::new(hidden, time, seed, "down") }
    }
}

impl Layer for OverTime {
    fn name(&self) -> &'static str {
        "mlp"
    }

    fn output_shape(&self, input: Shape) -> Result<Shape, ShapeError> {
        input
            .expect_time("mlp", self.up.input(), "over = \"time\" is built for one length: set n to it")
            .map(|()| input)
    }

    fn forward(&self, x: Array3<f32>) -> (Array3<f32>, Cache) {
        let mut hidden = columns(&self.up, x.view());
        relu_in_place(hidden.as_slice_mut().expect("row-major"));
        (columns(&self.down, hidden.view()), Cache::new(Kept { x, hidden }))
    }

    fn backward(&self, cache: &Cache, d_y: ArrayView3<'_, f32>) -> (Array3<f32>, Gradients) {
        let Kept { x, hidden } = cache.get();
        let (mut d_hidden, down) = columns_backward(&self.down, hidden.view(), d_y);
        relu_backward_in_place(d_hidden.as_slice_mut().expect("row-major"), hidden.as_slice().expect("row-major"));
        let (d_x, up) = columns_backward(&self.up, x.view(), d_hidden.view());
        (d_x, up.and(down))
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
        Reach::Everywhere
    }

    fn cost(&self, input: Shape) -> Cost {
        let columns = input.batch * input.feature;
        let flops = self.up.flops(columns) + self.down.flops(columns);
        Cost {
            parameters: self.up.parameter_count() + self.down.parameter_count(),
            flops_forward: flops,
            flops_backward: 2 * flops,
            bytes_kept: 4 * (input.len() + columns * self.up.output()) as u64,
        }
    }

    fn lengths(&self) -> Lengths {
        Lengths::Exactly(self.up.input())
    }
}

/// `affine` on every column: `(batch, input, width)` to `(batch, output, width)`.
fn columns(affine: &Affine, x: ArrayView3<'_, f32>) -> Array3<f32> {
    let (batch, _, width) = x.dim();
    let shape = (batch, affine.output(), width);
    let bias = affine.bias.as_ref().expect("built with a bias").view().insert_axis(Axis(1));
    let mut y = bias.broadcast(shape).expect("one bias for each output").to_owned();
    Zip::from(x.outer_iter())
        .and(y.outer_iter_mut())
        .for_each(|x, y| product_into(1.0, affine.weight.t(), x, Into::Add, y));
    y
}

/// From what went into [`columns`] and the gradient of what came out: the
/// gradient of the input, and of weight and bias.
fn columns_backward(affine: &Affine, x: ArrayView3<'_, f32>, d_y: ArrayView3<'_, f32>) -> (Array3<f32>, Gradients) {
    let mut d_x = Array3::zeros(x.raw_dim());
    let mut d_weight = Array2::zeros(affine.weight.raw_dim());
    let mut d_bias = Array1::zeros(affine.output());
    Zip::from(x.outer_iter()).and(d_y.outer_iter()).and(d_x.outer_iter_mut()).for_each(|x, d_y, d_x| {
        product_into(1.0, affine.weight.view(), d_y, Into::Replace, d_x);
        product_into(1.0, x, d_y.t(), Into::Add, d_weight.view_mut());
        d_bias += &d_y.sum_axis(Axis(1));
    });
    (d_x, Gradients::none().with(d_weight).with(d_bias))
}
