//! `mad-fuzzy-recall`: in-context recall of MAD, of keys and values of several tokens (Poli et al. 2024, arXiv 2403.17844).
//!
//! As [`mad_recall`](crate::mad_recall), but a key is an ordered choice of 1 … `k_motif_size` different key tokens and a value one of
//! 1 … `v_motif_size` value tokens. Training draws keys of every size; in validation and test all have the largest, as in MAD.
//! Which of a key's tokens belong together has to be found out, and one token alone does not tell the key. Scored are all tokens of
//! a value whose key was there before. One key, the probe, is sure to come again: it stands at a random place and once more
//! at the end. Sequences are filled up with a padding token in front.
//!
//! Example (n = 24, V = 9, motifs of up to 2, seed 0, train, index 0; tokens 0 … 3 are keys, 4 … 7 values, 8 pads; what can be
//! recalled):
//!
//! ```text
//! 8 8 8 8 8 3 0 5 6 3 6 5 2 0 7 3 2 6 2 1 7 5 3 2 -> 6 at step 23 (lag 7)
//! ```
//!
//! Floors, computed on test sequences: the commonest value token so far, the last one, and one of all. Beside them what is had by
//! a match of one token: what stood behind the last occurrence of the token at hand, whatever key it belonged to.
//!
//! What differs from MAD, beyond what differs in `mad-recall`: there the probe's first place may lie behind the last pair, and
//! then it was never there before it is asked for; here it never does. MAD's noise, unused in its own grid of this task, is not here.

use std::collections::HashMap;

use rand::Rng;
use rand::seq::index;
use serde::{Deserialize, Serialize};

use crate::mad_recall::{Tokens, Written, check_examples, examples, floors, follow, render};
use crate::settings::{SettingDoc, TaskDefinition, TaskError, at_most, read};
use crate::{Answer, Floor, Sequence, Split, Task};

/// The row of this task in the table.
pub const DEFINITION: TaskDefinition = TaskDefinition {
    name: "mad-fuzzy-recall",
    summary: "MAD's in-context recall of keys and values of several tokens each",
    settings: &[
        SettingDoc {
            name: "n",
            values: "3 · (k_motif_size + v_motif_size) … 1048576 (128)",
            meaning: "length of a sequence: MAD's seq_len",
        },
        SettingDoc {
            name: "vocab_size",
            values: "5 … 65536 (16)",
            meaning: "number of tokens, one of padding, half of the others keys",
        },
        SettingDoc { name: "k_motif_size", values: "1 … 64 (3)", meaning: "the most tokens of a key" },
        SettingDoc { name: "v_motif_size", values: "1 … 64 (3)", meaning: "the most tokens of a value" },
        SettingDoc {
            name: "num_train_examples",
            values: "1 … 2^40 (12800)",
            meaning: "sequences of training, which come again and again",
        },
    ],
    example: "n = 24\nvocab_size = 9\nk_motif_size = 2\nv_motif_size = 2",
    build: |settings| Ok(Box::new(read::<MadFuzzyRecall>(settings)?.check()?)),
};

/// Settings of `mad-fuzzy-recall`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct MadFuzzyRecall {
    /// Steps of a sequence: `seq_len`.
    pub n: usize,
    /// Number of tokens: the last pads, half of the others are keys.
    pub vocab_size: usize,
    /// The most tokens of a key.
    pub k_motif_size: usize,
    /// The most tokens of a value.
    pub v_motif_size: usize,
    /// Sequences of training.
    pub num_train_examples: u64,
}

impl Default for MadFuzzyRecall {
    fn default() -> Self {
        Self { n: 128, vocab_size: 16, k_motif_size: 3, v_motif_size: 3, num_train_examples: 12_800 }
    }
}

/// A pair as it is drawn: the tokens of its key and of its value.
type Motif = Vec<u32>;

impl MadFuzzyRecall {
    /// Refuses settings that make no task.
    ///
    /// # Errors
    /// Names the setting, its value and what would do.
    pub fn check(self) -> Result<Self, TaskError> {
        at_most("vocab_size", self.vocab_size, 5, 1 << 16)?;
        let tokens = self.tokens();
        at_most("k_motif_size", self.k_motif_size, 1, tokens.keys.min(64))?;
        at_most("v_motif_size", self.v_motif_size, 1, tokens.values.min(64))?;
        // A pair, the probe, and the probe again.
        at_most("n", self.n, 3 * (self.k_motif_size + self.v_motif_size), 1 << 20)?;
        check_examples(self.num_train_examples)?;
        Ok(self)
    }

    fn tokens(&self) -> Tokens {
        Tokens::of(self.vocab_size - 1)
    }

