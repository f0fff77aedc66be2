//! One step that is read out alone is what it is among all.

use std::collections::BTreeSet;

use ndarray::{Axis, s};

use crate::subject::{SEED, Subject, largest};
use crate::{Check, Finding};

/// Sums of a row may be taken in another order.
const TOLERANCE: f64 = 1e-5;

/// The first step, one in the middle and the last.
fn steps(time: usize) -> BTreeSet<usize> {
    BTreeSet::from([0, time / 2, time - 1])
}

/// `forward_step` against the rows of `forward`.
pub(crate) fn forward(subject: &Subject<'_>) -> Vec<Finding> {
    let layer = subject.layer(SEED);
    let x = subject.input(SEED, "step.x");
    let (y, _) = layer.forward(x.clone());
    let scale = largest(&y).max(f64::from(f32::MIN_POSITIVE));
    let (mut worst, mut detail) = (0.0, String::new());
    for step in steps(y.dim().1) {
        let (got, want) = (layer.forward_step(x.view(), step), y.index_axis(Axis(1), step));
        if got.dim() != want.dim() {
            let detail = format!("step {step} has shape {:?} and not {:?}", got.dim(), want.dim());
            return vec![Finding::new(Check::ForwardStep, f64::INFINITY, TOLERANCE, detail)];
        }
        let difference = largest(&(&got - &want)) / scale;
        if difference > worst || difference.is_nan() {
            (worst, detail) = (difference, format!("step {step}"));
        }
    }
    vec![Finding::new(Check::ForwardStep, worst, TOLERANCE, detail)]
}

/// `match_step` against the rows of `attention_weights`.
pub(crate) fn weights(subject: &Subject<'_>) -> Vec<Finding> {
    let layer = subject.layer(SEED);
    let x = subject.input(SEED, "step.x");
    let all = layer.attention_weights(&layer.forward(x.clone()).1);
    let (mut worst, mut detail) = (0.0, String::new());
    for step in steps(subject.output(layer.as_ref()).time) {
        let (difference, what) = match (&all, layer.match_step(x.view(), step)) {
            (None, None) => (0.0, "neither there"),
            (Some(_), None) => (1.0, "only attention_weights is there"),
            (None, Some(_)) => (1.0, "only match_step is there"),
            (Some(all), Some(got)) => {
                let want = all.slice(s![.., .., step, ..]);
                let same = got.dim() == want.dim();
                (if same { largest(&(&got - &want)) } else { f64::INFINITY }, "both there")
            }
        };
        if difference > worst || difference.is_nan() {
            (worst, detail) = (difference, format!("step {step}, {what}"));
        }
    }
    vec![Finding::new(Check::MatchStep, worst, TOLERANCE, detail)]
}
