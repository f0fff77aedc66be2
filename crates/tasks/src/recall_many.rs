//! `recall-many`: the values of many tags, all asked for at once.
//!
//! T steps carry a tag and a value; every tag is there once, and which one stands where is drawn anew in each sequence.
//! The last step asks for the values of tags 0 … k − 1 together: k questions at one step, in slots 0 … k − 1, each with
//! the distance of its tag's step as lag.
//!
//! An attention head gives one mixture of the steps, so one head for each tag asked for is the obvious way. It is not
//! needed in principle: one head can read many steps at once, by superposition, if the values of different tags are
//! written into different directions of its width. What more heads buy is then room and ease, not ability.
//!
//! **No leak through the values.** Each of the V values occurs ⌊T/V⌋ or ⌈T/V⌉ times, and tags are shuffled over the
//! steps: a model that sees values and positions but not tags has nothing better than the commonest value. (With values
//! drawn independently, the commonest of 32 draws from 8 is right in 0.22 of the cases, not in 0.125.)
//!
//! Example (T = 6, k = 2, V = 3, seed 0, train, index 0):
//!
//! ```text
//! t2=1 t0=0 t4=1 t1=0 t3=2 t5=2 ask -> t0=0 (lag 5), t1=0 (lag 3)
//! ```
//!
//! Floors: ⌈T/V⌉/T, the commonest value; it is 1/V where V divides T. 1/V, uniform guessing.

use rand::seq::SliceRandom;
use serde::{Deserialize, Serialize};

use crate::settings::{TaskError, at_most};
use crate::{Answer, Floor, Sequence, Split, Target, Task, rng};

/// Settings of `recall-many`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RecallMany {
    /// Number of tags T, each at a step of its own; one more step asks.
    #[serde(default = "default_tags")]
    pub tags: usize,
    /// Number of values V.
    #[serde(default = "default_values")]
    pub values: usize,
    /// How many tags are asked for at once.
    pub k: usize,
}

fn default_tags() -> usize {
    32
}

fn default_values() -> usize {
    8
}

/// Token of a channel that carries nothing; tags and values count from 1.
const BLANK: u32 = 0;

impl RecallMany {
    /// Refuses settings that make no task.
    ///
    /// # Errors
    /// Names the setting, its value and what would do.
    pub fn check(self) -> Result<Self, TaskError> {
        at_most("tags", self.tags, 1, 1 << 16)?;
        at_most("values", self.values, 2, 1 << 16)?;
        at_most("k", self.k, 1, self.tags)?;
        Ok(self)
    }

    /// The tag of each step, and its value.
    fn draw(&self, seed: u64, split: Split, index: u64) -> Vec<(usize, usize)> {
        let mut rng = rng(seed, split, index);
        let mut tags: Vec<usize> = (0..self.tags).collect();
        tags.shuffle(&mut rng);
        if split != Split::Train {
            // Stratified: the first tag stands equally often at each step. The others stay shuffled over the rest.
            let wanted = (index % self.tags as u64) as usize;
            let first = tags.iter().position(|tag| *tag == 0).expect("every tag is there");
            tags.swap(first, wanted);
        }
        // Which values have one occurrence more than the others is drawn, too.
        let mut names: Vec<usize> = (0..self.values).collect();
        let (chosen, _) = names.partial_shuffle(&mut rng, self.tags % self.values);
        let extra: Vec<usize> = chosen.to_vec();
        let even = (0..self.tags - extra.len()).map(|i| i % self.values);
        let mut values: Vec<usize> = even.chain(extra).collect();
        values.shuffle(&mut rng);
        tags.into_iter().zip(values).collect()
    }
}

impl Task for RecallMany {
    fn name(&self) -> &'static str {
        "recall-many"
    }

    fn time(&self) -> usize {
        self.tags + 1
    }

    fn pairs(&self) -> Option<usize> {
        Some(self.tags)
    }

    fn vocabularies(&self) -> Vec<usize> {
        vec![self.tags + 1, self.values + 1]
    }

    fn classes(&self) -> usize {
        self.values
    }

    fn slots(&self) -> usize {
        self.k
    }

    fn lags(&self) -> Vec<usize> {
        (1..=self.tags).collect()
    }

    fn sequence(&self, seed: u64, split: Split, index: u64) -> Sequence {
        let steps = self.draw(seed, split, index);
        let mut targets = Vec::with_capacity(self.k);
        for (step, (tag, value)) in steps.iter().enumerate().filter(|(_, (tag, _))| *tag < self.k) {
            let target = Target::class(self.tags, *value, self.tags - step);
            targets.push(Target { slot: *tag, ..target });
        }
        targets.sort_unstable_by_key(|target| target.slot);
        let pairs = steps.iter().flat_map(|(tag, value)| [*tag as u32 + 1, *value as u32 + 1]);
        Sequence { tokens: pairs.chain([BLANK, BLANK]).collect(), targets, ..Sequence::default() }
    }

    fn oracle(&self, sequence: &Sequence) -> Vec<Answer> {
        let mut value_of = vec![0; self.tags];
        for step in sequence.tokens.chunks_exact(2).filter(|step| step[0] != BLANK) {
            value_of[step[0] as usize - 1] = step[1] as usize - 1;
        }
        sequence.targets.iter().map(|target| Answer::Class(value_of[target.slot])).collect()
    }

    fn floors(&self, _seed: u64) -> Vec<Floor> {
        vec![
            Floor { name: "commonest value", accuracy: self.tags.div_ceil(self.values) as f64 / self.tags as f64 },
            Floor { name: "1/V", accuracy: 1.0 / self.values as f64 },
        ]
    }

    fn words(&self, sequence: &Sequence) -> Vec<String> {
        let steps = sequence.tokens.chunks_exact(2).map(|step| match step {
            [BLANK, _] => "ask".to_owned(),
            [tag, value] => format!("t{}={}", tag - 1, value - 1),
            _ => unreachable!("two channels"),
        });
        steps.collect()
    }

    fn render(&self, sequence: &Sequence) -> String {
        let answers = sequence.targets.iter().map(|t| format!("t{}={} (lag {})", t.slot, t.answer.class(), t.lag));
        format!("{} -> {}", self.words(sequence).join(" "), answers.collect::<Vec<_>>().join(", "))
    }
}
