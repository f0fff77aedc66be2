//! The mean over time: the line that has nothing to learn, and knows no step from another.

use layer::{Cache, Cost, Gradients, Layer, Named, Reach, Shape, ShapeError};
use ndarray::{Array3, ArrayView3, ArrayViewD, ArrayViewMutD};

/// y\[t\] = the mean of x over all steps, or over those up to t.
#[derive(Clone, Debug)]
pub struct Mean {
    causal: bool,
}

impl Mean {
    /// Over all steps, or, if `causal`, over each step and those before it.
    pub fn new(causal: bool) -> Self {
        Self { causal }
    }

    /// The map, or its transpose. Sums are in f64, so that of many steps none is lost.
    ///
    /// The output at t weighs each step that it sees by 1 / (how many these are). So the map divides what was summed, and
    /// the transpose, which runs from the last step back, what it sums.
    fn map(&self, x: ArrayView3<'_, f32>, transposed: bool) -> Array3<f32> {
        let (_, time, width) = x.dim();
        let mut y = Array3::zeros(x.raw_dim());
        for (x, mut y) in x.outer_iter().zip(y.outer_iter_mut()) {
            let mut sum = vec![0.0; width];
            let mut write = |step: usize, sum: &[f64], seen: f64| {
                y.row_mut(step).iter_mut().zip(sum).for_each(|(y, sum)| *y = (sum / seen) as f32);
            };
            for place in 0..time {
                let step = if transposed { time - 1 - place } else { place };
                let seen = if self.causal { step + 1 } else { time } as f64;
                let (before, after) = if transposed { (seen, 1.0) } else { (1.0, seen) };
                sum.iter_mut().zip(x.row(step)).for_each(|(sum, x)| *sum += f64::from(*x) / before);
                if self.causal {
                    write(step, &sum, after);
                } else if place + 1 == time {
                    (0..time).for_each(|step| write(step, &sum, after));
                }
            }
        }
        y
    }
}

impl Layer for Mean {
    fn name(&self) -> &'static str {
        "linear"
    }

    fn output_shape(&self, input: Shape) -> Result<Shape, ShapeError> {
        Ok(input)
    }

    fn forward(&self, x: Array3<f32>) -> (Array3<f32>, Cache) {
        (self.map(x.view(), false), Cache::new(()))
    }

    fn backward(&self, _: &Cache, d_y: ArrayView3<'_, f32>) -> (Array3<f32>, Gradients) {
        (self.map(d_y, true), Gradients::none())
    }

    fn parameters(&self) -> Vec<Named<ArrayViewD<'_, f32>>> {
        Vec::new()
    }

    fn parameters_mut(&mut self) -> Vec<Named<ArrayViewMutD<'_, f32>>> {
        Vec::new()
    }

    fn reach(&self) -> Reach {
        if self.causal { Reach::Past } else { Reach::Everywhere }
    }

    fn cost(&self, _: Shape) -> Cost {
        Cost { parameters: 0, flops_forward: 0, flops_backward: 0, bytes_kept: 0 }
    }

    fn is_affine(&self) -> bool {
        true
    }

    fn is_permutation_equivariant(&self) -> bool {
        !self.causal
    }
}
