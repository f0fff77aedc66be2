//! `mnist-1d`: which digit a curve of 40 numbers is a bent, moved and noisy copy of (Greydanus & Kobak 2020,
//! arXiv 2011.14439).
//!
//! Ten templates of 12 points are padded, stretched, scaled, moved around, put on correlated noise, made noisy once more,
//! sheared, and read at 40 points. This is the generator of the Python package `mnist1d` 0.0.2.post1, with NumPy's legacy
//! random numbers: **the same seed gives the same 5,000 samples in the same order**, 4,000 for training and 1,000 for the
//! test, 42 being the seed of the published set. Numbers agree to 1e-9, held by `tests/mnist_1d.rs`.
//!
//! With `positions = "shuffled"` the 40 numbers of every sample stand in one fixed drawn order, so that neighbours are no
//! neighbours any more: a layer that does not care for the order has the same task, and a convolution another one. The
//! order is that of the paper's notebook: `np.random.seed(42); np.random.permutation(40)`, whatever the `data_seed`. (The
//! package's own `shuffle_seq` draws another order, from what is left of the data's stream.)
//!
//! Sequences are taken from the set instead of drawn: training walks through the 4,000 samples again and again in the
//! order of the package, as the published loop does, and the test has the 1,000. The package has no **validation** split
//! and picks what it picks on the test; here validation has fresh samples of the same generator, with all bits of
//! `data_seed` turned over as seed, and the standard of the set (its mean and deviation; as published, these are taken over
//! training and test together). So a cell's own `seed` decides the model's parameters alone, and the spread over seeds
//! holds no other data.
//!
//! Example (seed 0, train, index 0; from the lowest of its 40 numbers to the highest):
//!
//! ```text
//! ▄▃▃▂▂▅██▆▄▁▂▄▇▆▄▅▆▆▇█▇▅▄▅▆▆▅▅▅▅▃▂▂▄▄▄▃▂▂ -> 2
//! ```
//!
//! Floors: always saying the digit that is most frequent in the test, and 1/10. There is no oracle: noise may hide a
//! digit, and nobody knows how often; people are said to be right in 96 %. Nor is there a lag: all of the sample says what
//! it is, and the lag is given as 0.

mod data_set;
mod random_state;
mod signal;

use std::f64::consts::LN_10;
use std::sync::OnceLock;

use serde::{Deserialize, Serialize};

use crate::settings::{SettingDoc, TaskDefinition, read};
use crate::{Answer, Floor, Sequence, Split, Target, Task};

pub use data_set::DataSet;
use data_set::{CLASSES, SAMPLES, Standard, TRAINING};

/// The row of this task in the table.
pub const DEFINITION: TaskDefinition = TaskDefinition {
    name: "mnist-1d",
    summary: "which digit a noisy curve of 40 numbers shows: the samples of the package mnist1d, seed by seed",
    settings: &[
        SettingDoc {
            name: "positions",
            values: "plain, shuffled (plain)",
            meaning: "the numbers stand as a curve, or in one fixed drawn order",
        },
        SettingDoc { name: "data_seed", values: "0 … 4294967295 (42)", meaning: "seed of the data set" },
    ],
    example: "positions = \"plain\"",
    build: |settings| Ok(Box::new(read::<Mnist1d>(settings)?)),
};

/// Steps of a sequence.
const STEPS: usize = 40;

/// Settings of `mnist-1d`.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mnist1d {
    /// In which order the numbers of a sample stand.
    #[serde(default)]
    pub positions: Positions,
    /// Seed of the data set, as in the package.
    #[serde(default = "published_seed")]
    pub data_seed: u32,
    #[serde(skip)]
    published: OnceLock<(DataSet, Standard)>,
    #[serde(skip)]
    validation: OnceLock<DataSet>,
}

fn published_seed() -> u32 {
    42
}

/// In which order the numbers of a sample stand.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Positions {
    /// As they were made: a curve.
    #[default]
    Plain,
    /// In one fixed drawn order, the same for every sample.
    Shuffled,
}

impl Mnist1d {
    fn is_shuffled(&self) -> bool {
        self.positions == Positions::Shuffled
    }

    /// Made when first asked for, and once.
    fn published(&self) -> &(DataSet, Standard) {
        self.published.get_or_init(|| DataSet::drawn(self.data_seed, None, self.is_shuffled()))
    }

    fn validation(&self) -> &DataSet {
        let standard = self.published().1;
        self.validation.get_or_init(|| DataSet::drawn(!self.data_seed, Some(standard), self.is_shuffled()).0)
    }

    fn test_labels(&self) -> &[usize] {
        &self.published().0.labels[TRAINING..]
    }
}

impl Task for Mnist1d {
    fn name(&self) -> &'static str {
        "mnist-1d"
    }

    fn time(&self) -> usize {
        STEPS
    }

    fn pairs(&self) -> Option<usize> {
        None
    }

    fn vocabularies(&self) -> Vec<usize> {
        Vec::new()
    }

    fn values(&self) -> usize {
        1
    }

    fn classes(&self) -> usize {
        CLASSES
    }

    fn lags(&self) -> Vec<usize> {
        vec![0]
    }

    fn available(&self, split: Split) -> Option<usize> {
        Some(match split {
            Split::Train => TRAINING,
            Split::Validation => SAMPLES,
            Split::Test => SAMPLES - TRAINING,
        })
    }

    /// Of the data set; `seed` changes nothing.
    fn sequence(&self, _seed: u64, split: Split, index: u64) -> Sequence {
        let (set, first) = match split {
            Split::Train => (&self.published().0, 0),
            Split::Test => (&self.published().0, TRAINING),
            Split::Validation => (self.validation(), 0),
        };
        let count = self.available(split).map_or(1, |count| count as u64);
        let at = first + (index % count) as usize;
        let values = set.values[at * STEPS..(at + 1) * STEPS].iter().map(|value| *value as f32).collect();
        Sequence { values, targets: vec![Target::class(STEPS - 1, set.labels[at], 0)], ..Sequence::default() }
    }

    fn oracle(&self, _sequence: &Sequence) -> Vec<Answer> {
        Vec::new()
    }

    fn floors(&self, _seed: u64) -> Vec<Floor> {
        let labels = self.test_labels();
        let most = (0..CLASSES).map(|digit| labels.iter().filter(|label| **label == digit).count()).max();
        vec![
            Floor { name: "majority class", accuracy: most.unwrap_or(0) as f64 / labels.len() as f64 },
            Floor { name: "1/10", accuracy: 1.0 / CLASSES as f64 },
        ]
    }

    fn loss_floors(&self) -> Vec<(&'static str, f64)> {
        vec![("1/10", LN_10)]
    }

    fn words(&self, sequence: &Sequence) -> Vec<String> {
        sequence.values.iter().map(|value| format!("{value:.2}")).collect()
    }

    fn render(&self, sequence: &Sequence) -> String {
        format!("{} -> {}", curve(&sequence.values), sequence.targets[0].answer.class())
    }
}

/// Numbers as bars, from the lowest of them to the highest.
fn curve(values: &[f32]) -> String {
    const BARS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
    let lowest = values.iter().copied().fold(f32::INFINITY, f32::min);
    let highest = values.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let bar = |value: &f32| ((value - lowest) / (highest - lowest).max(f32::MIN_POSITIVE) * 7.0).round() as usize;
    values.iter().map(|value| BARS[bar(value).min(7)]).collect()
}
