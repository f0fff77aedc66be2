//! The effective field of one output step: how the mass of its gradient lies over the input steps.
//!
//! Most of a declared reach carries next to nothing: a stack of n equal kernels of k taps reaches n(k − 1) + 1 steps, but its
//! gradient is a bell whose standard deviation grows as √n (Luo et al. 2016, arXiv 1701.04128). A width needs a rule, and
//! two are in use. For a Gaussian of deviation σ:
//!
//! | rule | to each side |
//! |---|---|
//! | [`Profile::width_mass`] of 0.9545: the shortest run of steps with 95.45 % of the mass | 2 σ |
//! | [`Profile::width_peak`] of 0.0455: the steps above 4.55 % of the peak, the rule of Luo et al. | 2.49 σ |

use layer::Layer;
use ndarray::{Array1, Array3, Axis};

use crate::jacobian::{Pullback, to_shares};

/// What counts as mass of a gradient.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Measure {
    /// |gradient|. A stack of n box kernels of k taps has deviation √(n(k² − 1)/12) by this one, exactly.
    Magnitude,
    /// gradient², as in maps and wiring. The square of a bell is a bell that is narrower by √2.
    Energy,
}

impl Measure {
    /// The mass of one number of a gradient.
    pub fn mass(self, gradient: f64) -> f64 {
        match self {
            Self::Magnitude => gradient.abs(),
            Self::Energy => gradient * gradient,
        }
    }
}

/// The effective field of the step `output`: mass by input step, over features, sequences and `directions`
/// (see [`jacobian`](crate::jacobian)).
///
/// `x` is (batch, time, feature). One forward, and a backward for each direction.
///
/// # Panics
/// When the layer does not take `x`, there is no output step `output`, `directions` is 0, or a gradient is not finite.
pub fn field(
    layer: &dyn Layer,
    x: Array3<f32>,
    output: usize,
    directions: usize,
    seed: u64,
    measure: Measure,
) -> Profile {
    let masses = Pullback::of(layer, x).masses(output, directions, seed, |d| measure.mass(d));
    Profile::from_energy(output, &masses.sum_axis(Axis(0)).to_vec())
}

/// Shares of one output step's gradient, by input step.
#[derive(Clone, Debug, PartialEq)]
pub struct Profile {
    /// The output step.
    pub output: usize,
    /// Share of each input step: their sum is 1, or all are 0.
    pub shares: Vec<f64>,
}

impl Profile {
    /// From masses by input step, of whatever unit.
    ///
    /// # Panics
    /// When a mass is negative, infinite or NaN.
    pub fn from_energy(output: usize, energy: &[f64]) -> Self {
        assert!(energy.iter().all(|mass| mass.is_finite() && *mass >= 0.0), "a mass that is none: {energy:?}");
        let mut shares = Array1::from(energy.to_vec());
        to_shares(shares.view_mut());
        Self { output, shares: shares.to_vec() }
    }

    /// Every lag (output step minus input step) and its share, from the furthest ahead to the furthest back.
    pub fn by_lag(&self) -> impl Iterator<Item = (isize, f64)> {
        self.shares.iter().enumerate().rev().map(|(input, share)| (self.output as isize - input as isize, *share))
    }

    /// Mean of the lag, in steps; `None` when all shares are 0.
    pub fn mean_lag(&self) -> Option<f64> {
        self.mean(|lag| lag)
    }

    /// Standard deviation of the lag about its mean, in steps; `None` when all shares are 0.
    pub fn deviation(&self) -> Option<f64> {
        let middle = self.mean_lag()?;
        self.mean(|lag| (lag - middle).powi(2)).map(f64::sqrt)
    }

    fn mean(&self, of: impl Fn(f64) -> f64) -> Option<f64> {
        // Divided by the sum of the shares, which is 1 only up to rounding.
        let total: f64 = self.shares.iter().sum();
        (total > 0.0).then(|| self.by_lag().map(|(lag, share)| share * of(lag as f64)).sum::<f64>() / total)
    }

    /// Length, in steps, of the shortest run of input steps that holds at least `share` (0 to 1) of the mass; 0 when all
    /// shares are 0.
    pub fn width_mass(&self, share: f64) -> usize {
        let mut until = vec![0.0];
        until.extend(self.shares.iter().scan(0.0, |sum, share| {
            *sum += share;
            Some(*sum)
        }));
        let wanted = share * until[self.shares.len()];
        let (mut end, mut shortest) = (0, self.shares.len());
        for start in 0..self.shares.len() {
            end = end.max(start);
            while end < self.shares.len() && until[end] - until[start] < wanted {
                end += 1;
            }
            if until[end] - until[start] >= wanted {
                shortest = shortest.min(end - start);
            }
        }
        shortest
    }

    /// Number of input steps whose share is above that part (0 to 1) of the largest share.
    pub fn width_peak(&self, part: f64) -> usize {
        let peak = self.shares.iter().copied().fold(0.0, f64::max);
        self.shares.iter().filter(|share| **share > part * peak).count()
    }
}

