//! The backward of an affine layer is its transpose.

use layer::Layer;
use ndarray::Array3;

use super::affine;
use crate::subject::{SEED, Subject, dot};
use crate::{Check, Finding};

/// Rounding in f32.
const TOLERANCE: f64 = 1e-5;

/// Of a layer that is affine as declared; one that is not is the affair of [`Check::Affine`].
pub(crate) fn adjoint(subject: &Subject<'_>) -> Vec<Finding> {
    let layer = subject.layer(SEED);
    if !layer.is_affine() {
        return vec![Finding::skipped(Check::Adjoint, "not an affine layer")];
    }
    if !affine::holds(layer.as_ref(), subject) {
        return vec![Finding::skipped(Check::Adjoint, "not affine, though declared to be")];
    }
    vec![Finding::new(Check::Adjoint, departure(layer.as_ref(), subject), TOLERANCE, "")]
}

/// |⟨A·u, v⟩ − ⟨u, Aᵀ·v⟩| / (‖A·u‖·‖v‖), where A·u = f(u) − f(0) and Aᵀ is the backward at 0.
fn departure(layer: &dyn Layer, subject: &Subject<'_>) -> f64 {
    let (u, v) = (subject.input(SEED, "affine.u"), subject.cotangent(layer, SEED, "affine.v"));
    let (origin, cache) = layer.forward(Array3::zeros(u.dim()));
    let (back, _) = layer.backward(&cache, v.view());
    let forth = layer.forward(u.clone()).0 - origin;
    let scale = (dot(&forth, &forth) * dot(&v, &v)).sqrt().max(f64::from(f32::MIN_POSITIVE));
    (dot(&forth, &v) - dot(&u, &back)).abs() / scale
}
