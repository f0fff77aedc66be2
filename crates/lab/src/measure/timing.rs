//! Timings: how long a pass of a layer takes, how much memory, and what the machine can do at most.

use std::collections::BTreeMap;
use std::sync::Mutex;

use rayon::{ThreadPool, ThreadPoolBuilder};
use serde::{Deserialize, Serialize};
use toml::{Table, Value};
use workloads::ceiling;
use workloads::pass::{Pass, Subject};
use workloads::timed::{Budget, MeasurePeak};

use super::Definition;
use crate::error::{LabError, suggestion_from};
use crate::plan::Cell;

/// Every work.
pub const WORKS: [Definition; 2] = [
    Definition {
        name: "pass",
        summary: "a forward, or forward and backward, of one layer on a batch",
        settings: &[
            ("n", "a whole number from 1", "steps of a sequence"),
            ("width", "a whole number from 1", "features at a step"),
            ("pass", "\"forward\" or \"both\" (both)", "forward alone, or forward and backward"),
            THREADS,
            (
                "steps",
                "a whole number from 1 (16384)",
                "steps of a batch: it has steps / n sequences, or one for each thread",
            ),
            ("sequences", "a whole number from 1", "sequences of a batch, whatever `steps` says"),
            ("rounds", "a whole number from 1 (7)", "how often it is timed"),
            ("seconds", "a number above 0 (1.0)", "no further round begins after so many"),
            ("most_mib", "a whole number from 1 (512)", "layers that keep more for a pass are not timed, and say so"),
        ],
    },
    Definition {
        name: "ceiling",
        summary: "multiply-adds on registers alone, and copies: what the machine can do at most",
        settings: &[THREADS],
    },
];

const THREADS: (&str, &str, &str) = ("threads", "a whole number from 1, or \"all\" (all)", "threads that do it");

/// Settings of `pass`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PassSettings {
    /// Steps of a sequence.
    pub n: usize,
    /// Features at a step.
    pub width: usize,
    /// Which way.
    #[serde(default)]
    pub pass: Way,
    /// Threads that do it.
    pub threads: usize,
    /// Steps of a batch.
    #[serde(default = "steps")]
    pub steps: usize,
    /// Sequences of a batch, whatever `steps` says.
    #[serde(default)]
    pub sequences: Option<usize>,
    /// How often it is timed.
    #[serde(default = "rounds")]
    pub rounds: usize,
    /// No further round begins after so many seconds.
    #[serde(default = "seconds")]
    pub seconds: f64,
    /// Layers that keep more MiB for a pass are not timed.
    #[serde(default = "most_mib")]
    pub most_mib: usize,
}

fn steps() -> usize {
    16_384
}

fn rounds() -> usize {
    7
}

fn seconds() -> f64 {
    1.0
}

fn most_mib() -> usize {
    512
}

/// Which way a pass goes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Way {
    /// Forward alone.
    Forward,
    /// Forward and backward.
    #[default]
    Both,
}

impl Way {
    /// Its name in CSV.
    pub fn name(self) -> &'static str {
        match self {
            Self::Forward => "forward",
            Self::Both => "both",
        }
    }
}

/// Settings of `ceiling`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CeilingSettings {
    /// Threads that do it.
    pub threads: usize,
}

/// Settings as given, with the number of threads that `"all"` stands for: all of this machine, or all that a run had.
pub fn with_threads(settings: &Table, all: usize) -> Result<Table, LabError> {
    let mut settings = settings.clone();
    let threads = match settings.get("threads") {
        None => Some(all as i64),
        Some(Value::String(text)) if text == "all" => Some(all as i64),
        Some(Value::Integer(count)) if (1..=1024).contains(count) => Some(*count),
        Some(_) => None,
    };
    let Some(threads) = threads else {
        let message = format!("threads = {} is out of range", settings["threads"]);
        return Err(LabError::usage(message, "choose 1 to 1024, or \"all\""));
    };
    settings.insert("threads".into(), Value::Integer(threads));
    Ok(settings)
}

/// Reads the settings of a work.
///
/// # Errors
/// Unknown keys or wrong types.
pub fn read<T: serde::de::DeserializeOwned>(work: &str, settings: &Table) -> Result<T, LabError> {
    settings.clone().try_into().map_err(|e: toml::de::Error| LabError::Usage {
        message: format!("work `{work}`: {}", e.message()),
        help: suggestion_from(e.message()),
    })
}

/// What was timed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Timed {
    /// A pass of a layer.
    Pass(Box<PassTimed>),
    /// The ceilings, at so many threads.
    Ceiling {
        /// Threads.
        threads: usize,
        /// GFLOP/s of multiply-adds on registers alone.
        peak_gflops: f64,
        /// GB/s of copies, read and written bytes together.
        copy_gbs: f64,
    },
}

/// A timed pass.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PassTimed {
    /// Sequences.
    pub batch: usize,
    /// Learned numbers of the layer.
    pub parameters: u64,
    /// Declared FLOPs of the pass.
    pub flops: u64,
    /// Bytes that it cannot but read and write.
    pub bytes_moved: u64,
    /// The times, or why there are none.
    pub times: Result<Times, String>,
}

/// Times of a pass.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Times {
    /// How often it was timed.
    pub rounds: usize,
    /// First quartile, median and third quartile, in seconds.
    pub seconds: [f64; 3],
    /// GFLOP/s of multiply-adds right before and right after.
    pub peaks: [f64; 2],
    /// Most heap bytes alive at once during the pass, above those before it.
    pub bytes_peak: Option<u64>,
    /// Whether the machine was not steady.
    pub noisy: bool,
}

