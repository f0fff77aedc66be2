//! Softmax of a row, and its backward.

use pulp::Arch;

use crate::exp::exp;

/// Number of independent partial sums: wide enough for any vector register, and
/// fixed, so that the order of summation does not depend on the machine.
const LANES: usize = 16;

/// x ← softmax(x), stable at any magnitude: the largest logit is taken away
/// first. A logit of −∞ gets exactly 0; a row of nothing but −∞ (a query that
/// may look nowhere) becomes zeros. Returns log Σ exp, or −∞ for such a row.
pub fn softmax_in_place(x: &mut [f32]) -> f32 {
    let max = largest(x);
    if max == f32::NEG_INFINITY {
        x.fill(0.0);
        return max;
    }
    let sum = exp_of_difference(x, max);
    let scale = 1.0 / sum;
    Arch::new().dispatch(|| {
        for v in x.iter_mut() {
            *v *= scale;
        }
    });
    max + sum.ln()
}

/// d ← y ⊙ (d − Σ d·y): the gradient of the logits from that of y = softmax(x).
///
/// # Panics
/// When lengths differ.
pub fn softmax_backward_in_place(d: &mut [f32], y: &[f32]) {
    assert_eq!(d.len(), y.len());
    let dot = dot(d, y);
    Arch::new().dispatch(|| {
        for (d, y) in d.iter_mut().zip(y) {
            *d = y * (*d - dot);
        }
    });
}

/// The largest element; NaN if any element is NaN, so that divergence is seen.
fn largest(x: &[f32]) -> f32 {
    let mut lanes = [f32::NEG_INFINITY; LANES];
    let mut nan = [0u32; LANES];
    Arch::new().dispatch(|| {
        let chunks = x.chunks_exact(LANES);
        let rest = chunks.remainder();
        for chunk in chunks.chain(std::iter::once(rest)) {
            for ((lane, nan), v) in lanes.iter_mut().zip(&mut nan).zip(chunk) {
                *lane = if *v > *lane { *v } else { *lane };
                *nan |= u32::from(v.is_nan());
            }
        }
    });
    if nan.iter().any(|n| *n != 0) {
        return f32::NAN;
    }
    lanes.iter().copied().fold(f32::NEG_INFINITY, f32::max)
}

/// x ← exp(x − max); returns the sum.
fn exp_of_difference(x: &mut [f32], max: f32) -> f32 {
    let mut lanes = [0f32; LANES];
    Arch::new().dispatch(|| {
        let mut chunks = x.chunks_exact_mut(LANES);
        for chunk in &mut chunks {
            for (lane, v) in lanes.iter_mut().zip(chunk) {
                *v = exp(*v - max);
                *lane += *v;
            }
        }
        for (lane, v) in lanes.iter_mut().zip(chunks.into_remainder()) {
            *v = exp(*v - max);
            *lane += *v;
        }
    });
    lanes.iter().sum()
}

fn dot(a: &[f32], b: &[f32]) -> f32 {
    let mut lanes = [0f32; LANES];
    Arch::new().dispatch(|| {
        for (a, b) in a.chunks(LANES).zip(b.chunks(LANES)) {
            for ((lane, a), b) in lanes.iter_mut().zip(a).zip(b) {
                *lane += a * b;
            }
        }
    });
    lanes.iter().sum()
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

        #[test]
        fn backward_is_the_plain_jacobian(x in prop::collection::vec(-4f32..4.0, 1..40), salt in 0u32..50) {
            let mut y = x.clone();
            softmax_in_place(&mut y);
            let d: Vec<f32> = (0..x.len()).map(|i| ((i as u32 * 31 + salt) % 17) as f32 / 8.0 - 1.0).collect();
            let mut got = d.clone();
            softmax_backward_in_place(&mut got, &y);
            for i in 0..x.len() {
                let want: f64 = (0..x.len())
                    .map(|j| f64::from(d[j]) * f64::from(y[j]) * (f64::from(u8::from(i == j)) - f64::from(y[i])))
                    .sum();
                prop_assert!((f64::from(got[i]) - want).abs() < 1e-5);
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
    }
}
