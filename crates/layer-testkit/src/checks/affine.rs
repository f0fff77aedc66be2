//! The claim to be affine: held in both directions.

use layer::Layer;
use ndarray::Array3;

use crate::subject::{SEED, Subject, dot, largest};
use crate::{Check, Finding, Outcome};

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
        if layer.is_affine() {
            let (sum, adjoint) = (departure(layer.as_ref(), subject), adjoint(layer.as_ref(), subject));
            let detail = format!("sums {sum:.1e}, adjoint identity {adjoint:.1e}");
            // The larger one; NaN, which `max` would drop, is taken.
            let measured = if sum > adjoint || sum.is_nan() { sum } else { adjoint };
            found.push(Finding::new(Check::Affine, measured, TOLERANCE, detail).at("", Some(subject.shape)));
        } else {
            furthest = Some(furthest.unwrap_or(0.0).max(departure(layer.as_ref(), subject)));
        }
    }
    found.extend(furthest.map(|measured| {
        let outcome = if measured > DEPARTURE { Outcome::Passed } else { Outcome::Failed };
        let detail = "not declared affine, so some input has to depart by more than the tolerance";
        Finding { outcome, ..Finding::new(Check::Affine, measured, DEPARTURE, detail) }
    }));
    found
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

/// |⟨A·u, v⟩ − ⟨u, Aᵀ·v⟩| / (‖A·u‖·‖v‖), where A·u = f(u) − f(0) and Aᵀ is the backward at 0.
fn adjoint(layer: &dyn Layer, subject: &Subject<'_>) -> f64 {
    let (u, v) = (subject.input(SEED, "affine.u"), subject.input(SEED, "affine.v"));
    let (origin, cache) = layer.forward(Array3::zeros(u.dim()));
    let (back, _) = layer.backward(&cache, v.view());
    let forth = layer.forward(u.clone()).0 - origin;
    let scale = (dot(&forth, &forth) * dot(&v, &v)).sqrt().max(f64::from(f32::MIN_POSITIVE));
    (dot(&forth, &v) - dot(&u, &back)).abs() / scale
}
