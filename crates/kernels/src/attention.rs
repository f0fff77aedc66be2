//! Softmax attention in plain array maths: a stand-in with the signatures of the kernel that is to come.

use ndarray::{Array2, ArrayView2, Axis, s};

/// What the heads of a call look like.
#[derive(Clone, Copy, Debug)]
pub struct Heads {
    /// How many stand side by side.
    pub count: usize,
    /// Features of one.
    pub width: usize,
    /// Factor of the logits.
    pub scale: f32,
    /// Whether a step sees itself and its past only.
    pub causal: bool,
}

fn weights(heads: Heads, query: ArrayView2<'_, f32>, key: ArrayView2<'_, f32>) -> (Array2<f32>, Vec<f32>) {
    let mut logits = query.dot(&key.t()) * heads.scale;
    if heads.causal {
        logits.indexed_iter_mut().filter(|((i, j), _)| j > i).for_each(|(_, x)| *x = f32::NEG_INFINITY);
    }
    let mut log_sums = Vec::new();
    for mut row in logits.axis_iter_mut(Axis(0)) {
        let most = row.fold(f32::NEG_INFINITY, |a, b| a.max(*b));
        let log_sum = most + row.iter().map(|x| (x - most).exp()).sum::<f32>().ln();
        row.mapv_inplace(|x| (x - log_sum).exp());
        log_sums.push(log_sum);
    }
    (logits, log_sums)
}

/// Output `(batch·time, width)` and the logarithms of the sums `(batch·heads, time)`.
pub fn forward(
    heads: Heads,
    time: usize,
    query: ArrayView2<'_, f32>,
    key: ArrayView2<'_, f32>,
    value: ArrayView2<'_, f32>,
    _real: Option<ArrayView2<'_, bool>>,
) -> (Array2<f32>, Array2<f32>) {
    let batch = query.nrows() / time;
    let mut mixed = Array2::zeros(query.raw_dim());
    let mut log_sums = Array2::zeros((batch * heads.count, time));
    for (index, mut target) in log_sums.axis_iter_mut(Axis(0)).enumerate() {
        let (start, left) = (index / heads.count * time, index % heads.count * heads.width);
        let part = s![start..start + time, left..left + heads.width];
        let (weights, sums) = weights(heads, query.slice(part), key.slice(part));
        mixed.slice_mut(part).assign(&weights.dot(&value.slice(part)));
        target.iter_mut().zip(sums).for_each(|(a, b)| *a = b);
    }
    (mixed, log_sums)
}

/// Gradients of query, key and value.
#[allow(clippy::too_many_arguments)]
pub fn backward(
    heads: Heads,
    time: usize,
    query: ArrayView2<'_, f32>,
    key: ArrayView2<'_, f32>,
    value: ArrayView2<'_, f32>,
    _real: Option<ArrayView2<'_, bool>>,
    mixed: ArrayView2<'_, f32>,
    log_sums: ArrayView2<'_, f32>,
    d_mixed: ArrayView2<'_, f32>,
) -> [Array2<f32>; 3] {
    let mut gradients = [(); 3].map(|()| Array2::zeros(query.raw_dim()));
    for index in 0..log_sums.nrows() {
        let (start, left) = (index / heads.count * time, index % heads.count * heads.width);
        let part = s![start..start + time, left..left + heads.width];
        let (weights, _) = weights(heads, query.slice(part), key.slice(part));
        let d_out = d_mixed.slice(part);
        let dots = (&d_out * &mixed.slice(part)).sum_axis(Axis(1)).insert_axis(Axis(1));
        let d_logits = (d_out.dot(&value.slice(part).t()) - &dots) * &weights * heads.scale;
        gradients[0].slice_mut(part).assign(&d_logits.dot(&key.slice(part)));
        gradients[1].slice_mut(part).assign(&d_logits.t().dot(&query.slice(part)));
        gradients[2].slice_mut(part).assign(&weights.t().dot(&d_out));
    }
    gradients
}
