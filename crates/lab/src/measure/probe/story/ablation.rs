//! `ablation`: what a model answers when one head is silenced.
//!
//! The head is picked on validation data: the one whose weight from the read-out step on the step that holds the answer is
//! largest. On test data it is then silenced (its rows of the output projection are 0), and so is each other head by itself.
//! A head that looks at the answer and can be silenced without loss is not what the model uses: attention is not an
//! explanation.

use super::look::{accuracy_without, on_target, strongest};
use super::{Definition, Run, Story, Trained};
use crate::measure::probe::Found;
use tasks::Split;

pub const STORY: Story = Story {
    definition: Definition {
        name: "ablation",
        summary: "accuracy with all heads, without the head that looks at the answer, and without another",
        settings: &[(
            "inputs",
            "a whole number from 1 (8)",
            "test sequences that are scored, and validation sequences",
        )],
    },
    check: super::nothing_more,
    other_lengths: false,
    fits: super::matches,
    run: Run::Trained(run),
};

fn run(look: &Trained<'_>, found: &mut Found) -> Result<(), String> {
    let sequences = look.settings.inputs;
    let means = on_target(look, &look.after, Split::Validation, sequences);
    let picked = strongest(&means).ok_or("the model has no heads")?;
    let others: Vec<_> = means.iter().map(|(head, _)| head).filter(|head| **head != picked).collect();
    let fellows: Vec<_> = others.iter().copied().filter(|head| head.block == picked.block).collect();
    found.floors_of(look.task.as_ref());
    found.number("accuracy", "whole", accuracy_without(look, &[], sequences)?, None);
    found.number("accuracy", "without the head", accuracy_without(look, &[&picked], sequences)?, None);
    if !others.is_empty() {
        let scores: Result<Vec<f64>, String> =
            others.iter().map(|head| accuracy_without(look, &[head], sequences)).collect();
        let scores = scores?;
        let mean = scores.iter().sum::<f64>() / scores.len() as f64;
        found.number("accuracy", "without another", mean, None);
        found.number("accuracy", "without its fellows", accuracy_without(look, &fellows, sequences)?, None);
    }
    found.number("picked_block", "validation", picked.place as f64, None);
    found.number("picked_head", "validation", picked.head as f64, None);
    Ok(())
}
