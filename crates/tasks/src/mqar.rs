//! `mqar`: multi-query associative recall, in the form of Arora et al. 2023 (zoology, arXiv 2312.04927).
//!
//! A sequence begins with K keys and their values, one token a step: key, value, key, value, … After these 2K steps each key
//! is asked for once more, at one of the (n − 2K)/2 slots that are two steps apart, and the answer, read out at that step, is the
//! value that stood one step behind the key. All other steps are blank (token 0), or any token at all with
//! `random_non_queries`. Tokens are one vocabulary in two halves: 1 … V/2 − 1 are keys, V/2 … V − 1 values. The lag of a query
//! is its distance to the key; the value stands one step nearer.
//!
//! Since a key and its value stand on different steps, matching the query to the key is not enough: what matched is the step
//! before the one that is wanted. One attention layer cannot do it (arXiv 2408.14332), two can: the first moves each key
//! one step on, the second matches. So can one behind a convolution of kernel 2, whichever mixer is given it.
//!
//! Slots are drawn without replacement, slot g with a weight of (g + 1)^(`power_a` − 1): at 0.01 near slots are likelier, at 1
//! all are alike.
//!
//! **A leak through the position.** In zoology's generator keys draw their slots in turn, so the first key tends to get the
//! nearest one: where a query stands tells which key it probably is (`positions = "classic"`). A solver that sees no key at
//! all and copies the value of the likeliest one, the position-only oracle, is right in more than 1/K: in 0.290 for 1/4 at n = 64,
//! 0.154 for 1/8 at n = 128, 0.083 for 1/16 at n = 256. With `positions = "shuffled"` the keys are dealt to the same slots at
//! random, nothing else changes, and the oracle has 1/K.
//!
//! Example (n = 16, K = 2, V = 16, shuffled, seed 0, train, index 0; `=5` is the value 5, `k5?` asks for key 5):
//!
//! ```text
//! k4 =5 k5 =3 k5? . k4? . . . . . . . . . -> 3 (lag 2), 5 (lag 6)
//! ```
//!
//! Floors: the position-only oracle, computed from the generator; 1/K, the copier of any present value (values of a
//! sequence are distinct); and one in all values, uniform guessing. A layer that sees only some lags has the copier of what is in
//! sight as its floor ([`Task::floor_within`]).
//!
//! What differs from zoology: fresh sequences instead of 100,000 that come again, and a read-out of values alone; theirs
//! is of all V tokens, of which half never are an answer.

use std::collections::BTreeMap;

use rand::Rng;
use rand::seq::{SliceRandom, index};
use serde::{Deserialize, Serialize};

use crate::settings::{SettingDoc, TaskDefinition, TaskError, at_most, check_length, read};
use crate::{Answer, Floor, Sequence, Split, Target, Task, rng};

/// The row of this task in the table.
pub const DEFINITION: TaskDefinition = TaskDefinition {
    name: "mqar",
    summary: "multi-query associative recall as in zoology: keys and values at steps of their own, all asked for later",
    settings: &[
        SettingDoc { name: "n", values: "4 … 1048576, even", meaning: "steps of a sequence" },
        SettingDoc { name: "k", values: "1 … n/4", meaning: "number of pairs K, and of queries" },
        SettingDoc {
            name: "vocabulary",
            values: "2k + 2 … 65536 (8192)",
            meaning: "number of tokens V: a blank and keys, then values",
        },
        SettingDoc {
            name: "power_a",
            values: "0 … 10 (0.01)",
            meaning: "slot g has the weight (g + 1)^(power_a - 1); 1: all are alike",
        },
        SettingDoc {
            name: "positions",
            values: "classic, shuffled (classic)",
            meaning: "keys get their slots in turn, which leaks, or at random",
        },
        SettingDoc {
            name: "random_non_queries",
            values: "true, false (false)",
            meaning: "steps without pair or query hold any token instead of a blank",
        },
    ],
    example: "n = 16\nk = 2\nvocabulary = 16\npositions = \"shuffled\"",
    build: |settings| Ok(Box::new(read::<Mqar>(settings)?.check()?)),
};

