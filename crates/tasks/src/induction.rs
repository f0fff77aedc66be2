//! `induction`: what followed the special token when it stood there before.
//!
//! Every step carries one of V tokens, independent and uniform, but for two: a special token, which stands once among them,
//! anywhere but at the last two steps, and again at the last step. The answer is the token that followed the first one. After
//! Olsson et al. 2022 (arXiv 2209.11895: `A B … A → B`) and Gu & Dao 2023 (Mamba, arXiv 2312.00752, section 4.1.2: V = 16, n = 256).
//!
//! The query is always the same token, so that nothing has to be matched. What is asked is the step **after** the one that is
//! found. A layer that mixes steps by what stands there finds the special token, not its successor, which is a token as any
//! other: it takes two layers, the first of which tells each step what stood before it, or one layer and a shift by one step.
//! (One layer of attention alone cannot, unless it is very wide: Sanford, Hsu & Telgarsky 2024, arXiv 2408.14332.)
//!
//! The lag of a question is that of the successor, from 1 to n − 2, all equally often.
//!
//! Example (n = 12, V = 16, seed 0, train, index 0; `*` the special token):
//!
//! ```text
//! 10 11 11 7 8 * 8 0 3 14 9 * -> 8 (lag 5)
//! ```
//!
//! Floors: the commonest of the tokens, which is what a layer can have that sees all steps without their order, counted on
//! test sequences: with few steps the answer is a fair share of them. 1/V, guessing. Where the special token stands tells nothing of the answer.

use rand::Rng;
use serde::{Deserialize, Serialize};

use crate::settings::{SettingDoc, TaskDefinition, TaskError, at_most, read};
use crate::{Answer, Floor, Sequence, Split, Target, Task, rng};

/// The row of this task in the table.
pub const DEFINITION: TaskDefinition = TaskDefinition {
    name: "induction",
    summary: "what followed the special token when it stood there before: a match, and the step after it",
    settings: &[
        SettingDoc { name: "n", values: "3 … 1048576", meaning: "steps of a sequence; the last one asks" },
        SettingDoc {
            name: "vocabulary",
            values: "2 … 65536 (16)",
            meaning: "number of tokens V, the special one aside",
        },
    ],
    example: "n = 12",
    build: |settings| Ok(Box::new(read::<Induction>(settings)?.check()?)),
};

/// Settings of `induction`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Induction {
    /// Steps of a sequence; the last one asks.
    pub n: usize,
    /// Number of tokens V, the special one aside.
    #[serde(default = "default_vocabulary")]
    pub vocabulary: usize,
}

fn default_vocabulary() -> usize {
    16
}

/// Steps that the commonest token is counted on, and the most sequences.
const SCORED_STEPS: usize = 1 << 20;
const SCORED: usize = 20_000;

impl Induction {
    /// Refuses settings that make no task.
    ///
    /// # Errors
    /// Names the setting, its value and what would do.
    pub fn check(self) -> Result<Self, TaskError> {
        at_most("n", self.n, 3, 1 << 20)?;
        at_most("vocabulary", self.vocabulary, 2, 1 << 16)?;
        Ok(self)
    }

    /// The token that stands twice: the first after the others.
    pub fn special(&self) -> u32 {
        self.vocabulary as u32
    }

    /// Accuracy on test sequences of answering the commonest token.
    fn commonest(&self, seed: u64) -> f64 {
        let sequences = (SCORED_STEPS / self.n).clamp(64, SCORED);
        let right = (0..sequences as u64).map(|index| self.sequence(seed, Split::Test, index)).filter(|sequence| {
            let mut count = vec![0_usize; self.vocabulary + 1];
            sequence.tokens.iter().for_each(|token| count[*token as usize] += 1);
            count.pop();
            // Of tokens that are equally common, the first: none is likelier than another.
            (0..count.len()).rev().max_by_key(|token| count[*token]) == Some(sequence.targets[0].answer.class())
        });
        right.count() as f64 / sequences as f64
    }
}

impl Task for Induction {
    fn name(&self) -> &'static str {
        "induction"
    }

    fn time(&self) -> usize {
        self.n
    }

    fn pairs(&self) -> Option<usize> {
        None
    }

    fn vocabularies(&self) -> Vec<usize> {
        vec![self.vocabulary + 1]
    }

    fn classes(&self) -> usize {
        self.vocabulary
    }

    fn lags(&self) -> Vec<usize> {
        (1..=self.n - 2).collect()
    }

    fn sequence(&self, seed: u64, split: Split, index: u64) -> Sequence {
        let mut rng = rng(seed, split, index);
        let mut tokens: Vec<u32> = (0..self.n).map(|_| rng.random_range(0..self.special())).collect();
        let lags = self.n - 2;
        let lag = match split {
            Split::Train => rng.random_range(1..=lags),
            // Stratified: equally many targets at each lag.
            _ => 1 + (index % lags as u64) as usize,
        };
        let last = self.n - 1;
        tokens[last] = self.special();
        tokens[last - lag - 1] = self.special();
        let target = Target::class(last, tokens[last - lag] as usize, lag);
        Sequence { tokens, targets: vec![target], ..Sequence::default() }
    }

    fn oracle(&self, sequence: &Sequence) -> Vec<Answer> {
        let first = sequence.tokens.iter().position(|token| *token == self.special()).expect("it stands there twice");
        vec![Answer::Class(sequence.tokens[first + 1] as usize)]
    }

    fn floors(&self, seed: u64) -> Vec<Floor> {
        vec![
            Floor { name: "commonest token", accuracy: self.commonest(seed) },
            Floor { name: "1/V", accuracy: 1.0 / self.vocabulary as f64 },
        ]
    }

    fn words(&self, sequence: &Sequence) -> Vec<String> {
        let word = |token: &u32| if *token == self.special() { "*".to_owned() } else { token.to_string() };
        sequence.tokens.iter().map(word).collect()
    }

    fn render(&self, sequence: &Sequence) -> String {
        let target = sequence.targets[0];
        format!("{} -> {} (lag {})", self.words(sequence).join(" "), target.answer.class(), target.lag)
    }
}
