//! `length`: how far beyond the length of its training a model still answers, and how much weight attention leaves on the
//! right step. It looks at models of `recall-vectors`, of which it knows a law as well; and of tasks whose sequences are of the
//! same kind at any length: of `induction`, and of `selective-copy`, which asks at several steps, so that there is no one weight.
//!
//! The asking step sees n keys: the right one, its own, which is the same key without a value, and n − 2 others. Of the
//! weights w on the right step, s on itself and r on all others together, the gap of logits is ln(w / r) + ln(n − 2): by
//! so much the right logit lies above the others', taken as equal ones. If gap and s / w stay what they are at the length of
//! training, the weight at n is w(n) = 1 / (1 + s/w + (n − 2)·e^(−gap)), the law of dilution; half of it is left where
//! the gap is about ln n, 13.2 at 524,288. With logits times ln n / ln N the gap and ln (s/w) grow as they do. The law
//! takes the others as equal: among more keys there are nearer ones, so that the true gap shrinks, and what is measured falls
//! below it, the further the longer the book. (Logits taken as normal, with the spread that they have at the trained length, err far
//! on the other side.) It is for pages full of pairs; a blank page has
//! no key.

use serde::Deserialize;
use tasks::{Batch, Split, Task};
use toml::Value;
use train::Model;

use super::{Definition, Run, Story, Trained, loaded};
use crate::error::LabError;
use crate::measure::probe::{Found, Settings};
use crate::model;
use crate::plan::Cell;

pub const STORY: Story = Story {
    definition: Definition {
        name: "length",
        summary: "accuracy, and attention's weight on the right step, at other lengths than that of training",
        settings: &[
            ("n", "a whole number from 2 (that of training)", "steps of a sequence"),
            (
                "filler",
                "\"blank\" or \"pairs\" (that of training)",
                "of models of recall-vectors: what the other steps carry",
            ),
            (
                "inputs",
                "a whole number from 1 (8)",
                "sequences, their lags spread over all; beyond 2^22 steps in all fewer, but 8",
            ),
        ],
    },
    check,
    other_lengths: true,
    fits,
    run: Run::Trained(run),
};

/// Steps of all sequences, about, that are read at one length.
const STEPS: usize = 1 << 22;
/// Sequences that are read in any case, if so many are asked for.
const FEWEST: usize = 8;
/// The task whose filler can be chosen, and of which there is a law.
const WITH_FILLER: &str = "recall-vectors";
/// Tasks that can be looked at.
const TASKS: [&str; 3] = [WITH_FILLER, "induction", "selective-copy"];
/// Pairs on blank pages, for a model that was trained on full ones.
const PAIRS: i64 = 8;

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Own {
    filler: Option<String>,
}

/// What was seen of one sequence.
struct Seen {
    /// Share of its questions.
    correct: f64,
    /// Of layers that have weights.
    matched: Option<Matched>,
}

/// What the asking step gives the right step, itself and the others, means over heads.
#[derive(Clone, Copy, Debug)]
struct Matched {
    /// Weight on the right step.
    weight: f64,
    /// Weight on itself, as a multiple of that.
    own: f64,
    /// Gap of logits to the others.
    gap: f64,
}

impl Matched {
    /// Of n weights: on the right step, on the asking one, and on the others together.
    fn of(n: usize, weight: f64, own: f64, others: f64) -> Self {
        // Weights are f32: what is below the smallest of them is as good as it.
        let [right, own, others] = [weight, own, others].map(|weight| weight.max(f64::from(f32::MIN_POSITIVE)));
        Self { weight, own: own / right, gap: (right / others).ln() + ((n - 2).max(1) as f64).ln() }
    }

    /// The weight on the right one of n steps, if all logits are times `factor` and nothing else changes.
    fn diluted(self, n: usize, factor: f64) -> f64 {
        1.0 / (1.0 + self.own.powf(factor) + (n - 2) as f64 * (-self.gap * factor).exp())
    }
}

/// Refuses other tasks, and layers whose weights are for one length alone.
fn fits(trainer: &Cell) -> Result<(), String> {
    if !TASKS.contains(&trainer.task.as_str()) {
        return Err(format!("it looks at models of {}", TASKS.join(", ")));
    }
    let n = steps(trainer);
    let shapes = |n: usize| {
        let (cell, task) = at(trainer, n, &filler_of(trainer, &Own::default())).map_err(|e| e.to_string())?;
        let model = model::build(&cell, task.as_ref()).map_err(|e| e.to_string())?;
        Ok::<_, String>(model.parameters().iter().map(|p| p.value.shape().to_vec()).collect::<Vec<_>>())
    };
    if shapes(n)? == shapes(2 * n)? {
        return Ok(());
    }
    Err(format!("n/a: it is built for n = {n}, and has no weights for another"))
}

/// Refuses lengths and fillers of which there is no sequence.
fn check(settings: &Settings, trainer: &Cell) -> Result<(), LabError> {
    let own: Own = settings.checked("length")?;
    if let Some(filler) = own.filler.as_ref().filter(|_| trainer.task != WITH_FILLER) {
        let message =
            format!("probe `length`: filler = \"{filler}\" is for models of {WITH_FILLER}, not of {}", trainer.task);
        return Err(LabError::usage(message, "take `filler` out"));
    }
    let filler = filler_of(trainer, &own);
    match at(trainer, settings.n, &filler) {
        Ok(_) => Ok(()),
        Err(LabError::Usage { message, help }) => {
            Err(LabError::Usage { message: format!("probe `length`: {message}"), help })
        }
        Err(other) => Err(other),
    }
}

