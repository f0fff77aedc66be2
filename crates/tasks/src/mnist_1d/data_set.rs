//! The data set: 5,000 samples, ordered and standardised as the package does.

use super::STEPS;
use super::random_state::RandomState;
use super::signal::{mean_and_deviation, sample, template};

/// Digits.
pub(super) const CLASSES: usize = 10;
/// Samples; equally many of each digit.
pub(super) const SAMPLES: usize = 5_000;
/// The first of them are for training, the others for the test.
pub(super) const TRAINING: usize = 4_000;
/// Seed of the one order of positions that the paper's notebook takes, whatever the data's.
const POSITIONS_SEED: u32 = 42;

/// Samples and their digits.
#[derive(Clone, Debug, PartialEq)]
pub struct DataSet {
    /// `(sample, time)`, row-major; 40 numbers each.
    pub values: Vec<f64>,
    /// The digit of each sample.
    pub labels: Vec<usize>,
}

/// What is taken off, and what the rest is divided by.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Standard {
    mean: f64,
    deviation: f64,
}

impl DataSet {
    /// `make_dataset` of the package with this seed: training samples first, then those of the test. All are
    /// standardised by one mean and one deviation, in which those of the test have their share. `shuffled` puts the
    /// positions into the order of the paper's notebook.
    pub fn published(seed: u32, shuffled: bool) -> Self {
        Self::drawn(seed, None, shuffled).0
    }

    /// The same with a standard from elsewhere, and the one that was used.
    pub(super) fn drawn(seed: u32, standard: Option<Standard>, shuffled: bool) -> (Self, Standard) {
        let mut random = RandomState::new(seed);
        let mut made: Vec<(usize, Vec<f64>)> = Vec::with_capacity(SAMPLES);
        for digit in 0..CLASSES {
            let template = template(digit);
            made.extend((0..SAMPLES / CLASSES).map(|_| (digit, sample(&template, &mut random))));
        }
        let order = random.permutation(SAMPLES);
        let positions: Vec<usize> =
            if shuffled { RandomState::new(POSITIONS_SEED).permutation(STEPS) } else { (0..STEPS).collect() };
        let mut values: Vec<f64> =
            order.iter().flat_map(|at| positions.iter().map(|step| made[*at].1[*step])).collect();
        let standard = standard.unwrap_or_else(|| {
            let (mean, deviation) = mean_and_deviation(&values);
            Standard { mean, deviation }
        });
        values.iter_mut().for_each(|value| *value = (*value - standard.mean) / standard.deviation);
        (Self { values, labels: order.iter().map(|at| made[*at].0).collect() }, standard)
    }
}
