//! The rows of a batch know nothing of each other.

use layer::init;
use ndarray::{Array3, Axis, s};

use crate::subject::{SEED, Subject, changed_bits, largest};
use crate::{Check, Finding};

/// A product may choose another order of sums for fewer rows; bits may differ by that (up to 8e-7 was seen, on sums of
/// 524 terms), and by no more.
const TOLERANCE: f64 = 3e-6;

/// Each row alone gives what it gives in the batch: output and input gradient.
pub(crate) fn rows(subject: &Subject<'_>) -> Vec<Finding> {
    if subject.shape.batch == 1 {
        return Vec::new();
    }
    let layer = subject.layer(SEED);
    let (x, d_y) = (subject.input(SEED, "batch.x"), subject.cotangent(layer.as_ref(), SEED, "batch.d_y"));
    let run = |x: Array3<f32>, d_y: Array3<f32>| {
        let (y, cache) = layer.forward(x);
        let (d_x, _) = layer.backward(&cache, d_y.view());
        [("y", y), ("d_x", d_x)]
    };
    let together = run(x.clone(), d_y.clone());
    let (mut worst, mut detail) = (0.0, String::new());
    for row in 0..subject.shape.batch {
        let only = |a: &Array3<f32>| a.slice(s![row..=row, .., ..]).to_owned();
        for ((name, all), (_, alone)) in together.iter().zip(run(only(&x), only(&d_y))) {
            let difference = largest(&(&only(all) - &alone)) / largest(all).max(f64::from(f32::MIN_POSITIVE));
            if difference > worst || difference.is_nan() {
                (worst, detail) = (difference, format!("{name} of row {row}"));
            }
        }
    }
    vec![Finding::new(Check::BatchRows, worst, TOLERANCE, detail)]
}

/// Another row 0 leaves the bits of the rest; a cotangent in row 0 alone leaves no gradient in the rest.
pub(crate) fn leak(subject: &Subject<'_>) -> Vec<Finding> {
    if subject.shape.batch == 1 {
        return Vec::new();
    }
    let layer = subject.layer(SEED);
    let x = subject.input(SEED, "batch.x");
    let mut other = x.clone();
    other.index_axis_mut(Axis(0), 0).assign(&subject.input(SEED, "batch.other").index_axis(Axis(0), 0));
    let (y, cache) = layer.forward(x);
    let (moved, _) = layer.forward(other);
    let rest = |a: &Array3<f32>| a.slice(s![1.., .., ..]).to_owned();
    let outputs = changed_bits(&rest(&y), &rest(&moved));

    let mut d_y: Array3<f32> = init::normal(y.dim(), 1.0, SEED, "testkit.batch.d_y");
    d_y.slice_mut(s![1.., .., ..]).fill(0.0);
    let (d_x, _) = layer.backward(&cache, d_y.view());
    let gradients = rest(&d_x).iter().filter(|d| **d != 0.0).count();
    let detail =
        if outputs + gradients == 0 { String::new() } else { format!("{outputs} outputs, {gradients} gradients") };
    vec![Finding::new(Check::BatchLeak, (outputs + gradients) as f64, 0.0, detail)]
}
