//! Large inputs.

use ndarray::Array3;

use crate::subject::{SEED, Subject};
use crate::{Check, Finding};

const LARGE: f32 = 1e4;

/// Random, all large and positive, all large and negative: outputs and gradients stay finite.
pub(crate) fn finite(subject: &Subject<'_>) -> Vec<Finding> {
    let layer = subject.layer(SEED);
    let constant = |value| Array3::from_elem(subject.shape.dim(), value);
    let d_y = subject.cotangent(layer.as_ref(), SEED, "finite.d_y");
    let (mut bad, mut detail) = (0, String::new());
    for (name, x) in [
        ("normal numbers times 1e4", subject.input(SEED, "finite.x") * LARGE),
        ("1e4 everywhere", constant(LARGE)),
        ("-1e4 everywhere", constant(-LARGE)),
    ] {
        let (y, cache) = layer.forward(x);
        let (d_x, gradients) = layer.backward(&cache, d_y.view());
        let numbers = y.iter().chain(&d_x).chain(gradients.iter().flatten());
        let here = numbers.filter(|v| !v.is_finite()).count();
        if here > 0 && detail.is_empty() {
            detail = format!("first with {name}");
        }
        bad += here;
    }
    vec![Finding::new(Check::Finite, bad as f64, 0.0, detail)]
}
