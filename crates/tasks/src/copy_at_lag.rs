//! `copy-at-lag`: y\[t\] = x\[t − lag\], symbols independent and uniform.
//!
//! The needed step is always equally far away, so reach alone suffices: a fixed
//! kernel that is long enough can do it, and no kernel that is shorter can.
//! Every step t ≥ lag is supervised.
//!
//! Example (n = 12, lag = 3, V = 8, seed 0, train, index 0):
//!
//! ```text
//! input   5  5  5  3  4  5  4  0  1  7  4  4
//! answer  .  .  .  5  5  5  3  4  5  4  0  1
//! ```
//!
//! Floor: 1/V. Symbols are independent, so nothing but x[t − lag] tells
//! anything about the answer.

use rand::Rng;
use serde::{Deserialize, Serialize};

use crate::settings::{SettingDoc, TaskDefinition, TaskError, at_most, check_length, read};
use crate::{Answer, Floor, Sequence, Split, Target, Task, rng};

/// The row of this task in the table.
pub const DEFINITION: TaskDefinition = TaskDefinition {
    name: "copy-at-lag",
    summary: "repeat the symbol of `lag` steps ago: a fixed position, so reach suffices",
    settings: &[
        SettingDoc { name: "n", values: "2 … 1048576", meaning: "steps of a sequence" },
        SettingDoc { name: "lag", values: "0 … n - 1", meaning: "how many steps back the symbol lies" },
        SettingDoc { name: "vocabulary", values: "2 … 65536 (8)", meaning: "number of symbols V" },
    ],
    example: "n = 12\nlag = 3",
    build: |settings| Ok(Box::new(read::<CopyAtLag>(settings)?.check()?)),
};

/// Settings of `copy-at-lag`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CopyAtLag {
    /// Steps of a sequence.
    pub n: usize,
    /// How many steps back the copied symbol lies; 0 ≤ lag < n.
    pub lag: usize,
    /// Number of symbols.
    #[serde(default = "default_vocabulary")]
    pub vocabulary: usize,
}

fn default_vocabulary() -> usize {
    8
}

impl CopyAtLag {
    /// Refuses settings that make no task.
    ///
    /// # Errors
    /// Names the setting, its value and what would do.
    pub fn check(self) -> Result<Self, TaskError> {
        check_length(self.n)?;
        if self.lag >= self.n {
            let (lag, n) = (self.lag, self.n);
            return Err(TaskError(format!("lag = {lag} reaches before the first of n = {n} steps; choose lag < n")));
        }
        at_most("vocabulary", self.vocabulary, 2, 1 << 16)?;
        Ok(self)
    }
}

impl Task for CopyAtLag {
    fn name(&self) -> &'static str {
        "copy-at-lag"
    }

    fn time(&self) -> usize {
        self.n
    }

    fn pairs(&self) -> Option<usize> {
        None
    }

    fn vocabularies(&self) -> Vec<usize> {
        vec![self.vocabulary]
    }

    fn classes(&self) -> usize {
        self.vocabulary
    }

    fn lags(&self) -> Vec<usize> {
        vec![self.lag]
    }

    fn sequence(&self, seed: u64, split: Split, index: u64) -> Sequence {
        let mut rng = rng(seed, split, index);
        let tokens: Vec<u32> = (0..self.n).map(|_| rng.random_range(0..self.vocabulary as u32)).collect();
        let targets =
            (self.lag..self.n).map(|step| Target::class(step, tokens[step - self.lag] as usize, self.lag)).collect();
        Sequence { tokens, targets, ..Sequence::default() }
    }

    fn oracle(&self, sequence: &Sequence) -> Vec<Answer> {
        sequence.targets.iter().map(|t| Answer::Class(sequence.tokens[t.step - self.lag] as usize)).collect()
    }

    fn floors(&self, _seed: u64) -> Vec<Floor> {
        vec![Floor { name: "1/V", accuracy: 1.0 / self.vocabulary as f64 }]
    }

    fn render(&self, sequence: &Sequence) -> String {
        let symbols = |it: &mut dyn Iterator<Item = usize>| it.map(|s| format!("{s:>2}")).collect::<Vec<_>>().join(" ");
        let input = symbols(&mut sequence.tokens.iter().map(|t| *t as usize));
        let blank = " .".to_owned() + &"  .".repeat(self.lag.saturating_sub(1));
        let answer = symbols(&mut sequence.targets.iter().map(|t| t.answer.class()));
        let answer = if self.lag == 0 { answer } else { format!("{blank} {answer}") };
        format!("input  {input}\nanswer {answer}")
    }
}
