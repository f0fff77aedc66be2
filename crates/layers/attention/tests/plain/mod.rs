//! The formula once more, in f64 and plain loops, sharing no code with the crate: what the tests compare against.

use std::collections::BTreeMap;

use attention::{Mask, Positions, Scale, Settings};
use layer::{Layer, init};
use ndarray::{Array2, Array3, Array4, ArrayD, ArrayView2, Ix1, Ix2, s};

/// Parameters by name.
pub(crate) type Parameters = BTreeMap<String, ArrayD<f64>>;

/// The parameters of a layer, widened.
pub(crate) fn parameters(layer: &dyn Layer) -> Parameters {
    layer.parameters().into_iter().map(|p| (p.name, p.value.mapv(f64::from))).collect()
}

/// Numbers of deviation 1, narrow enough for a float.
pub(crate) fn random(shape: (usize, usize, usize), seed: u64) -> Array3<f32> {
    init::normal(shape, 1.0, seed, "test")
}

/// y (batch, time, width) and the weights (batch, heads, query, key).
pub(crate) fn forward(
    settings: Settings,
    parameters: &Parameters,
    x: &Array3<f64>,
    real: Option<ArrayView2<'_, bool>>,
) -> (Array3<f64>, Array4<f64>) {
    let (batch, time, width) = x.dim();
    let head_width = width / settings.heads;
    let scale = match settings.scale {
        Scale::InverseSqrt => 1.0 / (head_width as f64).sqrt(),
        Scale::Inverse => 1.0 / head_width as f64,
        Scale::None => 1.0,
    };
    let scale = match settings.length_scaling {
        0 => scale,
        length => scale * (time as f64).ln() / (length as f64).ln(),
    };
    let affine = |x: &Array2<f64>, name: &str| {
        let weight = parameters[&format!("{name}.weight")].view().into_dimensionality::<Ix2>().unwrap();
        let bias = parameters[&format!("{name}.bias")].view().into_dimensionality::<Ix1>().unwrap();
        x.dot(&weight) + bias
    };
    let mut y = Array3::zeros(x.raw_dim());
    let mut all = Array4::zeros((batch, settings.heads, time, time));
    for b in 0..batch {
        let mut placed = x.slice(s![b, .., ..]).to_owned();
        for ((t, column), v) in placed.indexed_iter_mut() {
            *v += match settings.positions {
                Positions::None | Positions::Rotary => 0.0,
                Positions::Learned => parameters["positions"][[t, column]],
                Positions::Sinusoidal => {
                    let angle = t as f64 / settings.base.powf(2.0 * (column / 2) as f64 / width as f64);
                    if column % 2 == 0 { angle.sin() } else { angle.cos() }
                }
            };
        }
        let [query, key, value] = ["query", "key", "value"].map(|name| affine(&placed, name));
        let mut mixed = Array2::zeros((time, width));
        for head in 0..settings.heads {
            let columns = head * head_width..(head + 1) * head_width;
            let part = |x: &Array2<f64>, turned: bool| {
                let x = x.slice(s![.., columns.clone()]).to_owned();
                if turned && settings.positions == Positions::Rotary { turn(&x, settings.base) } else { x }
            };
            let (query, key, value) = (part(&query, true), part(&key, true), part(&value, false));
            for i in 0..time {
                let sees = |j: usize| (settings.mask == Mask::None || j <= i) && real.is_none_or(|real| real[[b, j]]);
                let logits: Vec<f64> = (0..time)
                    .map(|j| if sees(j) { scale * query.row(i).dot(&key.row(j)) } else { f64::NEG_INFINITY })
                    .collect();
                let max = logits.iter().copied().fold(f64::NEG_INFINITY, f64::max);
                let sum: f64 = logits.iter().map(|l| if *l > f64::NEG_INFINITY { (l - max).exp() } else { 0.0 }).sum();
                for j in (0..time).filter(|j| sees(*j)) {
                    let weight = (logits[j] - max).exp() / sum;
                    all[[b, head, i, j]] = weight;
                    mixed.slice_mut(s![i, columns.clone()]).scaled_add(weight, &value.row(j));
                }
            }
        }
        y.slice_mut(s![b, .., ..]).assign(&affine(&mixed, "output"));
    }
    (y, all)
}

fn turn(x: &Array2<f64>, base: f64) -> Array2<f64> {
    let head_width = x.ncols();
    let half = head_width / 2;
    Array2::from_shape_fn(x.raw_dim(), |(t, column)| {
        let i = column % half;
        let (sine, cosine) = (t as f64 * base.powf(-2.0 * i as f64 / head_width as f64)).sin_cos();
        let (a, b) = (x[[t, i]], x[[t, i + half]]);
        if column < half { a * cosine - b * sine } else { a * sine + b * cosine }
    })
}
