//! Layer normalisation over the features of a step: y = (x − mean)/√(var + ε) ⊙ g + b.
//!
//! It never mixes steps: a norm over time would give every layer an infinite reach.

use kernels::norm::{normalise, normalise_backward};
use kernels::sums::column_sums;
use ndarray::{Array1, Array2, Array3, ArrayView3, ArrayViewD, ArrayViewMutD};

use crate::affine::flatten;
use crate::{Cache, Cost, Gradients, Layer, Named, PerStep, Reach, Shape, ShapeError, Stream, named};

const EPSILON: f32 = 1e-5;

/// Layer norm with gain (starts at 1) and bias (starts at 0), as Ba et al. 2016 (arXiv 1607.06450).
#[derive(Clone, Debug)]
pub struct Norm {
    gain: Array1<f32>,
    bias: Array1<f32>,
}

struct Kept {
    /// (x − mean)/√(var + ε), `(batch·time, feature)`.
    unit: Array2<f32>,
    /// 1/√(var + ε), `(batch·time)`.
    inverse: Array1<f32>,
}

impl Norm {
    /// For `width` features.
    pub fn new(width: usize) -> Self {
        Self { gain: Array1::ones(width), bias: Array1::zeros(width) }
    }
}

impl Layer for Norm {
    fn name(&self) -> &'static str {
        "norm"
    }

    fn output_shape(&self, input: Shape) -> Result<Shape, ShapeError> {
        input.expect_feature("norm", self.gain.len(), "build it with the width of its input").map(|()| input)
    }

    fn forward(&self, mut x: Array3<f32>) -> (Array3<f32>, Cache) {
        let (batch, time, width) = x.dim();
        let rows = x.as_slice_mut().expect("sequences are row-major");
        let (gain, bias) = (self.gain.as_slice().expect("row-major"), self.bias.as_slice().expect("row-major"));
        let (y, inverse) = normalise(rows, gain, bias, EPSILON);
        let y = Array3::from_shape_vec(x.raw_dim(), y).expect("sizes of the same array");
        let unit = x.into_shape_with_order((batch * time, width)).expect("sizes of the same array");
        (y, Cache::new(Kept { unit, inverse: inverse.into() }))
    }

    fn backward(&self, cache: &Cache, d_y: ArrayView3<'_, f32>) -> (Array3<f32>, Gradients) {
        let kept: &Kept = cache.get();
        let d_bias = column_sums(flatten(&d_y));
        let mut d_gain = Array1::zeros(self.gain.len());
        let mut d_x = d_y.to_owned();
        normalise_backward(
            d_x.as_slice_mut().expect("row-major"),
            kept.unit.as_slice().expect("row-major"),
            kept.inverse.as_slice().expect("row-major"),
            self.gain.as_slice().expect("row-major"),
            d_gain.as_slice_mut().expect("row-major"),
        );
        (d_x, Gradients::none().with(d_gain).with(d_bias))
    }

    fn parameters(&self) -> Vec<Named<ArrayViewD<'_, f32>>> {
        vec![named("gain", self.gain.view().into_dyn()), named("bias", self.bias.view().into_dyn())]
    }

    fn parameters_mut(&mut self) -> Vec<Named<ArrayViewMutD<'_, f32>>> {
        vec![named("gain", self.gain.view_mut().into_dyn()), named("bias", self.bias.view_mut().into_dyn())]
    }

    fn reach(&self) -> Reach {
        Reach::step()
    }

    fn cost(&self, input: Shape) -> Cost {
        Cost {
            parameters: 2 * self.gain.len() as u64,
            bytes_kept: 4 * (input.len() + input.steps()) as u64,
            ..Cost::default()
        }
    }

    fn is_permutation_equivariant(&self) -> bool {
        true
    }

    fn stream(&self, _: usize) -> Option<Box<dyn Stream + '_>> {
        Some(Box::new(PerStep(self)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_have_mean_zero_and_variance_one_even_at_a_large_mean() {
        let x = Array3::from_shape_fn((2, 3, 10), |(b, t, f)| 1e4 + (b + 2 * t + f * f) as f32);
        let (y, _) = Norm::new(10).forward(x);
        for row in y.rows() {
            assert!(row.mean().unwrap().abs() < 1e-3);
            assert!((row.mapv(|v| v * v).mean().unwrap() - 1.0).abs() < 1e-3);
        }
    }
}
