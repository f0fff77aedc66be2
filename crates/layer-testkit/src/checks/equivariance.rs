//! The claim not to see where a step stands: held in both directions.

use layer::{Layer, init};
use ndarray::{Array1, Array3, Axis};

use crate::subject::{SEED, Subject, largest};
use crate::{Check, Finding};

/// Largest departure of an equivariant layer: sums over steps are taken in another order.
const TOLERANCE: f64 = 1e-5;

/// What a layer that is not declared equivariant has to exceed in some order.
const DEPARTURE: f64 = 1e-3;

/// Random orders tried at each shape, beside the reversed one.
const ORDERS: u64 = 2;

/// A declared layer follows every order at every shape; another shows at one shape at least that it does not. (A single
/// step has one order.)
pub(crate) fn equivariance(subjects: &[Subject<'_>]) -> Vec<Finding> {
    let mut found = Vec::new();
    let mut furthest: Option<f64> = None;
    for subject in subjects.iter().filter(|subject| subject.shape.time > 1) {
        let layer = subject.layer(SEED);
        let departure = departure(layer.as_ref(), subject);
        if layer.is_permutation_equivariant() {
            found.push(Finding::new(Check::Equivariance, departure, TOLERANCE, "").at("", Some(subject.shape)));
        } else {
            furthest = Some(furthest.unwrap_or(0.0).max(departure));
        }
    }
    let detail = "not declared equivariant, so some order has to depart by more than the tolerance";
    found.extend(furthest.map(|furthest| Finding::above(Check::Equivariance, furthest, DEPARTURE, detail)));
    found
}

/// The largest |f(P·x) − P·f(x)| over some orders P, relative to the largest output.
fn departure(layer: &dyn Layer, subject: &Subject<'_>) -> f64 {
    let time = subject.shape.time;
    let x = subject.input(SEED, "equivariance.x");
    let (y, _) = layer.forward(x.clone());
    if y.dim().1 != time {
        // Steps that are not there cannot follow.
        return f64::INFINITY;
    }
    let scale = largest(&y).max(f64::from(f32::MIN_POSITIVE));
    let reversed: Vec<usize> = (0..time).rev().collect();
    let orders = std::iter::once(reversed).chain((0..ORDERS).map(|seed| random(time, seed)));
    let departures = orders.map(|order| {
        let (moved, _) = layer.forward(reordered(&x, &order));
        largest(&(moved - reordered(&y, &order))) / scale
    });
    // NaN stays, which `max` would drop.
    departures.fold(0.0, |most, departure| if departure > most || departure.is_nan() { departure } else { most })
}

/// The steps in the order of as many random numbers.
fn random(time: usize, seed: u64) -> Vec<usize> {
    let numbers: Array1<f32> = init::normal(time, 1.0, seed, "testkit.equivariance.order");
    let mut order: Vec<usize> = (0..time).collect();
    order.sort_by(|a, b| numbers[*a].total_cmp(&numbers[*b]));
    order
}

/// P·x: its step t is step `order[t]` of x.
fn reordered(x: &Array3<f32>, order: &[usize]) -> Array3<f32> {
    let mut moved = Array3::zeros(x.dim());
    for (mut to, from) in moved.axis_iter_mut(Axis(1)).zip(order) {
        to.assign(&x.index_axis(Axis(1), *from));
    }
    moved
}
