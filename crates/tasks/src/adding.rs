//! `adding`: the sum of the two numbers that are marked, among n.
//!
//! Each step carries a number, uniform in [0, 1], and a marker; two steps are marked, and the last step asks for the sum of their
//! numbers. After Hochreiter & Schmidhuber 1997 and Bai, Kolter & Koltun 2018 (arXiv 1803.01271). Where the marked steps stand
//! differs from source to source: with `drawing = "anywhere"`, the default, they are two of all n steps without replacement, as
//! in the code of Bai et al. (locuslab/TCN, adding_problem/utils.py); with `drawing = "halves"`, one is in the first half and one
//! in the second, as in Arjovsky, Shah & Bengio 2016. The marker is a token here, not a number: it has a row of the embedding.
//! An answer is right if it is no more than 0.08 off. (Hochreiter & Schmidhuber: 0.04, of half the sum.)
//!
//! **It takes less than it seems.** marker · number is a hinge of one step, relu(number + marker − 1), and the answer is the sum
//! of that over all steps: a hinge at each step and a mean, with nothing that looks for anything, is an exact solution.
//!
//! The lag of a question is that of the marked step which is further back.
//!
//! Example (n = 8, seed 0, train, index 0; `*` marks):
//!
//! ```text
//! 0.65 *0.71 0.73 0.47 0.51 0.70 0.56 *0.06 -> 0.77 (lag 6)
//! ```
//!
//! Floors. With u = number − ½ of variance 1/12, the answer is 1 + Σ mₛ uₛ, where mₛ says whether step s is marked. u is
//! independent of m and has mean 0, so:
//!
//! - always 1: the loss is E(Σ mₛ uₛ)² = Σ E mₛ /12 = 2/12 = **1/6**; within t of a sum of two uniform numbers in 2t − t² of cases.
//! - the best line in numbers and markers: no marker correlates with Σ mₛ uₛ, and uₛ has covariance pₛ/12 with it, where
//!   pₛ = E mₛ; all u are uncorrelated. So each uₛ has the weight pₛ, and the loss is **1/6 − Σ pₛ²/12**. Two of n steps
//!   without replacement have pₛ = 2/n: **1/6 − 1/(3n)**. Halves of n/2 steps have pₛ = 2/n, too. How often it is right is
//!   counted on test sequences.
//! - one of the two numbers and ½ for the other: a loss of **1/12**, right in 2t of cases.
//! - a layer that sees only some lags ([`Adding::loss_within`]): what is marked out of its sight counts ½ at best, and costs
//!   1/12 each time: **Σ pₛ/12 over the steps not seen**, (1 − r/n)/6 where r of n steps are in sight.

use std::collections::BTreeMap;

use rand::Rng;
use rand::seq::index;
use serde::{Deserialize, Serialize};

use crate::settings::{SettingDoc, TaskDefinition, TaskError, check_length, read};
use crate::{Answer, Floor, Sequence, Split, Target, Task, rng};

/// The row of this task in the table.
pub const DEFINITION: TaskDefinition = TaskDefinition {
    name: "adding",
    summary: "the sum of the two numbers that are marked, among n: reach and a hinge at each step",
    settings: &[
        SettingDoc { name: "n", values: "2 … 1048576", meaning: "steps of a sequence; the last one asks" },
        SettingDoc {
            name: "drawing",
            values: "anywhere, halves (anywhere)",
            meaning: "where the marked steps stand: any two, or one in each half",
        },
    ],
    example: "n = 8",
    build: |settings| Ok(Box::new(read::<Adding>(settings)?.check()?)),
};

/// Settings of `adding`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Adding {
    /// Steps of a sequence; the last one asks.
    pub n: usize,
    /// Where the marked steps stand.
    #[serde(default)]
    pub drawing: Drawing,
}

/// Where the marked steps stand.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Drawing {
    /// Two of all steps, without replacement.
    #[default]
    Anywhere,
    /// One in the first n/2 steps, rounded down, and one in the others.
    Halves,
}

/// How far off an answer may be.
const TOLERANCE: f64 = 0.08;

/// Numbers that the best line is scored on.
const SCORED_STEPS: usize = 1 << 20;

impl Adding {
    /// Refuses settings that make no task.
    ///
    /// # Errors
    /// Names the setting, its value and what would do.
    pub fn check(self) -> Result<Self, TaskError> {
        check_length(self.n)?;
        Ok(self)
    }

    /// How often a step is marked, pₛ.
    pub fn marked(&self, step: usize) -> f64 {
        let half = self.n / 2;
        match self.drawing {
            Drawing::Anywhere => 2.0 / self.n as f64,
            Drawing::Halves if step < half => 1.0 / half as f64,
            Drawing::Halves => 1.0 / (self.n - half) as f64,
        }
    }

    /// Mean squared error of the best line in numbers and markers.
    pub fn best_line_loss(&self) -> f64 {
        1.0 / 6.0 - (0..self.n).map(|step| self.marked(step).powi(2)).sum::<f64>() / 12.0
    }

    /// The least mean squared error of what sees the last step and the steps at these lags, and nothing else.
    pub fn loss_within(&self, sees: &dyn Fn(usize) -> bool) -> f64 {
        let unseen = (0..self.n).filter(|step| !sees(self.n - 1 - step));
        unseen.map(|step| self.marked(step)).sum::<f64>() / 12.0
    }

