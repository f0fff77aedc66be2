//! One convolution: a product of shifted rows for each tap.

use kernels::product::{Into, Product, product, product_into};
use kernels::sums::column_sums;
use layer::affine::{flatten, unflatten};
use layer::{Gradients, Pace, init};
use ndarray::{Array1, Array2, Array3, ArrayView2, ArrayView3, Axis, Zip, s};

use crate::Padding;
use crate::taps::{lags, overlap, pace};
use crate::windows;

/// y\[t\] = Σⱼ x\[t·stride − lagⱼ\]·weight\[j\] + bias.
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
    pace: Pace,
}

/// Size, place and steps of a kernel.
#[derive(Clone, Copy, Debug)]
pub struct Kernel {
    /// Taps.
    pub taps: usize,
    /// Steps from one tap to the next.
    pub dilation: usize,
    /// Where the taps lie.
    pub padding: Padding,
    /// Input steps from one output step to the next.
    pub stride: usize,
}

impl Convolution {
    /// From `input` features to `output`. Weight and bias uniform on ±1/√(taps·input), from the streams `{name}.weight` and
    /// `{name}.bias` of `seed`.
    pub fn new(kernel: Kernel, input: usize, output: usize, seed: u64, name: &str) -> Self {
        let Kernel { taps, dilation, padding, stride } = kernel;
        let fan_in = taps * input;
        Self {
            weight: init::fan_in_uniform((taps, input, output), fan_in, seed, &format!("{name}.weight")),
            bias: init::fan_in_uniform(output, fan_in, seed, &format!("{name}.bias")),
            lags: lags(taps, dilation, padding),
            pace: pace(taps, dilation, padding, stride),
        }
    }

    /// Features in.
    pub fn input(&self) -> usize {
        self.weight.len_of(Axis(1))
    }

    /// Features out.
    pub fn output(&self) -> usize {
        self.bias.len()
    }

    /// How many steps back each tap looks.
    pub fn lags(&self) -> &[isize] {
        &self.lags
    }

    /// What it makes of a number of steps.
    pub fn pace(&self) -> Pace {
        self.pace
    }

    /// Number of parameters.
    pub fn parameter_count(&self) -> u64 {
        (self.weight.len() + self.bias.len()) as u64
    }

    /// FLOPs of [`forward`](Self::forward); a backward takes twice as many.
    pub fn flops(&self, batch: usize, time: usize) -> u64 {
        if !self.pace.keeps() {
            let rows = batch * self.pace.output(time) * self.lags.len();
            return 2 * rows as u64 * (self.input() * self.output()) as u64;
        }
        let rows: usize = self.lags.iter().filter_map(|lag| Some(overlap(*lag, time)?.1.len())).sum();
        2 * (batch * rows) as u64 * (self.input() * self.output()) as u64
    }

    /// The tap that looks at the step itself, if every step that comes in is one that goes out. It touches every step of every
    /// sequence, so it is one product for the whole batch, and writes where the others add.
    fn here(&self) -> Option<usize> {
        self.lags.iter().position(|lag| *lag == 0).filter(|_| self.pace.keeps())
    }

    /// What that tap and the bias give for rows of any steps, (rows, width).
    ///
    /// # Panics
    /// When there is no such tap.
    pub(crate) fn own_step(&self, x: ArrayView2<'_, f32>) -> Array2<f32> {
        let here =
            self.weight.index_axis(Axis(0), self.here().expect("a kernel that keeps the time has a tap at lag 0"));
        Product::of(x, here).plus(Some(self.bias.view())).make()
    }

    /// The taps that are not done for the whole batch at once, with their lags.
    pub(crate) fn elsewhere(&self) -> impl Iterator<Item = (usize, isize)> {
        let here = self.here();
        self.lags.iter().copied().enumerate().filter(move |(tap, _)| Some(*tap) != here)
    }

    /// `(batch, time, input)` to `(batch, time, output)`, the time as [`pace`](Self::pace) says.
    pub fn forward(&self, x: ArrayView3<'_, f32>) -> Array3<f32> {
        if !self.pace.keeps() {
            return windows::forward(
                windows::gather(x, &self.lags, self.pace).view(),
                self.weight.view(),
                self.bias.view(),
            );
        }
        let (batch, time, _) = x.dim();
        let mut y = match self.here() {
            Some(_) => unflatten(self.own_step(flatten(&x)), batch, time),
            None => self.bias.broadcast((batch, time, self.output())).expect("a row").to_owned(),
        };
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
        let (batch, time, _) = x.dim();
        let output = (batch, self.pace.output(time), self.output());
        assert_eq!(d_y.dim(), output, "convolution: a gradient of another shape than the output");
        let d_bias = column_sums(flatten(&d_y));
        if !self.pace.keeps() {
            let (d_x, d_weight) = windows::backward(x, self.weight.view(), d_y, &self.lags, self.pace);
            return (d_x, Gradients::none().with(d_weight).with(d_bias));
        }
        let mut d_weight = Array3::zeros(self.weight.raw_dim());
        let mut d_x = match self.here() {
            Some(here) => {
                product_into(
                    1.0,
                    flatten(&x).t(),
                    flatten(&d_y),
                    Into::Replace,
                    d_weight.index_axis_mut(Axis(0), here),
                );
                unflatten(product(flatten(&d_y), self.weight.index_axis(Axis(0), here).t()), batch, time)
            }
            None => Array3::zeros(x.raw_dim()),
        };
        Zip::from(x.outer_iter()).and(d_y.outer_iter()).and(d_x.outer_iter_mut()).for_each(|x, d_y, mut d_x| {
            for (tap, lag) in self.elsewhere() {
                let Some((from, to)) = overlap(lag, time) else { continue };
                let (weight, d_y) = (self.weight.index_axis(Axis(0), tap), d_y.slice(s![to, ..]));
                product_into(1.0, d_y, weight.t(), Into::Add, d_x.slice_mut(s![from.clone(), ..]));
                let d_weight = d_weight.index_axis_mut(Axis(0), tap);
                product_into(1.0, x.slice(s![from, ..]).t(), d_y, Into::Add, d_weight);
            }
        });
        (d_x, Gradients::none().with(d_weight).with(d_bias))
    }
}
