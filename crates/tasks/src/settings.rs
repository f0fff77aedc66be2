//! The table of tasks, and how settings become one.

use std::path::Path;

use serde::de::DeserializeOwned;
use toml::Table;

use crate::{
    Adding, CopyAtLag, CopyMemory, File, Function, Induction, ListOps, MadCompression, MadFuzzyRecall, MadMemorization,
    MadNoisyRecall, MadRecall, MadSelectiveCopying, Mnist1d, Mqar, Polysemy, Pronoun, RecallAtLag, RecallMany,
    RecallVectors, Rewrite, SelectiveCopy, Task,
};

/// Settings that make no task; the text names the setting, its value and what would do.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct TaskError(pub String);

/// One setting as `lab describe` shows it.
#[derive(Clone, Copy, Debug)]
pub struct SettingDoc {
    /// Key in TOML.
    pub name: &'static str,
    /// Values it takes, and its default.
    pub values: &'static str,
    /// What it sets.
    pub meaning: &'static str,
}

/// A row of the table of tasks.
#[derive(Clone, Copy)]
pub struct TaskDefinition {
    /// Kebab-case name.
    pub name: &'static str,
    /// What it asks, in one line.
    pub summary: &'static str,
    /// Every setting.
    pub settings: &'static [SettingDoc],
    /// Settings of a small example.
    pub example: &'static str,
    /// Builds from settings (without `name`).
    pub build: fn(&Table) -> Result<Box<dyn Task>, TaskError>,
}

