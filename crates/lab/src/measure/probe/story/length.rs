//! `length`: how far beyond the length of its training a model of `recall-vectors` still answers, and how much weight
//! attention leaves on the right step.
//!
//! With a weight w on the right step, the gap of logits is ln(w / (1 − w)) + ln(n − 1): by so much the right step's logit lies
//! above the others', taken as n − 1 equal ones. If the gap stays what it is at the length of training, the weight at n is
//! 1 / (1 + (n − 1)·e^(−gap)), the law of dilution; half of it is left where gap = ln(n − 1). With logits times ln n / ln N the
//! gap grows as they do. Both take the others as equal. Among more keys there are nearer ones, so that the true gap
//! may shrink: what is measured can fall below its law. The law is for pages full of pairs; a blank page has no key.

use layer::checkpoint;
use serde::Deserialize;
use tasks::{Batch, Split, Task};
use toml::Value;
use train::Model;

use super::{Definition, Run, Story, Trained};
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
                "sequences, their lags spread over all; beyond 2^21 steps in all fewer, but 8",
            ),
        ],
    },
    other_lengths: true,
    fits,
    run: Run::Trained(run),
};

/// Steps of all sequences, about, that are read at one length.
const STEPS: usize = 1 << 21;
/// Sequences that are read in any case, if so many are asked for.
const FEWEST: usize = 8;
/// Pairs on blank pages, for a model that was trained on full ones.
const PAIRS: i64 = 8;

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Own {
    filler: Option<String>,
}

/// What was seen of one sequence.
struct Seen {
    correct: bool,
    /// Weight on the right step, mean over heads, and the gap, of layers that have weights.
    matched: Option<(f64, f64)>,
}

/// Refuses other tasks, and layers whose weights are for one length alone.
fn fits(trainer: &Cell) -> Result<(), String> {
    if trainer.task != "recall-vectors" {
        return Err("it looks at models of recall-vectors".to_owned());
    }
    let n = steps(trainer);
    let shapes = |n: usize| {
        let (_, model) = at(trainer, n, &filler_of(trainer, &Own::default()))?;
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
    let (seen, floor) = look(of, n, &filler)?;
    let mean = |of: &dyn Fn(&Seen) -> Option<f64>| {
        let numbers: Option<Vec<f64>> = seen.iter().map(of).collect();
        numbers.map(|numbers| numbers.iter().sum::<f64>() / numbers.len() as f64)
    };
    let accuracy = mean(&|seen| Some(f64::from(u8::from(seen.correct)))).expect("there are sequences");
    found.number("accuracy", &filler, accuracy, None);
    found.number("floor", &filler, floor, None);
    found.number("sequences", &filler, seen.len() as f64, None);
    let matched = mean(&|seen| Some(seen.matched?.0)).zip(mean(&|seen| Some(seen.matched?.1)));
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
    let weights: Vec<f64> = seen.iter().filter_map(|seen| Some(diluted(n, seen.matched?.1 * factor))).collect();
    Ok(weights.iter().sum::<f64>() / weights.len() as f64)
}

/// 1 / (1 + (n − 1)·e^(−gap)).
fn diluted(n: usize, gap: f64) -> f64 {
    1.0 / (1.0 + (n - 1) as f64 * (-gap).exp())
}

/// The inverse: the gap at which that weight is left, out of n steps, of which the others have that weight together.
fn gap_of(n: usize, weight: f64, others: f64) -> f64 {
    // Weights are f32: what is below the smallest of them is as good as it.
    let least = f64::from(f32::MIN_POSITIVE);
    (weight.max(least) / others.max(least)).ln() + ((n - 1) as f64).ln()
}

/// What the trained model makes of sequences of n steps, and the first floor there.
fn look(of: &Trained<'_>, n: usize, filler: &str) -> Result<(Vec<Seen>, f64), String> {
    let (task, mut model) = at(of.trainer, n, filler)?;
    let weights = checkpoint::to_bytes(of.after.parameters());
    checkpoint::from_bytes(model.parameters_mut(), &weights).map_err(|e| e.to_string())?;
    let seed = of.cell.seed;
    let indices = spread(of.settings.inputs.min((STEPS / n).max(FEWEST)), task.lags().len());
    let seen = indices.map(|index| see(&model, &Batch::of(task.as_ref(), seed, Split::Test, index, 1))).collect();
    Ok((seen, task.floors(seed)[0].accuracy))
}

/// One sequence.
fn see(model: &Model, batch: &Batch) -> Seen {
    let (loss, weights) = model.score_step(batch);
    let target = batch.targets[0].target;
    let right = target.step - target.lag;
    let matched = weights.map(|weights| {
        let (heads, n) = (weights.dim().1 as f64, weights.dim().2);
        let total: f64 = weights.iter().map(|weight| f64::from(*weight)).sum();
        let weight = (0..weights.dim().1).map(|head| f64::from(weights[[0, head, right]])).sum::<f64>();
        let others: f64 = total - weight;
        (weight / heads, gap_of(n, weight / heads, others / heads))
    });
    Seen { correct: loss.correct[0], matched }
}

/// Numbers of sequences: test sequence i asks at lag number i modulo `lags`, so that fewer sequences than lags are chosen
/// from the shortest to the longest.
fn spread(count: usize, lags: usize) -> impl Iterator<Item = u64> {
    let last = count.min(lags).saturating_sub(1).max(1);
    (0..count).map(move |i| if count < lags { (i * (lags - 1) / last) as u64 } else { i as u64 })
}

/// The trainer's task and untrained model at n steps with that filler.
fn at(trainer: &Cell, n: usize, filler: &str) -> Result<(Box<dyn Task>, Model), String> {
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
    let model = model::build(&cell, task.as_ref()).map_err(|e| e.to_string())?;
    Ok((task, model))
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
