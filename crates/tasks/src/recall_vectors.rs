//! `recall-vectors`: recall with fresh random vectors as keys, so that no vocabulary bounds their number.
//!
//! Steps carry a key, a vector of `key_width` numbers, and a value, a token. The last step repeats one of the keys
//! exactly and carries no value; the answer is that key's value. Entries of keys are standard normal and drawn anew, so
//! a model cannot learn keys by heart: it has to compare. The squared norm of a key has mean `key_width`.
//!
//! With `filler = "blank"`, K pairs stand at lags from the grid of [`recall_at_lag`](crate::recall_at_lag), without
//! replacement, and all other steps are empty, vectors of 0. Pairs are exchangeable and values distinct, so that copying
//! a present value scores exactly 1/K. With `filler = "pairs"`, every step but the last carries a pair, with values drawn
//! independently, and the target's lag is drawn from the grid: n − 1 keys are to be told apart.
//!
//! Example (n = 12, K = 3, key_width = 4, V = 8, seed 0, train, index 0; letters name keys in the order of steps):
//!
//! ```text
//! . . . a=7 . b=3 . c=4 . . . b=? -> 3 (lag 6)
//! ```
//!
//! Floors: `blank`: 1/K, the copier of a present value, and 1/V. `pairs`: a model that sees values and positions but no
//! keys knows that the target is one of the G lags of the grid, and has nothing better than the commonest of the G
//! values there: E\[largest count\]/G, in closed form; and 1/V.

use ndarray_rand::rand_distr::StandardNormal;
use rand::Rng;
use rand::seq::{SliceRandom, index};
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};

use crate::recall_at_lag::lag_grid;
use crate::settings::{SettingDoc, TaskDefinition, TaskError, at_most, check_length, read};
use crate::{Answer, Floor, Sequence, Split, Target, Task, rng};

/// The row of this task in the table.
pub const DEFINITION: TaskDefinition = TaskDefinition {
    name: "recall-vectors",
    summary: "the value that was paired with the key asked for, where keys are fresh random vectors",
    settings: &[
        SettingDoc { name: "n", values: "2 … 1048576", meaning: "steps of a sequence; the last one asks" },
        SettingDoc { name: "k", values: "1 … size of the lag grid", meaning: "number of pairs K of blank filler" },
        SettingDoc { name: "key_width", values: "1 … 256 (16)", meaning: "numbers of a key" },
        SettingDoc { name: "values", values: "k … 4096 (16)", meaning: "number of values V to draw from" },
        SettingDoc { name: "filler", values: "blank, pairs (blank)", meaning: "what the other steps carry" },
    ],
    example: "n = 12\nk = 3\nkey_width = 4\nvalues = 8",
    build: |settings| Ok(Box::new(read::<RecallVectors>(settings)?.check()?)),
};

/// Settings of `recall-vectors`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RecallVectors {
    /// Steps of a sequence; the last one asks.
    pub n: usize,
    /// Number of pairs K of `blank` filler; `pairs` fill every step.
    pub k: Option<usize>,
    /// Numbers of a key.
    #[serde(default = "default_size")]
    pub key_width: usize,
    /// Number of values V to draw from.
    #[serde(default = "default_size")]
    pub values: usize,
    /// What the other steps carry.
    #[serde(default)]
    pub filler: Filler,
}

/// What the steps carry that are neither target nor question.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Filler {
    /// K − 1 of them a pair, the others nothing.
    #[default]
    Blank,
    /// A pair each.
    Pairs,
}

fn default_size() -> usize {
    16
}

/// Token of a step without a value; values count from 1.
const BLANK: u32 = 0;

impl RecallVectors {
    /// Refuses settings that make no task.
    ///
    /// # Errors
    /// Names the setting, its value and what would do.
    pub fn check(self) -> Result<Self, TaskError> {
        check_length(self.n)?;
        // A sequence has n·key_width numbers: at these bounds 1 GiB.
        at_most("key_width", self.key_width, 1, 256)?;
        let least = match (self.filler, self.k) {
            (Filler::Blank, Some(k)) => {
                at_most("k", k, 1, lag_grid(self.n).len())?;
                k.max(2)
            }
            (Filler::Blank, None) => {
                return Err(TaskError(
                    "k is missing: filler = \"blank\" needs a number of pairs, such as k = 4".into(),
                ));
            }
            (Filler::Pairs, None) => 2,
            (Filler::Pairs, Some(k)) => {
                return Err(TaskError(format!("k = {k}: filler = \"pairs\" has a pair at every step; leave k out")));
            }
        };
        at_most("values", self.values, least, 1 << 12)?;
        Ok(self)
    }

    /// The target's lag and value, and the tokens of all steps. No key is drawn.
    fn tokens(&self, rng: &mut ChaCha8Rng, split: Split, index: u64) -> (usize, usize, Vec<u32>) {
        let grid = lag_grid(self.n);
        let last = self.n - 1;
        // Stratified outside of training: equally many targets at each lag.
        let wanted = (split != Split::Train).then_some((index % grid.len() as u64) as usize);
        let mut tokens = vec![BLANK; self.n];
        if self.filler == Filler::Pairs {
            let lag = grid[wanted.unwrap_or_else(|| rng.random_range(0..grid.len()))];
            tokens[..last].fill_with(|| rng.random_range(0..self.values as u32) + 1);
            return (lag, tokens[last - lag] as usize - 1, tokens);
        }
        let k = self.k.expect("checked");
        let mut chosen = index::sample(rng, grid.len(), k).into_vec();
        chosen.shuffle(rng);
        match wanted.map(|wanted| (wanted, chosen.iter().position(|c| *c == wanted))) {
            Some((_, Some(at))) => chosen.swap(0, at),
            Some((wanted, None)) => chosen[0] = wanted,
            None => (),
        }
        let values = index::sample(rng, self.values, k).into_vec();
        for (at, value) in chosen.iter().zip(&values) {
            tokens[last - grid[*at]] = *value as u32 + 1;
        }
        (grid[chosen[0]], values[0], tokens)
    }

