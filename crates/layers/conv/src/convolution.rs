//! One convolution: a product of shifted rows for each tap.

use kernels::product::{Into, Product, product, product_into};
use kernels::sums::column_sums;
use layer::affine::{flatten, unflatten};
use layer::{Gradients, init};
use ndarray::{Array1, Array2, Array3, ArrayView2, ArrayView3, Axis, Zip, s};

use crate::Padding;
use crate::taps::{lags, overlap};

/// y\[t\] = Σⱼ x\[t − lagⱼ\]·weight\[j\] + bias.
///
/// Sequences stay (batch, time, width): a shift in time is a slice of rows, so
/// nothing is gathered or transposed.
#[derive(Clone, Debug)]
pub struct Convolution {
    /// `(kernel, width in, width out)`.
    pub weight: Array3<f32>,
    /// `(width out)`.
    pub bias: Array1<f32>,
    lags: Vec<isize>,
}

impl Convolution {
    /// Weight and bias uniform on ±1/√(kernel·width), from the streams `{name}.weight` and `{name}.bias` of `seed`.
    pub fn new(kernel: usize, dilation: usize, padding: Padding, width: usize, seed: u64, name: &str) -> Self {
        let fan_in = kernel * width;
        Self {
            weight: init::fan_in_uniform((kernel, width, width), fan_in, seed, &format!("{name}.weight")),
            bias: init::fan_in_uniform(width, fan_in, seed, &format!("{name}.bias")),
            lags: lags(kernel, dilation, padding),
        }
    }

    /// Features in and out.
    pub fn width(&self) -> usize {
        self.bias.len()
    }

    /// How many steps back each tap looks.
    pub fn lags(&self) -> &[isize] {
        &self.lags
    }

    /// Number of parameters.
    pub fn parameter_count(&self) -> u64 {
        (self.weight.len() + self.bias.len()) as u64
    }

    /// FLOPs of [`forward`](Self::forward); a backward takes twice as many.
    pub fn flops(&self, batch: usize, time: usize) -> u64 {
        let rows: usize = self.lags.iter().map(|lag| time.saturating_sub(lag.unsigned_abs())).sum();
        2 * (batch * rows * self.width() * self.width()) as u64
    }

    /// The tap that looks at the step itself. It touches every step of every sequence, so it is one product for the whole
    /// batch, and writes where the others add.
    fn here(&self) -> usize {
        self.lags.iter().position(|lag| *lag == 0).expect("every kernel has a tap at lag 0")
    }

    /// What that tap and the bias give for rows of any steps, (rows, width).
    pub(crate) fn own_step(&self, x: ArrayView2<'_, f32>) -> Array2<f32> {
        let here = self.weight.index_axis(Axis(0), self.here());
        Product::of(x, here).plus(Some(self.bias.view())).make()
    }

    /// The other taps, with their lags.
    pub(crate) fn elsewhere(&self) -> impl Iterator<Item = (usize, isize)> {
        self.lags.iter().copied().enumerate().filter(|(_, lag)| *lag != 0)
    }

    /// `(batch, time, width)` to the same.
    pub fn forward(&self, x: ArrayView3<'_, f32>) -> Array3<f32> {
        let (batch, time, _) = x.dim();
        let mut y = unflatten(self.own_step(flatten(&x)), batch, time);
        Zip::from(x.outer_iter()).and(y.outer_iter_mut()).for_each(|x, mut y| {
            for (tap, lag) in self.elsewhere() {
                let Some((from, to)) = overlap(lag, time) else { continue };
                let weight = self.weight.index_axis(Axis(0), tap);
                product_into(1.0, x.slice(s![from, ..]), weight, Into::Add, y.slice_mut(s![to, ..]));
            }
        });
        y
    }

    /// From what went in and the gradient of what came out: the gradient of the
    /// input, and of weight and bias.
    pub fn backward(&self, x: ArrayView3<'_, f32>, d_y: ArrayView3<'_, f32>) -> (Array3<f32>, Gradients) {
        assert_eq!(d_y.dim(), x.dim(), "convolution: a gradient of another shape than the output");
        let (batch, time, _) = x.dim();
        let here = self.here();
        let mut d_x = unflatten(product(flatten(&d_y), self.weight.index_axis(Axis(0), here).t()), batch, time);
        let mut d_weight = Array3::zeros(self.weight.raw_dim());
        product_into(1.0, flatten(&x).t(), flatten(&d_y), Into::Replace, d_weight.index_axis_mut(Axis(0), here));
        Zip::from(x.outer_iter()).and(d_y.outer_iter()).and(d_x.outer_iter_mut()).for_each(|x, d_y, mut d_x| {
            for (tap, lag) in self.elsewhere() {
                let Some((from, to)) = overlap(lag, time) else { continue };
                let (weight, d_y) = (self.weight.index_axis(Axis(0), tap), d_y.slice(s![to, ..]));
                product_into(1.0, d_y, weight.t(), Into::Add, d_x.slice_mut(s![from.clone(), ..]));
                let d_weight = d_weight.index_axis_mut(Axis(0), tap);
                product_into(1.0, x.slice(s![from, ..]).t(), d_y, Into::Add, d_weight);
            }
        });
        (d_x, Gradients::none().with(d_weight).with(column_sums(flatten(&d_y))))
    }
}
