//! The command line.

use std::path::PathBuf;

use clap::{ArgAction, Args, Parser, Subcommand, ValueEnum};

use crate::allocation::{Memory, Partition, TimeLimit};
use crate::experiment::Profile;
use crate::shard::Shard;

const EXIT_CODES: &str = "Exit codes:
    0  everything asked for was done and holds
    1  some cells failed, a claim does not hold, or a file could not be written
    2  bad usage or a bad settings file; nothing was changed
    3  results are incomplete
  130  stopped by Ctrl-C (143: by SIGTERM); everything finished so far is kept";

/// See how a straight line, a hinge, a convolution and attention deal with long-range dependence.
#[derive(Debug, Parser)]
#[command(name = "lab", version, after_help = EXIT_CODES)]
pub struct Cli {
    /// Folder that holds `experiments` and `results`; found from the current folder upwards if not given.
    #[arg(long, global = true, env = "LAB_ROOT", value_name = "DIR")]
    pub root: Option<PathBuf>,
    /// Warnings and results only.
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    pub quiet: bool,
    /// More: every learning rate that was tried, every finding of a check that failed.
    #[arg(short, long, global = true)]
    pub verbose: bool,
    /// How results are printed.
    #[arg(long, global = true, value_enum, default_value_t = Format::Human)]
    pub format: Format,
    /// Short for `--format json`.
    #[arg(long, global = true, conflicts_with = "format")]
    pub json: bool,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// How results are printed on stdout.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// Tables.
    Human,
    /// JSON.
    Json,
}

/// The sub-commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Layers, tasks and experiments that there are.
    List,
    /// All about one layer, task or experiment.
    Describe {
        /// Its name.
        name: String,
    },
    /// Hold what a layer says of itself against what is measured, check by check.
    Conform {
        /// Name of a layer; all of them, in a line each, if none is given.
        name: Option<String>,
    },
    /// The resolved settings of an experiment as TOML that can be saved and run again.
    Show {
        /// Name of an experiment, or a path that ends in .toml.
        name: String,
        /// Changes of settings, such as training.steps=50 or n=128.
        #[arg(value_name = "KEY=VALUE")]
        overrides: Vec<String>,
        /// Which profile.
        #[command(flatten)]
        profile: ProfileArgs,
    },
    /// Run an experiment; what was finished before is kept.
    Run(RunArgs),
    /// One training, told on stdin: what `run` starts when its cells have limits.
    #[command(hide = true)]
    Cell,
    /// Join what shards have run, on one machine or several, into the results of one run.
    Merge(MergeArgs),
    /// What is done, running, failed and missing of a run, and about how long the rest takes.
    Status(StatusArgs),
    /// A script for Slurm on stdout: the experiment in shards, and the merge behind them.
    Slurm(SlurmArgs),
    /// What attention makes of a sentence, step by step with its real numbers: which noun is "it"?
    Explain(ExplainArgs),
    /// Draw the figures of an experiment from its CSV alone.
    Plot {
        /// Name of an experiment, or a path that ends in .toml.
        name: String,
        /// Which profile.
        #[command(flatten)]
        profile: ProfileArgs,
        /// Folder with scores.csv, if it is not the usual one.
        #[arg(long, value_name = "DIR")]
        out: Option<PathBuf>,
    },
    /// Hold the claims of experiments against their results.
    Check {
        /// Names of experiments; all if none is given.
        names: Vec<String>,
    },
    /// Hold two run folders side by side: differences, intervals, and a verdict on each number.
    Compare {
        /// The first folder, such as results/long-range.
        #[arg(value_name = "A")]
        first: PathBuf,
        /// The second one.
        #[arg(value_name = "B")]
        second: PathBuf,
        /// Numbers that are equal in both, too.
        #[arg(long)]
        all: bool,
    },
    /// Draw all figures and splice all tables into README.md, from CSV alone.
    Report {
        /// Change nothing; fail if anything is out of date.
        #[arg(long)]
        check: bool,
    },
    /// Make a layer of your own: its crate, from a template that conforms, and its two lines in the zoo.
    NewLayer {
        /// Its name in kebab-case, such as `my-layer`: of its folder, its crate and its row in the table.
        name: String,
        /// Print what would be made, and make nothing.
        #[arg(long)]
        dry_run: bool,
    },
    /// Completions for a shell, on stdout.
    Completions {
        /// Which shell.
        shell: clap_complete::Shell,
    },
    /// The manual page, on stdout.
    Man,
}

/// What `lab run` takes.
#[derive(Debug, Args)]
pub struct RunArgs {
    /// Name of an experiment, or a path that ends in .toml.
    pub name: String,
    /// Changes of settings, such as training.steps=50 or n=128.
    #[arg(value_name = "KEY=VALUE")]
    pub overrides: Vec<String>,
    /// Which profile.
    #[command(flatten)]
    pub profile: ProfileArgs,
    /// Print the cells, their cost and what is finished already, and run nothing.
    #[arg(long)]
    pub dry_run: bool,
    /// Run cells again that are finished already.
    #[arg(long)]
    pub force: bool,
    /// Only these layers, by label or by name; may be given several times.
    #[arg(long, value_name = "A,B", action = ArgAction::Append)]
    pub layers: Vec<String>,
    /// Number of seeds.
    #[arg(long, value_name = "N")]
    pub seeds: Option<u64>,
    /// Cells side by side; all cores if not given. Scores do not depend on it.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub threads: Option<u16>,
    /// Seconds that a training may take; one that takes longer is a row with the error, and the rest goes on. Each training then
    /// has a process of its own.
    #[arg(long, value_name = "SECONDS", env = "LAB_CELL_TIMEOUT", value_parser = seconds)]
    pub cell_timeout: Option<std::time::Duration>,
    /// GiB of memory that a training may take; as for --cell-timeout.
    #[arg(long, value_name = "GIB", env = "LAB_CELL_MEMORY", value_parser = gibibytes)]
    pub cell_memory: Option<u64>,
    /// Only the K-th of N parts of the cells, from 1; `lab merge` joins the parts of all machines.
    #[arg(long, value_name = "K/N", env = "LAB_SHARD")]
    pub shard: Option<Shard>,
    /// Folder for the results; of a shard, for that one shard.
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// Wait while another run writes to that folder, rather than refuse.
    #[arg(long)]
    pub wait: bool,
}

