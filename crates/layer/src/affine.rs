//! y = x·W + b on the last axis: the part that almost every layer is made of.

use kernels::product::{Product, product};
use kernels::sums::column_sums;
use ndarray::{Array1, Array2, Array3, ArrayView2, ArrayView3, ArrayViewD, ArrayViewMutD};

use crate::{Gradients, Named, init, named};

/// Weight `(input, output)` and bias `(output)`. Not a [`Layer`](crate::Layer)
/// itself: it keeps no cache, its user does.
#[derive(Clone, Debug)]
pub struct Affine {
    /// `(input, output)`.
    pub weight: Array2<f32>,
    /// `(output)`; `None` leaves it out.
    pub bias: Option<Array1<f32>>,
}

impl Affine {
    /// Weight and bias uniform on ±1/√input, from the streams `{name}.weight` and `{name}.bias` of `seed`.
    pub fn new(input: usize, output: usize, seed: u64, name: &str) -> Self {
        Self {
            weight: init::fan_in_uniform((input, output), input, seed, &format!("{name}.weight")),
            bias: Some(init::fan_in_uniform(output, input, seed, &format!("{name}.bias"))),
        }
    }

    /// Input features.
    pub fn input(&self) -> usize {
        self.weight.nrows()
    }

    /// Output features.
    pub fn output(&self) -> usize {
        self.weight.ncols()
    }

    /// Number of parameters.
    pub fn parameter_count(&self) -> u64 {
        (self.weight.len() + self.bias.as_ref().map_or(0, Array1::len)) as u64
    }

    /// FLOPs of [`rows`](Self::rows) for that many rows; a backward takes twice as many.
    pub fn flops(&self, rows: usize) -> u64 {
        2 * (rows * self.weight.len()) as u64
    }

    /// Rows `(rows, input)` to `(rows, output)`.
    pub fn rows(&self, x: ArrayView2<'_, f32>) -> Array2<f32> {
        self.after(x).make()
    }

    /// [`rows`](Self::rows) still to be made: what follows it, as a ReLU, is then done along with it.
    pub fn after<'a>(&'a self, x: ArrayView2<'a, f32>) -> Product<'a> {
        Product::of(x, self.weight.view()).plus(self.bias.as_ref().map(|bias| bias.view()))
    }

    /// Sequences `(batch, time, input)` to `(batch, time, output)`.
    pub fn sequences(&self, x: ArrayView3<'_, f32>) -> Array3<f32> {
        let (batch, time, _) = x.dim();
        unflatten(self.rows(flatten(&x)), batch, time)
    }

    /// From the rows that went in and the gradient of those that came out: the
    /// gradient of the input rows, and of weight and bias.
    pub fn backward_rows(&self, x: ArrayView2<'_, f32>, d_y: ArrayView2<'_, f32>) -> (Array2<f32>, Gradients) {
        (product(d_y, self.weight.t()), self.gradients(x, d_y))
    }

    /// [`backward_rows`](Self::backward_rows) on sequences.
    pub fn backward_sequences(&self, x: ArrayView3<'_, f32>, d_y: ArrayView3<'_, f32>) -> (Array3<f32>, Gradients) {
        let (batch, time, _) = x.dim();
        let (d_x, gradients) = self.backward_rows(flatten(&x), flatten(&d_y));
        (unflatten(d_x, batch, time), gradients)
    }

    /// The parameters' gradients alone.
    pub fn gradients(&self, x: ArrayView2<'_, f32>, d_y: ArrayView2<'_, f32>) -> Gradients {
        let gradients = Gradients::none().with(product(x.t(), d_y));
        if self.bias.is_some() { gradients.with(column_sums(d_y)) } else { gradients }
    }

    /// `{name}.weight` and `{name}.bias`; with an empty name, `weight` and `bias`.
    pub fn parameters(&self, name: &str) -> Vec<Named<ArrayViewD<'_, f32>>> {
        let mut all = vec![named(join(name, "weight"), self.weight.view().into_dyn())];
        all.extend(self.bias.as_ref().map(|bias| named(join(name, "bias"), bias.view().into_dyn())));
        all
    }

    /// The same, to be written to.
    pub fn parameters_mut(&mut self, name: &str) -> Vec<Named<ArrayViewMutD<'_, f32>>> {
        let mut all = vec![named(join(name, "weight"), self.weight.view_mut().into_dyn())];
        all.extend(self.bias.as_mut().map(|bias| named(join(name, "bias"), bias.view_mut().into_dyn())));
        all
    }
}

/// `a.b`, or `b` when `a` is empty.
pub fn join(a: &str, b: &str) -> String {
    if a.is_empty() { b.to_owned() } else { format!("{a}.{b}") }
}

/// `(batch, time, feature)` as `(batch·time, feature)`, without a copy.
///
/// # Panics
/// When `x` is not row-major, which arrays in this house always are.
pub fn flatten<'a>(x: &'a ArrayView3<'_, f32>) -> ArrayView2<'a, f32> {
    let (batch, time, feature) = x.dim();
    let rows = x.as_slice().expect("sequences are row-major");
    ArrayView2::from_shape((batch * time, feature), rows).expect("sizes of the same array")
}

/// The inverse of [`flatten`].
pub fn unflatten(x: Array2<f32>, batch: usize, time: usize) -> Array3<f32> {
    let feature = x.ncols();
    x.into_shape_with_order((batch, time, feature)).expect("sizes of the same array")
}
