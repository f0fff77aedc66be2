//! `mad-memorization`: a table of keys and values that is the same in every sequence (MAD, Poli et al. 2024, arXiv 2403.17844).
//!
//! Key, blank, key, blank, …: at each blank the value of the key before it is asked for. The value never stands in the sequence; it follows
//! from a table that was drawn once, from `kv_map_seed`, for training, validation and test alike, and has to be learnt into the weights. The lag is always
//! 1: this is the one task of MAD without any long range, a control. Keys and values are as many tokens each (a value more, where the number
//! is odd); no two keys have the same value.
//!
//! Names of settings are MAD's, but for `n`, its `seq_len`. There are `num_train_examples` sequences of training, which come again and
//! again.
//!
//! Example (n = 8, V = 12, seed 0, train, index 0; `?` is the blank):
//!
//! ```text
//! 3 ? 3 ? 3 ? 2 ? -> 2 2 2 0
//! ```
//!
//! Floor: one of all values, which is what is left without the step before. A table cannot be known without having been learnt, so the
//! oracle draws it again.

use rand::Rng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;
use serde::{Deserialize, Serialize};

use crate::mad_recall::{Tokens, check_examples, check_pairs, examples};
use crate::settings::{SettingDoc, TaskDefinition, TaskError, at_most, read};
use crate::{Answer, Floor, Sequence, Split, Target, Task};

/// The row of this task in the table.
pub const DEFINITION: TaskDefinition = TaskDefinition {
    name: "mad-memorization",
    summary: "MAD's memorization: a table of keys and values that is the same in every sequence",
    settings: &[
        SettingDoc { name: "n", values: "4 … 1048576, even (32)", meaning: "length of a sequence: MAD's seq_len" },
        SettingDoc { name: "vocab_size", values: "5 … 65536 (256)", meaning: "number of tokens, the blank included" },
        SettingDoc { name: "kv_map_seed", values: "a whole number (12345)", meaning: "what the table is drawn from" },
        SettingDoc {
            name: "num_train_examples",
            values: "1 … 2^40 (256)",
            meaning: "sequences of training, which come again and again",
        },
    ],
    example: "n = 8\nvocab_size = 12",
    build: |settings| Ok(Box::new(read::<MadMemorization>(settings)?.check()?)),
};

/// Settings of `mad-memorization`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct MadMemorization {
    /// Steps of a sequence, an even number: `seq_len`.
    pub n: usize,
    /// Number of tokens; the last is the blank, half of the others are keys.
    pub vocab_size: usize,
    /// What the table is drawn from.
    pub kv_map_seed: u64,
    /// Sequences of training.
    pub num_train_examples: u64,
}

impl Default for MadMemorization {
    fn default() -> Self {
        Self { n: 32, vocab_size: 256, kv_map_seed: 12_345, num_train_examples: 256 }
    }
}

impl MadMemorization {
    /// Refuses settings that make no task.
    ///
    /// # Errors
    /// Names the setting, its value and what would do.
    pub fn check(self) -> Result<Self, TaskError> {
        check_pairs(self.n)?;
        at_most("vocab_size", self.vocab_size, 5, 1 << 16)?;
        check_examples(self.num_train_examples)?;
        Ok(self)
    }

    fn tokens(&self) -> Tokens {
        Tokens::of(self.vocab_size - 1)
    }

    /// The value of each key, counted from 0.
    fn table(&self) -> Vec<usize> {
        let tokens = self.tokens();
        let mut values: Vec<usize> = (0..tokens.values).collect();
        values.shuffle(&mut ChaCha8Rng::seed_from_u64(self.kv_map_seed));
        values.truncate(tokens.keys);
        values
    }
}

impl Task for MadMemorization {
    fn name(&self) -> &'static str {
        "mad-memorization"
    }

    fn time(&self) -> usize {
        self.n
    }

    fn pairs(&self) -> Option<usize> {
        None
    }

    fn vocabularies(&self) -> Vec<usize> {
        vec![self.vocab_size]
    }

    fn classes(&self) -> usize {
        self.tokens().values
    }

    fn lags(&self) -> Vec<usize> {
        vec![1]
    }

    fn sequence(&self, seed: u64, split: Split, index: u64) -> Sequence {
        let mut rng = examples(seed, split, index, self.num_train_examples);
        let (table, keys) = (self.table(), self.tokens().keys);
        let mut sequence = Sequence::default();
        for pair in 0..self.n / 2 {
            let key = rng.random_range(0..keys);
            sequence.tokens.extend([key as u32, self.vocab_size as u32 - 1]);
            sequence.targets.push(Target::class(2 * pair + 1, table[key], 1));
        }
        sequence
    }

    fn oracle(&self, sequence: &Sequence) -> Vec<Answer> {
        let table = self.table();
        sequence.tokens.iter().step_by(2).map(|key| Answer::Class(table[*key as usize])).collect()
    }

    fn floors(&self, _seed: u64) -> Vec<Floor> {
        vec![Floor { name: "one of all values", accuracy: 1.0 / self.classes() as f64 }]
    }

    fn words(&self, sequence: &Sequence) -> Vec<String> {
        let blank = self.vocab_size as u32 - 1;
        sequence.tokens.iter().map(|token| if *token == blank { "?".to_owned() } else { token.to_string() }).collect()
    }

    fn render(&self, sequence: &Sequence) -> String {
        let answers = sequence.targets.iter().map(|t| t.answer.class().to_string());
        format!("{} -> {}", self.words(sequence).join(" "), answers.collect::<Vec<_>>().join(" "))
    }
}
