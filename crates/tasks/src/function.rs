//! `function`: a number, or two, in; a number out. What a line, a hinge and a product of two steps can and cannot do.
//!
//! | shape | in | answer | asked of |
//! |---|---|---|---|
//! | `line` | x | 2x − 0.5 | one line suffices |
//! | `abs` | x | \|x\| | one hinge |
//! | `bump` | x | (1 + cos 2πx)/2 for \|x\| < ½, else 0 | several hinges |
//! | `xor` | two bits, at two steps | whether they differ, a class | one hinge over both steps |
//! | `product` | n numbers, one of them marked | x·z | weights over time that depend on the input |
//!
//! Numbers are uniform in ±range. In `product` the last step is the query with its own x; exactly one earlier step is
//! marked as its partner, with z; all others are distractors. The partner's place is drawn anew in each sequence, and
//! the lag says how far back it is. An answer is right if it is no more than 0.1 off.
//!
//! Example (product, n = 6, seed 0, train, index 0; `*` marks the partner, `?` the query):
//!
//! ```text
//! 0.31 0.42 *0.46 -0.07 0.01 ?0.40 -> 0.18 (lag 3)
//! ```
//!
//! Floors: what a line, or a sum of one function for each step, can have. Its **loss** has a closed form
//! ([`Task::loss_floors`]): the residual variance of the best line, 0 for `line`, range²/12 for `abs`, ⅛ for `bump` at
//! range 1; ln 2 for `xor`, where each bit alone tells nothing; and E x²z² = range⁴/9 for `product`, where no single
//! step tells anything and 0 is the best guess. Its **accuracy** is that of the line that is right most often, found by
//! search; ¾ for `xor`, as three of four corners can be cut off; and that of always answering 0 for `product`.
//! (`xor` has only four sequences, so its splits share them. Validation and test take the four in turn.)

use std::f64::consts::{LN_2, PI};

use rand::Rng;
use serde::{Deserialize, Serialize};

use crate::settings::{SettingDoc, TaskDefinition, TaskError, check_length, read};
use crate::{Answer, Floor, Sequence, Split, Target, Task, rng};

/// The row of this task in the table.
pub const DEFINITION: TaskDefinition = TaskDefinition {
    name: "function",
    summary: "a number that follows from one or two others: a line, a hinge, or a product of two steps",
    settings: &[
        SettingDoc { name: "shape", values: "line, abs, bump, xor, product", meaning: "which function" },
        SettingDoc { name: "n", values: "2 … 1048576 (8)", meaning: "steps of a sequence; of product alone" },
        SettingDoc { name: "range", values: "up to 1000 (1)", meaning: "numbers are uniform in ± this; not of xor" },
    ],
    example: "shape = \"product\"\nn = 6",
    build: |settings| Ok(Box::new(read::<Function>(settings)?.check()?)),
};

/// Settings of `function`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Function {
    /// Which function.
    pub shape: Shape,
    /// Steps of a sequence; of `product` alone, where none means 8.
    pub n: Option<usize>,
    /// Numbers are uniform in ±range; none means 1. `xor` has bits instead.
    pub range: Option<f32>,
}

/// Which function.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Shape {
    /// 2x − 0.5.
    Line,
    /// |x|.
    Abs,
    /// (1 + cos 2πx)/2 for |x| < ½, else 0.
    Bump,
    /// 1 if two bits differ, else 0.
    Xor,
    /// x·z, with z at a marked step.
    Product,
}

/// How far off an answer may be.
const TOLERANCE: f64 = 0.1;
/// Marker of a step of `product`; 0 is a distractor.
const PARTNER: u32 = 1;
const QUERY: u32 = 2;

impl Function {
    /// Refuses settings that make no task.
    ///
    /// # Errors
    /// Names the setting, its value and what would do.
    pub fn check(self) -> Result<Self, TaskError> {
        match self.n {
            Some(n) if self.shape == Shape::Product => check_length(n)?,
            Some(n) => {
                return Err(TaskError(format!("n = {n} is a setting of shape = \"product\" alone; leave it out")));
            }
            None => (),
        }
        match self.range {
            Some(range) if self.shape == Shape::Xor => {
                Err(TaskError(format!("range = {range}: shape = \"xor\" takes bits and has no range; leave it out")))
            }
            Some(range) if !(range > 0.0 && range <= 1000.0) => {
                Err(TaskError(format!("range = {range} is outside 0 … 1000; 0 itself is too small")))
            }
            _ => Ok(self),
        }
    }

