//! `mad-recall`: in-context recall of MAD (Poli et al. 2024, arXiv 2403.17844), and what its noisy and fuzzy forms share with it.
//!
//! Key, value, key, value, …: each time a key is drawn from all keys, and has the value that it had before in this sequence, or a
//! new one, drawn from all values. Scored is the value of every key that was there before (MAD's `multi_query = True`), read
//! out at the step of the key; the last pair has a key that was there before in any case. The lag is the distance to
//! the key's last occurrence; its value stands one step nearer. As in MAD, **training asks for every next token**, keys and first values
//! included, which nobody can know; validation and test ask for what can be recalled alone.
//!
//! Names of settings are MAD's, but for `n`, its `seq_len`. A sequence has n − 1 steps: the last token is an answer alone.
//! There are `num_train_examples` sequences of training, which come again and again.
//!
//! Example (n = 16, V = 8, seed 0, train, index 0; tokens 0 … 3 are keys, 4 … 7 values; what can be recalled):
//!
//! ```text
//! 2 6 1 6 2 6 2 6 0 4 3 6 2 6 1 -> 6 at step 4 (lag 4), 6 at step 6 (lag 2), 6 at step 12 (lag 6), 6 at step 14 (lag 12)
//! ```
//!
//! Floors, computed on test sequences: the commonest value so far (0.32 at MAD's baseline, since eight keys share eight values and some
//! come often); the last value; and one of all values. None looks at a key.
//!
//! A layer that sees the next step reads the answer there ([`Task::shows_answers`]). What differs from MAD: `multi_query = False` is not
//! here; and accuracy is the share of right answers, where theirs is a mean over values of the share among answers of each.

use rand::Rng;
use serde::{Deserialize, Serialize};

use crate::settings::{SettingDoc, TaskDefinition, TaskError, at_most, read};
use crate::{Answer, Floor, Sequence, Split, Target, Task, rng};

/// The row of this task in the table.
pub const DEFINITION: TaskDefinition = TaskDefinition {
    name: "mad-recall",
    summary: "MAD's in-context recall: the value of every key that was there before",
    settings: &[
        SettingDoc { name: "n", values: "4 … 1048576, even (128)", meaning: "length of a sequence: MAD's seq_len" },
        SettingDoc { name: "vocab_size", values: "4 … 65536 (16)", meaning: "number of tokens, half of them keys" },
        SettingDoc {
            name: "num_train_examples",
            values: "1 … 2^40 (12800)",
            meaning: "sequences of training, which come again and again",
        },
    ],
    example: "n = 16\nvocab_size = 8",
    build: |settings| Ok(Box::new(read::<MadRecall>(settings)?.check()?)),
};

/// Settings of `mad-recall`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct MadRecall {
    /// Tokens of a sequence, an even number: `seq_len`.
    pub n: usize,
    /// Number of tokens, half of them keys.
    pub vocab_size: usize,
    /// Sequences of training.
    pub num_train_examples: u64,
}

impl Default for MadRecall {
    fn default() -> Self {
        Self { n: 128, vocab_size: 16, num_train_examples: 12_800 }
    }
}

impl MadRecall {
    /// Refuses settings that make no task.
    ///
    /// # Errors
    /// Names the setting, its value and what would do.
    pub fn check(self) -> Result<Self, TaskError> {
        check_pairs(self.n)?;
        at_most("vocab_size", self.vocab_size, 4, 1 << 16)?;
        check_examples(self.num_train_examples)?;
        Ok(self)
    }

    fn tokens(&self) -> Tokens {
        Tokens::of(self.vocab_size)
    }
}

/// Refuses lengths of which no pairs can be made.
pub(crate) fn check_pairs(n: usize) -> Result<(), TaskError> {
    at_most("n", n, 4, 1 << 20)?;
    if n.is_multiple_of(2) { Ok(()) } else { Err(TaskError(format!("n = {n} is odd: choose an even n"))) }
}

/// Refuses a training set of no sequence.
pub(crate) fn check_examples(examples: u64) -> Result<(), TaskError> {
    at_most("num_train_examples", usize::try_from(examples).unwrap_or(usize::MAX), 1, 1 << 40)
}

/// The random stream of a sequence where training has so many and then begins again.
pub(crate) fn examples(seed: u64, split: Split, index: u64, examples: u64) -> rand_chacha::ChaCha8Rng {
    rng(seed, split, if split == Split::Train { index % examples } else { index })
}

/// Keys 0 … and behind them values, as many or one more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Tokens {
    pub(crate) keys: usize,
    pub(crate) values: usize,
}

impl Tokens {
    pub(crate) fn of(count: usize) -> Self {
        Self { keys: count / 2, values: count - count / 2 }
    }

    pub(crate) fn is_value(self, token: u32) -> bool {
        (self.keys..self.keys + self.values).contains(&(token as usize))
    }
}

/// Tokens of a sequence, the last answer included, and which of them can be recalled: place, and distance to its like.
#[derive(Default)]
pub(crate) struct Written {
    pub(crate) tokens: Vec<u32>,
    pub(crate) recalled: Vec<(usize, usize)>,
}

