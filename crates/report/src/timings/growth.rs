//! How time and FLOPs grow with the length: exponents of n, fitted to the tail.

use super::cut::Curve;
use crate::fit::{self, Fit};

/// Exponent of n in the time of a sequence; none without two long sequences.
pub fn time_growth(curve: &Curve) -> Option<Fit> {
    fit::log_log(fit::tail(&curve.points(|sample| Some(sample.per_sequence()))))
}

/// Exponent of n in the declared FLOPs of a sequence, on the same lengths; none without FLOPs.
pub fn flops_growth(curve: &Curve) -> Option<Fit> {
    fit::log_log(fit::tail(&curve.points(|sample| sample.flops_per_sequence())))
}
