//! `mad-noisy-recall`: in-context recall of MAD with noise (Poli et al. 2024, arXiv 2403.17844).
//!
//! As [`mad_recall`](crate::mad_recall), but in place of a pair there are, with a chance of `frac_noise`, two tokens of a vocabulary
//! of their own, `noise_vocab_size` of the `vocab_size` tokens. They are none of the keys and values, so that what has to be learnt is to
//! leave them out: a rule such as "every other step is a key" still holds, but what stood so many pairs ago may be no pair.
//!
//! Example (n = 16, V = 12, of it 4 noise, share 0.4, seed 0, train, index 0; tokens 0 … 3 are keys, 4 … 7 values, 8 … 11 noise;
//! what can be recalled):
//!
//! ```text
//! 1 6 0 4 2 5 3 5 3 5 9 11 1 6 2 -> 5 at step 8 (lag 2), 6 at step 12 (lag 12), 5 at step 14 (lag 10)
//! ```
//!
//! Floors, and what differs from MAD, as there. One pair is sure to be no noise; in MAD it may be the last, which is a pair anyway.

use serde::{Deserialize, Serialize};

use crate::mad_recall::{Tokens, check_examples, check_pairs, examples, floors, follow, pairs, render};
use crate::settings::{SettingDoc, TaskDefinition, TaskError, at_most, read};
use crate::{Answer, Floor, Sequence, Split, Task};

/// The row of this task in the table.
pub const DEFINITION: TaskDefinition = TaskDefinition {
    name: "mad-noisy-recall",
    summary: "MAD's in-context recall with noise: some pairs are tokens that mean nothing",
    settings: &[
        SettingDoc { name: "n", values: "4 … 1048576, even (128)", meaning: "length of a sequence: MAD's seq_len" },
        SettingDoc { name: "vocab_size", values: "5 … 65536 (32)", meaning: "number of tokens, noise included" },
        SettingDoc {
            name: "noise_vocab_size",
            values: "1 … vocab_size - 4 (16)",
            meaning: "number of tokens that are noise",
        },
        SettingDoc { name: "frac_noise", values: "0 … 1 (0.2)", meaning: "chance of a pair to be noise" },
        SettingDoc {
            name: "num_train_examples",
            values: "1 … 2^40 (12800)",
            meaning: "sequences of training, which come again and again",
        },
    ],
    example: "n = 16\nvocab_size = 12\nnoise_vocab_size = 4\nfrac_noise = 0.4",
    build: |settings| Ok(Box::new(read::<MadNoisyRecall>(settings)?.check()?)),
};

/// Settings of `mad-noisy-recall`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct MadNoisyRecall {
    /// Tokens of a sequence, an even number: `seq_len`.
    pub n: usize,
    /// Number of tokens, noise included; half of the others are keys.
    pub vocab_size: usize,
    /// Number of tokens that are noise.
    pub noise_vocab_size: usize,
    /// Chance of a pair to be noise.
    pub frac_noise: f64,
    /// Sequences of training.
    pub num_train_examples: u64,
}

impl Default for MadNoisyRecall {
    fn default() -> Self {
        Self { n: 128, vocab_size: 32, noise_vocab_size: 16, frac_noise: 0.2, num_train_examples: 12_800 }
    }
}

impl MadNoisyRecall {
    /// Refuses settings that make no task.
    ///
    /// # Errors
    /// Names the setting, its value and what would do.
    pub fn check(self) -> Result<Self, TaskError> {
        check_pairs(self.n)?;
        at_most("vocab_size", self.vocab_size, 5, 1 << 16)?;
        at_most("noise_vocab_size", self.noise_vocab_size, 1, self.vocab_size - 4)?;
        if !(0.0..1.0).contains(&self.frac_noise) {
            return Err(TaskError(format!("frac_noise = {} is outside 0 … 1; 1 itself is too much", self.frac_noise)));
        }
        check_examples(self.num_train_examples)?;
        Ok(self)
    }

    fn tokens(&self) -> Tokens {
        Tokens::of(self.vocab_size - self.noise_vocab_size)
    }
}

impl Task for MadNoisyRecall {
    fn name(&self) -> &'static str {
        "mad-noisy-recall"
    }

    fn time(&self) -> usize {
        self.n - 1
    }

    fn pairs(&self) -> Option<usize> {
        None
    }

    fn vocabularies(&self) -> Vec<usize> {
        vec![self.vocab_size]
    }

    fn classes(&self) -> usize {
        self.vocab_size
    }

    fn lags(&self) -> Vec<usize> {
        (1..self.n / 2).map(|half| 2 * half).collect()
    }

    fn shows_answers(&self) -> bool {
        true
    }

    fn sequence(&self, seed: u64, split: Split, index: u64) -> Sequence {
        let mut rng = examples(seed, split, index, self.num_train_examples);
        let noise = (self.vocab_size - self.noise_vocab_size, self.noise_vocab_size, self.frac_noise);
        pairs(&mut rng, self.n, self.tokens(), Some(noise)).sequence(split)
    }

    fn oracle(&self, sequence: &Sequence) -> Vec<Answer> {
        follow(sequence)
    }

    fn floors(&self, seed: u64) -> Vec<Floor> {
        floors(self, self.tokens(), seed)
    }

    fn render(&self, sequence: &Sequence) -> String {
        render(self, sequence)
    }
}
