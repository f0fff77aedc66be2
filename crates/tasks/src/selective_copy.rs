//! `selective-copy`: the data among the noise, in order.
//!
//! M steps carry data, symbols that are independent and uniform over V; they stand anywhere among the first n − M steps, and the
//! others of these carry noise. Then the marker stands M times, and at its i-th step the i-th of the data is asked for. After
//! Gu & Dao 2023 (Mamba, arXiv 2312.00752, sections 4.1.1 and E.1), where data and noise together take 4096 steps, M = 16, and 16
//! tokens are all there are: noise and marker taken off, V = 14. Their generator is not published; that the steps with the
//! marker come on top of the 4096, and that the marker is one of the 16, is how others have rebuilt it.
//!
//! In `copy-memory` the distance to each symbol is one and the same; here the noise between data differs from sequence to
//! sequence, so that no fixed wiring knows where the i-th of the data stands: data have to be told from noise, and counted.
//!
//! The lag of answer i is how far back its symbol lies, from M to n − M. Answers of one sequence have a lag each.
//!
//! Example (n = 14, M = 4, V = 14, seed 0, train, index 0; `.` noise, `|` marker):
//!
//! ```text
//! . . . . 7 9 7 . . 0 | | | | -> 7 (lag 6), 9 (lag 6), 7 (lag 6), 0 (lag 4)
//! ```
//!
//! Floors. **By place alone**: that a step with data holds the i-th of them is the likelier, the nearer the step is to where
//! the i-th usually stands. A weighted vote of steps by that chance, which a straight line over time can cast, is right
//! far more often than a guess, and counts nothing. The commonest of the M symbols, all known but not their order. Both are
//! counted on test sequences, as means over lags, as scores are. 1/V.

use rand::Rng;
use rand::seq::index;
use serde::{Deserialize, Serialize};

use crate::settings::{SettingDoc, TaskDefinition, TaskError, at_most, check_length, read};
use crate::{Answer, Floor, Sequence, Split, Target, Task, rng};

/// The row of this task in the table.
pub const DEFINITION: TaskDefinition = TaskDefinition {
    name: "selective-copy",
    summary: "the data among the noise, in order: which steps hold data is drawn anew each time",
    settings: &[
        SettingDoc {
            name: "n",
            values: "2 · data … 1048576",
            meaning: "steps of a sequence, with those that ask for the data",
        },
        SettingDoc { name: "data", values: "1 … 1024 (16)", meaning: "number of steps with data M" },
        SettingDoc {
            name: "vocabulary",
            values: "2 … 65536 (14)",
            meaning: "number of symbols V, noise and marker aside",
        },
    ],
    example: "n = 14\ndata = 4",
    build: |settings| Ok(Box::new(read::<SelectiveCopy>(settings)?.check()?)),
};

/// Settings of `selective-copy`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SelectiveCopy {
    /// Steps of a sequence, those with the marker included.
    pub n: usize,
    /// Number of steps with data, M.
    #[serde(default = "default_data")]
    pub data: usize,
    /// Number of symbols V, noise and marker aside.
    #[serde(default = "default_vocabulary")]
    pub vocabulary: usize,
}

fn default_data() -> usize {
    16
}

fn default_vocabulary() -> usize {
    14
}

/// Token of noise; symbols count from 1, the marker comes after them.
const NOISE: u32 = 0;

/// Votes and steps that floors are counted on, and the most sequences.
const SCORED_VOTES: usize = 1 << 21;
const SCORED_STEPS: usize = 1 << 22;
const SCORED: usize = 20_000;

impl SelectiveCopy {
    /// Refuses settings that make no task.
    ///
    /// # Errors
    /// Names the setting, its value and what would do.
    pub fn check(self) -> Result<Self, TaskError> {
        check_length(self.n)?;
        at_most("data", self.data, 1, 1 << 10)?;
        at_most("vocabulary", self.vocabulary, 2, 1 << 16)?;
        if self.n < 2 * self.data {
            let (n, data, least) = (self.n, self.data, 2 * self.data);
            return Err(TaskError(format!(
                "n = {n} has no room for data = {data} and as many answers; choose n from {least}"
            )));
        }
        Ok(self)
    }

    /// Steps before the first marker.
    fn context(&self) -> usize {
        self.n - self.data
    }

    fn marker(&self) -> u32 {
        self.vocabulary as u32 + 1
    }

    /// The steps with data, and their symbols from 0, in order.
    fn data_of(&self, sequence: &Sequence) -> Vec<(usize, usize)> {
        let steps = sequence.tokens[..self.context()].iter().enumerate();
        steps.filter(|(_, token)| **token != NOISE).map(|(step, token)| (step, *token as usize - 1)).collect()
    }