    /// Numbers are uniform in ± this.
    pub fn range(&self) -> f32 {
        self.range.unwrap_or(1.0)
    }

    /// The right answer. `z` is the other bit of `xor` and the partner of `product`; other shapes do not look at it.
    pub fn truth(&self, x: f32, z: f32) -> f32 {
        match self.shape {
            Shape::Line => 2.0 * x - 0.5,
            Shape::Abs => x.abs(),
            Shape::Bump if x.abs() < 0.5 => ((1.0 + (2.0 * PI * f64::from(x)).cos()) / 2.0) as f32,
            Shape::Bump => 0.0,
            Shape::Xor => f32::from(u8::from(x != z)),
            Shape::Product => x * z,
        }
    }

    /// A sequence of these numbers, which may lie outside the range: x at the last step, z `lag` steps before it, and
    /// distractors of 0. Shapes with one step look at x alone; `xor` takes 0 and 1, and a lag of 1.
    ///
    /// # Panics
    /// When no step lies `lag` back.
    pub fn sequence_of(&self, x: f32, z: f32, lag: usize) -> Sequence {
        let last = self.time() - 1;
        let mut numbers = vec![0.0; last + 1];
        if last > 0 {
            assert!((1..=last).contains(&lag), "lag {lag} is outside 1 … {last}");
            numbers[last - lag] = z;
        }
        numbers[last] = x;
        self.place(numbers, lag.min(last))
    }

    /// One number for each step, as tokens or values, and the question.
    fn place(&self, numbers: Vec<f32>, lag: usize) -> Sequence {
        let last = numbers.len() - 1;
        let y = self.truth(numbers[last], numbers[last - lag]);
        match self.shape {
            Shape::Line | Shape::Abs | Shape::Bump => {
                Sequence { tokens: Vec::new(), values: numbers, targets: vec![Target::number(last, y, lag)] }
            }
            Shape::Xor => Sequence {
                tokens: numbers.iter().map(|bit| *bit as u32).collect(),
                targets: vec![Target::class(last, y as usize, lag)],
                ..Sequence::default()
            },
            Shape::Product => {
                let mut tokens = vec![0; last + 1];
                tokens[last - lag] = PARTNER;
                tokens[last] = QUERY;
                Sequence { tokens, values: numbers, targets: vec![Target::number(last, y, lag)] }
            }
        }
    }

    /// The share of x at which some line is within the tolerance, for the line that is best at it: the best offset of
    /// each slope of a grid is the window of residuals that holds the most.
    fn best_line_accuracy(&self) -> f64 {
        const POINTS: usize = 2001;
        let range = f64::from(self.range());
        let grid = (0..POINTS).map(|i| range * ((2 * i + 1) as f64 / POINTS as f64 - 1.0));
        let curve: Vec<(f64, f64)> = grid.map(|x| (x, f64::from(self.truth(x as f32, 0.0)))).collect();
        let most = (-200..=200).map(|slope| {
            let slope = f64::from(slope) / 50.0;
            let mut residuals: Vec<f64> = curve.iter().map(|(x, y)| y - slope * x).collect();
            residuals.sort_unstable_by(f64::total_cmp);
            let within = |low: &f64| residuals.partition_point(|r| *r <= low + 2.0 * TOLERANCE);
            residuals.iter().enumerate().map(|(start, low)| within(low) - start).max().unwrap_or(0)
        });
        most.max().unwrap_or(0) as f64 / POINTS as f64
    }

    /// Var y − Cov(x, y)²/Var x, the mean squared error of the best line; the even shapes have no covariance.
    fn best_line_loss(&self) -> f64 {
        let range = f64::from(self.range());
        if self.shape == Shape::Line {
            return 0.0;
        }
        if self.shape == Shape::Abs {
            return range * range / 12.0;
        }
        // The cosine runs over ±half, which is that share of the range; its means there are sines.
        let half = range.min(0.5);
        let share = half / range;
        let mean_cosine = |frequency: f64| (frequency * half).sin() / (frequency * half);
        let mean = share * (1.0 + mean_cosine(2.0 * PI)) / 2.0;
        let mean_square = share * (1.0 + 2.0 * mean_cosine(2.0 * PI) + (1.0 + mean_cosine(4.0 * PI)) / 2.0) / 4.0;
        mean_square - mean * mean
    }
}