/// Least-squares slope of ln y on ln x: a in y ≈ c·xᵃ. NaN with fewer than two different x, or with a number that is not
/// above 0.
pub fn exponent(pairs: &[(f64, f64)]) -> f64 {
    let logs: Vec<(f64, f64)> = pairs.iter().map(|(x, y)| (x.ln(), y.ln())).collect();
    let mean = |of: fn(&(f64, f64)) -> f64| logs.iter().map(of).sum::<f64>() / logs.len() as f64;
    let (x_mean, y_mean) = (mean(|log| log.0), mean(|log| log.1));
    let (with_y, with_x) = logs.iter().fold((0.0, 0.0), |(with_y, with_x), (x, y)| {
        let x = x - x_mean;
        (with_y + x * (y - y_mean), with_x + x * x)
    });
    with_y / with_x
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{boxes, zoo};
    use layer::init::normal;

    fn gaussian(deviation: f64, time: usize) -> Profile {
        let middle = time as f64 / 2.0;
        let mass = |step| (-0.5 * ((step as f64 - middle) / deviation).powi(2)).exp();
        Profile::from_energy(time - 1, &(0..time).map(mass).collect::<Vec<f64>>())
    }

    /// Both rules of width, on a bell so wide that steps are fine.
    #[test]
    fn widths_of_a_gaussian() {
        let bell = gaussian(500.0, 10_000);
        assert!((bell.deviation().unwrap() - 500.0).abs() < 1e-6);
        assert!((bell.mean_lag().unwrap() - 4999.0).abs() < 1e-6);
        assert!((bell.width_mass(0.9545) as f64 / 500.0 - 4.0).abs() < 0.005, "{}", bell.width_mass(0.9545));
        let to_a_side = (2.0 * (1.0 / 0.0455f64).ln()).sqrt();
        assert!((to_a_side - 2.49).abs() < 0.005);
        assert!((bell.width_peak(0.0455) as f64 / 500.0 - 2.0 * to_a_side).abs() < 0.005);
    }

    #[test]
    fn widths_by_hand() {
        let profile = Profile::from_energy(3, &[2.0, 0.0, 1.0, 4.0, 1.0]);
        assert_eq!(profile.shares, [0.25, 0.0, 0.125, 0.5, 0.125]);
        assert_eq!(profile.by_lag().collect::<Vec<_>>(), [(-1, 0.125), (0, 0.5), (1, 0.125), (2, 0.0), (3, 0.25)]);
        assert_eq!(profile.mean_lag(), Some(0.75));
        assert_eq!([0.0, 0.5, 0.6, 0.75, 0.8, 1.0].map(|share| profile.width_mass(share)), [0, 1, 2, 3, 4, 5]);
        assert_eq!([0.0, 0.25, 0.3, 0.5].map(|part| profile.width_peak(part)), [4, 2, 2, 1]);
    }

    #[test]
    fn an_empty_field_has_no_width() {
        let profile = Profile::from_energy(1, &[0.0; 3]);
        assert_eq!((profile.deviation(), profile.mean_lag()), (None, None));
        assert_eq!((profile.width_mass(0.9545), profile.width_peak(0.0455)), (0, 0));
    }

    #[test]
    #[should_panic(expected = "a mass that is none")]
    fn a_mass_that_is_not_a_number_is_refused() {
        Profile::from_energy(0, &[1.0, f64::NAN]);
    }

    /// The closed form for box kernels: variances of uniform lags add up.
    #[test]
    fn box_kernels_have_the_deviation_of_the_closed_form() {
        for (kernel, depth) in [3, 5].into_iter().flat_map(|kernel| [5, 10, 20, 40].map(|depth| (kernel, depth))) {
            let x: Array3<f32> = normal((1, 200, 1), 1.0, 1, "x");
            let profile = field(&boxes(depth, kernel), x, 199, 1, 1, Measure::Magnitude);
            let want = (depth as f64 * ((kernel * kernel) as f64 - 1.0) / 12.0).sqrt();
            let got = profile.deviation().unwrap();
            assert!((got - want).abs() < 1e-6, "kernel {kernel}, depth {depth}: {got} for {want}");
            let mean = (depth * (kernel - 1)) as f64 / 2.0;
            assert!((profile.mean_lag().unwrap() - mean).abs() < 1e-5, "kernel {kernel}, depth {depth}");
        }
    }

    /// Squares of one box are the box; squares of many are a bell narrower by √2.
    #[test]
    fn energy_is_narrower_than_magnitude() {
        let deviation = |depth, measure| {
            let x: Array3<f32> = normal((1, 200, 1), 1.0, 1, "x");
            field(&boxes(depth, 5), x, 199, 1, 1, measure).deviation().unwrap()
        };
        let ratio = |depth| deviation(depth, Measure::Magnitude) / deviation(depth, Measure::Energy);
        assert!((ratio(1) - 1.0).abs() < 1e-6);
        assert!((ratio(40) - 2f64.sqrt()).abs() < 0.01, "{}", ratio(40));
    }

    #[test]
    fn a_field_sums_over_the_batch() {
        let layer = zoo("attention", "heads = 2", 6, 8);
        let x: Array3<f32> = normal((4, 6, 8), 1.0, 2, "x");
        let energy = crate::energy_of(layer.as_ref(), x.clone(), 5, 3, 9).sum_axis(Axis(0)).to_vec();
        assert_eq!(field(layer.as_ref(), x, 5, 3, 9, Measure::Energy), Profile::from_energy(5, &energy));
    }

    #[test]
    fn exponents_of_powers_come_back() {
        let power = |x: f64| (x, 3.0 * x.powf(0.5));
        assert!((exponent(&[1.0, 2.0, 4.0, 32.0].map(power)) - 0.5).abs() < 1e-12);
        // By hand: ln x = 0, 1, 2 and ln y = 0, 0, 3.
        let e = std::f64::consts::E;
        assert!((exponent(&[(1.0, 1.0), (e, 1.0), (e * e, e.powi(3))]) - 1.5).abs() < 1e-12);
        assert!(exponent(&[(2.0, 1.0), (2.0, 3.0)]).is_nan());
    }
}