    /// The chance that data at a step is the i-th: that i of the M − 1 others stand before it, as `[i][step]`.
    pub fn by_place(&self) -> Vec<Vec<f64>> {
        let context = self.context();
        let logs: Vec<f64> = std::iter::once(0.0)
            .chain((1..=context).scan(0.0, |sum, i| {
                *sum += (i as f64).ln();
                Some(*sum)
            }))
            .collect();
        let choose = |n: usize, k: usize| if k > n { f64::NEG_INFINITY } else { logs[n] - logs[k] - logs[n - k] };
        let of = |i: usize, step: usize| {
            let ways = choose(step, i) + choose(context - 1 - step, self.data - 1 - i);
            (ways - choose(context - 1, self.data - 1)).exp()
        };
        (0..self.data).map(|i| (0..context).map(|step| of(i, step)).collect()).collect()
    }

    /// Accuracy on test sequences of the vote by place, and of the commonest symbol: means over lags.
    fn counted(&self, seed: u64) -> [f64; 2] {
        let sequences = (SCORED_VOTES / (self.data * self.data)).min(SCORED_STEPS / self.n).clamp(64, SCORED);
        let chances = self.by_place();
        let mut by_lag = vec![([0.0; 2], 0.0); self.n];
        for index in 0..sequences as u64 {
            let sequence = self.sequence(seed, Split::Test, index);
            let data = self.data_of(&sequence);
            let most = |weight: &dyn Fn(usize) -> f64| {
                let mut votes = vec![0.0; self.vocabulary];
                data.iter().for_each(|(step, symbol)| votes[*symbol] += weight(*step));
                (0..self.vocabulary).reduce(|best, next| if votes[next] > votes[best] { next } else { best })
            };
            let commonest = most(&|_| 1.0);
            for ((chances, (_, symbol)), target) in chances.iter().zip(&data).zip(&sequence.targets) {
                let (right, asked) = &mut by_lag[target.lag];
                right[0] += f64::from(u8::from(most(&|step| chances[step]) == Some(*symbol)));
                right[1] += f64::from(u8::from(commonest == Some(*symbol)));
                *asked += 1.0;
            }
        }
        let met: Vec<_> = by_lag.into_iter().filter(|(_, asked)| *asked > 0.0).collect();
        [0, 1].map(|floor| met.iter().map(|(right, asked)| right[floor] / asked).sum::<f64>() / met.len() as f64)
    }
}

impl Task for SelectiveCopy {
    fn name(&self) -> &'static str {
        "selective-copy"
    }

    fn time(&self) -> usize {
        self.n
    }

    fn pairs(&self) -> Option<usize> {
        None
    }

    fn vocabularies(&self) -> Vec<usize> {
        vec![self.vocabulary + 2]
    }

    fn classes(&self) -> usize {
        self.vocabulary
    }

    fn lags(&self) -> Vec<usize> {
        (self.data..=self.context()).collect()
    }

    fn sequence(&self, seed: u64, split: Split, index: u64) -> Sequence {
        let mut rng = rng(seed, split, index);
        let mut steps = index::sample(&mut rng, self.context(), self.data).into_vec();
        steps.sort_unstable();
        let mut tokens = vec![NOISE; self.context()];
        tokens.resize(self.n, self.marker());
        let mut targets = Vec::with_capacity(self.data);
        for (i, step) in steps.into_iter().enumerate() {
            let symbol = rng.random_range(0..self.vocabulary);
            tokens[step] = symbol as u32 + 1;
            let asks = self.context() + i;
            targets.push(Target::class(asks, symbol, asks - step));
        }
        Sequence { tokens, targets, ..Sequence::default() }
    }

    fn oracle(&self, sequence: &Sequence) -> Vec<Answer> {
        self.data_of(sequence).into_iter().map(|(_, symbol)| Answer::Class(symbol)).collect()
    }

    fn floors(&self, seed: u64) -> Vec<Floor> {
        let [place, commonest] = self.counted(seed);
        vec![
            Floor { name: "by place alone", accuracy: place },
            Floor { name: "commonest of the data", accuracy: commonest },
            Floor { name: "1/V", accuracy: 1.0 / self.vocabulary as f64 },
        ]
    }

    fn words(&self, sequence: &Sequence) -> Vec<String> {
        let word = |token: &u32| match *token {
            NOISE => ".".to_owned(),
            token if token == self.marker() => "|".to_owned(),
            symbol => (symbol - 1).to_string(),
        };
        sequence.tokens.iter().map(word).collect()
    }

    fn render(&self, sequence: &Sequence) -> String {
        let answers = sequence.targets.iter().map(|t| format!("{} (lag {})", t.answer.class(), t.lag));
        format!("{} -> {}", self.words(sequence).join(" "), answers.collect::<Vec<_>>().join(", "))
    }
}
