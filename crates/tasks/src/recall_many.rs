//! `recall-many`: the values of several tags, all asked for at once.
//!
//! T steps carry a tag and a value each; every tag is there once, and which one stands where is drawn anew in each
//! sequence. The last step asks for k of the tags, drawn anew as well and all different: the tag of slot j stands in a
//! channel of its own, channel 2 + j, and the answer of slot j is the value that stood with it. The lag of a slot is the
//! distance of its tag's step.
//!
//! An attention head gives one mixture of the steps, the same for all slots. So one head for each tag asked for is the
//! obvious way: head j looks for what slot j asks. A mixture of several of the steps asked for says which values they
//! have, but not which slot's each is, unless something behind it binds values to slots by what was asked.
//!
//! **No leak through the question.** If the tags asked for were always the same ones, no step would have to be looked for:
//! each step could write its value, by its own tag, into directions of the vector that belong to a slot, and a plain sum over
//! steps would hold all answers.
//!
//! **No leak through the values.** Values are drawn independently: those of all other steps say nothing of the one that is
//! asked for. What they say together is which value is the commonest, and that is the floor. (Were values dealt evenly,
//! the one that is missing among the others would be the answer.)
//!
//! Example (T = 6, k = 2, V = 3, seed 0, train, index 0):
//!
//! ```text
//! t2=2 t0=2 t4=1 t1=1 t3=2 t5=1 t0=?,t2=? -> 2 (lag 5), 2 (lag 6)
//! ```
//!
//! Floors: the commonest value in the bag of all T values, computed on test sequences; 1/V, uniform guessing. Where k > 1, two
//! that need something fetched, but not k things: the commonest of the k values asked for, all of them fetched and none bound
//! to its slot (computed as well); and one of them fetched for its slot, the others guessed: (1 + (k − 1)/V)/k.

use rand::Rng;
use rand::seq::{SliceRandom, index};
use serde::{Deserialize, Serialize};

use crate::settings::{SettingDoc, TaskDefinition, TaskError, at_most, read};
use crate::{Answer, Floor, Sequence, Split, Target, Task, rng};

/// The row of this task in the table.
pub const DEFINITION: TaskDefinition = TaskDefinition {
    name: "recall-many",
    summary: "the values of several tags, all asked for at once: tags and positions are drawn anew each time",
    settings: &[
        SettingDoc { name: "tags", values: "1 … 65536 (32)", meaning: "number of tags T; n is one more" },
        SettingDoc { name: "values", values: "2 … 65536 (8)", meaning: "number of values V" },
        SettingDoc { name: "k", values: "1 … tags, 256", meaning: "how many of the tags are asked for at once" },
    ],
    example: "tags = 6\nvalues = 3\nk = 2",
    build: |settings| Ok(Box::new(read::<RecallMany>(settings)?.check()?)),
};

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

/// The most tags that can be asked for at once: each has a channel at every step.
pub const MOST_ASKED: usize = 256;

/// Steps that floors are computed on, and the most sequences.
const SCORED_STEPS: usize = 1 << 20;
const SCORED: usize = 20_000;

impl RecallMany {
    /// Refuses settings that make no task.
    ///
    /// # Errors
    /// Names the setting, its value and what would do.
    pub fn check(self) -> Result<Self, TaskError> {
        at_most("tags", self.tags, 1, 1 << 16)?;
        at_most("values", self.values, 2, 1 << 16)?;
        at_most("k", self.k, 1, self.tags.min(MOST_ASKED))?;
        Ok(self)
    }

    /// Tag, value and slots: channels of a step.
    fn channels(&self) -> usize {
        2 + self.k
    }

