//! How time and FLOPs grow with the length: exponents of n, fitted to the tail, and the length from which on the square
//! term rules.

use super::cut::Curve;
use crate::fit::{self, Fit};

/// A line through fewer lengths than this leaves nothing over to hold it against.
const FEWEST: usize = 3;

/// Exponent of n in the time of a sequence; none without two long sequences.
pub fn time_growth(curve: &Curve) -> Option<Fit> {
    fit::log_log(fit::tail(&curve.points(|sample| Some(sample.per_sequence()))))
}

/// Exponent of n in the declared FLOPs of a sequence, on the same lengths; none without FLOPs.
pub fn flops_growth(curve: &Curve) -> Option<Fit> {
    fit::log_log(fit::tail(&curve.points(|sample| sample.flops_per_sequence())))
}

/// Where the part of a token's cost that grows with n is as large as the rest.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SquareTerm {
    /// Steps, not whole: a/b of a + b·n.
    pub n: f64,
    /// The shortest length in the fit.
    pub fitted_from: f64,
}

/// By the declared FLOPs and by the times, fitted at n ≥ 512. None where a cost does not grow, or was had at fewer than
/// three lengths.
pub fn square_term(curve: &Curve) -> (Option<SquareTerm>, Option<SquareTerm>) {
    let balance = |points: Vec<(f64, f64)>| {
        let long = fit::fitted(&points);
        let n = fit::linear(long).filter(|_| long.len() >= FEWEST)?.balance()?;
        Some(SquareTerm { n, fitted_from: long[0].0 })
    };
    let flops = curve.points(|sample| Some(sample.flops_per_sequence()? / sample.n as f64));
    (balance(flops), balance(curve.points(|sample| Some(sample.per_token()[1]))))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::timing_fixture;
    use crate::timings::{Cut, curves};

    /// 8·d² + 2·d + 2·n·d at d = 64: both parts are equal at n = 257. Two lengths give nothing.
    #[test]
    fn a_square_term_needs_three_lengths() {
        let rows = timing_fixture::rows();
        let of = |longest: u64| {
            let rows: Vec<_> = rows.iter().filter(|row| row.n.is_none_or(|n| n <= longest)).cloned().collect();
            let cut = Cut { width: 64, pass: "forward", threads: 2 };
            square_term(&curves(&rows, cut, &["attention".to_owned()]).unwrap()[0])
        };
        let (flops, time) = of(2048);
        assert!((flops.unwrap().n - 257.0).abs() < 1e-6, "{flops:?}");
        assert_eq!([flops, time].map(|it| it.unwrap().fitted_from), [512.0; 2]);
        assert_eq!(of(1024), (None, None));
    }
}