fn run(of: &Trained<'_>, found: &mut Found) -> Result<(), String> {
    let own: Own = of.settings.own()?;
    let (n, trained) = (of.settings.n, steps(of.trainer));
    let filler = filler_of(of.trainer, &own);
    let (seen, task) = look(of, n, &filler)?;
    found.floors_of(task.as_ref());
    found.floor("1/n", "weight", 1.0 / n as f64);
    let mean = |of: &dyn Fn(&Seen) -> Option<f64>| {
        let numbers: Option<Vec<f64>> = seen.iter().map(of).collect();
        numbers.map(|numbers| numbers.iter().sum::<f64>() / numbers.len() as f64)
    };
    let accuracy = mean(&|seen| Some(seen.correct)).expect("there are sequences");
    found.number("accuracy", &filler, accuracy, None);
    found.number("sequences", &filler, seen.len() as f64, None);
    let matched = mean(&|seen| Some(seen.matched?.weight)).zip(mean(&|seen| Some(seen.matched?.gap)));
    if let Some((weight, gap)) = matched {
        let law = if filler == "pairs" { Some(law(of, n, trained, &filler)?) } else { None };
        found.number("weight", &filler, weight, law);
        found.number("logit_gap", &filler, gap, None);
    }
    Ok(())
}

/// The weight at n if the gaps are those of sequences of the trained length.
fn law(of: &Trained<'_>, n: usize, trained: usize, filler: &str) -> Result<f64, String> {
    let scaled = of.trainer.options.get("length_scaling").and_then(Value::as_integer).is_some_and(|length| length > 0);
    let factor = if scaled { (n as f64).ln() / (trained as f64).ln() } else { 1.0 };
    let (seen, _) = look(of, trained, filler)?;
    let weights: Vec<f64> = seen.iter().filter_map(|seen| Some(seen.matched?.diluted(n, factor))).collect();
    Ok(weights.iter().sum::<f64>() / weights.len() as f64)
}

/// What the trained model makes of sequences of n steps, and the task that they are of.
fn look(of: &Trained<'_>, n: usize, filler: &str) -> Result<(Vec<Seen>, Box<dyn Task>), String> {
    let (cell, task) = at(of.trainer, n, filler).map_err(|e| e.to_string())?;
    let model = loaded(&cell, task.as_ref(), &of.weights)?;
    let seed = of.cell.seed;
    let indices = spread(of.settings.inputs.min((STEPS / n).max(FEWEST)), task.lags().len());
    let seen = indices.map(|index| see(&model, &Batch::of(task.as_ref(), seed, Split::Test, index, 1))).collect();
    Ok((seen, task))
}

/// One sequence.
fn see(model: &Model, batch: &Batch) -> Seen {
    let share = |correct: &[bool]| correct.iter().filter(|correct| **correct).count() as f64 / correct.len() as f64;
    let target = batch.targets[0].target;
    if batch.targets.iter().any(|asked| asked.target.step != target.step) {
        return Seen { correct: share(&model.score(batch).correct), matched: None };
    }
    let (loss, weights) = model.score_step(batch);
    let right = target.step - target.lag;
    let matched = weights.map(|weights| {
        let (_, heads, n) = weights.dim();
        let mean = |of: &dyn Fn(usize) -> bool| {
            let chosen = weights.indexed_iter().filter(|((_, _, step), _)| of(*step));
            chosen.map(|(_, weight)| f64::from(*weight)).sum::<f64>() / heads as f64
        };
        let others = mean(&|step| step != right && step != target.step);
        Matched::of(n, mean(&|step| step == right), mean(&|step| step == target.step), others)
    });
    Seen { correct: share(&loss.correct), matched }
}

/// Numbers of sequences: test sequence i asks at lag number i modulo `lags`, so that fewer sequences than lags are chosen
/// from the shortest to the longest.
fn spread(count: usize, lags: usize) -> impl Iterator<Item = u64> {
    let last = count.min(lags).saturating_sub(1).max(1);
    (0..count).map(move |i| if count < lags { (i * (lags - 1) / last) as u64 } else { i as u64 })
}

/// The trainer and its task at n steps with that filler.
fn at(trainer: &Cell, n: usize, filler: &str) -> Result<(Cell, Box<dyn Task>), LabError> {
    let mut cell = trainer.clone();
    let length = i64::try_from(n).expect("the settings bound it");
    cell.settings.insert("n".to_owned(), Value::Integer(length));
    if trainer.task != WITH_FILLER {
        let task = model::task_of(&cell)?;
        return Ok((cell, task));
    }
    cell.settings.insert("filler".to_owned(), Value::String(filler.to_owned()));
    if filler == "pairs" {
        cell.settings.remove("k");
    } else {
        cell.settings.entry("k").or_insert(Value::Integer(PAIRS));
    }
    let task = model::task_of(&cell)?;
    Ok((cell, task))
}

fn steps(trainer: &Cell) -> usize {
    let n = trainer.settings.get("n").and_then(Value::as_integer).expect("checked when the task was built");
    usize::try_from(n).expect("checked when the task was built")
}

/// What tells the sequences apart in results: the filler, or that they are test data.
fn filler_of(trainer: &Cell, own: &Own) -> String {
    if trainer.task != WITH_FILLER {
        return Split::Test.name().to_owned();
    }
    let trained = || trainer.settings.get("filler").and_then(Value::as_str).unwrap_or("blank").to_owned();
    own.filler.clone().unwrap_or_else(trained)
}

#[cfg(test)]
mod tests;
