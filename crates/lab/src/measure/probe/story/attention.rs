//! `attention`: what a trained attention does with test sequences, head by head: queries, keys, values and weights.
//!
//! The first sequences of the test split are written down whole, of the first seed. Of every seed it is measured how much
//! weight the head that was picked on validation data puts, in test data, on the step that holds the answer; and its fellows.

use layer::Matching;
use tasks::{Batch, Split};
use train::Model;

use super::decode;
use super::look::{Head, on_target, row_of, strongest, target_weights};
use super::{Definition, Run, Story, Trained};
use crate::error::LabError;
use crate::measure::probe::{Found, Settings, Trace};
use crate::plan::Cell;

pub const STORY: Story = Story {
    definition: Definition {
        name: "attention",
        summary: "what attention does with test sequences, head by head, and its weight on the step that holds the answer",
        settings: &[
            ("inputs", "a whole number from 1 (8)", "test sequences over which weights are averaged"),
            (
                "sequences",
                "a whole number up to inputs (4)",
                "test sequences that are written down whole, of the first seed",
            ),
        ],
    },
    check,
    other_lengths: false,
    fits: super::matches,
    run: Run::Trained(run),
};

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Own {
    sequences: Option<usize>,
}

impl Own {
    /// As many as asked for; else four, where so many are looked at.
    fn sequences(&self, inputs: usize) -> usize {
        self.sequences.unwrap_or(inputs.min(4))
    }
}

/// What is written down is a part of what is averaged over.
fn check(settings: &Settings, _: &Cell) -> Result<(), LabError> {
    let inputs = settings.inputs;
    let sequences = settings.checked::<Own>("attention")?.sequences(inputs);
    if sequences <= inputs {
        return Ok(());
    }
    Err(LabError::usage(
        format!("probe `attention`: sequences = {sequences} are more than the inputs = {inputs} that are looked at"),
        format!("choose sequences from 0 to {inputs}, or more inputs"),
    ))
}

fn run(look: &Trained<'_>, found: &mut Found) -> Result<(), String> {
    let sequences = look.settings.own::<Own>()?.sequences(look.settings.inputs);
    let on_validation = on_target(look, &look.after, Split::Validation, look.settings.inputs);
    let picked = strongest(&on_validation).ok_or("the model has no heads")?;
    for (split, model) in [("untrained", &look.before), ("trained", &look.after)] {
        let batch = Batch::of(look.task.as_ref(), look.trainer.seed, Split::Test, 0, look.settings.inputs);
        let matching = model.matchings(&batch).swap_remove(picked.place);
        let weights = target_weights(&batch, &matching, picked.head);
        let mean = weights.iter().sum::<f64>() / weights.len() as f64;
        found.number("target_weight", split, mean, None);
        let mostly = weights.iter().zip(&batch.targets).filter(|(weight, asked)| {
            let row = row_of(&batch, &matching, picked.head, asked);
            row.is_some_and(|row| row.iter().all(|other| f64::from(*other) <= **weight))
        });
        found.number("target_first", split, mostly.count() as f64 / weights.len() as f64, None);
    }
    fellows(look, &picked, on_validation, found);
    if look.cell.seed == 0 {
        (0..sequences as u64).for_each(|index| write(look, "trained", &look.after, index, found));
        positions(look, found);
        // One of them also as it was before: that is enough to see what training made.
        write(look, "untrained", &look.before, 0, found);
    }
    Ok(())
}

/// What the other heads of that layer put on the step that holds the answer, those first that did most so in validation data:
/// numbers of heads mean nothing across seeds.
fn fellows(look: &Trained<'_>, picked: &Head, mut on_validation: Vec<(Head, f64)>, found: &mut Found) {
    on_validation.retain(|(head, _)| head.place == picked.place && head != picked);
    on_validation.sort_by(|a, b| b.1.total_cmp(&a.1));
    let on_test = on_target(look, &look.after, Split::Test, look.settings.inputs);
    for (rank, (fellow, _)) in on_validation.iter().enumerate() {
        let (_, mean) = on_test.iter().find(|(head, _)| head == fellow).expect("the same heads");
        found.number("target_weight", &format!("trained, fellow {}", rank + 1), *mean, None);
    }
}

