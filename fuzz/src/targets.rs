//! The table of targets.

mod cells;
mod experiments;
mod figures;
mod layers;
mod npy;
mod results;
mod tasks;
mod texts;

use crate::target::Row;

/// All targets; the full run feeds 1.4 million inputs in all.
pub const TARGETS: &[Row] = &[
    Row {
        name: "experiment",
        what: "an experiment's TOML, read and planned as `lab run` and `lab show` do",
        full: 200_000,
        brief: 1_000,
        build: experiments::files,
    },
    Row {
        name: "overrides",
        what: "`key=value` overrides of such a file",
        full: 150_000,
        brief: 1_000,
        build: experiments::overrides,
    },
    Row {
        name: "layer",
        what: "options and sizes of every row of `zoo::LAYERS` and `zoo::STACKS`",
        full: 200_000,
        brief: 2_000,
        build: layers::build,
    },
    Row {
        name: "task",
        what: "settings of every row of `tasks::TASKS`",
        full: 150_000,
        brief: 1_000,
        build: tasks::settings,
    },
    Row { name: "csv", what: "CSV of the task `file`", full: 150_000, brief: 2_000, build: tasks::csv },
    Row {
        name: "npy",
        what: "NPY of the task `file`, numbers and labels",
        full: 150_000,
        brief: 2_000,
        build: npy::build,
    },
    Row {
        name: "cell",
        what: "a finished cell and its weights, read from the store and made rows of",
        full: 100_000,
        brief: 1_000,
        build: cells::cell,
    },
    Row {
        name: "weights",
        what: "a safetensors file, loaded into a model",
        full: 100_000,
        brief: 1_000,
        build: cells::weights,
    },
    Row {
        name: "results",
        what: "scores, maps, points, traces and timings, read, judged and made tables of",
        full: 150_000,
        brief: 1_000,
        build: results::build,
    },
    Row {
        name: "figure",
        what: "the same, drawn as SVG, as PNG and on the page, and no text of theirs is markup",
        full: 10_000,
        brief: 50,
        build: figures::build,
    },
    Row {
        name: "sweep",
        what: "`--shard k/n`, and the manifest of a folder of cells",
        full: 50_000,
        brief: 1_000,
        build: texts::sweep,
    },
    Row {
        name: "splice",
        what: "a Markdown page with blocks of the lab",
        full: 50_000,
        brief: 1_000,
        build: texts::splice,
    },
];
