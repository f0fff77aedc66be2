//! Synthetic data with known answers, known floors, and an oracle that solves it.
//!
//! A task is a pure function of (settings, seed, split, index): the same four
//! give the same sequence on any machine, in any order, on any thread.
//!
//! | task | asks | long-range part |
//! |---|---|---|
//! | [`copy_at_lag`] | repeat the symbol of `lag` steps ago | fixed position: reach suffices |
//! | [`recall_at_lag`] | the value that was paired with this key | position drawn anew in each sequence |
//! | [`mqar`] | the values of several keys, each at a step of its own | positions drawn anew, with zoology's leak or without |
//! | [`mad_recall`] and five others | MAD's six: recall, noisy, fuzzy, selective copying, compression, memorization | all but the last |
//! | [`recall_many`] | the values of several tags, all at once | tags and positions drawn anew in each sequence |
//! | [`recall_vectors`] | as `recall_at_lag`, of keys that are fresh random vectors | up to 2^20 keys, none of them ever seen |
//! | [`rewrite`] | a sequence reversed or sorted, symbol by symbol | fixed for reversed, all of the source for sorted |
//! | [`function`] | a number that follows from one or two others | none, or the marked step of `product` |
//! | [`pronoun`] | which noun is "it", by its tag | tags are bound to nouns anew in each sentence |
//! | [`polysemy`] | the sense of a word, by the cue beside it | cues are bound to words anew in each sequence |
//! | [`mod@file`] | the class of a sequence of your own | yours |
//! | [`mnist_1d`] | which digit a noisy curve shows | none that is defined: the whole curve tells |
//! | [`adding`] | the sum of the two numbers that are marked | marks stand anywhere, but nothing has to be matched |
//! | [`copy_memory`] | the first symbols, after a long time of blanks | one fixed, far position: reach suffices |
//! | [`induction`] | what followed the special token the first time | its position is drawn anew in each sequence |
//! | [`selective_copy`] | the data among the noise, in order | which steps hold data is drawn anew in each sequence |
//! | [`listops`] | the value of a nested expression | a negative control: the root alone tells much of it |
//!
//! Every task states its **floors**: what can be had without using the
//! dependency. A score is worth what it adds to the best of them.

use std::collections::BTreeMap;

pub mod adding;
pub mod batch;
pub mod copy_at_lag;
pub mod copy_memory;
pub mod file;
pub mod function;
pub mod induction;
pub mod listops;
pub mod mad_compression;
pub mod mad_fuzzy_recall;
pub mod mad_memorization;
pub mod mad_noisy_recall;
pub mod mad_recall;
pub mod mad_selective_copying;
pub mod mnist_1d;
pub mod mqar;
pub mod polysemy;
pub mod pronoun;
pub mod recall_at_lag;
pub mod recall_many;
pub mod recall_vectors;
pub mod rewrite;
pub mod selective_copy;
pub mod settings;
pub mod split;

pub use adding::Adding;
pub use batch::{Batch, BatchTarget};
pub use copy_at_lag::CopyAtLag;
pub use copy_memory::CopyMemory;
pub use file::File;
pub use function::Function;
pub use induction::Induction;
pub use listops::ListOps;
pub use mad_compression::MadCompression;
pub use mad_fuzzy_recall::MadFuzzyRecall;
pub use mad_memorization::MadMemorization;
pub use mad_noisy_recall::MadNoisyRecall;
pub use mad_recall::MadRecall;
pub use mad_selective_copying::MadSelectiveCopying;
pub use mnist_1d::Mnist1d;
pub use mqar::Mqar;
pub use polysemy::Polysemy;
pub use pronoun::Pronoun;
pub use recall_at_lag::RecallAtLag;
pub use recall_many::RecallMany;
pub use recall_vectors::RecallVectors;
pub use rewrite::Rewrite;
pub use selective_copy::SelectiveCopy;
pub use settings::{SettingDoc, TASKS, TaskDefinition, TaskError, build, resolve};
pub use split::{Split, rng};

/// One sequence and what is asked of it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Sequence {
    /// Tokens, `(time, channel)` row-major; a step's channels are embedded and summed.
    pub tokens: Vec<u32>,
    /// Real-valued inputs, `(time, value)` row-major, [`Task::values`] of them at each step; they are mapped linearly and
    /// added to the embedded tokens.
    pub values: Vec<f32>,
    /// What is asked, in the order of steps.
    pub targets: Vec<Target>,
}

/// One question: where it is read out, and what is right.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Target {
    /// Where the answer is read out.
    pub step: usize,
    /// Which of the questions asked at that step, below [`Task::slots`].
    pub slot: usize,
    /// The right answer.
    pub answer: Answer,
    /// How many steps back the needed information lies.
    pub lag: usize,
}

/// A right answer.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Answer {
    /// One of the classes; scored by cross-entropy.
    Class(usize),
    /// A number; scored by squared error.
    Number(f32),
}

impl Answer {
    /// The class.
    ///
    /// # Panics
    /// When the answer is a number: a task asks for one kind alone.
    pub fn class(self) -> usize {
        match self {
            Self::Class(class) => class,
            Self::Number(number) => panic!("{number} is no class"),
        }
    }
}