/// Settings of `mqar`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mqar {
    /// Steps of a sequence, an even number.
    pub n: usize,
    /// Number of pairs K, and of queries.
    pub k: usize,
    /// Number of tokens V, keys and values together.
    #[serde(default = "default_vocabulary")]
    pub vocabulary: usize,
    /// Exponent of the power law of slots: slot g has the weight (g + 1)^(`power_a` − 1).
    #[serde(default = "default_power_a")]
    pub power_a: f64,
    /// Which key gets which of the slots that were drawn.
    #[serde(default)]
    pub positions: Positions,
    /// Whether steps without a pair or a query hold any token instead of a blank.
    #[serde(default)]
    pub random_non_queries: bool,
}

/// Which key gets which slot.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Positions {
    /// The first key the first slot that was drawn, and so on: zoology's, and a leak.
    #[default]
    Classic,
    /// Dealt at random.
    Shuffled,
}

fn default_vocabulary() -> usize {
    8192
}

fn default_power_a() -> f64 {
    0.01
}

/// Token of a step that carries nothing.
const BLANK: u32 = 0;

/// Sequences that floors are learnt from and computed on.
const FIT: u64 = 20_000;
const SCORE: u64 = 20_000;

/// Pairs for which all subsets can be gone through.
const MOST_EXACT: usize = 16;

/// What is drawn for one sequence; all by the number of the pair.
struct Drawn {
    keys: Vec<u32>,
    values: Vec<u32>,
    slots: Vec<usize>,
}

impl Mqar {
    /// Refuses settings that make no task.
    ///
    /// # Errors
    /// Names the setting, its value and what would do.
    pub fn check(self) -> Result<Self, TaskError> {
        check_length(self.n)?;
        let (n, k) = (self.n, self.k);
        if !n.is_multiple_of(2) {
            return Err(TaskError(format!("n = {n} is odd: pairs and slots have two steps each; choose an even n")));
        }
        if k == 0 || 4 * k > n {
            let most = n / 4;
            let do_this =
                if most == 0 { "choose n from 4 on".to_owned() } else { format!("choose k from 1 to {most}") };
            return Err(TaskError(format!(
                "k = {k} pairs do not fit: two steps for each pair and two for its query, in n = {n}; {do_this}"
            )));
        }
        at_most("vocabulary", self.vocabulary, 2 * k + 2, 1 << 16)?;
        if !(0.0..=10.0).contains(&self.power_a) {
            return Err(TaskError(format!("power_a = {} is outside 0 … 10; zoology has 0.01", self.power_a)));
        }
        Ok(self)
    }

    /// The first token that is a value.
    fn first_value(&self) -> usize {
        self.vocabulary / 2
    }

    /// Slots to draw from.
    fn slots(&self) -> usize {
        self.n / 2 - self.k
    }

    fn weight(&self, slot: usize) -> f64 {
        ((slot + 1) as f64).powf(self.power_a - 1.0)
    }

    /// The step of a slot.
    fn step(&self, slot: usize) -> usize {
        2 * (self.k + slot)
    }

    fn draw(&self, rng: &mut impl Rng) -> Drawn {
        let keys = index::sample(rng, self.first_value() - 1, self.k).iter().map(|key| key as u32 + 1).collect();
        let first = self.first_value();
        let values = index::sample(rng, self.vocabulary - first, self.k).iter().map(|v| (first + v) as u32).collect();
        // A race of exponentials: who arrives first is drawn first, with a chance in proportion to its weight among those left.
        let mut arrivals: Vec<(f64, usize)> =
            (0..self.slots()).map(|slot| (-(1.0 - rng.random::<f64>()).ln() / self.weight(slot), slot)).collect();
        arrivals.sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        let mut slots: Vec<usize> = arrivals.into_iter().take(self.k).map(|(_, slot)| slot).collect();
        if self.positions == Positions::Shuffled {
            slots.shuffle(rng);
        }
        Drawn { keys, values, slots }
    }

    /// Queries of a sequence in the order of steps: pair and slot.
    fn queries(&self, seed: u64, split: Split, index: u64) -> Vec<(usize, usize)> {
        let drawn = self.draw(&mut rng(seed, split, index));
        let mut queries: Vec<_> = drawn.slots.into_iter().enumerate().collect();
        queries.sort_unstable_by_key(|(_, slot)| *slot);
        queries
    }