fn seconds(text: &str) -> Result<std::time::Duration, String> {
    let wrong = "give seconds above 0, such as 90 or 0.5";
    let seconds: f64 = text.parse().map_err(|_| wrong)?;
    let time = std::time::Duration::try_from_secs_f64(seconds).map_err(|_| wrong)?;
    if time.is_zero() { Err(wrong.to_owned()) } else { Ok(time) }
}

fn gibibytes(text: &str) -> Result<u64, String> {
    const GIB: f64 = (1u64 << 30) as f64;
    match text.parse::<f64>() {
        Ok(gib) if gib > 0.0 && gib <= 1e6 => Ok((gib * GIB) as u64),
        _ => Err("give GiB above 0 and up to a million, such as 4 or 0.5".to_owned()),
    }
}

/// What `lab merge` takes.
#[derive(Debug, Args)]
pub struct MergeArgs {
    /// Folders of shards, such as results/long-range/shards/*.
    #[arg(value_name = "DIR", required = true)]
    pub folders: Vec<PathBuf>,
    /// The experiment, by name or path, if its file is not where the shards were started from.
    #[arg(long, value_name = "NAME")]
    pub experiment: Option<String>,
    /// Folder for the results; the usual one if not given.
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
}

/// What `lab status` takes.
#[derive(Debug, Args)]
pub struct StatusArgs {
    /// Folders of a run or of its shards: one answers for its own cells, several for the whole.
    #[arg(value_name = "DIR", required = true)]
    pub folders: Vec<PathBuf>,
    /// The experiment, by name or path, if its file is not where the run was started from.
    #[arg(long, value_name = "NAME")]
    pub experiment: Option<String>,
}

/// What `lab slurm` takes.
#[derive(Debug, Args)]
pub struct SlurmArgs {
    /// Name of an experiment, or a path that ends in .toml.
    pub name: String,
    /// Changes of settings, such as training.steps=50 or n=128.
    #[arg(value_name = "KEY=VALUE")]
    pub overrides: Vec<String>,
    /// Which profile.
    #[command(flatten)]
    pub profile: ProfileArgs,
    /// Only these layers, by label or by name; may be given several times.
    #[arg(long, value_name = "A,B", action = ArgAction::Append)]
    pub layers: Vec<String>,
    /// Number of seeds.
    #[arg(long, value_name = "N")]
    pub seeds: Option<u64>,
    /// In how many parts the cells are dealt, each a task of the array.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=65536))]
    pub shards: u32,
    /// Time of a task: minutes, h:m:s or d-h:m:s; worked out from the cells, with room, if not given.
    #[arg(long, value_name = "TIME")]
    pub time: Option<TimeLimit>,
    /// Memory of a task, such as 4G; worked out from the cells, with room, if not given.
    #[arg(long, value_name = "SIZE")]
    pub mem: Option<Memory>,
    /// Partition to run in; the cluster's default if not given.
    #[arg(long, value_name = "NAME")]
    pub partition: Option<Partition>,
    /// Cores of a task, for cells side by side; 1 if not given, and a whole node where throughput is measured.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub cpus: Option<u16>,
    /// Folder for the results; the shards are in `shards` below it.
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
}

/// What `lab explain` takes.
#[derive(Debug, Args)]
pub struct ExplainArgs {
    /// A sentence such as "the robot sat on the floor because it was tired"; `lab describe pronoun` shows more.
    pub sentence: String,
    /// The word that is followed through a head.
    #[arg(long, default_value = "it")]
    pub word: String,
    /// Which model of the experiment `pronoun`, by label; it is trained when it is first asked for, and kept.
    #[arg(long, value_name = "LABEL", default_value = "attention, four heads")]
    pub model: String,
    /// Which layer of attention, from 0 as in figures; if not given, that of the head that is picked.
    #[arg(long, value_name = "N")]
    pub layer: Option<usize>,
    /// Which head of it, from 0; if not given, the one that looks from "it" at the right noun most, in validation sentences.
    #[arg(long, value_name = "N")]
    pub head: Option<usize>,
    /// Folder of the results that hold the model, as for `lab run pronoun`.
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
}

/// Which profile.
#[derive(Clone, Copy, Debug, Args)]
#[group(multiple = false)]
pub struct ProfileArgs {
    /// Seconds: does it run at all.
    #[arg(long)]
    pub smoke: bool,
    /// Minutes: the committed figures (the default).
    #[arg(long)]
    pub quick: bool,
    /// Up to hours: more lengths and seeds.
    #[arg(long)]
    pub full: bool,
}

impl ProfileArgs {
    /// The profile that was asked for.
    pub fn profile(self) -> Profile {
        match self {
            Self { smoke: true, .. } => Profile::Smoke,
            Self { full: true, .. } => Profile::Full,
            _ => Profile::Quick,
        }
    }
}
