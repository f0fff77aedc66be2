//! Softmax of a row.

use pulp::NullaryFnOnce;

use crate::exp::exp;
use crate::isa;
use crate::lanes::{LANES, reduce};

/// x ← softmax(x), stable at any magnitude: the largest logit is taken away
/// first. A logit of −∞ gets exactly 0; a row of nothing but −∞ (a query that
/// may look nowhere) becomes zeros. Returns log Σ exp, or −∞ for such a row.
// Inlined, so that the logarithm goes where nobody asks for it.
#[inline]
pub fn softmax_in_place(x: &mut [f32]) -> f32 {
    let (max, sum) = isa::run(Softmax(x));
    max + sum.ln()
}

// A named type in place of a closure: an instruction set is only used by what is inlined into the dispatch, and a
// closure of this size is not.
struct Softmax<'a>(&'a mut [f32]);

impl NullaryFnOnce for Softmax<'_> {
    /// The largest logit and Σ exp(logit − largest).
    type Output = (f32, f32);

    #[inline(always)]
    fn call(self) -> Self::Output {
        let x = self.0;
        let max = largest(x);
        if max == f32::NEG_INFINITY {
            // A NaN is never the largest; with any other logit than −∞ it shows in the sum.
            let nothing = if x.iter().any(|v| v.is_nan()) { f32::NAN } else { 0.0 };
            x.fill(nothing);
            return (max + nothing, 1.0);
        }
        let sum = exp_of_difference(x, max);
        let scale = 1.0 / sum;
        for v in x.iter_mut() {
            *v *= scale;
        }
        (max, sum)
    }
}

// The parts below are inlined into the dispatched code above, and fill the last lanes up with what changes nothing:
// a scalar tail of up to 15 exponentials cost as much as the rest of a row of 64.

/// The largest element that is a number; −∞ if there is none.
#[inline(always)]
fn largest(x: &[f32]) -> f32 {
    let (chunks, rest) = x.as_chunks::<LANES>();
    let mut lanes = filled_up(rest, f32::NEG_INFINITY);
    for chunk in chunks {
        for (lane, v) in lanes.iter_mut().zip(chunk) {
            *lane = if *v > *lane { *v } else { *lane };
        }
    }
    reduce(lanes, |a, b| if b > a { b } else { a })
}

/// x ← exp(x − max); returns the sum.
#[inline(always)]
fn exp_of_difference(x: &mut [f32], max: f32) -> f32 {
    let mut lanes = [0f32; LANES];
    let (chunks, rest) = x.as_chunks_mut::<LANES>();
    let mut last = filled_up(rest, f32::NEG_INFINITY);
    for chunk in chunks.iter_mut().chain([&mut last]) {
        for (lane, v) in lanes.iter_mut().zip(chunk) {
            *v = exp(*v - max);
            *lane += *v;
        }
    }
    rest.copy_from_slice(&last[..rest.len()]);
    reduce(lanes, |a, b| a + b)
}

#[inline(always)]
fn filled_up(rest: &[f32], with: f32) -> [f32; LANES] {
    let mut lanes = [with; LANES];
    lanes[..rest.len()].copy_from_slice(rest);
    lanes
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn plain(x: &[f32]) -> Vec<f64> {
        let max = x.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        let e: Vec<f64> = x.iter().map(|v| (f64::from(*v) - f64::from(max)).exp()).collect();
        let sum: f64 = e.iter().sum();
        e.iter().map(|v| v / sum).collect()
    }

    proptest! {
        #[test]
        fn percentages_at_any_magnitude(x in prop::collection::vec(-1e4f32..1e4, 1..70)) {
            let mut y = x.clone();
            softmax_in_place(&mut y);
            prop_assert!((y.iter().map(|v| f64::from(*v)).sum::<f64>() - 1.0).abs() < 1e-5);
            for (y, want) in y.iter().zip(plain(&x)) {
                prop_assert!((f64::from(*y) - want).abs() < 1e-6);
            }
        }
    }

    #[test]
    fn exact_on_huge_logits() {
        let mut y = [1e4, -1e4, 1e4 - 1.0];
        softmax_in_place(&mut y);
        let e = (-1f32).exp();
        assert!((y[0] - 1.0 / (1.0 + e)).abs() < 1e-6 && y[1] == 0.0);
    }

    #[test]
    fn a_fully_masked_row_is_zeros() {
        let mut y = [f32::NEG_INFINITY; 5];
        assert_eq!(softmax_in_place(&mut y), f32::NEG_INFINITY);
        assert_eq!(y, [0.0; 5]);
    }

    #[test]
    fn nan_is_not_hidden() {
        let mut y = [0.0, f32::NAN, 1.0];
        softmax_in_place(&mut y);
        assert!(y.iter().all(|v| v.is_nan()));
        let mut y = [f32::NEG_INFINITY, f32::NAN];
        assert!(softmax_in_place(&mut y).is_nan() && y.iter().all(|v| v.is_nan()));
    }
}
