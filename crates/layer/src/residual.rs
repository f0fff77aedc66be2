//! A residual around a layer.

use kernels::elementwise::add_in_place;
use ndarray::{Array2, Array3, Array4, ArrayView2, ArrayView3, ArrayViewD, ArrayViewMutD, Axis};

use crate::{Cache, Cost, Gradients, Layer, Lengths, Matching, Named, Reach, Shape, ShapeError, Stream};

/// y = x + f(x).
pub struct Residual(pub Box<dyn Layer>);

impl Layer for Residual {
    fn name(&self) -> &'static str {
        "residual"
    }

    fn output_shape(&self, input: Shape) -> Result<Shape, ShapeError> {
        let output = self.0.output_shape(input)?;
        let stride = self.0.pace().stride;
        ShapeError::unless_equal("residual", "stride", 1, stride, "a residual needs a layer that keeps the time")?;
        output.expect_time("residual", input.time, "a residual needs a layer that keeps the time")?;
        output.expect_feature("residual", input.feature, "a residual needs a layer that keeps the width")?;
        Ok(output)
    }

    fn forward(&self, x: Array3<f32>) -> (Array3<f32>, Cache) {
        let (mut y, cache) = self.0.forward(x.clone());
        add(&mut y, x.view());
        (y, cache)
    }

    fn backward(&self, cache: &Cache, d_y: ArrayView3<'_, f32>) -> (Array3<f32>, Gradients) {
        let (mut d_x, gradients) = self.0.backward(cache, d_y);
        add(&mut d_x, d_y);
        (d_x, gradients)
    }

    fn parameters(&self) -> Vec<Named<ArrayViewD<'_, f32>>> {
        self.0.parameters()
    }

    fn parameters_mut(&mut self) -> Vec<Named<ArrayViewMutD<'_, f32>>> {
        self.0.parameters_mut()
    }

    fn reach(&self) -> Reach {
        Reach::step().or(&self.0.reach())
    }

    fn cost(&self, input: Shape) -> Cost {
        self.0.cost(input)
    }

    fn is_affine(&self) -> bool {
        self.0.is_affine()
    }

    fn lengths(&self) -> Lengths {
        self.0.lengths()
    }

    fn is_permutation_equivariant(&self) -> bool {
        self.0.is_permutation_equivariant()
    }

    fn stream(&self, batch: usize) -> Option<Box<dyn Stream + '_>> {
        self.0.stream(batch).map(|inner| Box::new(Around(inner)) as Box<dyn Stream>)
    }

    fn attention_weights(&self, cache: &Cache) -> Option<Array4<f32>> {
        self.0.attention_weights(cache)
    }

    fn matchings(&self, cache: &Cache) -> Vec<Matching> {
        self.0.matchings(cache)
    }

    fn forward_step(&self, x: ArrayView3<'_, f32>, step: usize) -> Array2<f32> {
        self.0.forward_step(x, step) + x.index_axis(Axis(1), step)
    }

    fn match_step(&self, x: ArrayView3<'_, f32>, step: usize) -> Option<Array3<f32>> {
        self.0.match_step(x, step)
    }
}

/// x + f(x), step by step.
struct Around<'a>(Box<dyn Stream + 'a>);

impl Stream for Around<'_> {
    fn step(&mut self, x: ArrayView2<'_, f32>) -> Array2<f32> {
        self.0.step(x) + x
    }

    fn state(&self) -> usize {
        self.0.state()
    }
}

/// y ← y + x for sequences, both row-major.
fn add(y: &mut Array3<f32>, x: ArrayView3<'_, f32>) {
    match (y.as_slice_mut(), x.as_slice()) {
        (Some(y), Some(x)) => add_in_place(y, x),
        _ => *y += &x,
    }
}
