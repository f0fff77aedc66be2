//! `recall-at-lag`: the value that was paired with the key asked for.
//!
//! K steps carry a key and a value, the last step carries one of these keys and
//! no value, and the answer is that key's value. (Keys and values stand on one
//! step; zoology calls this form "stacked MQAR".) Which key stands where is
//! drawn anew in each sequence, so no fixed wiring can know where to look.
//!
//! **No leak through the position.** The K lags are drawn without replacement
//! from one log-spaced grid 1, 2, 3, 4, 6, 8, 11, 16, … n − 1, keys are shuffled
//! over them, and the target is one of the K at random: all pairs are
//! exchangeable, so a model that sees positions but not keys scores 1/K. (With
//! only the target's lag from the grid and the other pairs anywhere, a straight
//! line scored above 0.8.) Values of a sequence are distinct, so that copying
//! any present value scores exactly 1/K too.
//!
//! Example (n = 12, K = 3, 8 keys a…h, 8 values, seed 0, train, index 0):
//!
//! ```text
//! . . . h=1 . d=0 . e=7 . . . d=? -> 0 (lag 6)
//! ```
//!
//! Floors: 1/K, the copier of a present value: an additive model cannot bind the
//! query to its key, and its best cross-entropy is ln K; 1/V, uniform guessing;
//! and the position-only oracle, computed from the generator. A layer that sees
//! only some lags has a floor of its own ([`Task::floor_within`]): the fewer
//! pairs are in sight, the better does copying one of them do.

use std::collections::BTreeMap;

use rand::seq::{SliceRandom, index};
use serde::{Deserialize, Serialize};

use crate::settings::{SettingDoc, TaskDefinition, TaskError, at_most, check_length, read};
use crate::{Answer, Floor, Sequence, Split, Target, Task, rng};

/// The row of this task in the table.
pub const DEFINITION: TaskDefinition = TaskDefinition {
    name: "recall-at-lag",
    summary: "the value that was paired with the key asked for: the position is drawn anew each time",
    settings: &[
        SettingDoc { name: "n", values: "2 … 1048576", meaning: "steps of a sequence; the last one asks" },
        SettingDoc { name: "k", values: "1 … size of the lag grid", meaning: "number of pairs K" },
        SettingDoc { name: "keys", values: "k … 65536 (32)", meaning: "number of keys to draw from" },
        SettingDoc { name: "values", values: "k … 65536 (32)", meaning: "number of values V to draw from" },
    ],
    example: "n = 12\nk = 3\nkeys = 8\nvalues = 8",
    build: |settings| Ok(Box::new(read::<RecallAtLag>(settings)?.check()?)),
};

/// Settings of `recall-at-lag`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RecallAtLag {
    /// Steps of a sequence; the last one asks.
    pub n: usize,
    /// Number of pairs K.
    pub k: usize,
    /// Number of keys to draw from.
    #[serde(default = "default_vocabulary")]
    pub keys: usize,
    /// Number of values V to draw from.
    #[serde(default = "default_vocabulary")]
    pub values: usize,
}

fn default_vocabulary() -> usize {
    32
}

/// Token of a channel that carries nothing; keys and values count from 1.
const BLANK: u32 = 0;

/// The log-spaced grid of lags for n steps: 2^(i/2) rounded, and n − 1.
pub fn lag_grid(n: usize) -> Vec<usize> {
    let last = n - 1;
    let mut grid: Vec<usize> =
        (0..).map(|i| 2f64.powf(f64::from(i) / 2.0).round() as usize).take_while(|lag| *lag < last).collect();
    grid.dedup();
    grid.push(last);
    grid
}

impl RecallAtLag {
    /// Refuses settings that make no task.
    ///
    /// # Errors
    /// Names the setting, its value and what would do.
    pub fn check(self) -> Result<Self, TaskError> {
        check_length(self.n)?;
        let grid = lag_grid(self.n);
        if self.k == 0 || self.k > grid.len() {
            return Err(TaskError(format!(
                "k = {} pairs do not fit: n = {} has a grid of {} lags ({}); choose k from 1 to {}, or a larger n",
                self.k,
                self.n,
                grid.len(),
                grid.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "),
                grid.len()
            )));
        }
        at_most("keys", self.keys, self.k, 1 << 16)?;
        at_most("values", self.values, self.k, 1 << 16)?;
        Ok(self)
    }

