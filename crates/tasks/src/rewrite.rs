//! `rewrite`: a sequence in, another one out, symbol by symbol: the source reversed, or sorted.
//!
//! The first L steps carry the source, symbols that are independent and uniform over V. The next L steps are what a
//! decoder reads: a start symbol, then the right answers so far (teacher forcing). Step L + i asks for answer i.
//! [`Task::decoding`] and [`Task::continued`] let a model go on from answers of its own instead.
//!
//! With `rule = "reverse"`, answer i is one symbol of the source, 2i + 1 steps before the step that asks for it, and that
//! is its lag: a fixed place for each answer. With `rule = "sort"`, where the symbol stands depends on all others; there
//! is no one lag, and the place in the answer, i + 1, is given instead.
//!
//! Example (L = 6, rule = "sort", V = 10, seed 0, train, index 0):
//!
//! ```text
//! g h h e f g -> e f g g h h
//! ```
//!
//! Floors: what can be had from the answers so far alone, without the source. For `reverse`, answers are independent:
//! 1/V. For `sort`, they are not: the next one is never smaller than the last, and towards the end most likely the
//! largest symbol. The accuracy of the best guess is computed exactly ([`Rewrite::without_source`]), and its mean over
//! the answers is the floor; 1/V is uniform guessing.

use rand::Rng;
use serde::{Deserialize, Serialize};

use crate::settings::{SettingDoc, TaskDefinition, TaskError, at_most, read};
use crate::{Answer, Decoding, Floor, Sequence, Split, Target, Task, rng};

/// The row of this task in the table.
pub const DEFINITION: TaskDefinition = TaskDefinition {
    name: "rewrite",
    summary: "the source reversed or sorted, symbol by symbol, each answer after the right ones before it",
    settings: &[
        SettingDoc {
            name: "n",
            values: "1 … 256 (8)",
            meaning: "symbols of the source; there are twice as many steps",
        },
        SettingDoc { name: "rule", values: "reverse, sort", meaning: "what becomes of the source" },
        SettingDoc { name: "vocabulary", values: "2 … 256 (10)", meaning: "number of symbols V" },
    ],
    example: "n = 6\nrule = \"sort\"",
    build: |settings| Ok(Box::new(read::<Rewrite>(settings)?.check()?)),
};

/// Settings of `rewrite`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rewrite {
    /// Symbols of the source, L; a sequence has twice as many steps.
    #[serde(default = "default_length")]
    pub n: usize,
    /// What becomes of the source.
    pub rule: Rule,
    /// Number of symbols V.
    #[serde(default = "default_vocabulary")]
    pub vocabulary: usize,
}

/// What becomes of the source.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Rule {
    /// Its last symbol first.
    Reverse,
    /// Its smallest symbol first.
    Sort,
}

fn default_length() -> usize {
    8
}

fn default_vocabulary() -> usize {
    10
}

impl Rewrite {
    /// Refuses settings that make no task.
    ///
    /// # Errors
    /// Names the setting, its value and what would do.
    pub fn check(self) -> Result<Self, TaskError> {
        at_most("n", self.n, 1, 256)?;
        at_most("vocabulary", self.vocabulary, 2, 256)?;
        Ok(self)
    }

    /// Symbols of the source, and of the answer.
    pub fn source_length(&self) -> usize {
        self.n
    }

    /// The token that stands before the first answer: the first after the symbols.
    pub fn start(&self) -> u32 {
        self.vocabulary as u32
    }

    /// The sequence with these symbols as the answers so far: the decoder reads the start symbol, then them, and then
    /// start symbols. The last of L answers has no step that would read it.
    pub fn with_answers(&self, sequence: &Sequence, answers: &[usize]) -> Sequence {
        let mut continued = sequence.clone();
        let decoder = &mut continued.tokens[self.n..];
        decoder.fill(self.start());
        decoder[1..].iter_mut().zip(answers).for_each(|(token, answer)| *token = *answer as u32);
        continued
    }

    /// The answers to a source.
    fn answers(&self, source: &[u32]) -> Vec<u32> {
        let mut answers = source.to_vec();
        match self.rule {
            Rule::Reverse => answers.reverse(),
            Rule::Sort => answers.sort_unstable(),
        }
        answers
    }