impl Written {
    /// As a sequence: each token is asked for at the step before it, in training every one.
    pub(crate) fn sequence(mut self, split: Split) -> Sequence {
        let ask = |place: usize, lag: usize| Target::class(place - 1, self.tokens[place] as usize, lag);
        let mut targets: Vec<Target> = self.recalled.iter().map(|(place, lag)| ask(*place, *lag)).collect();
        if split == Split::Train {
            let others = (1..self.tokens.len()).filter(|place| self.recalled.iter().all(|(own, _)| own != place));
            targets.extend(others.map(|place| ask(place, 0)).collect::<Vec<_>>());
            targets.sort_unstable_by_key(|target| target.step);
        }
        self.tokens.pop();
        Sequence { tokens: self.tokens, targets, ..Sequence::default() }
    }
}

/// Pairs of a key and a value; in place of one in `noise.1` each, but for one pair, two tokens from `noise.0` on.
pub(crate) fn pairs(rng: &mut impl Rng, n: usize, tokens: Tokens, noise: Option<(usize, usize, f64)>) -> Written {
    let mut written = Written::default();
    let mut value_of: Vec<Option<u32>> = vec![None; tokens.keys];
    let mut last_at = vec![0; tokens.keys];
    let mut seen = Vec::new();
    let sure = rng.random_range(0..n / 2 - 1);
    for pair in 0..n / 2 {
        let last = pair == n / 2 - 1;
        if let Some((first, count, share)) = noise
            && !last
            && pair != sure
            && rng.random_bool(share)
        {
            written.tokens.extend((0..2).map(|_| (first + rng.random_range(0..count)) as u32));
            continue;
        }
        let key = if last { seen[rng.random_range(0..seen.len())] } else { rng.random_range(0..tokens.keys) };
        let place = written.tokens.len();
        let value = match value_of[key] {
            Some(value) => {
                written.recalled.push((place + 1, place - last_at[key]));
                value
            }
            None => {
                seen.push(key);
                (tokens.keys + rng.random_range(0..tokens.values)) as u32
            }
        };
        (value_of[key], last_at[key]) = (Some(value), place);
        written.tokens.extend([key as u32, value]);
    }
    written
}

/// The value that stood behind the last occurrence of the token at each step that asks.
pub(crate) fn follow(sequence: &Sequence) -> Vec<Answer> {
    let before = |step: usize| (0..step).rev().find(|other| sequence.tokens[*other] == sequence.tokens[step]);
    let answer = |target: &Target| before(target.step).map_or(0, |other| sequence.tokens[other + 1] as usize);
    sequence.targets.iter().map(|target| Answer::Class(answer(target))).collect()
}

/// Accuracy on test sequences of the commonest value so far, and of the last.
pub(crate) fn blind(task: &dyn Task, tokens: Tokens, seed: u64) -> [f64; 2] {
    let sequences = ((1 << 20) / task.time()).clamp(64, 4000) as u64;
    let (mut right, mut asked) = ([0, 0], 0);
    for sequence in (0..sequences).map(|index| task.sequence(seed, Split::Test, index)) {
        let (mut count, mut last) = (vec![0; tokens.keys + tokens.values], tokens.keys);
        let mut targets = sequence.targets.iter().peekable();
        for (step, token) in sequence.tokens.iter().enumerate() {
            if tokens.is_value(*token) {
                count[*token as usize] += 1;
                last = *token as usize;
            }
            while let Some(target) = targets.next_if(|target| target.step == step) {
                // Of values that are equally common, the first: none is likelier than another.
                let most = count.iter().max().expect("there are tokens");
                let commonest = count.iter().position(|c| c == most);
                right[0] += usize::from(commonest == Some(target.answer.class()));
                right[1] += usize::from(last == target.answer.class());
                asked += 1;
            }
        }
    }
    right.map(|right| right as f64 / asked as f64)
}

/// The floors of a task whose answers are values.
pub(crate) fn floors(task: &dyn Task, tokens: Tokens, seed: u64) -> Vec<Floor> {
    let [commonest, last] = blind(task, tokens, seed);
    vec![
        Floor { name: "commonest value so far", accuracy: commonest },
        Floor { name: "last value", accuracy: last },
        Floor { name: "one of all values", accuracy: 1.0 / tokens.values as f64 },
    ]
}

/// Tokens, and what can be recalled of them.
pub(crate) fn render(task: &dyn Task, sequence: &Sequence) -> String {
    let recalled = sequence.targets.iter().filter(|target| target.lag > 0);
    let answers = recalled.map(|t| format!("{} at step {} (lag {})", t.answer.class(), t.step, t.lag));
    format!("{} -> {}", task.words(sequence).join(" "), answers.collect::<Vec<_>>().join(", "))
}

impl Task for MadRecall {
    fn name(&self) -> &'static str {
        "mad-recall"
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
        pairs(&mut rng, self.n, self.tokens(), None).sequence(split)
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
