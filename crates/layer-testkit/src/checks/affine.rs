//! The claim to be affine: held in both directions.

use layer::Layer;
use ndarray::Array3;

use crate::subject::{SEED, Subject, largest};
use crate::{Check, Finding};

/// Largest departure of an affine layer: rounding in f32.
const TOLERANCE: f64 = 1e-5;

/// What a layer that is not declared affine has to exceed on some input.
const DEPARTURE: f64 = 1e-3;

/// A declared layer is affine at every shape; another shows at one shape at least that it is not. (At a single step
/// attention is affine too: a softmax over one logit is 1.)
pub(crate) fn affine(subjects: &[Subject<'_>]) -> Vec<Finding> {
    let mut found = Vec::new();
    let mut furthest: Option<f64> = None;
    for subject in subjects {
        let layer = subject.layer(SEED);
        let departure = departure(layer.as_ref(), subject);
        if layer.is_affine() {
            found.push(Finding::new(Check::Affine, departure, TOLERANCE, "").at("", Some(subject.shape)));
        } else {
            furthest = Some(furthest.unwrap_or(0.0).max(departure));
        }
    }
    let detail = "not declared affine, so some input has to depart by more than the tolerance";
    found.extend(furthest.map(|furthest| Finding::above(Check::Affine, furthest, DEPARTURE, detail)));
    found
}

/// Whether the layer is affine at that shape.
pub(super) fn holds(layer: &dyn Layer, subject: &Subject<'_>) -> bool {
    departure(layer, subject) <= TOLERANCE
}

/// |f(a + b) − f(a) − f(b) + f(0)|, relative to the largest output.
fn departure(layer: &dyn Layer, subject: &Subject<'_>) -> f64 {
    let f = |x: Array3<f32>| layer.forward(x).0;
    let (a, b) = (subject.input(SEED, "affine.a") * 2.0, subject.input(SEED, "affine.b") * 2.0);
    let (sum, origin) = (f(&a + &b), f(Array3::zeros(a.dim())));
    let (f_a, f_b) = (f(a), f(b));
    let scale = [&sum, &f_a, &f_b].into_iter().map(largest).fold(f64::from(f32::MIN_POSITIVE), f64::max);
    largest(&(sum - f_a - f_b + origin)) / scale
}
