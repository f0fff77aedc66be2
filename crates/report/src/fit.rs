//! Straight lines through measured points: how a time grows with the length.

use crate::stats::t_quantile;

/// Shorter sequences than this are bound by what a call costs by itself, and are never fitted.
pub const FIRST_FITTED: f64 = 512.0;
/// Longer sequences than this are in no tail: not every layer is timed there, and exponents are compared.
pub const LAST_FITTED: f64 = 8192.0;
/// How many points the tail has.
const TAIL: usize = 4;

/// y = intercept · x^slope.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Fit {
    /// The exponent of x.
    pub slope: f64,
    /// Half the 95 % Student-t interval of the slope, from the residuals; none below three points, which have no
    /// residuals to speak of.
    pub half: Option<f64>,
    /// Natural logarithm of y at x = 1.
    pub intercept: f64,
}

impl Fit {
    /// The fitted y.
    pub fn at(&self, x: f64) -> f64 {
        (self.intercept + self.slope * x.ln()).exp()
    }
}

/// y = a + b·x.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Line {
    /// y at x = 0.
    pub a: f64,
    /// Growth of y with x.
    pub b: f64,
}

impl Line {
    /// The x at which the growing part is as large as the constant one; none where either is not above 0.
    pub fn balance(&self) -> Option<f64> {
        (self.a > 0.0 && self.b > 0.0).then(|| self.a / self.b)
    }
}

/// The last four points at [`FIRST_FITTED`] ≤ x ≤ [`LAST_FITTED`], fewer where there are fewer; `points` (x, y) ascend
/// in x.
pub fn tail(points: &[(f64, f64)]) -> &[(f64, f64)] {
    let long = fitted(&points[..points.partition_point(|(x, _)| *x <= LAST_FITTED)]);
    &long[long.len().saturating_sub(TAIL)..]
}

/// All points at x ≥ [`FIRST_FITTED`]; `points` (x, y) ascend in x.
pub fn fitted(points: &[(f64, f64)]) -> &[(f64, f64)] {
    &points[points.partition_point(|(x, _)| *x < FIRST_FITTED)..]
}

/// Least squares on the logarithms of `points` (x, y), all above 0. None below two different x.
pub fn log_log(points: &[(f64, f64)]) -> Option<Fit> {
    let logs: Vec<(f64, f64)> = points.iter().map(|(x, y)| (x.ln(), y.ln())).collect();
    let Line { a: intercept, b: slope } = least_squares(&logs, |_| 1.0)?;
    let count = logs.len();
    let half = (count > 2).then(|| {
        let mean = logs.iter().map(|(x, _)| x).sum::<f64>() / count as f64;
        let spread: f64 = logs.iter().map(|(x, _)| (x - mean).powi(2)).sum();
        let squares: f64 = logs.iter().map(|(x, y)| (y - intercept - slope * x).powi(2)).sum();
        t_quantile(count - 2) * (squares / (count - 2) as f64 / spread).sqrt()
    });
    Some(Fit { slope, half, intercept })
}

/// Least squares on `points` (x, y), y above 0, each weighted by 1/y²: what counts is the relative error, so that the
/// longest sequence does not decide alone. None below two different x.
pub fn linear(points: &[(f64, f64)]) -> Option<Line> {
    least_squares(points, |y| 1.0 / (y * y))
}

