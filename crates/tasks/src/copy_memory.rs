//! `copy-memory`: symbols, a long time of nothing, and then the symbols again.
//!
//! M symbols stand at the first steps, independent and uniform over V. Blanks follow, and a delimiter M + 1 times: at the first
//! one nothing is asked yet, at each of the M others one of the symbols, in their order. There are n = T + 2M steps: M symbols,
//! T − 1 blanks, M + 1 delimiters. After Bai, Kolter & Koltun 2018 (arXiv 1803.01271; locuslab/TCN, copy_memory/utils.py), where
//! M = 10 and V = 8; Hochreiter & Schmidhuber 1997 and Arjovsky, Shah & Bengio 2016 have older forms. They feed the token in as
//! one number; here it has a row of an embedding.
//!
//! Each symbol lies T + M steps before the step that asks for it. All distances are equal, so that reach suffices, as in
//! `copy-at-lag`: what is hard is that it is one far distance, and that nothing on the way helps.
//!
//! **What is scored.** With `asked = "symbols"`, the default, only the M steps at which a symbol is due. With `asked = "all"`
//! every step is asked, and blank is right at the T + M steps before those: that is the loss of Bai et al., a mean over all
//! steps. A step at which blank is due needs nothing from afar and has lag 0. Accuracy over all steps flatters: answering
//! blank always is right in (T + M)/(T + 2M) of cases, **99 %** at T = 1000.
//!
//! Example (n = 14, M = 5, V = 8, seed 0, train, index 0; `.` blank, `|` delimiter):
//!
//! ```text
//! 6 6 6 4 5 . . . | | | | | | -> 6 6 6 4 5 (lag 9)
//! ```
//!
//! Floors: the commonest of the M symbols, all of them known but not their order, counted on test sequences; 1/V, what is left
//! without memory. The loss without memory is ln V on the symbols; over all steps, M·ln V/(T + 2M), 0.02039 at T = 1000.

use rand::Rng;
use serde::{Deserialize, Serialize};

use crate::settings::{SettingDoc, TaskDefinition, TaskError, at_most, check_length, read};
use crate::{Answer, Floor, Sequence, Split, Target, Task, rng};

/// The row of this task in the table.
pub const DEFINITION: TaskDefinition = TaskDefinition {
    name: "copy-memory",
    summary: "the first symbols again, after a long time of blanks: one fixed and far position, so reach suffices",
    settings: &[
        SettingDoc { name: "n", values: "2 · symbols + 1 … 1048576", meaning: "steps of a sequence, T + 2M" },
        SettingDoc { name: "symbols", values: "1 … 1024 (10)", meaning: "number of symbols to keep M" },
        SettingDoc { name: "vocabulary", values: "2 … 65536 (8)", meaning: "number of different ones V" },
        SettingDoc {
            name: "asked",
            values: "symbols, all (symbols)",
            meaning: "whether the steps at which blank is due are asked and trained, too",
        },
    ],
    example: "n = 14\nsymbols = 5",
    build: |settings| Ok(Box::new(read::<CopyMemory>(settings)?.check()?)),
};

/// Settings of `copy-memory`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CopyMemory {
    /// Steps of a sequence: T + 2M, where T − 1 are the blanks between the symbols and the first delimiter.
    pub n: usize,
    /// Number of symbols to keep, M.
    #[serde(default = "default_symbols")]
    pub symbols: usize,
    /// Number of different ones, V.
    #[serde(default = "default_vocabulary")]
    pub vocabulary: usize,
    /// Which steps are asked.
    #[serde(default)]
    pub asked: Asked,
}

/// Which steps are asked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Asked {
    /// Those at which a symbol is due.
    #[default]
    Symbols,
    /// Every one; blank is due at the others.
    All,
}

fn default_symbols() -> usize {
    10
}

fn default_vocabulary() -> usize {
    8
}

/// Token of a blank, and the class of the answer blank; symbols count from 1, the delimiter comes after them.
const BLANK: usize = 0;

/// Sequences that the bag is counted on.
const SCORED: u64 = 20_000;

impl CopyMemory {
    /// Refuses settings that make no task.
    ///
    /// # Errors
    /// Names the setting, its value and what would do.
    pub fn check(self) -> Result<Self, TaskError> {
        check_length(self.n)?;
        at_most("symbols", self.symbols, 1, 1 << 10)?;
        at_most("vocabulary", self.vocabulary, 2, 1 << 16)?;
        let least = 2 * self.symbols + 1;
        if self.n < least {
            let Self { n, symbols, .. } = self;
            return Err(TaskError(format!(
                "n = {n} has no room for symbols = {symbols}, as many answers and a step between; choose n from {least}"
            )));
        }
        Ok(self)
    }

