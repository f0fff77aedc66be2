//! The formula once more, in f64 and plain loops, sharing no code with the crate: what the tests compare against.

use layer::{Layer, init};
use long_conv::Padding;
use ndarray::{Array2, Array3, ArrayView2, Axis, Ix2};

/// Numbers of deviation 1.
pub(crate) fn random(shape: (usize, usize, usize), seed: u64) -> Array3<f32> {
    init::normal(shape, 1.0, seed, "test")
}

/// A parameter of two axes, widened.
pub(crate) fn parameter(layer: &dyn Layer, name: &str) -> Array2<f64> {
    let parameter = layer.parameters().into_iter().find(|p| p.name == name).expect("a parameter of that name");
    parameter.value.mapv(f64::from).into_dimensionality::<Ix2>().unwrap()
}

/// What the sums make of one sequence and feature: the filtered steps, and from their gradient those of steps and filter.
pub(crate) struct Sums {
    pub(crate) filtered: Vec<f64>,
    pub(crate) d_x: Vec<f64>,
    pub(crate) d_filter: Vec<f64>,
}

/// `filter` has lag 0 at `zero`.
pub(crate) fn sums(padding: Padding, filter: &[f64], zero: usize, x: &[f64], d: &[f64]) -> Sums {
    let time = x.len();
    let mut sums = Sums { filtered: vec![0.0; time], d_x: vec![0.0; time], d_filter: vec![0.0; filter.len()] };
    for (t, d) in d.iter().enumerate() {
        let seen = if padding == Padding::Causal { t + 1 } else { time };
        for (s, x) in x.iter().enumerate().take(seen) {
            let column = zero + t - s;
            sums.filtered[t] += filter[column] * x;
            sums.d_x[s] += filter[column] * d;
            sums.d_filter[column] += d * x;
        }
    }
    sums
}

/// The largest difference, relative to the largest number; NaN if there is one.
pub(crate) fn error(got: impl IntoIterator<Item = f32>, want: impl IntoIterator<Item = f64>) -> f64 {
    let (mut most, mut largest) = (0f64, f64::MIN_POSITIVE);
    for (got, want) in got.into_iter().zip(want) {
        let difference = (f64::from(got) - want).abs();
        most = if difference > most || difference.is_nan() { difference } else { most };
        largest = largest.max(want.abs());
    }
    most / largest
}

/// A feature of the first sequence.
pub(crate) fn feature(x: &Array3<f32>, feature: usize) -> Vec<f64> {
    let sequence: ArrayView2<'_, f32> = x.index_axis(Axis(0), 0);
    sequence.column(feature).iter().map(|x| f64::from(*x)).collect()
}