    /// Accuracy of the best guesser that sees where queries stand and all values, but no key, and copies the value of the
    /// likeliest pair: exact for up to 16 pairs, by [`learnt_by_position`](Self::learnt_by_position) for more.
    pub fn position_only_oracle(&self, seed: u64) -> f64 {
        if self.positions == Positions::Shuffled || self.k > MOST_EXACT {
            return self.learnt_by_position(seed);
        }
        let sum: f64 = (0..self.slots()).map(|slot| self.weight(slot)).sum();
        let sequences = ((1 << 27) >> self.k).min(2000) / self.k as u64;
        let of_sequence = |index: u64| {
            let queries = self.queries(seed, Split::Test, index);
            let weights: Vec<f64> = queries.iter().map(|(_, slot)| self.weight(*slot) / sum).collect();
            likeliest_places(&weights) / self.k as f64
        };
        (0..sequences).map(of_sequence).sum::<f64>() / sequences as f64
    }

    /// The same of a guesser that has learnt from sequences how often a query at each slot, with so many before it, asks for each
    /// pair.
    pub fn learnt_by_position(&self, seed: u64) -> f64 {
        let (slots, k) = (self.slots(), self.k);
        // Of large tasks the number of earlier queries is left out: there are more such cells than sequences to learn them from.
        let ranks = if slots * k * k <= 1 << 14 { k } else { 1 };
        let mut asked = vec![0f64; ranks * slots * k];
        let row = |rank: usize, slot: usize| (rank.min(ranks - 1) * slots + slot) * k;
        for index in 0..FIT {
            for (rank, (pair, slot)) in self.queries(seed, Split::Train, index).into_iter().enumerate() {
                asked[row(rank, slot) + pair] += 1.0;
            }
        }
        let likeliest: Vec<usize> = asked
            .chunks_exact(k)
            .map(|counts| (0..k).max_by(|a, b| counts[*a].total_cmp(&counts[*b])).expect("there are pairs"))
            .collect();
        let hits: usize = (0..SCORE)
            .map(|index| {
                let queries = self.queries(seed, Split::Test, index).into_iter().enumerate();
                queries.filter(|(rank, (pair, slot))| likeliest[row(*rank, *slot) / k] == *pair).count()
            })
            .sum();
        hits as f64 / (SCORE as usize * k) as f64
    }
}

/// Of things that were drawn one after the other without replacement, each with its weight of all, seen without their
/// order: how many one gets right, on average, by naming for each the place in the order where it most probably was.
///
/// Over subsets S: `first[S]` is the chance that S was drawn first, in any order, and `then[S]` that what is left was drawn
/// then, of all that could have been.
fn likeliest_places(weights: &[f64]) -> f64 {
    let (count, all) = (weights.len(), (1 << weights.len()) - 1);
    let mut left = vec![1.0; all + 1];
    for set in 1..=all {
        let one: usize = set.trailing_zeros() as usize;
        left[set] = left[set & (set - 1)] - weights[one];
    }
    let absent = |set: usize| (0..count).filter(move |thing| set & (1 << thing) == 0);
    let (mut first, mut then) = (vec![0.0; all + 1], vec![0.0; all + 1]);
    (first[0], then[all]) = (1.0, 1.0);
    for set in 0..all {
        for thing in absent(set) {
            first[set | 1 << thing] += first[set] * weights[thing] / left[set];
        }
    }
    let mut places = vec![0.0; count * count];
    for set in (0..all).rev() {
        for thing in absent(set) {
            let onward = weights[thing] / left[set] * then[set | 1 << thing];
            then[set] += onward;
            places[thing * count + set.count_ones() as usize] += first[set] * onward;
        }
    }
    places.chunks_exact(count).map(|of| of.iter().copied().fold(0.0, f64::max) / then[0]).sum()
}