/// All tasks.
pub const TASKS: &[TaskDefinition] = &[
    TaskDefinition {
        name: "copy-at-lag",
        summary: "repeat the symbol of `lag` steps ago: a fixed position, so reach suffices",
        settings: &[
            SettingDoc { name: "n", values: "2 … 1048576", meaning: "steps of a sequence" },
            SettingDoc { name: "lag", values: "0 … n - 1", meaning: "how many steps back the symbol lies" },
            SettingDoc { name: "vocabulary", values: "2 … 65536 (8)", meaning: "number of symbols V" },
        ],
        example: "n = 12\nlag = 3",
        build: |settings| Ok(Box::new(read::<CopyAtLag>(settings)?.check()?)),
    },
    TaskDefinition {
        name: "recall-at-lag",
        summary: "the value that was paired with the key asked for: the position is drawn anew each time",
        settings: &[
            SettingDoc { name: "n", values: "2 … 1048576", meaning: "steps of a sequence; the last one asks" },
            SettingDoc { name: "k", values: "1 … size of the lag grid", meaning: "number of pairs K" },
            SettingDoc { name: "keys", values: "k … 65536 (32)", meaning: "number of keys to draw from" },
            SettingDoc { name: "values", values: "k … 65536 (32)", meaning: "number of values V to draw from" },
        ],
        example: "n = 12\nk = 3\nkeys = 8\nvalues = 8",
        build: |settings| Ok(Box::new(read::<RecallAtLag>(settings)?.check()?)),
    },
    TaskDefinition {
        name: "mad-recall",
        summary: "MAD's in-context recall: the value of every key that was there before",
        settings: &[
            SettingDoc {
                name: "n", values: "4 … 1048576, even (128)", meaning: "length of a sequence: MAD's seq_len"
            },
            SettingDoc {
                name: "vocab_size", values: "4 … 65536 (16)", meaning: "number of tokens, half of them keys"
            },
            SettingDoc {
                name: "num_train_examples",
                values: "1 … 2^40 (12800)",
                meaning: "sequences of training, which come again and again",
            },
        ],
        example: "n = 16\nvocab_size = 8",
        build: |settings| Ok(Box::new(read::<MadRecall>(settings)?.check()?)),
    },
    TaskDefinition {
        name: "mad-noisy-recall",
        summary: "MAD's in-context recall with noise: some pairs are tokens that mean nothing",
        settings: &[
            SettingDoc {
                name: "n", values: "4 … 1048576, even (128)", meaning: "length of a sequence: MAD's seq_len"
            },
            SettingDoc { name: "vocab_size", values: "5 … 65536 (32)", meaning: "number of tokens, noise included" },
            SettingDoc {
                name: "noise_vocab_size",
                values: "1 … vocab_size - 4 (16)",
                meaning: "number of tokens that are noise",
            },
            SettingDoc { name: "frac_noise", values: "0 … 1 (0.2)", meaning: "chance of a pair to be noise" },
            SettingDoc {
                name: "num_train_examples",
                values: "1 … 2^40 (12800)",
                meaning: "sequences of training, which come again and again",
            },
        ],
        example: "n = 16\nvocab_size = 12\nnoise_vocab_size = 4\nfrac_noise = 0.4",
        build: |settings| Ok(Box::new(read::<MadNoisyRecall>(settings)?.check()?)),
    },
    TaskDefinition {
        name: "mad-fuzzy-recall",
        summary: "MAD's in-context recall of keys and values of several tokens each",
        settings: &[
            SettingDoc {
                name: "n",
                values: "3 · (k_motif_size + v_motif_size) … 1048576 (128)",
                meaning: "length of a sequence: MAD's seq_len",
            },
            SettingDoc {
                name: "vocab_size",
                values: "5 … 65536 (16)",
                meaning: "number of tokens, one of padding, half of the others keys",
            },
            SettingDoc { name: "k_motif_size", values: "1 … 64 (3)", meaning: "the most tokens of a key" },
            SettingDoc { name: "v_motif_size", values: "1 … 64 (3)", meaning: "the most tokens of a value" },
            SettingDoc {
                name: "num_train_examples",
                values: "1 … 2^40 (12800)",
                meaning: "sequences of training, which come again and again",
            },
        ],
        example: "n = 24\nvocab_size = 9\nk_motif_size = 2\nv_motif_size = 2",
        build: |settings| Ok(Box::new(read::<MadFuzzyRecall>(settings)?.check()?)),
    },
    TaskDefinition {
        name: "mad-selective-copying",
        summary: "MAD's selective copying: symbols among blanks, asked for in their order",
        settings: &[
            SettingDoc { name: "n", values: "4 … 1048576 (256)", meaning: "length of a sequence: MAD's seq_len" },
            SettingDoc {
                name: "vocab_size",
                values: "4 … 65536 (16)",
                meaning: "number of tokens, blank and copy included",
            },
            SettingDoc { name: "num_tokens_to_copy", values: "1 … (n - 1)/2 (16)", meaning: "number of symbols K" },
            SettingDoc {
                name: "num_train_examples",
                values: "1 … 2^40 (12800)",
                meaning: "sequences of training, which come again and again",
            },
        ],
        example: "n = 16\nvocab_size = 8\nnum_tokens_to_copy = 3",
        build: |settings| Ok(Box::new(read::<MadSelectiveCopying>(settings)?.check()?)),
    },
    TaskDefinition {
        name: "mad-compression",
        summary: "MAD's compression: the whole sequence out of the vector of its last step",
        settings: &[
            SettingDoc { name: "n", values: "2 … 4096 (32)", meaning: "length of a sequence: MAD's seq_len" },
            SettingDoc {
                name: "vocab_size",
                values: "3 … 4096 (16)",
                meaning: "number of tokens, the last one included",
            },
            SettingDoc {
                name: "num_train_examples",
                values: "1 … 2^40 (12800)",
                meaning: "sequences of training, which come again and again",
            },
        ],
        example: "n = 8\nvocab_size = 5",
        build: |settings| Ok(Box::new(read::<MadCompression>(settings)?.check()?)),
    },
    TaskDefinition {
        name: "mad-memorization",
        summary: "MAD's memorization: a table of keys and values that is the same in every sequence",
        settings: &[
            SettingDoc {
                name: "n", values: "4 … 1048576, even (32)", meaning: "length of a sequence: MAD's seq_len"
            },
            SettingDoc {
                name: "vocab_size",
                values: "5 … 65536 (256)",
                meaning: "number of tokens, the blank included",
            },
            SettingDoc {
                name: "kv_map_seed",
                values: "a whole number (12345)",
                meaning: "what the table is drawn from",
            },
            SettingDoc {
                name: "num_train_examples",
                values: "1 … 2^40 (256)",
                meaning: "sequences of training, which come again and again",
            },
        ],
        example: "n = 8\nvocab_size = 12",
        build: |settings| Ok(Box::new(read::<MadMemorization>(settings)?.check()?)),
    },
    TaskDefinition {
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
    },
    TaskDefinition {
        name: "recall-many",
        summary: "the values of several tags, all asked for at once: tags and positions are drawn anew each time",
        settings: &[
            SettingDoc { name: "tags", values: "1 … 65536 (32)", meaning: "number of tags T; n is one more" },
            SettingDoc { name: "values", values: "2 … 65536 (8)", meaning: "number of values V" },
            SettingDoc { name: "k", values: "1 … tags, 256", meaning: "how many of the tags are asked for at once" },
        ],
        example: "tags = 6\nvalues = 3\nk = 2",
        build: |settings| Ok(Box::new(read::<RecallMany>(settings)?.check()?)),
    },
    TaskDefinition {
        name: "recall-vectors",
        summary: "the value that was paired with the key asked for, where keys are fresh random vectors",
        settings: &[
            SettingDoc { name: "n", values: "2 … 1048576", meaning: "steps of a sequence; the last one asks" },
            SettingDoc {
                name: "k", values: "1 … size of the lag grid", meaning: "number of pairs K of blank filler"
            },
            SettingDoc { name: "key_width", values: "1 … 256 (16)", meaning: "numbers of a key" },
            SettingDoc { name: "values", values: "k … 4096 (16)", meaning: "number of values V to draw from" },
            SettingDoc { name: "filler", values: "blank, pairs (blank)", meaning: "what the other steps carry" },
        ],
        example: "n = 12\nk = 3\nkey_width = 4\nvalues = 8",
        build: |settings| Ok(Box::new(read::<RecallVectors>(settings)?.check()?)),
    },
    TaskDefinition {
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
    },
    TaskDefinition {
        name: "function",
        summary: "a number that follows from one or two others: a line, a hinge, or a product of two steps",
        settings: &[
            SettingDoc { name: "shape", values: "line, abs, bump, xor, product", meaning: "which function" },
            SettingDoc { name: "n", values: "2 … 1048576 (8)", meaning: "steps of a sequence; of product alone" },
            SettingDoc {
                name: "range",
                values: "up to 1000 (1)",
                meaning: "numbers are uniform in ± this; not of xor",
            },
        ],
        example: "shape = \"product\"\nn = 6",
        build: |settings| Ok(Box::new(read::<Function>(settings)?.check()?)),
    },
    TaskDefinition {
        name: "pronoun",
        summary: "which noun `it` stands for: the adjective after it tells, by the noun that it fits",
        settings: &[
            SettingDoc {
                name: "n",
                values: "18 … 1048576 (20)",
                meaning: "steps of a sequence; blank around the sentence",
            },
            SettingDoc {
                name: "kinds",
                values: "true, false (true)",
                meaning: "each noun and adjective carries its kind of thing, as in a lexicon",
            },
        ],
        example: "n = 20",
        build: |settings| Ok(Box::new(read::<Pronoun>(settings)?.check()?)),
    },
    TaskDefinition {
        name: "polysemy",
        summary: "the sense of an ambiguous word: the cue that stood with it tells, at lags that training may lack",
        settings: &[
            SettingDoc { name: "n", values: "2 … 1048576", meaning: "steps of a sequence; the last one asks" },
            SettingDoc { name: "words", values: "2 … 16, even (8)", meaning: "number of words with two senses" },
            SettingDoc {
                name: "cues",
                values: "1 … words and lags to draw from (3)",
                meaning: "number of steps with a word and a cue C",
            },
            SettingDoc {
                name: "held_out",
                values: "true, false (true)",
                meaning: "training and validation have every other lag of the grid only",
            },
        ],
        example: "n = 12\nwords = 4\ncues = 2",
        build: |settings| Ok(Box::new(read::<Polysemy>(settings)?.check()?)),
    },
    TaskDefinition {
        name: "mnist-1d",
        summary: "which digit a noisy curve of 40 numbers shows: the samples of the package mnist1d, seed by seed",
        settings: &[
            SettingDoc {
                name: "positions",
                values: "plain, shuffled (plain)",
                meaning: "the numbers stand as a curve, or in one fixed drawn order",
            },
            SettingDoc { name: "data_seed", values: "0 … 4294967295 (42)", meaning: "seed of the data set" },
        ],
        example: "positions = \"plain\"",
        build: |settings| Ok(Box::new(read::<Mnist1d>(settings)?)),
    },
    TaskDefinition {
        name: FILE,
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
            SettingDoc {
                name: "data_seed", values: "0 … (0)", meaning: "seed of the order that shares are cut from"
            },
            SettingDoc {
                name: "checksum",
                values: "16 hexadecimal digits",
                meaning: "of the files; other bytes are refused. The lab fills it in",
            },
        ],
        example: "csv = \"label,t0,t1,t2,t3\\nup,0,1,2,3\\nup,1,1,2,4\\nup,0,0,1,2\\nup,2,3,5,5\\ndown,3,2,1,0\\n\
                  down,4,2,2,1\\ndown,5,4,1,1\\ndown,2,1,1,0\"\nvalidation_share = 0.25\ntest_share = 0.25",
        build: |settings| build(FILE, settings, Path::new("")),
    },
    TaskDefinition {
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
    },
    TaskDefinition {
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
    },
    TaskDefinition {
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
    },
    TaskDefinition {
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
    },
    TaskDefinition {
        name: "listops",
        summary: "the value of a nested expression of lists: a negative control, since its root alone tells much of it",
        settings: &[
            SettingDoc {
                name: "n",
                values: "6 … 16384",
                meaning: "steps of a sequence; an expression has fewer tokens",
            },
            SettingDoc { name: "shortest", values: "3 … n - 2", meaning: "an expression has more tokens than this" },
            SettingDoc { name: "depth", values: "2 … 32 (10)", meaning: "levels at the most, digits included" },
            SettingDoc { name: "arguments", values: "2 … 64 (10)", meaning: "arguments of an operator at the most" },
        ],
        example: "n = 16\nshortest = 6\ndepth = 4\narguments = 4",
        build: |settings| Ok(Box::new(read::<ListOps>(settings)?.check()?)),
    },
];