    /// Accuracy, at each of the L answers, of the best guess from all answers before it, without the source.
    pub fn without_source(&self) -> Vec<f64> {
        let (length, size) = (self.n, self.vocabulary);
        if self.rule == Rule::Reverse {
            return vec![1.0 / size as f64; length];
        }
        // among[count][symbols]: the probability that so many independent symbols are all among `count` ones.
        let powers = |count| (0..=length).map(|symbols| (count as f64 / size as f64).powi(symbols as i32)).collect();
        let among: Vec<Vec<f64>> = (0..size).map(powers).collect();
        let mut right = vec![0.0; length];
        // The smallest of all is most likely the first symbol.
        right[0] = 1.0 - among[size - 1][length];
        // All that the answers so far tell of the rest: `below` of them are smaller than the last, of rank `last` among
        // the symbols, and `equal` are equal to it. The next is `last` again if there are more of it than `equal`; or
        // else the symbols left are larger, and the smallest of them is most likely the one after `last`.
        for below in 0..length {
            let others = length - below;
            let ways = choose(length, below);
            let exactly: Vec<f64> = (0..=others).map(|equal| ways * choose(others, equal) * among[1][equal]).collect();
            for last in 0..size {
                let larger = size - last - 1;
                let mut more = 0.0;
                for equal in (1..others).rev() {
                    let left = others - equal;
                    more += exactly[equal + 1] * among[larger][left - 1];
                    let next = exactly[equal] * (among[larger][left] - among[larger.saturating_sub(1)][left]);
                    right[below + equal] += among[last][below] * f64::max(more, next);
                }
            }
        }
        right
    }

    /// The lag of answer `place`: how far back its symbol lies, or its place in the answer.
    fn lag(&self, place: usize) -> usize {
        match self.rule {
            Rule::Reverse => 2 * place + 1,
            Rule::Sort => place + 1,
        }
    }

    fn letter(&self, token: u32) -> String {
        if token == self.start() {
            return "<s>".to_owned();
        }
        // After 26 symbols, the next round of the alphabet has a prime.
        format!("{}{}", (b'a' + (token % 26) as u8) as char, "'".repeat(token as usize / 26))
    }
}

impl Task for Rewrite {
    fn name(&self) -> &'static str {
        "rewrite"
    }

    fn time(&self) -> usize {
        2 * self.n
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
        (0..self.n).map(|place| self.lag(place)).collect()
    }

    fn sequence(&self, seed: u64, split: Split, index: u64) -> Sequence {
        let mut rng = rng(seed, split, index);
        let mut tokens: Vec<u32> = (0..self.n).map(|_| rng.random_range(0..self.vocabulary as u32)).collect();
        let answers = self.answers(&tokens);
        tokens.push(self.start());
        tokens.extend(&answers[..self.n - 1]);
        let targets = answers.iter().enumerate();
        let targets = targets.map(|(i, answer)| Target::class(self.n + i, *answer as usize, self.lag(i))).collect();
        Sequence { tokens, targets, ..Sequence::default() }
    }

    fn oracle(&self, sequence: &Sequence) -> Vec<Answer> {
        self.answers(&sequence.tokens[..self.n]).into_iter().map(|answer| Answer::Class(answer as usize)).collect()
    }

    fn floors(&self, _seed: u64) -> Vec<Floor> {
        let guess = Floor { name: "1/V", accuracy: 1.0 / self.vocabulary as f64 };
        if self.rule == Rule::Reverse {
            return vec![Floor { name: "the bag without its order", accuracy: self.without_order() }, guess];
        }
        let accuracy = self.without_source().iter().sum::<f64>() / self.n as f64;
        vec![Floor { name: "answers so far", accuracy }, guess]
    }

    fn decoding(&self) -> Option<Decoding> {
        Some(Decoding { source: self.n, length: self.n })
    }

    fn continued(&self, sequence: &Sequence, answers: &[usize]) -> Sequence {
        self.with_answers(sequence, answers)
    }

    fn words(&self, sequence: &Sequence) -> Vec<String> {
        sequence.tokens.iter().map(|token| self.letter(*token)).collect()
    }

    fn word_of(&self, answer: Answer) -> String {
        self.letter(answer.class() as u32)
    }

    fn render(&self, sequence: &Sequence) -> String {
        let answers: Vec<String> = sequence.targets.iter().map(|target| self.word_of(target.answer)).collect();
        format!("{} -> {}", self.words(sequence)[..self.n].join(" "), answers.join(" "))
    }
}

impl Rewrite {
    /// Accuracy of naming, at each step, the commonest of the source's symbols that are not yet written: all that can be had
    /// from knowing them without their order. Expected over the order, a mean over sequences.
    fn without_order(&self) -> f64 {
        const SEQUENCES: u64 = 2000;
        let of = |index: u64| {
            let sequence = self.sequence(0, Split::Test, index);
            let mut left = vec![0_usize; self.vocabulary];
            sequence.tokens[..self.n].iter().for_each(|token| left[*token as usize] += 1);
            let mut sum = 0.0;
            for (written, target) in sequence.targets.iter().enumerate() {
                sum += *left.iter().max().expect("there are symbols") as f64 / (self.n - written) as f64;
                left[target.answer.class()] -= 1;
            }
            sum / self.n as f64
        };
        (0..SEQUENCES).map(of).sum::<f64>() / SEQUENCES as f64
    }
}

/// Number of ways to draw `k` of `n`.
fn choose(n: usize, k: usize) -> f64 {
    (0..k.min(n - k)).map(|i| (n - i) as f64 / (i + 1) as f64).product()
}
