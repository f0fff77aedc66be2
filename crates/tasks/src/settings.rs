//! The table of tasks, and how settings become one.

use serde::de::DeserializeOwned;
use toml::Table;

use crate::{CopyAtLag, Polysemy, Pronoun, RecallAtLag, Task};

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
        name: "pronoun",
        summary: "is `it` the subject or the object: the adjective after it tells, by the noun that it fits",
        settings: &[SettingDoc {
            name: "n",
            values: "18 … 1048576 (20)",
            meaning: "steps of a sequence; blank around the sentence",
        }],
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