/// A pool of so many threads.
fn pool(threads: usize) -> Result<ThreadPool, String> {
    ThreadPoolBuilder::new().num_threads(threads).build().map_err(|e| e.to_string())
}

/// Times a cell; `measure_peak` tells how many heap bytes a pass needs.
///
/// # Errors
/// When there is no pool of so many threads. A pass that cannot be timed is a result, and says why.
pub fn run(cell: &Cell, measure_peak: MeasurePeak<'_>) -> Result<Timed, String> {
    if cell.task == "ceiling" {
        let settings: CeilingSettings = read(&cell.task, &cell.settings).map_err(|e| e.to_string())?;
        let found = ceiling::ceilings(&pool(settings.threads)?);
        let (peak_gflops, copy_gbs) = (found.peak_gflops, found.copy_gbs);
        return Ok(Timed::Ceiling { threads: settings.threads, peak_gflops, copy_gbs });
    }
    let settings: PassSettings = read(&cell.task, &cell.settings).map_err(|e| e.to_string())?;
    let subject = subject(cell, &settings);
    let batch = subject.batch;
    let timed = match too_large(cell, &settings).map_or_else(|| subject.build(), Err) {
        Err(why) => PassTimed { batch, parameters: 0, flops: 0, bytes_moved: 0, times: Err(why) },
        Ok(layer) => {
            let parameters = layer.cost(subject.shape()).parameters;
            let (flops, bytes_moved) = (subject.flops(layer.as_ref()), subject.bytes_moved(layer.as_ref()));
            drop(layer);
            let times = times(&subject, &settings, measure_peak);
            PassTimed { batch, parameters, flops, bytes_moved, times }
        }
    };
    Ok(Timed::Pass(Box::new(timed)))
}

fn times(subject: &Subject, settings: &PassSettings, measure_peak: MeasurePeak<'_>) -> Result<Times, String> {
    let pool = pool(settings.threads)?;
    let ceiling = Some(ceiling_of(&pool));
    let budget = Budget { rounds: settings.rounds, seconds: settings.seconds, ceiling };
    let mut timed = workloads::timed::time(subject, &pool, &budget, measure_peak)?;
    for _ in 1..ATTEMPTS {
        // What takes seconds by itself is not done again.
        if !timed.noisy || timed.median > settings.seconds {
            break;
        }
        timed = workloads::timed::time(subject, &pool, &budget, measure_peak)?;
    }
    Ok(Times {
        rounds: timed.rounds,
        seconds: [timed.low, timed.median, timed.high],
        peaks: timed.peaks,
        bytes_peak: timed.bytes_peak,
        noisy: timed.noisy,
    })
}

/// GFLOP/s that so many threads can reach, measured once in a run.
fn ceiling_of(pool: &ThreadPool) -> f64 {
    static KNOWN: Mutex<BTreeMap<usize, f64>> = Mutex::new(BTreeMap::new());
    let mut known = KNOWN.lock().expect("no panic holds it");
    *known.entry(pool.current_num_threads()).or_insert_with(|| ceiling::ceilings(pool).peak_gflops)
}

/// How often a noisy machine is given another chance, the first one included.
const ATTEMPTS: usize = 3;

/// What is timed: as many sequences as make the steps of a batch, and no fewer than threads: layers that work step by step
/// are split by sequences, so that one alone would keep one thread busy.
pub fn subject(cell: &Cell, settings: &PassSettings) -> Subject {
    Subject {
        layer: cell.layer.clone(),
        options: cell.options.clone(),
        pass: match settings.pass {
            Way::Forward => Pass::Forward,
            Way::Both => Pass::Both,
        },
        batch: settings.sequences.unwrap_or_else(|| (settings.steps / settings.n).max(settings.threads)),
        time: settings.n,
        width: settings.width,
        threads: settings.threads,
    }
}

/// Steps at which a layer is built to see how its weights grow with n.
const SMALL: [usize; 2] = [16, 32];

/// Why a layer is not timed at this n: its weights alone, times two for their gradients, pass the bound. Told by how they
/// grow between two small n, since to build it would take the memory that there is a bound for.
fn too_large(cell: &Cell, settings: &PassSettings) -> Option<String> {
    let at = |n: usize| {
        let small = PassSettings { n, ..settings.clone() };
        let layer = subject(cell, &small).build().ok()?;
        Some(layer.parameters().iter().map(|p| p.value.len()).sum::<usize>() as f64)
    };
    let (few, more) = (at(SMALL[0])?, at(SMALL[1])?);
    // Weights that do not depend on n have the exponent 0; n² of them, 2.
    let exponent = (more / few).log2().max(0.0).ceil();
    let n = settings.n as f64;
    let weights = if exponent == 0.0 { more } else { more * (n / SMALL[1] as f64).powf(exponent) };
    let mib = 2.0 * 4.0 * weights / f64::from(1 << 20);
    (mib > settings.most_mib as f64)
        .then(|| format!("{mib:.0} MiB of weights and gradients; the bound is {} MiB", settings.most_mib))
}

/// The name under which `workloads` and peers time the same pass, where they do.
pub fn work_name(cell: &Cell, settings: &PassSettings) -> Option<String> {
    workloads::layers::name_of(&subject(cell, settings))
}
