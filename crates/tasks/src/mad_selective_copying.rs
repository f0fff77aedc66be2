//! `mad-selective-copying`: selective copying of MAD (Poli et al. 2024, arXiv 2403.17844).
//!
//! K = `num_tokens_to_copy` symbols, drawn from `vocab_size` − 2, with blanks strewn among them; then a token that says "copy", and K
//! more blanks, at which the symbols are asked for in their order. How far back a symbol lies depends on how many blanks fell
//! where, so no lag is fixed: what has to be known is how many symbols came before.
//!
//! **A leak through the place.** Each of the n − 2K − 1 blanks falls before a symbol drawn uniformly, as in MAD. So none ever falls behind the
//! last symbol, which stands at the same step in every sequence; and the others do not stray far from their mean places,
//! compared with how far they are from each other. A sum over steps with fixed weights, each the chance that the symbol asked for stands there,
//! names the right symbol in 0.82 at MAD's baseline, where a guess has 0.07. It has selected nothing and counted nothing.
//!
//! Names of settings are MAD's, but for `n`, its `seq_len`. There are `num_train_examples` sequences of training, which come again and
//! again.
//!
//! Example (n = 16, K = 3, V = 8, seed 0, train, index 0; `.` is a blank, `|` says copy):
//!
//! ```text
//! . . 3 . . . . . 4 . . 4 | . . . -> 3 (lag 11), 4 (lag 6), 4 (lag 4)
//! ```
//!
//! Floors, computed on test sequences: the vote of places, which weighs each step by how often the symbol that is asked for stood there in
//! training, and answers the symbol with the most weight (what an additive model can have); the commonest of the symbols that are there; and
//! one of all.

use std::collections::BTreeMap;

use rand::Rng;
use serde::{Deserialize, Serialize};

use crate::mad_recall::{check_examples, examples};
use crate::settings::{SettingDoc, TaskDefinition, TaskError, at_most, read};
use crate::{Answer, Floor, Sequence, Split, Target, Task};

/// The row of this task in the table.
pub const DEFINITION: TaskDefinition = TaskDefinition {
    name: "mad-selective-copying",
    summary: "MAD's selective copying: symbols among blanks, asked for in their order",
    settings: &[
        SettingDoc { name: "n", values: "4 … 1048576 (256)", meaning: "length of a sequence: MAD's seq_len" },
        SettingDoc {
            name: "vocab_size",
            values: "4 … 65536 (16)",
            meaning: "number of tokens, blank and copy included",
        },
        SettingDoc { name: "num_tokens_to_copy", values: "1 … (n - 1)/2 (16)", meaning: "number of symbols K" },
        SettingDoc {
            name: "num_train_examples",
            values: "1 … 2^40 (12800)",
            meaning: "sequences of training, which come again and again",
        },
    ],
    example: "n = 16\nvocab_size = 8\nnum_tokens_to_copy = 3",
    build: |settings| Ok(Box::new(read::<MadSelectiveCopying>(settings)?.check()?)),
};

/// Settings of `mad-selective-copying`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct MadSelectiveCopying {
    /// Steps of a sequence: `seq_len`.
    pub n: usize,
    /// Number of tokens; the last two are the blank and the one that says copy.
    pub vocab_size: usize,
    /// Symbols of a sequence.
    pub num_tokens_to_copy: usize,
    /// Sequences of training.
    pub num_train_examples: u64,
}

impl Default for MadSelectiveCopying {
    fn default() -> Self {
        Self { n: 256, vocab_size: 16, num_tokens_to_copy: 16, num_train_examples: 12_800 }
    }
}

/// Sequences that places are learnt from.
const FIT: u64 = 4000;

impl MadSelectiveCopying {
    /// Refuses settings that make no task.
    ///
    /// # Errors
    /// Names the setting, its value and what would do.
    pub fn check(self) -> Result<Self, TaskError> {
        at_most("n", self.n, 4, 1 << 20)?;
        at_most("vocab_size", self.vocab_size, 4, 1 << 16)?;
        at_most("num_tokens_to_copy", self.num_tokens_to_copy, 1, (self.n - 1) / 2)?;
        check_examples(self.num_train_examples)?;
        Ok(self)
    }

    fn symbols(&self) -> usize {
        self.vocab_size - 2
    }

    fn blank(&self) -> u32 {
        self.vocab_size as u32 - 2
    }

    /// The step that says copy, behind all symbols.
    fn copy(&self) -> usize {
        self.n - self.num_tokens_to_copy - 1
    }