fn least_squares(points: &[(f64, f64)], weight: impl Fn(f64) -> f64) -> Option<Line> {
    let mean = |of: fn(&(f64, f64)) -> f64| {
        let weights: f64 = points.iter().map(|(_, y)| weight(*y)).sum();
        points.iter().map(|point| weight(point.1) * of(point)).sum::<f64>() / weights
    };
    let (x_mean, y_mean) = (mean(|(x, _)| *x), mean(|(_, y)| *y));
    let sum = |of: &dyn Fn(f64, f64) -> f64| points.iter().map(|(x, y)| weight(*y) * of(x - x_mean, y - y_mean)).sum();
    let (squares, products): (f64, f64) = (sum(&|x, _| x * x), sum(&|x, y| x * y));
    let differ = points.iter().any(|(x, _)| *x != points[0].0);
    differ.then(|| Line { a: y_mean - products / squares * x_mean, b: products / squares })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn near(found: f64, expected: f64) -> bool {
        (found - expected).abs() < 1e-9 * expected.abs().max(1.0)
    }

    /// ln y = 0, 1, 1, 2 at ln x = 0, 1, 2, 3. By hand: the mean of x is 3/2, Σ(x − mean)² = 5, Σ(x − mean)·y = 3, so
    /// the slope is 3/5 and the intercept 1 − 9/10; the residuals −0.1, 0.3, −0.3, 0.1 have the squares 0.2, so the
    /// slope's error is √(0.2/2/5) = √0.02, and t(2) = 4.302653.
    #[test]
    fn a_slope_and_its_interval_are_those_of_a_hand_computed_case() {
        let points: Vec<_> =
            [(0, 0), (1, 1), (2, 1), (3, 2)].map(|(x, y)| (f64::exp(x.into()), f64::exp(y.into()))).into();
        let fit = log_log(&points).unwrap();
        assert!(near(fit.slope, 0.6) && near(fit.intercept, 0.1), "{fit:?}");
        assert!((fit.half.unwrap() - 4.302_653 * 0.02f64.sqrt()).abs() < 1e-6, "{fit:?}");
        assert!(near(fit.at(1f64.exp()), 0.7f64.exp()));
    }

    #[test]
    fn a_power_is_found_and_few_points_have_no_interval() {
        let power = |x: f64| (x, 3.0 * x.powf(1.5));
        let fit = log_log(&[2.0, 7.0, 9.0].map(power)).unwrap();
        assert!(near(fit.slope, 1.5) && near(fit.intercept, 3f64.ln()) && fit.half.unwrap() < 1e-9);
        let two = log_log(&[2.0, 7.0].map(power)).unwrap();
        assert!(near(two.slope, 1.5) && two.half.is_none());
        assert_eq!(log_log(&[power(2.0), power(2.0)]), None);
        assert_eq!(log_log(&[]), None);
    }

    /// y = 1 and 2 and 4 at x = 0, 1, 2 with weights 1, 1/4, 1/16. By hand: the weights' sum is 21/16, Σwx = 6/16,
    /// Σwx² = 8/16, Σwy = 28/16, Σwxy = 16/16, so b = (21·16 − 6·28)/(21·8 − 36) = 168/132 and a = (28 − 6·b)/21.
    #[test]
    fn small_values_weigh_as_much_as_large_ones() {
        let line = linear(&[(0.0, 1.0), (1.0, 2.0), (2.0, 4.0)]).unwrap();
        let b = 168.0 / 132.0;
        assert!(near(line.b, b) && near(line.a, (28.0 - 6.0 * b) / 21.0), "{line:?}");
        assert!(near(line.balance().unwrap(), line.a / b));
        let exact = linear(&[512.0, 1024.0, 8192.0].map(|n| (n, 256.0 + n))).unwrap();
        assert!(near(exact.balance().unwrap(), 256.0), "{exact:?}");
        assert_eq!(linear(&[(1.0, 2.0), (2.0, 1.0)]).unwrap().balance(), None, "it falls");
        assert_eq!(linear(&[(1.0, 2.0)]), None);
    }

    #[test]
    fn the_tail_is_the_same_however_far_the_points_go() {
        let points: Vec<_> = (5..17).map(|power| (f64::from(1 << power), 1.0)).collect();
        assert_eq!(tail(&points).iter().map(|(n, _)| *n).collect::<Vec<_>>(), [1024.0, 2048.0, 4096.0, 8192.0]);
        assert_eq!((tail(&points[..6]).len(), fitted(&points).len(), tail(&points[..4]).len()), (2, 8, 0));
    }
}
