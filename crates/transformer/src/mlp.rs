//! The feed-forward part of a block: max(0, x·U + b)·V + c at each step.

use kernels::product::{Product, product};
use layer::affine::{flatten, join, unflatten};
use layer::{Affine, Cost, Gradients, Named};
use ndarray::{Array2, Array3, ArrayView3, ArrayViewD, ArrayViewMutD};

/// Two lines with a ReLU between them.
pub(crate) struct Mlp {
    up: Affine,
    down: Affine,
}

pub(crate) struct Kept {
    x: Array3<f32>,
    /// After the ReLU, (batch·time, hidden).
    hidden: Array2<f32>,
}

impl Mlp {
    /// For `width` features, through `hidden` units; parameters from the streams of `name`.
    pub(crate) fn new(width: usize, hidden: usize, seed: u64, name: &str) -> Self {
        Self {
            up: Affine::new(width, hidden, seed, &join(name, "up")),
            down: Affine::new(hidden, width, seed, &join(name, "down")),
        }
    }

    /// (batch, time, width) to the same.
    pub(crate) fn forward(&self, x: Array3<f32>) -> (Array3<f32>, Kept) {
        let (batch, time, _) = x.dim();
        let hidden = self.up.after(flatten(&x.view())).relu().make();
        let y = unflatten(self.down.rows(hidden.view()), batch, time);
        (y, Kept { x, hidden })
    }

    /// Gradients of the input and of the parameters.
    pub(crate) fn backward(&self, kept: &Kept, d_y: ArrayView3<'_, f32>) -> (Array3<f32>, Gradients) {
        let (batch, time, _) = kept.x.dim();
        let d_y = flatten(&d_y);
        let d_hidden = Product::of(d_y, self.down.weight.t()).where_positive(kept.hidden.view()).make();
        let down = self.down.gradients(kept.hidden.view(), d_y);
        let d_x = product(d_hidden.view(), self.up.weight.t());
        let up = self.up.gradients(flatten(&kept.x.view()), d_hidden.view());
        (unflatten(d_x, batch, time), up.and(down))
    }

    pub(crate) fn parameters(&self, name: &str) -> Vec<Named<ArrayViewD<'_, f32>>> {
        let mut all = self.up.parameters(&join(name, "up"));
        all.extend(self.down.parameters(&join(name, "down")));
        all
    }

    pub(crate) fn parameters_mut(&mut self, name: &str) -> Vec<Named<ArrayViewMutD<'_, f32>>> {
        let mut all = self.up.parameters_mut(&join(name, "up"));
        all.extend(self.down.parameters_mut(&join(name, "down")));
        all
    }

    /// For that many rows.
    pub(crate) fn cost(&self, rows: usize) -> Cost {
        let flops = self.up.flops(rows) + self.down.flops(rows);
        Cost {
            parameters: self.up.parameter_count() + self.down.parameter_count(),
            flops_forward: flops,
            flops_backward: 2 * flops,
            bytes_kept: (4 * rows * (self.up.input() + self.up.output()) + size_of::<Kept>()) as u64,
        }
    }
}
