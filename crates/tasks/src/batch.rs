//! Sequences side by side, as a model reads them.

use ndarray::Array3;

use crate::{Sequence, Split, Target, Task};

/// A question of a batch.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BatchTarget {
    /// Which sequence of the batch.
    pub sequence: usize,
    /// What it asks.
    pub target: Target,
}

/// Inputs `(batch, time, channel)` and what is asked, sequence by sequence.
#[derive(Clone, Debug)]
pub struct Batch {
    /// `(batch, time, channel)`.
    pub tokens: Array3<u32>,
    /// `(batch, time, value)`.
    pub values: Array3<f32>,
    /// In the order of sequences.
    pub targets: Vec<BatchTarget>,
}

impl Batch {
    /// Sequences `first .. first + count` of a split.
    pub fn of(task: &dyn Task, seed: u64, split: Split, first: u64, count: usize) -> Self {
        let sequences: Vec<Sequence> =
            (0..count as u64).map(|index| task.sequence(seed, split, first + index)).collect();
        Self::from_sequences(task, &sequences)
    }

    /// These sequences of `task`.
    ///
    /// # Panics
    /// When one has another length or other channels than those of the task.
    pub fn from_sequences(task: &dyn Task, sequences: &[Sequence]) -> Self {
        let shape = |channels| (sequences.len(), task.time(), channels);
        let tokens = sequences.iter().flat_map(|s| s.tokens.iter().copied()).collect();
        let values = sequences.iter().flat_map(|s| s.values.iter().copied()).collect();
        let asked = sequences.iter().enumerate();
        let targets =
            asked.flat_map(|(sequence, s)| s.targets.iter().map(move |t| BatchTarget { sequence, target: *t }));
        Self {
            tokens: Array3::from_shape_vec(shape(task.vocabularies().len()), tokens).expect("every sequence is whole"),
            values: Array3::from_shape_vec(shape(task.values()), values).expect("every sequence is whole"),
            targets: targets.collect(),
        }
    }
}
