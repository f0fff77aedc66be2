//! Sequences side by side, as a model reads them.

use ndarray::Array3;

use crate::{Split, Task};

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
        let channels = task.vocabularies().len();
        let mut tokens = Vec::with_capacity(count * task.time() * channels);
        let mut targets = Vec::new();
        for sequence in 0..count {
            let drawn = task.sequence(seed, split, first + sequence as u64);
            tokens.extend_from_slice(&drawn.tokens);
            targets.extend(drawn.targets.iter().map(|t| BatchTarget {
                sequence,
                step: t.step,
                class: t.class,
                lag: t.lag,
            }));
        }
        let tokens = Array3::from_shape_vec((count, task.time(), channels), tokens).expect("every sequence is whole");
        Self { tokens, targets }
    }
}
