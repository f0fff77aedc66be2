//! `decode`: a trained decoder left to itself. In training it reads the right answers so far; here it reads its own.
//!
//! Greedy decoding takes the likeliest symbol at each step; beam search keeps the likeliest few beginnings.

use tasks::{Batch, Decoding, Sequence, Split, Task};
use train::Model;

use super::{Definition, Run, Story, Trained};
use crate::error::LabError;
use crate::measure::probe::{Found, Settings};
use crate::plan::Cell;

pub const STORY: Story = Story {
    definition: Definition {
        name: "decode",
        summary: "share of sequences that a decoder left to itself gets wholly right, greedy and with a beam",
        settings: &[
            ("inputs", "a whole number from 1 (8)", "test sequences that are decoded"),
            ("beam", "1 … 64 (4)", "beginnings that beam search keeps"),
        ],
    },
    check,
    other_lengths: false,
    fits: |trainer| {
        let task = crate::model::task_of(trainer).map_err(|e| e.to_string())?;
        task.decoding().map(|_| ()).ok_or_else(|| format!("`{}` asks for no sequence", trainer.task))
    },
    run: Run::Trained(run),
};

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Own {
    #[serde(default = "four")]
    beam: usize,
}

fn four() -> usize {
    4
}

fn check(settings: &Settings, _: &Cell) -> Result<(), LabError> {
    let beam = settings.checked::<Own>("decode")?.beam;
    if (1..=64).contains(&beam) {
        return Ok(());
    }
    Err(LabError::usage(format!("probe `decode`: beam = {beam} is out of range"), "choose 1 to 64"))
}

fn run(look: &Trained<'_>, found: &mut Found) -> Result<(), String> {
    let own: Own = look.settings.own()?;
    let task = look.task.as_ref();
    let sequences: Vec<Sequence> =
        (0..look.settings.inputs as u64).map(|index| task.sequence(look.trainer.seed, Split::Test, index)).collect();
    let blind = blind(task, look.settings.inputs);
    for (metric, beam) in [("exact_greedy", 1), ("exact_beam", own.beam)] {
        let right = sequences.iter().filter(|sequence| {
            let answers = beam_search(&look.after, task, sequence, beam);
            sequence.targets.iter().zip(&answers).all(|(target, answer)| target.answer.class() == *answer)
        });
        found.floor("the same for all", metric, blind);
        found.number(metric, "trained", right.count() as f64 / sequences.len() as f64, None);
    }
    Ok(())
}

/// Share of test sequences that are wholly right when each place is given what stands there most often in training: what can
/// be written without reading anything.
fn blind(task: &dyn Task, inputs: usize) -> f64 {
    const TRAINED: u64 = 1024;
    let answers = |split: Split, index: u64| -> Vec<usize> {
        task.sequence(0, split, index).targets.iter().map(|target| target.answer.class()).collect()
    };
    let mut counts: Vec<Vec<usize>> = Vec::new();
    for index in 0..TRAINED {
        for (place, class) in answers(Split::Train, index).into_iter().enumerate() {
            if counts.len() == place {
                counts.push(vec![0; task.classes()]);
            }
            counts[place][class] += 1;
        }
    }
    // Of equals the first.
    let most = |of: &Vec<usize>| (0..of.len()).rev().max_by_key(|class| of[*class]).unwrap_or_default();
    let same: Vec<usize> = counts.iter().map(most).collect();
    let right = (0..inputs as u64).filter(|index| answers(Split::Test, *index) == same).count();
    right as f64 / inputs as f64
}

/// The likeliest symbols, one step after the other.
pub fn greedy(model: &Model, task: &dyn Task, sequence: &Sequence) -> Vec<usize> {
    beam_search(model, task, sequence, 1)
}

/// The likeliest of the sequences that a beam of `beam` beginnings finds; with 1, greedy decoding.
pub fn beam_search(model: &Model, task: &dyn Task, sequence: &Sequence, beam: usize) -> Vec<usize> {
    let Some(Decoding { length, .. }) = task.decoding() else { return Vec::new() };
    let mut beginnings: Vec<(f64, Vec<usize>)> = vec![(0.0, Vec::new())];
    for step in 0..length {
        let asked: Vec<Sequence> = beginnings.iter().map(|(_, answers)| task.continued(sequence, answers)).collect();
        let (readout, rows) = model.read(&Batch::from_sequences(task, &asked));
        let mut longer = Vec::with_capacity(beginnings.len() * task.classes());
        for (which, (chance, answers)) in beginnings.iter().enumerate() {
            let logits = readout.row(rows[which * length + step]).mapv(f64::from);
            let most = logits.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            let log_sum = most + logits.iter().map(|logit| (logit - most).exp()).sum::<f64>().ln();
            longer.extend(logits.iter().enumerate().map(|(class, logit)| {
                let answers = answers.iter().copied().chain([class]).collect::<Vec<_>>();
                (chance + logit - log_sum, answers)
            }));
        }
        // Of equals the one with the lower symbols: a sort that keeps order decides the same everywhere.
        longer.sort_by(|a, b| b.0.total_cmp(&a.0));
        longer.truncate(beam);
        beginnings = longer;
    }
    beginnings.swap_remove(0).1
}