    fn write(&self, rng: &mut impl Rng, split: Split) -> Written {
        let tokens = self.tokens();
        let some = |rng: &mut _, first: usize, count: usize, size: usize| -> Motif {
            index::sample(rng, count, size).iter().map(|token| (first + token) as u32).collect()
        };
        let key_size = |rng: &mut _| match split {
            Split::Train => Rng::random_range(rng, 1..=self.k_motif_size),
            _ => self.k_motif_size,
        };
        let size = key_size(rng);
        let probe = some(rng, 0, tokens.keys, size);
        let size = rng.random_range(1..=self.v_motif_size);
        let answer = some(rng, tokens.keys, tokens.values, size);
        let longest = self.k_motif_size + self.v_motif_size;
        // No pair begins from here on; one begins in the `longest` steps before it.
        let end = self.n - (probe.len() + answer.len()) - longest;
        let mut wait = Some(rng.random_range(0..=end.saturating_sub(longest)));
        let mut value_of = HashMap::from([(probe.clone(), answer)]);
        let mut last_at: HashMap<Motif, usize> = HashMap::new();
        let mut written = Written::default();
        let mut write = |written: &mut Written, key: &Motif, value: &Motif| {
            written.tokens.extend(key);
            let place = written.tokens.len();
            if let Some(before) = last_at.insert(key.clone(), place) {
                written.recalled.extend((place..place + value.len()).map(|at| (at, place - before)));
            }
            written.tokens.extend(value);
        };
        while written.tokens.len() < end || wait.is_some() {
            if wait.is_some_and(|place| written.tokens.len() >= place) {
                wait = None;
                write(&mut written, &probe, &value_of[&probe]);
                continue;
            }
            let size = key_size(rng);
            let key = some(rng, 0, tokens.keys, size);
            let size = rng.random_range(1..=self.v_motif_size);
            let value = some(rng, tokens.keys, tokens.values, size);
            if key == probe {
                wait = None;
            }
            let value = value_of.entry(key.clone()).or_insert(value);
            write(&mut written, &key, value);
        }
        write(&mut written, &probe, &value_of[&probe]);
        self.padded(written)
    }

    /// With padding in front, to n steps and the last answer.
    fn padded(&self, written: Written) -> Written {
        let pads = self.n + 1 - written.tokens.len();
        let pad = (self.vocab_size - 1) as u32;
        let tokens = std::iter::repeat_n(pad, pads).chain(written.tokens).collect();
        Written { tokens, recalled: written.recalled.into_iter().map(|(place, lag)| (place + pads, lag)).collect() }
    }

    /// Accuracy on test sequences of what stood behind the last occurrence of the token at hand.
    pub fn one_token_matched(&self, seed: u64) -> f64 {
        let sequences = ((1 << 19) / self.n).clamp(64, 2000) as u64;
        let (mut right, mut asked) = (0, 0);
        for sequence in (0..sequences).map(|index| self.sequence(seed, Split::Test, index)) {
            let answers = follow(&sequence);
            right += sequence.targets.iter().zip(&answers).filter(|(target, answer)| target.answer == **answer).count();
            asked += answers.len();
        }
        right as f64 / asked as f64
    }
}

impl Task for MadFuzzyRecall {
    fn name(&self) -> &'static str {
        "mad-fuzzy-recall"
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
        self.vocab_size
    }

    fn lags(&self) -> Vec<usize> {
        (2..self.n).collect()
    }

    fn shows_answers(&self) -> bool {
        true
    }

    fn sequence(&self, seed: u64, split: Split, index: u64) -> Sequence {
        self.write(&mut examples(seed, split, index, self.num_train_examples), split).sequence(split)
    }

    /// Reads pairs as they were written: a run of key tokens and the run of value tokens behind it.
    fn oracle(&self, sequence: &Sequence) -> Vec<Answer> {
        let tokens = self.tokens();
        let is_key = |step: usize| (sequence.tokens[step] as usize) < tokens.keys;
        let is_value = |step: usize| tokens.is_value(sequence.tokens[step]);
        // The key before the value token at `step + 1`, and which token of the value that is.
        let asked = |step: usize| {
            let end = (0..=step).rev().find(|step| is_key(*step)).map_or(0, |step| step + 1);
            let start = (0..end).rev().find(|step| !is_key(*step)).map_or(0, |step| step + 1);
            (start..end, step + 1 - end)
        };
        let answer = |target: &crate::Target| {
            let (key, token) = asked(target.step);
            let same = |end: &usize| {
                let (other, _) = asked(end - 1);
                is_value(*end) && sequence.tokens[other] == sequence.tokens[key.clone()]
            };
            let before = (1..key.start).filter(|end| is_key(end - 1)).rev().find(same);
            before.and_then(|end| sequence.tokens.get(end + token)).map_or(0, |token| *token as usize)
        };
        sequence.targets.iter().map(|target| Answer::Class(answer(target))).collect()
    }

    fn floors(&self, seed: u64) -> Vec<Floor> {
        let mut floors = floors(self, self.tokens(), seed);
        floors.push(Floor { name: "one token matched", accuracy: self.one_token_matched(seed) });
        floors
    }

    fn render(&self, sequence: &Sequence) -> String {
        render(self, sequence)
    }
}
