//! `length`: how far beyond the length of its training a model of `recall-vectors` still answers, and how much weight
//! attention leaves on the right step.
//!
//! The asking step sees n keys: the right one, its own, which is the same key without a value, and n − 2 others. Keys are random
//! vectors, so the logits of the others are random as well, and nearly normal: of mean μ and deviation σ, for this one query. A
//! sum of n exponentials of such numbers is about n·e^(μ + σ²/2) as long as σ² < 2·ln n, and e^(μ + σ·√(2·ln n)), that of its
//! largest one, beyond (the random energy model, Derrida 1981). With a as the right logit, r as that sum and s as the weight of
//! the own step in terms of the right one's, the weight on the right step is w(n) = 1 / (1 + s + r·e^(−a)): the law of dilution.
//! μ, σ, a and s are read off each of many sequences of the trained length, and w(n) is averaged over them. With logits times
//! f = ln n / ln N, so are μ, σ and a, and ln s. Half of the weight is left where the gap a − ln(r/n) is about ln n, 13.2 at 524,288.
//! The law is for pages full of pairs; a blank page has no key.

use ndarray::{Array3, ArrayView1, Axis};
use serde::Deserialize;
use tasks::{Batch, Split, Task};
use toml::Value;
use train::Model;

use super::{Definition, Run, Story, Trained, loaded};
use crate::measure::probe::Found;
use crate::model;
use crate::plan::Cell;

pub const STORY: Story = Story {
    definition: Definition {
        name: "length",
        summary: "accuracy, and attention's weight on the right step, at other lengths than that of training",
        settings: &[
            ("n", "a whole number from 2 (that of training)", "steps of a sequence"),
            ("filler", "\"blank\" or \"pairs\" (that of training)", "what the other steps carry"),
            (
                "inputs",
                "a whole number from 1 (8)",
                "sequences, their lags spread over all; beyond 2^22 steps in all fewer, but 8",
            ),
        ],
    },
    other_lengths: true,
    fits,
    run: Run::Trained(run),
};

/// Steps of all sequences, about, that are read at one length.
const STEPS: usize = 1 << 22;
/// Sequences that are read in any case, if so many are asked for.
const FEWEST: usize = 8;
/// Pairs on blank pages, for a model that was trained on full ones.
const PAIRS: i64 = 8;

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Own {
    filler: Option<String>,
}

/// Sequences of the trained length that the law is averaged over.
const MEANS: usize = 1024;

/// What was seen of one sequence.
struct Seen {
    correct: bool,
    /// By head, of layers that have weights.
    matched: Vec<Matched>,
}

/// What the asking step gives the right step, and by how much all other logits lie below that one's.
#[derive(Clone, Copy, Debug)]
struct Matched {
    /// Weight on the right step.
    weight: f64,
    /// Of the own step, the logit less the right one's.
    own: f64,
    /// Mean of the others', likewise.
    mean: f64,
    /// Their standard deviation.
    deviation: f64,
}

impl Matched {
    /// Of one query's weights.
    fn of(weights: ArrayView1<'_, f32>, right: usize, asking: usize) -> Self {
        // Weights are f32: what is below the smallest of them is as good as it.
        let log = |step: usize| f64::from(weights[step].max(f32::MIN_POSITIVE)).ln();
        let others: Vec<f64> = (0..weights.len())
            .filter(|step| *step != right && *step != asking)
            .map(|step| log(step) - log(right))
            .collect();
        let count = others.len().max(1) as f64;
        let mean = others.iter().sum::<f64>() / count;
        let variance = others.iter().map(|other| (other - mean).powi(2)).sum::<f64>() / (count - 1.0).max(1.0);
        Self { weight: weights[right].into(), own: log(asking) - log(right), mean, deviation: variance.sqrt() }
    }

    /// The weight on the right one of n steps with all logits times `factor`, by the law.
    fn diluted(self, n: usize, factor: f64) -> f64 {
        let (mean, deviation) = (factor * self.mean, factor * self.deviation);
        let others = ((n - 2).max(1) as f64).ln();
        let edge = (2.0 * others).sqrt();
        let sum = if deviation < edge { others + mean + deviation.powi(2) / 2.0 } else { mean + deviation * edge };
        1.0 / (1.0 + (factor * self.own).exp() + sum.exp())
    }
}

/// Refuses other tasks, and layers whose weights are for one length alone.
fn fits(trainer: &Cell) -> Result<(), String> {
    if trainer.task != "recall-vectors" {
        return Err("it looks at models of recall-vectors".to_owned());
    }
    let n = steps(trainer);
    let shapes = |n: usize| {
        let (cell, task) = at(trainer, n, &filler_of(trainer, &Own::default()))?;
        let model = model::build(&cell, task.as_ref()).map_err(|e| e.to_string())?;
        Ok::<_, String>(model.parameters().iter().map(|p| p.value.shape().to_vec()).collect::<Vec<_>>())
    };
    if shapes(n)? == shapes(2 * n)? {
        return Ok(());
    }
    Err(format!("n/a: it is built for n = {n}, and has no weights for another"))
}