    /// The lags of the pairs, the target's first, and then the keys and values in the same order.
    fn draw(&self, seed: u64, split: Split, index: u64) -> (Vec<usize>, Vec<usize>, Vec<usize>) {
        let mut rng = rng(seed, split, index);
        let grid = lag_grid(self.n);
        let mut chosen = index::sample(&mut rng, grid.len(), self.k).into_vec();
        chosen.shuffle(&mut rng);
        if split != Split::Train {
            // Stratified: equally many targets at each lag. A uniform target lag and K − 1 of the rest is the same
            // distribution as K lags without replacement and one of them as target.
            let wanted = (index % grid.len() as u64) as usize;
            match chosen.iter().position(|c| *c == wanted) {
                Some(at) => chosen.swap(0, at),
                None => chosen[0] = wanted,
            }
        }
        let lags = chosen.into_iter().map(|i| grid[i]).collect();
        let keys = index::sample(&mut rng, self.keys, self.k).into_vec();
        let values = index::sample(&mut rng, self.values, self.k).into_vec();
        (lags, keys, values)
    }
}

impl Task for RecallAtLag {
    fn name(&self) -> &'static str {
        "recall-at-lag"
    }

    fn time(&self) -> usize {
        self.n
    }

    fn pairs(&self) -> Option<usize> {
        Some(self.k)
    }

    fn vocabularies(&self) -> Vec<usize> {
        vec![self.keys + 1, self.values + 1]
    }

    fn classes(&self) -> usize {
        self.values
    }

    fn lags(&self) -> Vec<usize> {
        lag_grid(self.n)
    }

    fn sequence(&self, seed: u64, split: Split, index: u64) -> Sequence {
        let (lags, keys, values) = self.draw(seed, split, index);
        let last = self.n - 1;
        let mut tokens = vec![BLANK; 2 * self.n];
        for ((lag, key), value) in lags.iter().zip(&keys).zip(&values) {
            tokens[2 * (last - lag)] = *key as u32 + 1;
            tokens[2 * (last - lag) + 1] = *value as u32 + 1;
        }
        tokens[2 * last] = keys[0] as u32 + 1;
        Sequence { tokens, targets: vec![Target::class(last, values[0], lags[0])], ..Sequence::default() }
    }

    fn oracle(&self, sequence: &Sequence) -> Vec<Answer> {
        let steps: Vec<&[u32]> = sequence.tokens.chunks_exact(2).collect();
        let (query, past) = steps.split_last().expect("n ≥ 2");
        let pair = past.iter().find(|step| step[0] == query[0]).expect("the key asked for was paired");
        vec![Answer::Class(pair[1] as usize - 1)]
    }

    fn floors(&self, seed: u64) -> Vec<Floor> {
        vec![
            Floor { name: "1/K", accuracy: 1.0 / self.k as f64 },
            Floor { name: "position-only oracle", accuracy: self.position_only_oracle(seed) },
            Floor { name: "1/V", accuracy: 1.0 / self.values as f64 },
        ]
    }

    /// A short reach makes copying easier, not harder: with m pairs in sight, copying any of them is right in 1/m of
    /// the cases in which the target is in sight. Beyond the reach only a guess among the values that are not in sight
    /// is left, right in 1/(V − m). The other pairs fall on the grid without replacement, so how many of them are in
    /// sight is hypergeometric. No one model has both: it is either copying or guessing.
    fn floor_within(&self, sees: &dyn Fn(usize) -> bool) -> Option<BTreeMap<usize, f64>> {
        let grid = lag_grid(self.n);
        let (others, drawn) = (grid.len() - 1, self.k - 1);
        // Mean of `of(in sight)` when `seen` of the lags of the other pairs are in sight.
        let mean = |seen: usize, of: &dyn Fn(f64) -> f64| -> f64 {
            (0..=drawn.min(seen))
                .filter(|m| drawn - m <= others - seen)
                .map(|m| choose(seen, m) * choose(others - seen, drawn - m) / choose(others, drawn) * of(m as f64))
                .sum()
        };
        let seen = grid.iter().filter(|lag| sees(**lag)).count();
        let copier = if seen == 0 { 0.0 } else { mean(seen - 1, &|m| 1.0 / (m + 1.0)) };
        let guess = if seen > others { 0.0 } else { mean(seen, &|m| 1.0 / (self.values as f64 - m)) };
        Some(grid.into_iter().map(|lag| (lag, if sees(lag) { copier } else { guess })).collect())
    }

    fn questions(&self, sequence: &Sequence) -> Vec<Sequence> {
        let last = self.n - 1;
        let pairs = sequence.tokens[..2 * last].chunks_exact(2).enumerate().filter(|(_, step)| step[0] != BLANK);
        pairs
            .map(|(step, pair)| {
                let mut tokens = sequence.tokens.clone();
                tokens[2 * last] = pair[0];
                let target = Target::class(last, pair[1] as usize - 1, last - step);
                Sequence { tokens, targets: vec![target], ..Sequence::default() }
            })
            .collect()
    }

    fn words(&self, sequence: &Sequence) -> Vec<String> {
        // With more than 26 keys, the second round of the alphabet has a prime.
        let key = |token: u32| {
            let (round, letter) = ((token - 1) / 26, (b'a' + ((token - 1) % 26) as u8) as char);
            format!("{letter}{}", "'".repeat(round as usize))
        };
        let steps = sequence.tokens.chunks_exact(2).map(|step| match step {
            [BLANK, BLANK] => ".".to_owned(),
            [k, BLANK] => format!("{}=?", key(*k)),
            [k, v] => format!("{}={}", key(*k), v - 1),
            _ => unreachable!("two channels"),
        });
        steps.collect()
    }

    fn render(&self, sequence: &Sequence) -> String {
        let target = sequence.targets[0];
        format!("{} -> {} (lag {})", self.words(sequence).join(" "), target.answer.class(), target.lag)
    }
}

