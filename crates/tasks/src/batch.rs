//! Sequences side by side, as a model reads them.

use ndarray::Array3;

use crate::{Sequence, Split, Task};

/// A supervised step of a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BatchTarget {
    /// Which sequence of the batch.
    pub sequence: usize,
    /// Where the answer is read out.
    pub step: usize,
    /// The right answer.
    pub class: usize,
    /// How many steps back the needed information lies.
    pub lag: usize,
}

/// Tokens `(batch, time, channel)` and the supervised steps, sequence by sequence.
#[derive(Clone, Debug)]
pub struct Batch {
    /// `(batch, time, channel)`.
    pub tokens: Array3<u32>,
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
        let shape = (sequences.len(), task.time(), task.vocabularies().len());
        let mut tokens = Vec::with_capacity(shape.0 * shape.1 * shape.2);
        let mut targets = Vec::new();
        for (sequence, drawn) in sequences.iter().enumerate() {
            tokens.extend_from_slice(&drawn.tokens);
            targets.extend(drawn.targets.iter().map(|t| BatchTarget {
                sequence,
                step: t.step,
                class: t.class,
                lag: t.lag,
            }));
        }
        Self { tokens: Array3::from_shape_vec(shape, tokens).expect("every sequence is whole"), targets }
    }
}