impl Task for Function {
    fn name(&self) -> &'static str {
        "function"
    }

    fn time(&self) -> usize {
        match self.shape {
            Shape::Line | Shape::Abs | Shape::Bump => 1,
            Shape::Xor => 2,
            Shape::Product => self.n.unwrap_or(8),
        }
    }

    fn pairs(&self) -> Option<usize> {
        None
    }

    fn vocabularies(&self) -> Vec<usize> {
        match self.shape {
            Shape::Line | Shape::Abs | Shape::Bump => Vec::new(),
            Shape::Xor => vec![2],
            Shape::Product => vec![3],
        }
    }

    fn values(&self) -> usize {
        usize::from(self.shape != Shape::Xor)
    }

    fn classes(&self) -> usize {
        if self.shape == Shape::Xor { 2 } else { 1 }
    }

    fn tolerance(&self) -> Option<f64> {
        (self.shape != Shape::Xor).then_some(TOLERANCE)
    }

    fn lags(&self) -> Vec<usize> {
        if self.time() == 1 { vec![0] } else { (1..self.time()).collect() }
    }

    fn sequence(&self, seed: u64, split: Split, index: u64) -> Sequence {
        let mut rng = rng(seed, split, index);
        let range = self.range();
        let numbers = match self.shape {
            Shape::Xor => {
                let corner = if split == Split::Train { rng.random_range(0..4) } else { index % 4 };
                vec![(corner & 1) as f32, (corner >> 1) as f32]
            }
            _ => (0..self.time()).map(|_| rng.random_range(-range..range)).collect(),
        };
        let lag = match self.time() {
            1 => 0,
            // Stratified: equally many targets at each lag.
            n if split != Split::Train => 1 + (index % (n as u64 - 1)) as usize,
            n => rng.random_range(1..n),
        };
        self.place(numbers, lag)
    }

    fn oracle(&self, sequence: &Sequence) -> Vec<Answer> {
        let (tokens, values) = (&sequence.tokens, &sequence.values);
        vec![match self.shape {
            Shape::Xor => Answer::Class(usize::from(tokens[0] != tokens[1])),
            Shape::Product => {
                let partner = tokens.iter().position(|token| *token == PARTNER).expect("one step is marked");
                Answer::Number(self.truth(values[values.len() - 1], values[partner]))
            }
            _ => Answer::Number(self.truth(values[0], 0.0)),
        }]
    }

    fn floors(&self, _seed: u64) -> Vec<Floor> {
        match self.shape {
            Shape::Xor => {
                vec![Floor { name: "best additive", accuracy: 0.75 }, Floor { name: "guess", accuracy: 0.5 }]
            }
            Shape::Product => {
                // P(|xz| ≤ t) with x and z uniform in ±1.
                let t = (TOLERANCE / f64::from(self.range()).powi(2)).min(1.0);
                vec![Floor { name: "always 0", accuracy: t * (1.0 - t.ln()) }]
            }
            _ => vec![Floor { name: "best line", accuracy: self.best_line_accuracy() }],
        }
    }

    fn loss_floors(&self) -> Vec<(&'static str, f64)> {
        vec![match self.shape {
            Shape::Xor => ("best additive", LN_2),
            Shape::Product => ("best additive", f64::from(self.range()).powi(4) / 9.0),
            _ => ("best line", self.best_line_loss()),
        }]
    }

    fn words(&self, sequence: &Sequence) -> Vec<String> {
        if self.shape == Shape::Xor {
            return sequence.tokens.iter().map(u32::to_string).collect();
        }
        let mark = |step: usize| match sequence.tokens.get(step) {
            Some(&PARTNER) => "*",
            Some(&QUERY) => "?",
            _ => "",
        };
        sequence.values.iter().enumerate().map(|(step, x)| format!("{}{x:.2}", mark(step))).collect()
    }

    fn render(&self, sequence: &Sequence) -> String {
        let target = sequence.targets[0];
        format!("{} -> {} (lag {})", self.words(sequence).join(" "), self.word_of(target.answer), target.lag)
    }
}