/// The one task that reads files.
const FILE: &str = "file";

/// The task `name`; files that its settings name are looked for below `root`.
///
/// # Errors
/// When there is no such task, or the settings make none.
pub fn build(name: &str, settings: &Table, root: &Path) -> Result<Box<dyn Task>, TaskError> {
    if name == FILE {
        return Ok(Box::new(File::open(read(settings)?, root)?));
    }
    let definition = TASKS.iter().find(|definition| definition.name == name);
    (definition.ok_or_else(|| TaskError(format!("there is no task `{name}`")))?.build)(settings)
}

/// The settings of the task `name` with all that decides its sequences: the checksum of the files that they name.
///
/// # Errors
/// When a file cannot be read.
pub fn resolve(name: &str, settings: &Table, root: &Path) -> Result<Table, TaskError> {
    if name == FILE { crate::file::with_checksum(settings, root) } else { Ok(settings.clone()) }
}

pub(crate) fn read<T: DeserializeOwned>(settings: &Table) -> Result<T, TaskError> {
    // The printed form has a second line that names the setting.
    settings.clone().try_into().map_err(|e: toml::de::Error| TaskError(e.to_string().trim_end().replace('\n', " ")))
}

/// Refuses lengths of which no task can be made.
pub(crate) fn check_length(n: usize) -> Result<(), TaskError> {
    at_most("n", n, 2, 1 << 20)
}

/// Refuses a size outside `low … high`.
pub(crate) fn at_most(name: &str, value: usize, low: usize, high: usize) -> Result<(), TaskError> {
    if (low..=high).contains(&value) {
        Ok(())
    } else {
        Err(TaskError(format!("{name} = {value} is outside {low} … {high}")))
    }
}
