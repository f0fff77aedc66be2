//! Layer normalisation over the features of a step: y = (x − mean)/√(var + ε) ⊙ g + b.
//!
//! It never mixes steps: a norm over time would give every layer an infinite reach.

use ndarray::{Array1, Array2, Array3, ArrayView3, ArrayViewD, ArrayViewMutD, Axis, Zip};

use crate::affine::{flatten, unflatten};
use crate::{Cache, Cost, Gradients, Layer, Named, Reach, Shape, ShapeError, named};

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
        let mut inverse = Array1::zeros(batch * time);
        let mut y = Array3::zeros(x.raw_dim());
        let (gain, bias) = (self.gain.as_slice().expect("row-major"), self.bias.as_slice().expect("row-major"));
        let rows = x.as_slice_mut().expect("sequences are row-major").chunks_exact_mut(width.max(1));
        let outputs = y.as_slice_mut().expect("row-major").chunks_exact_mut(width.max(1));
        for ((row, out), inverse) in rows.zip(outputs).zip(&mut inverse) {
            // Two passes, the mean taken away first: one pass over squares loses everything at a large mean.
            let mean = lanes(row, |x| x) / width as f32;
            row.iter_mut().for_each(|x| *x -= mean);
            *inverse = 1.0 / (lanes(row, |x| x * x) / width as f32 + EPSILON).sqrt();
            for (((unit, out), gain), bias) in row.iter_mut().zip(out).zip(gain).zip(bias) {
                *unit *= *inverse;
                *out = *unit * gain + bias;
            }
        }
        let unit = x.into_shape_with_order((batch * time, width)).expect("sizes of the same array");
        (y, Cache::new(Kept { unit, inverse }))
    }

    fn backward(&self, cache: &Cache, d_y: ArrayView3<'_, f32>) -> (Array3<f32>, Gradients) {
        let kept: &Kept = cache.get();
        let (batch, time, width) = d_y.dim();
        let d_y = flatten(&d_y);
        let mut d_gain = Array1::zeros(width);
        Zip::from(d_y.rows()).and(kept.unit.rows()).for_each(|d, unit| {
            Zip::from(&mut d_gain).and(&d).and(&unit).for_each(|g, d, u| *g += d * u);
        });
        // With e = d_y ⊙ g:  d_x = (e − mean(e) − unit · mean(e ⊙ unit)) / √(var + ε).
        let mut d_x = &d_y * &self.gain;
        for ((mut row, unit), inverse) in d_x.outer_iter_mut().zip(kept.unit.outer_iter()).zip(&kept.inverse) {
            let row = row.as_slice_mut().expect("row-major");
            let unit = unit.to_slice().expect("row-major");
            let mean = lanes(row, |e| e) / width as f32;
            let along = row.iter().zip(unit).map(|(e, u)| e * u).sum::<f32>() / width as f32;
            for (e, u) in row.iter_mut().zip(unit) {
                *e = (*e - mean - u * along) * inverse;
            }
        }
        (unflatten(d_x, batch, time), Gradients::none().with(d_gain).with(d_y.sum_axis(Axis(0))))
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
}

/// Σ f(x) in eight independent partial sums, which vectorises and fixes the order.
#[inline(always)]
fn lanes(x: &[f32], f: impl Fn(f32) -> f32) -> f32 {
    let mut sums = [0f32; 8];
    for chunk in x.chunks(8) {
        for (sum, x) in sums.iter_mut().zip(chunk) {
            *sum += f(*x);
        }
    }
    sums.iter().sum()
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
