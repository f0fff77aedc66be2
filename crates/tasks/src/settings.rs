//! The table of tasks, and how settings become one.

use serde::de::DeserializeOwned;
use toml::Table;

use crate::{
    CopyAtLag, Function, MadCompression, MadFuzzyRecall, MadMemorization, MadNoisyRecall, MadRecall,
    MadSelectiveCopying, Mqar, Polysemy, Pronoun, RecallAtLag, RecallMany, RecallVectors, Rewrite, Task,
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
];

fn read<T: DeserializeOwned>(settings: &Table) -> Result<T, TaskError> {
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
