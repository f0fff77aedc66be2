//! `file`: the class of a sequence from a file of your own.
//!
//! | format | what it holds |
//! |---|---|
//! | CSV | a header, then a row for each sequence: `label`, perhaps `split` (train, validation, test), and t0, t1, … |
//! | NPY | x as `(sequences, time)` or `(sequences, time, feature)` of floats or integers; `labels` names a second file |
//!
//! `path` is relative to the folder that holds `experiments`, and may not lead out of it. A step has `features` numbers in
//! a CSV, one after the other; with `tokens = true` they are symbols 0, 1, … and are embedded, one channel for each. With
//! `side` and `patch`, the numbers of a sequence are an image of side × side, row by row, and a step is one of its patches of
//! patch × patch: (side/patch)² steps of patch² numbers. With `standardise = true`, the mean of all numbers in training is
//! taken off, and the rest divided by their deviation.
//!
//! Classes are the labels that occur, integers in their order or words in theirs. Without a column `split`, validation and
//! test get shares of an order that `data_seed` alone draws. Training passes through all of its sequences before one comes
//! again, in an order that the seed of the cell draws anew for each pass; validation and test are the same for every seed.
//! `checksum` is that of the file's bytes, and of those of the labels. The lab fills it in, so that other data under the
//! same name are other cells; where it is given, other bytes are refused.
//!
//! Example (`csv` in place of `path`: eight sequences of four numbers; seed 0, train, index 0):
//!
//! ```text
//! 2.00 1.00 1.00 0.00 -> down
//! ```
//!
//! Floors: always saying the class that is most frequent in the test, and one guess among all classes. Where sequences of
//! the test stand in training, too, number by number, there is a third: looking them up, and saying that class for all
//! others ([`File::by_heart`]); it is what a layer may score that has learnt nothing but a list. The best comes first. There is no oracle,
//! since nobody told the rule, and no lag: it is given as 0. What a floor cannot see is a leak that the data bring along: one
//! writer's hand in training and test, or the order of recording in a column. That is for you to know.

mod npy;
mod patches;
mod rows;
mod settings;
mod source;
mod splits;
mod text;

use std::collections::HashMap;
use std::path::Path;

use crate::settings::{SettingDoc, TaskDefinition, TaskError, at_most, read};
use crate::{Answer, Floor, Sequence, Split, Target, Task};
use rows::Rows;
use settings::Files;
pub use settings::{Settings, with_checksum};
use splits::Splits;

/// The row of this task in the table.
pub const DEFINITION: TaskDefinition = TaskDefinition {
    name: "file",
    summary: "the class of a sequence from a file of your own: CSV or NPY, numbers or symbols, images in patches",
    settings: &[
        SettingDoc {
            name: "path",
            values: "FILE.csv, FILE.npy",
            meaning: "relative to the folder that holds `experiments`",
        },
        SettingDoc { name: "csv", values: "text", meaning: "the CSV itself, in place of path" },
        SettingDoc { name: "labels", values: "FILE.npy", meaning: "labels of an NPY" },
        SettingDoc { name: "features", values: "1 … 4096 (1)", meaning: "numbers of a step, in a CSV" },
        SettingDoc { name: "tokens", values: "true, false (false)", meaning: "numbers are symbols 0 … 65535" },
        SettingDoc {
            name: "standardise",
            values: "true, false (false)",
            meaning: "mean 0 and deviation 1, by the numbers of training",
        },
        SettingDoc { name: "side", values: "1 …", meaning: "a sequence is an image of side × side" },
        SettingDoc { name: "patch", values: "a divisor of side", meaning: "a step is a patch of patch × patch" },
        SettingDoc {
            name: "validation_share",
            values: "0 … 1 (0.2)",
            meaning: "share of the sequences, where the file has no column `split`",
        },
        SettingDoc { name: "test_share", values: "0 … 1 (0.2)", meaning: "the same of the test" },
        SettingDoc { name: "data_seed", values: "0 … (0)", meaning: "seed of the order that shares are cut from" },
        SettingDoc {
            name: "checksum",
            values: "16 hexadecimal digits",
            meaning: "of the files; other bytes are refused. The lab fills it in",
        },
    ],
    example: "csv = \"label,t0,t1,t2,t3\\nup,0,1,2,3\\nup,1,1,2,4\\nup,0,0,1,2\\nup,2,3,5,5\\ndown,3,2,1,0\\n\
              down,4,2,2,1\\ndown,5,4,1,1\\ndown,2,1,1,0\"\nvalidation_share = 0.25\ntest_share = 0.25",
    build: |settings| Ok(Box::new(File::open(read(settings)?, Path::new(""))?)),
};

