//! Mean and interval over seeds.

use std::f64::consts::FRAC_2_PI;

/// Mean of a few repetitions with its 95 % Student-t interval.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Summary {
    /// Number of repetitions.
    pub count: usize,
    /// Arithmetic mean.
    pub mean: f64,
    /// Half the width of the interval before clipping; none for a single repetition, which says nothing about spread.
    pub half: Option<f64>,
    /// Lower end; equal to the mean for a single repetition.
    pub low: f64,
    /// Upper end; equal to the mean for a single repetition.
    pub high: f64,
}

impl Summary {
    /// Mean and interval of `values`; none for an empty slice.
    pub fn of(values: &[f64]) -> Option<Self> {
        let count = values.len();
        if count == 0 {
            return None;
        }
        let mean = values.iter().sum::<f64>() / count as f64;
        let half = (count > 1).then(|| {
            let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
            let deviation = (squares / (count - 1) as f64).sqrt();
            t_quantile(count - 1) * deviation / (count as f64).sqrt()
        });
        let reach = half.unwrap_or(0.0);
        Some(Self { count, mean, half, low: mean - reach, high: mean + reach })
    }

    /// As [`Summary::of`], the interval clipped to [0, 1]: an accuracy cannot leave it.
    pub fn of_accuracies(values: &[f64]) -> Option<Self> {
        let clip = |value: f64| value.clamp(0.0, 1.0);
        Self::of(values).map(|all| Self { low: clip(all.low), high: clip(all.high), ..all })
    }
}

/// The middle value; the mean of the two middle ones for an even count. None for an empty slice.
pub fn median(values: &[f64]) -> Option<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let half = sorted.len() / 2;
    match sorted.len() {
        0 => None,
        odd if odd % 2 == 1 => Some(sorted[half]),
        _ => Some((sorted[half - 1] + sorted[half]) / 2.0),
    }
}

/// The `t` with P(|T| ≤ t) = 0.95 for Student's distribution with `freedom` ≥ 1 degrees of freedom.
///
/// Bisection on the finite series of Abramowitz and Stegun, Handbook of Mathematical Functions, 26.7.3 and 26.7.4.
pub fn t_quantile(freedom: usize) -> f64 {
    assert!(freedom >= 1, "an interval needs two repetitions");
    let (mut low, mut high) = (0.0, 16.0);
    for _ in 0..64 {
        let middle = (low + high) / 2.0;
        if central_mass(middle, freedom) < 0.95 { low = middle } else { high = middle }
    }
    (low + high) / 2.0
}

/// P(|T| ≤ t).
fn central_mass(t: f64, freedom: usize) -> f64 {
    let angle = (t / (freedom as f64).sqrt()).atan();
    let (sine, cosine) = angle.sin_cos();
    let odd = freedom % 2 == 1;
    let mut term = if odd { cosine } else { 1.0 };
    let mut sum = 0.0;
    let mut power = if odd { 1 } else { 0 };
    while power + 2 <= freedom {
        sum += term;
        power += 2;
        term *= cosine * cosine * (power - 1) as f64 / power as f64;
    }
    if odd { FRAC_2_PI * (angle + sine * sum) } else { sine * sum }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// NIST/SEMATECH e-Handbook of Statistical Methods, table 1.3.6.7.2, column 0.975.
    #[test]
    fn quantiles_equal_the_printed_table() {
        for (freedom, printed) in [
            (1, 12.706),
            (2, 4.303),
            (3, 3.182),
            (4, 2.776),
            (5, 2.571),
            (9, 2.262),
            (10, 2.228),
            (29, 2.045),
            (30, 2.042),
            (100, 1.984),
        ] {
            assert!((t_quantile(freedom) - printed).abs() < 6e-4, "{freedom}: {}", t_quantile(freedom));
        }
    }

    #[test]
    fn interval_of_three_seeds() {
        let summary = Summary::of(&[0.2, 0.3, 0.4]).unwrap();
        assert!((summary.mean - 0.3).abs() < 1e-12);
        assert!((summary.half.unwrap() - 4.302_653 * 0.1 / 3f64.sqrt()).abs() < 1e-6);
        assert!((summary.low - (0.3 - summary.half.unwrap())).abs() < 1e-12);
    }

    #[test]
    fn accuracies_stay_between_0_and_1_and_one_seed_has_no_interval() {
        let clipped = Summary::of_accuracies(&[0.9, 1.0, 1.0]).unwrap();
        assert_eq!(clipped.high, 1.0);
        assert!(clipped.low < clipped.mean && clipped.half.unwrap() > 1.0 - clipped.mean);
        let single = Summary::of_accuracies(&[0.5]).unwrap();
        assert_eq!((single.half, single.low, single.high), (None, 0.5, 0.5));
        assert_eq!(Summary::of(&[]), None);
    }

    #[test]
    fn medians() {
        assert_eq!(median(&[]), None);
        assert_eq!(median(&[3.0, 1.0, 2.0]), Some(2.0));
        assert_eq!(median(&[4.0, 1.0, 2.0, 3.0]), Some(2.5));
    }
}