/// The position vectors that the whole stack adds at its first steps.
fn positions(look: &Trained<'_>, found: &mut Found) {
    const STEPS: usize = 32;
    let is_added = look.trainer.options.get("positions").and_then(toml::Value::as_bool) == Some(true);
    if look.trainer.layer != "transformer" || !is_added {
        return;
    }
    let table = layer::positions::sinusoidal(STEPS, look.trainer.model.width, 10_000.0);
    found.traces.extend(table.rows().into_iter().enumerate().map(|(step, row)| Trace {
        split: "trained".to_owned(),
        part: "position".to_owned(),
        step: Some(step as u64),
        values: row.iter().map(|value| f64::from(*value)).collect(),
        ..Trace::default()
    }));
}

/// All that a model does with one sequence.
fn write(look: &Trained<'_>, split: &str, model: &Model, index: u64, found: &mut Found) {
    let task = look.task.as_ref();
    let mut sequence = task.sequence(look.trainer.seed, Split::Test, index);
    if task.decoding().is_some() {
        // What a decoder does when it is left to itself: it reads its own answers.
        sequence = task.continued(&sequence, &decode::greedy(model, task, &sequence));
    }
    let batch = Batch::from_sequences(task, std::slice::from_ref(&sequence));
    let words = task.words(&sequence);
    let base = Trace { split: split.to_owned(), sequence: index, ..Trace::default() };
    found.traces.push(Trace { part: "words".to_owned(), text: words.join(" "), ..base.clone() });
    let matchings = model.matchings(&batch);
    // Answers are numbered as the words that they are read out of: a decoder counts from its own first step.
    let before = matchings.last().map_or(0, |last| words.len() - last.weights.dim().2);
    for (asked, (class, probability)) in sequence.targets.iter().zip(model.answers(&batch)) {
        found.traces.push(Trace {
            part: "answer".to_owned(),
            step: Some((asked.step - before) as u64),
            answer: task.answer_in(&sequence, asked.answer),
            text: task.answer_in(&sequence, class),
            values: vec![probability],
            ..base.clone()
        });
    }
    for matching in matchings {
        heads(&matching, &base, &words, found);
    }
}

fn heads(matching: &Matching, base: &Trace, words: &[String], found: &mut Found) {
    let base = Trace { block: matching.name.clone(), ..base.clone() };
    let (_, heads, queries, keys) = matching.weights.dim();
    let of_source = matching.name.contains("cross");
    if matching.name.contains("encoder.") || matching.name.contains("decoder.") {
        // The two halves of a sequence: what is read, and what is written.
        let (source, target) = words.split_at(words.len() / 2);
        let of = if matching.name.contains("encoder.") { source } else { target };
        found.traces.push(Trace { part: "words".to_owned(), text: of.join(" "), ..base.clone() });
        if of_source {
            found.traces.push(Trace { part: "key-words".to_owned(), text: source.join(" "), ..base.clone() });
        }
    }
    let width = matching.query.dim().2 / heads;
    for head in 0..heads {
        let base = Trace { head: Some(head as u64), ..base.clone() };
        let text = if matching.causal { "causal" } else { "" };
        let scale = vec![f64::from(matching.scale)];
        found.traces.push(Trace { part: "scale".to_owned(), text: text.to_owned(), values: scale, ..base.clone() });
        let columns = head * width..(head + 1) * width;
        for (part, rows, steps) in
            [("query", &matching.query, queries), ("key", &matching.key, keys), ("value", &matching.value, keys)]
        {
            for step in 0..steps {
                let values = rows.slice(ndarray::s![0, step, columns.clone()]).mapv(f64::from).to_vec();
                found.traces.push(Trace { part: part.to_owned(), step: Some(step as u64), values, ..base.clone() });
            }
        }
        for step in 0..queries {
            let values = matching.weights.slice(ndarray::s![0, head, step, ..]).mapv(f64::from).to_vec();
            found.traces.push(Trace { part: "weight".to_owned(), step: Some(step as u64), values, ..base.clone() });
        }
    }
}