    /// Which step carries the key that is nearest to that of the last one, by squared distance.
    fn nearest(&self, sequence: &Sequence) -> usize {
        let keys: Vec<&[f32]> = sequence.values.chunks_exact(self.key_width).collect();
        let (query, past) = keys.split_last().expect("n ≥ 2");
        let distance = |key: &[f32]| -> f32 { key.iter().zip(*query).map(|(a, b)| (a - b).powi(2)).sum() };
        let pairs = past.iter().enumerate().filter(|(step, _)| sequence.tokens[*step] != BLANK);
        let nearest = pairs.map(|(step, key)| (step, distance(key))).min_by(|(_, a), (_, b)| a.total_cmp(b));
        nearest.expect("there is a pair").0
    }
}

impl Task for RecallVectors {
    fn name(&self) -> &'static str {
        "recall-vectors"
    }

    fn time(&self) -> usize {
        self.n
    }

    fn pairs(&self) -> Option<usize> {
        Some(self.k.unwrap_or(self.n - 1))
    }

    fn vocabularies(&self) -> Vec<usize> {
        vec![self.values + 1]
    }

    #[expect(clippy::misnamed_getters, reason = "the trait's values are numbers, those of the settings are answers")]
    fn values(&self) -> usize {
        self.key_width
    }

    fn classes(&self) -> usize {
        self.values
    }

    fn lags(&self) -> Vec<usize> {
        lag_grid(self.n)
    }

    fn sequence(&self, seed: u64, split: Split, index: u64) -> Sequence {
        let mut rng = rng(seed, split, index);
        let (lag, answer, tokens) = self.tokens(&mut rng, split, index);
        let (last, width) = (self.n - 1, self.key_width);
        let mut values = vec![0.0; self.n * width];
        for (key, _) in values.chunks_exact_mut(width).zip(&tokens).filter(|(_, token)| **token != BLANK) {
            key.fill_with(|| rng.sample(StandardNormal));
        }
        let asked = (last - lag) * width;
        values.copy_within(asked..asked + width, last * width);
        Sequence { tokens, values, targets: vec![Target::class(last, answer, lag)] }
    }

    fn oracle(&self, sequence: &Sequence) -> Vec<Answer> {
        vec![Answer::Class(sequence.tokens[self.nearest(sequence)] as usize - 1)]
    }

    fn floors(&self, _seed: u64) -> Vec<Floor> {
        let first = match self.k {
            Some(k) => Floor { name: "1/K", accuracy: 1.0 / k as f64 },
            None => Floor { name: "position-only", accuracy: commonest_share(lag_grid(self.n).len(), self.values) },
        };
        vec![first, Floor { name: "1/V", accuracy: 1.0 / self.values as f64 }]
    }

    fn words(&self, sequence: &Sequence) -> Vec<String> {
        // After 26 keys, the next round of the alphabet has a prime.
        let name = |pair: usize| format!("{}{}", (b'a' + (pair % 26) as u8) as char, "'".repeat(pair / 26));
        let asked = self.nearest(sequence);
        let (last, mut pairs, mut question) = (self.n - 1, 0, String::new());
        let mut words: Vec<String> = Vec::with_capacity(self.n);
        for (step, token) in sequence.tokens[..last].iter().enumerate() {
            if *token == BLANK {
                words.push(".".to_owned());
                continue;
            }
            words.push(format!("{}={}", name(pairs), token - 1));
            if step == asked {
                question = format!("{}=?", name(pairs));
            }
            pairs += 1;
        }
        words.push(question);
        words
    }

    fn render(&self, sequence: &Sequence) -> String {
        let target = sequence.targets[0];
        format!("{} -> {} (lag {})", self.words(sequence).join(" "), target.answer.class(), target.lag)
    }
}

/// E\[how often the commonest occurs\]/draws, of independent uniform draws from so many kinds.
///
/// P(none occurs more than m times) = draws!/kindsᵈʳᵃʷˢ · the coefficient of xᵈʳᵃʷˢ in (Σ xʲ/j! over j ≤ m)ᵏⁱⁿᵈˢ. Kind by
/// kind, with the number of draws as mass of a binomial, no number leaves \[0, 1\].
fn commonest_share(draws: usize, kinds: usize) -> f64 {
    let expected: f64 = (0..draws).map(|m| 1.0 - none_above(m, draws, kinds)).sum();
    expected / draws as f64
}

/// The probability that no kind occurs more than `m` times.
fn none_above(m: usize, draws: usize, kinds: usize) -> f64 {
    // chance[left]: that so many draws are left for the kinds to come, and none so far occurs too often.
    let mut chance = vec![0.0; draws + 1];
    chance[draws] = 1.0;
    for kind in 0..kinds - 1 {
        let share = 1.0 / (kinds - kind) as f64;
        let mut next = vec![0.0; draws + 1];
        for (left, chance) in chance.iter().enumerate().filter(|(_, chance)| **chance > 0.0) {
            let mut binomial = (1.0 - share).powi(left as i32);
            for taken in 0..=left.min(m) {
                next[left - taken] += chance * binomial;
                binomial *= (left - taken) as f64 / (taken + 1) as f64 * share / (1.0 - share);
            }
        }
        chance = next;
    }
    chance[..=m.min(draws)].iter().sum()
}