/// Share of validation, and of the test, where nobody says.
const SHARE: f64 = 0.2;

/// A file that was read, and found to be a task.
#[derive(Clone, Debug)]
pub struct File {
    time: usize,
    features: usize,
    /// Of each channel; none where numbers are no symbols.
    vocabularies: Vec<usize>,
    /// `(sequence, time, feature)`, row-major.
    numbers: Vec<f32>,
    /// Class of each sequence.
    classes: Vec<usize>,
    /// Name of each class.
    words: Vec<String>,
    splits: Splits,
}

impl File {
    /// Reads the files that the settings name, below `root`.
    ///
    /// # Errors
    /// Names the setting, the line or the index, what stands there and what would do.
    pub fn open(settings: Settings, root: &Path) -> Result<Self, TaskError> {
        if settings.standardise && settings.tokens {
            return Err(TaskError("standardise = true and tokens = true: symbols have no mean".to_owned()));
        }
        let files = Files::read(&settings, root)?;
        let checksum = files.checksum();
        if let Some(meant) = settings.checksum.as_ref().filter(|meant| **meant != checksum) {
            return Err(TaskError(format!(
                "checksum = \"{meant}\", and {} has {checksum}: these are other data; leave the setting out to take them",
                files.name
            )));
        }
        let mut rows = files.rows(&settings)?;
        let named = |error: TaskError| TaskError(format!("{}: {error}", files.name));
        let (words, classes) = rows::classes(&rows.labels).map_err(named)?;
        let splits = split(&rows, &settings).map_err(named)?;
        let features = patches::features(&mut rows, &settings)?;
        let time = rows.width / features;
        at_most("the number of steps", time, 1, 1 << 20)?;
        at_most("the number of numbers in a step", features, 1, 1 << 12)?;
        let vocabularies = if settings.tokens { rows::vocabularies(&rows, features)? } else { Vec::new() };
        let mut file = Self { time, features, vocabularies, numbers: rows.numbers, classes, words, splits };
        if settings.standardise {
            file.standardise()?;
        }
        Ok(file)
    }

    /// By training alone: the test takes part in nothing.
    fn standardise(&mut self) -> Result<(), TaskError> {
        let numbers = || self.splits.of(Split::Train).iter().flat_map(|at| self.of(*at)).map(|x| f64::from(*x));
        let count = numbers().count() as f64;
        let mean = numbers().sum::<f64>() / count;
        let deviation = (numbers().map(|x| (x - mean).powi(2)).sum::<f64>() / count).sqrt();
        if deviation == 0.0 {
            return Err(TaskError(format!("standardise = true, and every number of training is {mean}")));
        }
        self.numbers.iter_mut().for_each(|x| *x = ((f64::from(*x) - mean) / deviation) as f32);
        Ok(())
    }

    /// The numbers of a sequence.
    fn of(&self, at: usize) -> &[f32] {
        let width = self.time * self.features;
        &self.numbers[at * width..(at + 1) * width]
    }

    /// How often each class is in a split.
    fn counts(&self, split: Split) -> Vec<usize> {
        let mut counts = vec![0; self.words.len()];
        self.splits.of(split).iter().for_each(|at| counts[self.classes[*at]] += 1);
        counts
    }

    /// The class that is most frequent in the test.
    fn majority(&self) -> usize {
        let counts = self.counts(Split::Test);
        (0..counts.len()).rev().max_by_key(|class| counts[*class]).unwrap_or(0)
    }

    /// How many sequences of the test stand in training, too, and the accuracy in the test of looking them up there (the
    /// last one, where they differ), and saying the majority class for all others.
    pub fn by_heart(&self) -> (usize, f64) {
        let bits = |at: usize| self.of(at).iter().map(|x| x.to_bits()).collect::<Vec<u32>>();
        let known: HashMap<Vec<u32>, usize> =
            self.splits.of(Split::Train).iter().map(|at| (bits(*at), self.classes[*at])).collect();
        let (mut found, mut right) = (0, 0);
        for at in self.splits.of(Split::Test) {
            let known = known.get(&bits(*at));
            found += usize::from(known.is_some());
            right += usize::from(*known.unwrap_or(&self.majority()) == self.classes[*at]);
        }
        (found, right as f64 / self.splits.of(Split::Test).len() as f64)
    }
}

