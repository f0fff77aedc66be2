//! One convolution: a product of shifted rows for each tap.

use kernels::product::{Into, product_into};
use kernels::sums::column_sums;
use layer::affine::flatten;
use layer::{Gradients, init};
use ndarray::{Array1, Array3, ArrayView3, Zip, s};

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

    /// `(batch, time, width)` to the same.
    pub fn forward(&self, x: ArrayView3<'_, f32>) -> Array3<f32> {
        let time = x.dim().1;
        let mut y = self.bias.broadcast(x.raw_dim()).expect("one bias for each feature").to_owned();
        Zip::from(x.outer_iter()).and(y.outer_iter_mut()).for_each(|x, mut y| {
            for (weight, lag) in self.weight.outer_iter().zip(&self.lags) {
                let Some((from, to)) = overlap(*lag, time) else { continue };
                product_into(1.0, x.slice(s![from, ..]), weight, Into::Add, y.slice_mut(s![to, ..]));
            }
        });
        y
    }

    /// From what went in and the gradient of what came out: the gradient of the
    /// input, and of weight and bias.
    pub fn backward(&self, x: ArrayView3<'_, f32>, d_y: ArrayView3<'_, f32>) -> (Array3<f32>, Gradients) {
        assert_eq!(d_y.dim(), x.dim(), "convolution: a gradient of another shape than the output");
        let time = x.dim().1;
        let mut d_x = Array3::zeros(x.raw_dim());
        let mut d_weight = Array3::zeros(self.weight.raw_dim());
        Zip::from(x.outer_iter()).and(d_y.outer_iter()).and(d_x.outer_iter_mut()).for_each(|x, d_y, mut d_x| {
            for ((weight, d_weight), lag) in self.weight.outer_iter().zip(d_weight.outer_iter_mut()).zip(&self.lags) {
                let Some((from, to)) = overlap(*lag, time) else { continue };
                let d_y = d_y.slice(s![to, ..]);
                product_into(1.0, d_y, weight.t(), Into::Add, d_x.slice_mut(s![from.clone(), ..]));
                product_into(1.0, x.slice(s![from, ..]).t(), d_y, Into::Add, d_weight);
            }
        });
        (d_x, Gradients::none().with(d_weight).with(column_sums(flatten(&d_y))))
    }
}
