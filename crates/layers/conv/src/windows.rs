//! A convolution that changes the time, as one product: the steps that an output step sees, side by side in a row.

use kernels::product::{Into, Product, product, product_into};
use layer::Pace;
use layer::affine::{flatten, unflatten};
use ndarray::{Array2, Array3, ArrayView1, ArrayView2, ArrayView3, Axis, s};

/// `(batch, steps, taps·input)`: what each tap of each output step reads, zeros outside the sequence.
///
/// Strided kernels are mostly narrow in front, and one product of long rows there beats many of short ones.
pub(crate) fn gather(x: ArrayView3<'_, f32>, lags: &[isize], pace: Pace) -> Array3<f32> {
    let (batch, time, input) = x.dim();
    let mut windows = Array3::zeros((batch, pace.output(time), lags.len() * input));
    for (sequence, mut windows) in x.outer_iter().zip(windows.outer_iter_mut()) {
        for (step, mut window) in windows.outer_iter_mut().enumerate() {
            for (tap, at) in seen(step, lags, pace, time) {
                window.slice_mut(s![tap * input..(tap + 1) * input]).assign(&sequence.row(at));
            }
        }
    }
    windows
}

/// The other way: adds what stands in windows to the steps it came from.
fn scatter(windows: ArrayView3<'_, f32>, lags: &[isize], pace: Pace, time: usize) -> Array3<f32> {
    let (batch, _, wide) = windows.dim();
    let input = wide / lags.len();
    let mut x = Array3::zeros((batch, time, input));
    for (mut sequence, windows) in x.outer_iter_mut().zip(windows.outer_iter()) {
        for (step, window) in windows.outer_iter().enumerate() {
            for (tap, at) in seen(step, lags, pace, time) {
                let mut row = sequence.row_mut(at);
                row += &window.slice(s![tap * input..(tap + 1) * input]);
            }
        }
    }
    x
}

/// The taps of an output step that look at a step there is, with that step.
fn seen(step: usize, lags: &[isize], pace: Pace, time: usize) -> impl Iterator<Item = (usize, usize)> {
    let at = move |lag: isize| (step * pace.stride).checked_add_signed(-lag).filter(|at| *at < time);
    lags.iter().enumerate().filter_map(move |(tap, lag)| Some((tap, at(*lag)?)))
}

/// `(taps, input, output)` as the matrix of that product.
fn matrix(weight: ArrayView3<'_, f32>) -> ArrayView2<'_, f32> {
    let (taps, input, output) = weight.dim();
    weight.into_shape_with_order((taps * input, output)).expect("weights stand in order")
}

/// Windows · weight + bias.
pub(crate) fn forward(
    windows: ArrayView3<'_, f32>,
    weight: ArrayView3<'_, f32>,
    bias: ArrayView1<'_, f32>,
) -> Array3<f32> {
    let (batch, steps, _) = windows.dim();
    unflatten(Product::of(flatten(&windows), matrix(weight)).plus(Some(bias)).make(), batch, steps)
}

/// Gradients of the input, and of the weight.
pub(crate) fn backward(
    x: ArrayView3<'_, f32>,
    weight: ArrayView3<'_, f32>,
    d_y: ArrayView3<'_, f32>,
    lags: &[isize],
    pace: Pace,
) -> (Array3<f32>, Array3<f32>) {
    let (batch, steps, _) = d_y.dim();
    let windows = gather(x, lags, pace);
    let mut d_weight = Array2::zeros(matrix(weight).raw_dim());
    product_into(1.0, flatten(&windows.view()).t(), flatten(&d_y), Into::Replace, d_weight.view_mut());
    let d_windows = unflatten(product(flatten(&d_y), matrix(weight).t()), batch, steps);
    let d_weight = d_weight.into_shape_with_order(weight.raw_dim()).expect("as many numbers");
    (scatter(d_windows.view(), lags, pace, x.len_of(Axis(1))), d_weight)
}