    fn delimiter(&self) -> usize {
        self.vocabulary + 1
    }

    /// How far each symbol lies before the step that asks for it, T + M.
    pub fn lag(&self) -> usize {
        self.n - self.symbols
    }

    /// Share of all steps at which blank is due: the accuracy over all steps of answering blank always.
    pub fn always_blank(&self) -> f64 {
        self.lag() as f64 / self.time() as f64
    }

    fn symbols_of(&self, seed: u64, split: Split, index: u64) -> Vec<usize> {
        let mut rng = rng(seed, split, index);
        (0..self.symbols).map(|_| rng.random_range(1..=self.vocabulary)).collect()
    }

    /// Accuracy of answering the commonest of a sequence's symbols each time.
    fn commonest(&self, seed: u64) -> f64 {
        let most = |index: u64| {
            let mut count = vec![0_usize; self.vocabulary + 1];
            self.symbols_of(seed, Split::Test, index).into_iter().for_each(|symbol| count[symbol] += 1);
            count.into_iter().max().expect("there are symbols")
        };
        (0..SCORED).map(most).sum::<usize>() as f64 / (SCORED as f64 * self.symbols as f64)
    }

    fn targets(&self, symbols: &[usize]) -> Vec<Target> {
        let blanks = match self.asked {
            Asked::Symbols => 0,
            Asked::All => self.lag(),
        };
        let blanks = (0..blanks).map(|step| Target::class(step, BLANK, 0));
        let due = symbols.iter().enumerate();
        blanks.chain(due.map(|(place, symbol)| Target::class(self.lag() + place, *symbol, self.lag()))).collect()
    }
}

impl Task for CopyMemory {
    fn name(&self) -> &'static str {
        "copy-memory"
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

    /// As many as there are tokens: Bai et al. have the delimiter among the classes, too.
    fn classes(&self) -> usize {
        self.vocabulary + 2
    }

    fn lags(&self) -> Vec<usize> {
        match self.asked {
            Asked::Symbols => vec![self.lag()],
            Asked::All => vec![0, self.lag()],
        }
    }

    fn sequence(&self, seed: u64, split: Split, index: u64) -> Sequence {
        let symbols = self.symbols_of(seed, split, index);
        let mut tokens = vec![self.delimiter() as u32; self.time()];
        tokens[..self.lag() - 1].fill(BLANK as u32);
        tokens.iter_mut().zip(&symbols).for_each(|(token, symbol)| *token = *symbol as u32);
        Sequence { tokens, targets: self.targets(&symbols), ..Sequence::default() }
    }

    fn oracle(&self, sequence: &Sequence) -> Vec<Answer> {
        let symbols: Vec<usize> = sequence.tokens[..self.symbols].iter().map(|token| *token as usize).collect();
        self.targets(&symbols).into_iter().map(|target| target.answer).collect()
    }

    fn floors(&self, seed: u64) -> Vec<Floor> {
        vec![
            Floor { name: "the bag without its order", accuracy: self.commonest(seed) },
            Floor { name: "1/V", accuracy: 1.0 / self.vocabulary as f64 },
        ]
    }

    fn loss_floors(&self) -> Vec<(&'static str, f64)> {
        let symbol = (self.vocabulary as f64).ln();
        let share = match self.asked {
            Asked::Symbols => 1.0,
            Asked::All => 1.0 - self.always_blank(),
        };
        vec![("without memory", symbol * share)]
    }

    fn words(&self, sequence: &Sequence) -> Vec<String> {
        let word = |token: &u32| match *token as usize {
            BLANK => ".".to_owned(),
            token if token == self.delimiter() => "|".to_owned(),
            symbol => symbol.to_string(),
        };
        sequence.tokens.iter().map(word).collect()
    }

    fn word_of(&self, answer: Answer) -> String {
        if answer.class() == BLANK { ".".to_owned() } else { answer.class().to_string() }
    }

    fn notes(&self) -> Vec<(String, String)> {
        let share = 100.0 * self.always_blank();
        let text = format!("answering blank always is right at {share:.2} % of all steps, and knows no symbol");
        vec![("accuracy over all steps".to_owned(), text)]
    }

    fn render(&self, sequence: &Sequence) -> String {
        let answers: Vec<String> = sequence.targets.iter().map(|target| self.word_of(target.answer)).collect();
        format!("{} -> {} (lag {})", self.words(sequence).join(" "), answers.join(" "), self.lag())
    }
}