impl Task for Mqar {
    fn name(&self) -> &'static str {
        "mqar"
    }

    fn time(&self) -> usize {
        self.n
    }

    fn pairs(&self) -> Option<usize> {
        Some(self.k)
    }

    fn vocabularies(&self) -> Vec<usize> {
        vec![self.vocabulary]
    }

    fn classes(&self) -> usize {
        self.vocabulary - self.first_value()
    }

    /// Key and query both stand at even steps.
    fn lags(&self) -> Vec<usize> {
        (1..self.n / 2).map(|half| 2 * half).collect()
    }

    fn sequence(&self, seed: u64, split: Split, index: u64) -> Sequence {
        let mut rng = rng(seed, split, index);
        let Drawn { keys, values, slots } = self.draw(&mut rng);
        let mut tokens = vec![BLANK; self.n];
        let mut targets = Vec::with_capacity(self.k);
        for (pair, ((key, value), slot)) in keys.into_iter().zip(values).zip(slots).enumerate() {
            let step = self.step(slot);
            tokens[2 * pair] = key;
            tokens[2 * pair + 1] = value;
            tokens[step] = key;
            targets.push(Target::class(step, value as usize - self.first_value(), step - 2 * pair));
        }
        targets.sort_unstable_by_key(|target| target.step);
        if self.random_non_queries {
            let blank = tokens.iter_mut().filter(|token| **token == BLANK);
            blank.for_each(|token| *token = rng.random_range(0..self.vocabulary as u32));
        }
        Sequence { tokens, targets, ..Sequence::default() }
    }

    fn oracle(&self, sequence: &Sequence) -> Vec<Answer> {
        let pairs = &sequence.tokens[..2 * self.k];
        let value_of = |step: usize| {
            let pair = pairs.chunks_exact(2).find(|pair| pair[0] == sequence.tokens[step]);
            pair.expect("the key asked for was paired")[1] as usize - self.first_value()
        };
        sequence.targets.iter().map(|target| Answer::Class(value_of(target.step))).collect()
    }

    fn floors(&self, seed: u64) -> Vec<Floor> {
        let copier = Floor { name: "1/K", accuracy: 1.0 / self.k as f64 };
        let oracle = Floor { name: "position-only oracle", accuracy: self.position_only_oracle(seed) };
        let guess = Floor { name: "one of all values", accuracy: 1.0 / self.classes() as f64 };
        match self.positions {
            Positions::Classic => vec![oracle, copier, guess],
            Positions::Shuffled => vec![copier, oracle, guess],
        }
    }

    /// With m values in sight, copying any of them is right in 1/m of the cases in which the wanted one is; else a guess among
    /// the values that are not in sight is left. Means over sequences of the generator, at the lag of the key.
    fn floor_within(&self, sees: &dyn Fn(usize) -> bool) -> Option<BTreeMap<usize, f64>> {
        let mut tally = vec![(0.0, 0.0); self.n];
        for index in 0..FIT {
            for (pair, slot) in self.queries(0, Split::Train, index) {
                let back = |pair: usize| self.step(slot) - (2 * pair + 1);
                let seen = (0..self.k).filter(|pair| sees(back(*pair))).count();
                let alike = if sees(back(pair)) { seen } else { self.classes() - seen };
                let (right, asked) = &mut tally[back(pair) + 1];
                *right += 1.0 / alike as f64;
                *asked += 1.0;
            }
        }
        // A lag that was never drawn: all pairs are in sight, or none.
        let rare = |lag: usize| if sees(lag - 1) { 1.0 / self.k as f64 } else { 1.0 / self.classes() as f64 };
        let mean = |lag: usize| match tally[lag] {
            (_, 0.0) => rare(lag),
            (right, asked) => right / asked,
        };
        Some(self.lags().into_iter().map(|lag| (lag, mean(lag))).collect())
    }

    fn words(&self, sequence: &Sequence) -> Vec<String> {
        let first = self.first_value() as u32;
        let word = |(step, token): (usize, &u32)| {
            let asks = sequence.targets.iter().any(|target| target.step == step);
            match *token {
                BLANK => ".".to_owned(),
                value if value >= first => format!("={}", value - first),
                key => format!("k{key}{}", if asks { "?" } else { "" }),
            }
        };
        sequence.tokens.iter().enumerate().map(word).collect()
    }

    fn render(&self, sequence: &Sequence) -> String {
        let answers = sequence.targets.iter().map(|t| format!("{} (lag {})", t.answer.class(), t.lag));
        format!("{} -> {}", self.words(sequence).join(" "), answers.collect::<Vec<_>>().join(", "))
    }
}