impl Target {
    /// The one question at a step, answered by a class.
    pub fn class(step: usize, class: usize, lag: usize) -> Self {
        Self { step, slot: 0, answer: Answer::Class(class), lag }
    }

    /// The one question at a step, answered by a number.
    pub fn number(step: usize, number: f32, lag: usize) -> Self {
        Self { step, slot: 0, answer: Answer::Number(number), lag }
    }
}

/// An accuracy that can be had without the dependency the task asks for.
#[derive(Clone, Debug, PartialEq)]
pub struct Floor {
    /// Its name in figures and tables, such as `1/K`.
    pub name: &'static str,
    /// Accuracy in [0, 1].
    pub accuracy: f64,
}

/// Where a task asks for a sequence, symbol by symbol: answer i is read out at step `source + i`, and what stands at the
/// steps from `source` on is the answers before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Decoding {
    /// Steps before the first answer is read out.
    pub source: usize,
    /// Number of answers.
    pub length: usize,
}

/// A task with its settings fixed.
pub trait Task: Send + Sync {
    /// Kebab-case name.
    fn name(&self) -> &'static str;

    /// Steps of a sequence.
    fn time(&self) -> usize;

    /// Number of pairs, where the task has any.
    fn pairs(&self) -> Option<usize>;

    /// Vocabulary size of each input channel.
    fn vocabularies(&self) -> Vec<usize>;

    /// Real-valued inputs of a step.
    fn values(&self) -> usize {
        0
    }

    /// Number of possible answers to a question; 1 where the answer is a number.
    fn classes(&self) -> usize;

    /// Questions that are asked at one step, at the most.
    fn slots(&self) -> usize {
        1
    }

    /// Where answers are numbers: how far off one may be and still counts as right. `None`: answers are classes.
    fn tolerance(&self) -> Option<f64> {
        None
    }

    /// The lags that are scored, ascending.
    fn lags(&self) -> Vec<usize>;

    /// Those of them that training and validation draw; the others are held out.
    fn trained_lags(&self) -> Vec<usize> {
        self.lags()
    }

    /// How many sequences a split has, where they are given and not drawn; after them the first comes again.
    fn available(&self, _split: Split) -> Option<usize> {
        None
    }

    /// Sequence number `index` of a split.
    fn sequence(&self, seed: u64, split: Split, index: u64) -> Sequence;

    /// The answers of a solver that knows the rule, one for each target; none where nobody knows one, as for data that no
    /// rule has made.
    fn oracle(&self, sequence: &Sequence) -> Vec<Answer>;

    /// What can be had without the dependency; the first is the one to beat.
    fn floors(&self, seed: u64) -> Vec<Floor>;

    /// Names and test losses that can be had without the dependency, where they have a closed form: mean cross-entropy
    /// in nats, or mean squared error where answers are numbers.
    fn loss_floors(&self) -> Vec<(&'static str, f64)> {
        Vec::new()
    }

    /// What a layer that sees only some lags can have, at each lag that is scored, without binding anything; `None`
    /// where that is the first floor anyway.
    fn floor_within(&self, _sees: &dyn Fn(usize) -> bool) -> Option<BTreeMap<usize, f64>> {
        None
    }

    /// The sequence with each question that it could be asked, its own among them: all else is equal. None where a task has
    /// but one question for a sequence.
    fn questions(&self, _sequence: &Sequence) -> Vec<Sequence> {
        Vec::new()
    }

    /// Where a sequence is asked for, symbol by symbol; `None` where questions stand alone.
    fn decoding(&self) -> Option<Decoding> {
        None
    }

    /// Whether an answer is the very next token: a layer that sees later steps reads it there.
    fn shows_answers(&self) -> bool {
        false
    }

    /// The sequence with these classes as its answers so far, in place of the right ones, and nothing after them; what is
    /// asked stays. Unchanged where there is no [`decoding`](Self::decoding).
    fn continued(&self, sequence: &Sequence, _answers: &[usize]) -> Sequence {
        sequence.clone()
    }

    /// One word for each step, as figures show them; without spaces.
    fn words(&self, sequence: &Sequence) -> Vec<String> {
        let channels = self.vocabularies().len();
        sequence
            .tokens
            .chunks(channels.max(1))
            .map(|step| step.iter().map(u32::to_string).collect::<Vec<_>>().join("+"))
            .collect()
    }

    /// An answer as figures show it.
    fn word_of(&self, answer: Answer) -> String {
        match answer {
            Answer::Class(class) => class.to_string(),
            Answer::Number(number) => format!("{number:.2}"),
        }
    }

    /// The same, where a sequence says more of what an answer means.
    fn answer_in(&self, _sequence: &Sequence, answer: Answer) -> String {
        self.word_of(answer)
    }

    /// What else there is to know of the task's sequences, for people: names and texts of a line each.
    fn notes(&self) -> Vec<(String, String)> {
        Vec::new()
    }

    /// The sequence in one line for people.
    fn render(&self, sequence: &Sequence) -> String;
}