fn run(of: &Trained<'_>, found: &mut Found) -> Result<(), String> {
    let own: Own = of.settings.own()?;
    let (n, trained) = (of.settings.n, steps(of.trainer));
    let filler = filler_of(of.trainer, &own);
    let (seen, task) = look(of, n, &filler, of.settings.inputs)?;
    found.floors_of(task.as_ref());
    found.floor("1/n", "weight", 1.0 / n as f64);
    let correct = seen.iter().filter(|seen| seen.correct).count();
    let accuracy = correct as f64 / seen.len() as f64;
    found.number("accuracy", &filler, accuracy, None);
    found.number("sequences", &filler, seen.len() as f64, None);
    let matched: Vec<Matched> = seen.iter().flat_map(|seen| &seen.matched).copied().collect();
    if !matched.is_empty() {
        let law = if filler == "pairs" { Some(law(of, n, trained, &filler)?) } else { None };
        found.number("weight", &filler, average(&matched, |matched| matched.weight), law);
    }
    Ok(())
}

/// The weight at n by the law, from sequences of the trained length.
fn law(of: &Trained<'_>, n: usize, trained: usize, filler: &str) -> Result<f64, String> {
    let scaled = of.trainer.options.get("length_scaling").and_then(Value::as_integer).is_some_and(|length| length > 0);
    let factor = if scaled { (n as f64).ln() / (trained as f64).ln() } else { 1.0 };
    let (seen, _) = look(of, trained, filler, MEANS)?;
    let matched: Vec<Matched> = seen.into_iter().flat_map(|seen| seen.matched).collect();
    Ok(average(&matched, |matched| matched.diluted(n, factor)))
}

fn average(all: &[Matched], of: impl Fn(&Matched) -> f64) -> f64 {
    all.iter().map(of).sum::<f64>() / all.len() as f64
}

/// What the trained model makes of sequences of n steps, and the task that they are of.
fn look(of: &Trained<'_>, n: usize, filler: &str, inputs: usize) -> Result<(Vec<Seen>, Box<dyn Task>), String> {
    let (cell, task) = at(of.trainer, n, filler)?;
    let model = loaded(&cell, task.as_ref(), &of.weights)?;
    let seed = of.cell.seed;
    let indices = spread(inputs.min((STEPS / n).max(FEWEST)), task.lags().len());
    let seen = indices.map(|index| see(&model, &Batch::of(task.as_ref(), seed, Split::Test, index, 1))).collect();
    Ok((seen, task))
}

/// One sequence.
fn see(model: &Model, batch: &Batch) -> Seen {
    let (loss, weights) = model.score_step(batch);
    let target = batch.targets[0].target;
    let of = |weights: Array3<f32>| {
        let rows = weights.index_axis(Axis(0), 0);
        let of_head = |row: ArrayView1<'_, f32>| Matched::of(row, target.step - target.lag, target.step);
        rows.rows().into_iter().map(of_head).collect()
    };
    Seen { correct: loss.correct[0], matched: weights.map(of).unwrap_or_default() }
}

/// Numbers of sequences: test sequence i asks at lag number i modulo `lags`, so that fewer sequences than lags are chosen
/// from the shortest to the longest.
fn spread(count: usize, lags: usize) -> impl Iterator<Item = u64> {
    let last = count.min(lags).saturating_sub(1).max(1);
    (0..count).map(move |i| if count < lags { (i * (lags - 1) / last) as u64 } else { i as u64 })
}

/// The trainer and its task at n steps with that filler.
fn at(trainer: &Cell, n: usize, filler: &str) -> Result<(Cell, Box<dyn Task>), String> {
    let mut cell = trainer.clone();
    let length = i64::try_from(n).map_err(|e| e.to_string())?;
    cell.settings.insert("n".to_owned(), Value::Integer(length));
    cell.settings.insert("filler".to_owned(), Value::String(filler.to_owned()));
    if filler == "pairs" {
        cell.settings.remove("k");
    } else {
        cell.settings.entry("k").or_insert(Value::Integer(PAIRS));
    }
    let task = model::task(&cell.task, &cell.settings).map_err(|e| e.to_string())?;
    Ok((cell, task))
}

fn steps(trainer: &Cell) -> usize {
    let n = trainer.settings.get("n").and_then(Value::as_integer).expect("checked when the task was built");
    usize::try_from(n).expect("checked when the task was built")
}

fn filler_of(trainer: &Cell, own: &Own) -> String {
    let trained = || trainer.settings.get("filler").and_then(Value::as_str).unwrap_or("blank").to_owned();
    own.filler.clone().unwrap_or_else(trained)
}

#[cfg(test)]
mod tests;
