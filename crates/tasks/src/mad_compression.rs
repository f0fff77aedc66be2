//! `mad-compression`: the whole sequence out of the vector of its last step, after MAD (Poli et al. 2024, arXiv 2403.17844).
//!
//! n − 1 symbols, each drawn from `vocab_size` − 1, and a last token that says "here". At that step every symbol is asked for: slot j is the
//! symbol of step j, at a lag of n − 1 − j. What a layer carries there has to hold (n − 1)·log2(V − 1) bits, 121 at MAD's baseline, and so
//! that they can be read off again.
//!
//! Names of settings are MAD's, but for `n`, its `seq_len`. There are `num_train_examples` sequences of training, which come again and
//! again.
//!
//! Example (n = 8, V = 5, seed 0, train, index 0; `|` is the last token):
//!
//! ```text
//! 2 2 2 1 2 2 2 | -> 2 2 2 1 2 2 2
//! ```
//!
//! Floor: one of all symbols. They are independent, so that nothing else tells anything.
//!
//! **What differs from MAD.** Its model is an auto-encoder: the last step's vector, plus a sinusoid for each step asked for, goes through one MLP of two
//! GELU layers with norms, the same for all steps, and a read-out. Here each slot has a linear read-out of its own, behind the norm of
//! the shell; a per-step hinge as the last block of a row comes nearer. And MAD also asks for its last token, which is always the same: 1 of
//! 32 answers for nothing.

use rand::Rng;
use serde::{Deserialize, Serialize};

use crate::mad_recall::{check_examples, examples};
use crate::settings::{SettingDoc, TaskDefinition, TaskError, at_most, read};
use crate::{Answer, Floor, Sequence, Split, Target, Task};

/// The row of this task in the table.
pub const DEFINITION: TaskDefinition = TaskDefinition {
    name: "mad-compression",
    summary: "MAD's compression: the whole sequence out of the vector of its last step",
    settings: &[
        SettingDoc { name: "n", values: "2 … 4096 (32)", meaning: "length of a sequence: MAD's seq_len" },
        SettingDoc {
            name: "vocab_size", values: "3 … 4096 (16)", meaning: "number of tokens, the last one included"
        },
        SettingDoc {
            name: "num_train_examples",
            values: "1 … 2^40 (12800)",
            meaning: "sequences of training, which come again and again",
        },
    ],
    example: "n = 8\nvocab_size = 5",
    build: |settings| Ok(Box::new(read::<MadCompression>(settings)?.check()?)),
};

/// Settings of `mad-compression`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct MadCompression {
    /// Steps of a sequence: `seq_len`.
    pub n: usize,
    /// Number of tokens; the last says that here is the end.
    pub vocab_size: usize,
    /// Sequences of training.
    pub num_train_examples: u64,
}

impl Default for MadCompression {
    fn default() -> Self {
        Self { n: 32, vocab_size: 16, num_train_examples: 12_800 }
    }
}

impl MadCompression {
    /// Refuses settings that make no task.
    ///
    /// # Errors
    /// Names the setting, its value and what would do.
    pub fn check(self) -> Result<Self, TaskError> {
        at_most("n", self.n, 2, 1 << 12)?;
        at_most("vocab_size", self.vocab_size, 3, 1 << 12)?;
        check_examples(self.num_train_examples)?;
        Ok(self)
    }
}

impl Task for MadCompression {
    fn name(&self) -> &'static str {
        "mad-compression"
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
        self.vocab_size - 1
    }

    fn slots(&self) -> usize {
        self.n - 1
    }

    fn lags(&self) -> Vec<usize> {
        (1..self.n).collect()
    }

    fn sequence(&self, seed: u64, split: Split, index: u64) -> Sequence {
        let mut rng = examples(seed, split, index, self.num_train_examples);
        let last = self.n - 1;
        let mut tokens: Vec<u32> = (0..last).map(|_| rng.random_range(0..self.vocab_size as u32 - 1)).collect();
        let ask = |(slot, symbol): (usize, &u32)| Target { slot, ..Target::class(last, *symbol as usize, last - slot) };
        let targets = tokens.iter().enumerate().map(ask).collect();
        tokens.push(self.vocab_size as u32 - 1);
        Sequence { tokens, targets, ..Sequence::default() }
    }

    fn oracle(&self, sequence: &Sequence) -> Vec<Answer> {
        sequence.tokens[..self.n - 1].iter().map(|symbol| Answer::Class(*symbol as usize)).collect()
    }

    fn floors(&self, _seed: u64) -> Vec<Floor> {
        vec![Floor { name: "one of all symbols", accuracy: 1.0 / self.classes() as f64 }]
    }

    fn words(&self, sequence: &Sequence) -> Vec<String> {
        let (last, symbols) = sequence.tokens.split_last().expect("n ≥ 2");
        let end = (*last as usize + 1 == self.vocab_size).then(|| "|".to_owned());
        symbols.iter().map(u32::to_string).chain(end).collect()
    }

    fn render(&self, sequence: &Sequence) -> String {
        let answers = sequence.targets.iter().map(|t| t.answer.class().to_string());
        format!("{} -> {}", self.words(sequence).join(" "), answers.collect::<Vec<_>>().join(" "))
    }
}
