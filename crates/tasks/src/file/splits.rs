//! Which sequence is in which split, and in which order a split is gone through.

use rand::Rng;
use rand::seq::SliceRandom;

use crate::settings::TaskError;
use crate::{Split, rng};

/// Numbers of the sequences of each split, in a drawn order: files are often sorted by label.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Splits {
    train: Vec<usize>,
    validation: Vec<usize>,
    test: Vec<usize>,
}

impl Splits {
    /// Those that the file gives.
    ///
    /// # Errors
    /// When one of the three is empty.
    pub(super) fn given(splits: &[Split], data_seed: u64) -> Result<Self, TaskError> {
        let of = |split: Split| order(splits.len(), data_seed).into_iter().filter(|at| splits[*at] == split).collect();
        let made = Self { train: of(Split::Train), validation: of(Split::Validation), test: of(Split::Test) };
        match [Split::Train, Split::Validation, Split::Test].into_iter().find(|split| made.of(*split).is_empty()) {
            None => Ok(made),
            Some(split) => Err(TaskError(format!(
                "no row has `{}` in its column `split`; give all three, or leave the column out for shares",
                split.name()
            ))),
        }
    }

    /// Shares of a drawn order, rounded to whole sequences; training has the rest.
    ///
    /// # Errors
    /// Shares that are none, or that leave a split empty.
    pub(super) fn shared(count: usize, validation: f64, test: f64, data_seed: u64) -> Result<Self, TaskError> {
        for (name, share) in [("validation_share", validation), ("test_share", test)] {
            if !(share > 0.0 && share < 1.0) {
                return Err(TaskError(format!("{name} = {share} is outside 0 … 1; both ends leave a split empty")));
            }
        }
        let part = |share: f64| (share * count as f64).round() as usize;
        let (validation_count, test_count) = (part(validation), part(test));
        if validation_count == 0 || test_count == 0 || validation_count + test_count >= count {
            return Err(TaskError(format!(
                "validation_share = {validation} and test_share = {test} of {count} sequences leave {validation_count} for \
                 validation, {test_count} for the test and {} for training; each takes one",
                count.saturating_sub(validation_count + test_count)
            )));
        }
        let mut train = order(count, data_seed);
        let test = train.split_off(count - test_count);
        let validation = train.split_off(count - test_count - validation_count);
        Ok(Self { train, validation, test })
    }

    /// The sequences of a split.
    pub(super) fn of(&self, split: Split) -> &[usize] {
        match split {
            Split::Train => &self.train,
            Split::Validation => &self.validation,
            Split::Test => &self.test,
        }
    }

    /// Number `index` of a split. Training passes through all of its sequences before one comes again, each time in
    /// another order, of which a stride and a start are drawn from the seed; the others go around in their one order.
    pub(super) fn at(&self, seed: u64, split: Split, index: u64) -> usize {
        let of = self.of(split);
        let count = of.len() as u64;
        let (pass, place) = (index / count, index % count);
        if split != Split::Train {
            return of[place as usize];
        }
        let mut rng = rng(seed, split, pass);
        let start = rng.random_range(0..count);
        let stride = loop {
            let stride = rng.random_range(0..count).max(1);
            if common(stride, count) == 1 {
                break stride;
            }
        };
        of[((start + stride * place) % count) as usize]
    }
}

/// 0, 1, … in an order of its own, which only the data's seed decides.
fn order(count: usize, data_seed: u64) -> Vec<usize> {
    let mut order: Vec<usize> = (0..count).collect();
    order.shuffle(&mut rng(data_seed, Split::Test, 0));
    order
}

/// The greatest common divisor.
fn common(a: u64, b: u64) -> u64 {
    if b == 0 { a } else { common(b, a % b) }
}