    /// The steps with a tag and a value, both from 0.
    fn bag<'a>(&self, sequence: &'a Sequence) -> impl Iterator<Item = (usize, usize)> + 'a {
        let steps = sequence.tokens.chunks_exact(self.channels()).take(self.tags);
        steps.map(|step| (step[0] as usize - 1, step[1] as usize - 1))
    }

    /// Accuracy on test sequences of answering every slot with the commonest value of all steps, and with that of the steps
    /// asked for.
    pub fn commonest(&self, seed: u64) -> [f64; 2] {
        let sequences = (SCORED_STEPS / self.tags).clamp(64, SCORED);
        let mut right = [0, 0];
        for index in 0..sequences as u64 {
            let sequence = self.sequence(seed, Split::Test, index);
            let (mut all, mut asked) = (vec![0; self.values], vec![0; self.values]);
            self.bag(&sequence).for_each(|(_, value)| all[value] += 1);
            sequence.targets.iter().for_each(|target| asked[target.answer.class()] += 1);
            // Of values that are equally common, the first: none is likelier than another.
            let most = |count: &[usize]| (0..count.len()).rev().max_by_key(|value| count[*value]).expect("values");
            right[0] += asked[most(&all)];
            right[1] += asked[most(&asked)];
        }
        right.map(|right| right as f64 / (sequences * self.k) as f64)
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
        let asked = std::iter::repeat_n(self.tags + 1, self.k);
        [self.tags + 1, self.values + 1].into_iter().chain(asked).collect()
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
        let mut rng = rng(seed, split, index);
        let mut tags: Vec<usize> = (0..self.tags).collect();
        tags.shuffle(&mut rng);
        let values: Vec<usize> = tags.iter().map(|_| rng.random_range(0..self.values)).collect();
        let mut asked = index::sample(&mut rng, self.tags, self.k).into_vec();
        asked.shuffle(&mut rng);
        if split != Split::Train {
            // Stratified: the first slot's tag stands equally often at each step. The others are drawn from the rest.
            let wanted = (index % self.tags as u64) as usize;
            match asked.iter().position(|step| *step == wanted) {
                Some(at) => asked.swap(0, at),
                None => asked[0] = wanted,
            }
        }
        let mut tokens = vec![BLANK; self.channels() * self.time()];
        for (step, (tag, value)) in tokens.chunks_exact_mut(self.channels()).zip(tags.iter().zip(&values)) {
            step[0] = *tag as u32 + 1;
            step[1] = *value as u32 + 1;
        }
        let last = self.channels() * self.tags;
        let mut targets = Vec::with_capacity(self.k);
        for (slot, step) in asked.into_iter().enumerate() {
            tokens[last + 2 + slot] = tags[step] as u32 + 1;
            targets.push(Target { slot, ..Target::class(self.tags, values[step], self.tags - step) });
        }
        Sequence { tokens, targets, ..Sequence::default() }
    }

    fn oracle(&self, sequence: &Sequence) -> Vec<Answer> {
        let mut value_of = vec![0; self.tags];
        self.bag(sequence).for_each(|(tag, value)| value_of[tag] = value);
        let asked = &sequence.tokens[self.channels() * self.tags + 2..];
        asked.iter().map(|tag| Answer::Class(value_of[*tag as usize - 1])).collect()
    }

    fn floors(&self, seed: u64) -> Vec<Floor> {
        let [all, asked] = self.commonest(seed);
        let chance = 1.0 / self.values as f64;
        let one = (1.0 + (self.k - 1) as f64 * chance) / self.k as f64;
        let mut floors =
            vec![Floor { name: "commonest value", accuracy: all }, Floor { name: "1/V", accuracy: chance }];
        if self.k > 1 {
            floors.push(Floor { name: "commonest of those asked for", accuracy: asked });
            floors.push(Floor { name: "one fetched, the others guessed", accuracy: one });
        }
        floors
    }

    fn words(&self, sequence: &Sequence) -> Vec<String> {
        let mut words: Vec<_> = self.bag(sequence).map(|(tag, value)| format!("t{tag}={value}")).collect();
        let asked = &sequence.tokens[self.channels() * self.tags + 2..];
        words.push(asked.iter().map(|tag| format!("t{}=?", tag - 1)).collect::<Vec<_>>().join(","));
        words
    }

    fn render(&self, sequence: &Sequence) -> String {
        let answers = sequence.targets.iter().map(|t| format!("{} (lag {})", t.answer.class(), t.lag));
        format!("{} -> {}", self.words(sequence).join(" "), answers.collect::<Vec<_>>().join(", "))
    }
}