fn split(rows: &Rows, settings: &Settings) -> Result<Splits, TaskError> {
    let shares = [("validation_share", settings.validation_share), ("test_share", settings.test_share)];
    let Some(given) = &rows.splits else {
        let [validation, test] = shares.map(|(_, share)| share.unwrap_or(SHARE));
        return Splits::shared(rows.labels.len(), validation, test, settings.data_seed);
    };
    match shares.iter().find_map(|(name, share)| Some((name, (*share)?))) {
        Some((name, share)) => {
            Err(TaskError(format!("{name} = {share}, and the file has a column `split`; leave one of them out")))
        }
        None => Splits::given(given, settings.data_seed),
    }
}

impl Task for File {
    fn name(&self) -> &'static str {
        "file"
    }

    fn time(&self) -> usize {
        self.time
    }

    fn pairs(&self) -> Option<usize> {
        None
    }

    fn vocabularies(&self) -> Vec<usize> {
        self.vocabularies.clone()
    }

    fn values(&self) -> usize {
        if self.vocabularies.is_empty() { self.features } else { 0 }
    }

    fn classes(&self) -> usize {
        self.words.len()
    }

    fn lags(&self) -> Vec<usize> {
        vec![0]
    }

    fn available(&self, split: Split) -> Option<usize> {
        Some(self.splits.of(split).len())
    }

    /// Of the file; `seed` decides the order of training alone.
    fn sequence(&self, seed: u64, split: Split, index: u64) -> Sequence {
        let at = self.splits.at(seed, split, index);
        let targets = vec![Target::class(self.time - 1, self.classes[at], 0)];
        if self.vocabularies.is_empty() {
            Sequence { values: self.of(at).to_vec(), targets, ..Sequence::default() }
        } else {
            Sequence {
                tokens: self.of(at).iter().map(|symbol| *symbol as u32).collect(),
                targets,
                ..Sequence::default()
            }
        }
    }

    fn oracle(&self, _sequence: &Sequence) -> Vec<Answer> {
        Vec::new()
    }

    fn floors(&self, _seed: u64) -> Vec<Floor> {
        let counts = self.counts(Split::Test);
        let test = self.splits.of(Split::Test).len() as f64;
        let majority = Floor { name: "majority class", accuracy: counts[self.majority()] as f64 / test };
        let guess = Floor { name: "1/classes", accuracy: 1.0 / counts.len() as f64 };
        let by_heart = match self.by_heart() {
            (0, _) => None,
            (_, accuracy) => Some(Floor { name: "by heart", accuracy }),
        };
        let mut floors: Vec<Floor> = [majority, guess].into_iter().chain(by_heart).collect();
        // The first is the one to beat.
        floors.sort_by(|a, b| b.accuracy.total_cmp(&a.accuracy));
        floors
    }

    fn loss_floors(&self) -> Vec<(&'static str, f64)> {
        vec![("1/classes", (self.words.len() as f64).ln())]
    }

    fn words(&self, sequence: &Sequence) -> Vec<String> {
        let joined = |words: Vec<String>| words.join("+");
        if self.vocabularies.is_empty() {
            let step = |step: &[f32]| joined(step.iter().map(|x| format!("{x:.2}")).collect());
            return sequence.values.chunks(self.features).map(step).collect();
        }
        sequence.tokens.chunks(self.features).map(|step| joined(step.iter().map(u32::to_string).collect())).collect()
    }

    fn word_of(&self, answer: Answer) -> String {
        self.words[answer.class()].clone()
    }

    fn notes(&self) -> Vec<(String, String)> {
        let of = |split: Split| {
            let counts = self.counts(split);
            let each = self.words.iter().zip(&counts).map(|(word, count)| format!("{word} {count}"));
            let all = self.splits.of(split).len();
            (split.name().to_owned(), format!("{all} sequences: {}", each.collect::<Vec<_>>().join(", ")))
        };
        let (found, _) = self.by_heart();
        let twice = ("of the test, in training too".to_owned(), format!("{found} sequences, number by number"));
        [Split::Train, Split::Validation, Split::Test].map(of).into_iter().chain([twice]).collect()
    }

    fn render(&self, sequence: &Sequence) -> String {
        format!("{} -> {}", self.words(sequence).join(" "), self.word_of(sequence.targets[0].answer))
    }
}