impl RecallAtLag {
    /// Accuracy of the best guesser that sees where pairs stand and all values, but no key: it has learnt how often
    /// a pair at each lag, and at each rank from the end, was the one asked for, and copies the likeliest.
    pub fn position_only_oracle(&self, seed: u64) -> f64 {
        const FIT: u64 = 20_000;
        const SCORE: u64 = 20_000;
        let last = self.n - 1;
        let mut asked = vec![vec![0f64; last + 1]; self.k];
        let mut present = vec![vec![0f64; last + 1]; self.k];
        let ranked = |split: Split, index: u64| {
            let (lags, _, values) = self.draw(seed, split, index);
            let mut pairs: Vec<(usize, usize)> = lags.iter().copied().zip(values.iter().copied()).collect();
            pairs.sort_unstable();
            (pairs, lags[0], values[0])
        };
        for index in 0..FIT {
            let (pairs, target, _) = ranked(Split::Train, index);
            for (rank, (lag, _)) in pairs.iter().enumerate() {
                present[rank][*lag] += 1.0;
                asked[rank][*lag] += f64::from(u8::from(*lag == target));
            }
        }
        // Shrunk towards 1/K, so that rare (rank, lag) cells are not believed on the strength of one sequence.
        let rate = |rank: usize, lag: usize| (asked[rank][lag] + 10.0 / self.k as f64) / (present[rank][lag] + 10.0);
        let hits = (0..SCORE).filter(|index| {
            let (pairs, _, answer) = ranked(Split::Test, *index);
            let likeliest = pairs
                .iter()
                .enumerate()
                .max_by(|(a, x), (b, y)| rate(*a, x.0).total_cmp(&rate(*b, y.0)))
                .map(|(_, (_, value))| *value);
            likeliest == Some(answer)
        });
        hits.count() as f64 / SCORE as f64
    }
}

/// Number of ways to draw `k` of `n`.
pub(crate) fn choose(n: usize, k: usize) -> f64 {
    (0..k).map(|i| (n - i) as f64 / (k - i) as f64).product()
}