    /// The steps at which symbols stand, in order.
    fn places<'a>(&self, sequence: &'a Sequence) -> impl Iterator<Item = usize> + use<'a> {
        let (blank, copy) = (self.blank(), self.copy());
        (0..copy).filter(move |step| sequence.tokens[*step] != blank)
    }

    /// Accuracy on test sequences of the vote of places, and of the commonest symbol.
    pub fn additive(&self, seed: u64) -> [f64; 2] {
        let (count, copy) = (self.num_tokens_to_copy, self.copy());
        let fit = FIT.min(1 + (1 << 27) / (count * copy) as u64);
        let mut stood = vec![0u32; count * copy];
        for index in 0..fit {
            let sequence = self.sequence(seed, Split::Train, index);
            self.places(&sequence).enumerate().for_each(|(symbol, step)| stood[symbol * copy + step] += 1);
        }
        let (mut right, sequences) = ([0, 0], fit.min(1000));
        for index in 0..sequences {
            let sequence = self.sequence(seed, Split::Test, index);
            let most = |weight: &dyn Fn(usize) -> u32| {
                let mut votes: BTreeMap<usize, u32> = BTreeMap::new();
                self.places(&sequence)
                    .for_each(|step| *votes.entry(sequence.tokens[step] as usize).or_default() += weight(step));
                // Of symbols with as many, the first; of none, the first there is.
                let best = votes.into_iter().rev().max_by_key(|(_, votes)| *votes);
                best.map(|(symbol, votes)| if votes > 0 { symbol } else { 0 })
            };
            let commonest = most(&|_| 1);
            for (symbol, target) in sequence.targets.iter().enumerate() {
                let by_place = most(&|step| stood[symbol * copy + step]);
                right[0] += usize::from(by_place == Some(target.answer.class()));
                right[1] += usize::from(commonest == Some(target.answer.class()));
            }
        }
        right.map(|right| f64::from(right as u32) / (sequences as usize * count) as f64)
    }
}

impl Task for MadSelectiveCopying {
    fn name(&self) -> &'static str {
        "mad-selective-copying"
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
        self.symbols()
    }

    /// The last symbol is K + 1 steps back, the first n − K at the most.
    fn lags(&self) -> Vec<usize> {
        (self.num_tokens_to_copy + 1..=self.n - self.num_tokens_to_copy).collect()
    }

    fn sequence(&self, seed: u64, split: Split, index: u64) -> Sequence {
        let mut rng = examples(seed, split, index, self.num_train_examples);
        let count = self.num_tokens_to_copy;
        let symbols: Vec<u32> = (0..count).map(|_| rng.random_range(0..self.symbols() as u32)).collect();
        let mut blanks = vec![0; count];
        (0..self.copy() - count).for_each(|_| blanks[rng.random_range(0..count)] += 1);
        let mut tokens = Vec::with_capacity(self.n);
        let mut targets = Vec::with_capacity(count);
        for (number, (symbol, blanks)) in symbols.into_iter().zip(blanks).enumerate() {
            tokens.extend(std::iter::repeat_n(self.blank(), blanks));
            let step = self.copy() + 1 + number;
            targets.push(Target::class(step, symbol as usize, step - tokens.len()));
            tokens.push(symbol);
        }
        tokens.push(self.blank() + 1);
        tokens.extend(std::iter::repeat_n(self.blank(), count));
        Sequence { tokens, targets, ..Sequence::default() }
    }

    fn oracle(&self, sequence: &Sequence) -> Vec<Answer> {
        self.places(sequence).map(|step| Answer::Class(sequence.tokens[step] as usize)).collect()
    }

    fn floors(&self, seed: u64) -> Vec<Floor> {
        let [places, commonest] = self.additive(seed);
        vec![
            Floor { name: "vote of places", accuracy: places },
            Floor { name: "commonest symbol", accuracy: commonest },
            Floor { name: "one of all symbols", accuracy: 1.0 / self.symbols() as f64 },
        ]
    }

    fn words(&self, sequence: &Sequence) -> Vec<String> {
        let word = |token: &u32| match *token {
            blank if blank == self.blank() => ".".to_owned(),
            symbol if symbol < self.blank() => symbol.to_string(),
            _ => "|".to_owned(),
        };
        sequence.tokens.iter().map(word).collect()
    }

    fn render(&self, sequence: &Sequence) -> String {
        let answers = sequence.targets.iter().map(|t| format!("{} (lag {})", t.answer.class(), t.lag));
        format!("{} -> {}", self.words(sequence).join(" "), answers.collect::<Vec<_>>().join(", "))
    }
}