    /// The best line: every number less ½, times how often its step is marked, and 1.
    pub fn best_line(&self, sequence: &Sequence) -> f64 {
        let numbers = sequence.values.iter().enumerate();
        1.0 + numbers.map(|(step, number)| self.marked(step) * (f64::from(*number) - 0.5)).sum::<f64>()
    }

    /// The marked steps.
    fn marks(sequence: &Sequence) -> impl Iterator<Item = usize> {
        sequence.tokens.iter().enumerate().filter(|(_, marker)| **marker == 1).map(|(step, _)| step)
    }

    /// Steps at which the nearer mark can stand if the further one has this lag, as lags.
    fn nearer(&self, lag: usize) -> std::ops::Range<usize> {
        match self.drawing {
            Drawing::Anywhere => 0..lag,
            Drawing::Halves => 0..self.n - self.n / 2,
        }
    }
}

impl Task for Adding {
    fn name(&self) -> &'static str {
        "adding"
    }

    fn time(&self) -> usize {
        self.n
    }

    fn pairs(&self) -> Option<usize> {
        None
    }

    fn vocabularies(&self) -> Vec<usize> {
        vec![2]
    }

    fn values(&self) -> usize {
        1
    }

    fn classes(&self) -> usize {
        1
    }

    fn tolerance(&self) -> Option<f64> {
        Some(TOLERANCE)
    }

    fn lags(&self) -> Vec<usize> {
        match self.drawing {
            Drawing::Anywhere => (1..self.n).collect(),
            Drawing::Halves => (self.n - self.n / 2..self.n).collect(),
        }
    }

    fn sequence(&self, seed: u64, split: Split, index: u64) -> Sequence {
        let mut rng = rng(seed, split, index);
        let values: Vec<f32> = (0..self.n).map(|_| rng.random_range(0.0..1.0)).collect();
        let half = self.n / 2;
        let marked = match self.drawing {
            Drawing::Anywhere => index::sample(&mut rng, self.n, 2).into_vec(),
            Drawing::Halves => vec![rng.random_range(0..half), rng.random_range(half..self.n)],
        };
        let mut tokens = vec![0; self.n];
        marked.iter().for_each(|step| tokens[*step] = 1);
        let last = self.n - 1;
        let further = last - marked.iter().min().expect("two are marked");
        // In the order of steps, so that the oracle adds the same way.
        let sum = values.iter().zip(&tokens).filter(|(_, marker)| **marker == 1).map(|(number, _)| number).sum();
        Sequence { tokens, values, targets: vec![Target::number(last, sum, further)] }
    }

    fn oracle(&self, sequence: &Sequence) -> Vec<Answer> {
        vec![Answer::Number(Self::marks(sequence).map(|step| sequence.values[step]).sum())]
    }

    fn floors(&self, seed: u64) -> Vec<Floor> {
        let sequences = (SCORED_STEPS / self.n).clamp(256, 20_000) as u64;
        let right = (0..sequences).map(|index| self.sequence(seed, Split::Test, index)).filter(|sequence| {
            let Answer::Number(sum) = sequence.targets[0].answer else { unreachable!("answers are numbers") };
            (self.best_line(sequence) - f64::from(sum)).abs() <= TOLERANCE
        });
        vec![
            Floor { name: "best line", accuracy: right.count() as f64 / sequences as f64 },
            Floor { name: "one of the two, and 1/2", accuracy: 2.0 * TOLERANCE },
            Floor { name: "always 1", accuracy: 2.0 * TOLERANCE - TOLERANCE * TOLERANCE },
        ]
    }

    fn loss_floors(&self) -> Vec<(&'static str, f64)> {
        vec![("always 1", 1.0 / 6.0), ("best line", self.best_line_loss()), ("one of the two, and 1/2", 1.0 / 12.0)]
    }

    /// Where the further mark is out of sight, ½ stands for its number; for the nearer one too, if that is. In sight, the
    /// further one is known and the nearer one is ½.
    fn floor_within(&self, sees: &dyn Fn(usize) -> bool) -> Option<BTreeMap<usize, f64>> {
        let (one, none) = (2.0 * TOLERANCE, 2.0 * TOLERANCE - TOLERANCE * TOLERANCE);
        let of = |lag: usize| {
            let nearer = self.nearer(lag);
            let (seen, all) = (nearer.clone().filter(|lag| sees(*lag)).count(), nearer.len());
            let seen = seen as f64 / all as f64;
            if sees(lag) { one } else { seen * one + (1.0 - seen) * none }
        };
        Some(self.lags().into_iter().map(|lag| (lag, of(lag))).collect())
    }

    fn words(&self, sequence: &Sequence) -> Vec<String> {
        let steps = sequence.values.iter().zip(&sequence.tokens);
        steps.map(|(number, marker)| format!("{}{number:.2}", if *marker == 1 { "*" } else { "" })).collect()
    }

    fn render(&self, sequence: &Sequence) -> String {
        let target = sequence.targets[0];
        format!("{} -> {} (lag {})", self.words(sequence).join(" "), self.word_of(target.answer), target.lag)
    }
}
