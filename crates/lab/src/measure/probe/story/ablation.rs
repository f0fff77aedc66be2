//! `ablation`: what a model answers when one head is silenced.
//!
//! The head is picked on validation data: the one whose weight from the read-out step on the step that holds the answer is
//! largest. On test data it is then silenced (its rows of the output projection are 0), and so is each other head by itself:
//! its fellows, those of its layer, and those of other layers are told apart, for what is said in an earlier layer may be
//! all that it goes by. Of each kind there are the mean and the head that is missed most; and the fellows all at once.
//! A head that looks at the answer and can be silenced without loss is not what the model uses: attention is not an
//! explanation.

use super::look::{Head, accuracy_without, on_target, strongest};
use super::{Definition, Run, Story, Trained};
use crate::measure::probe::Found;
use tasks::Split;

pub const STORY: Story = Story {
    definition: Definition {
        name: "ablation",
        summary: "accuracy with all heads, without the head that looks at the answer, and without others",
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
    let others = || means.iter().map(|(head, _)| head).filter(|head| **head != picked);
    let (fellows, elsewhere): (Vec<&Head>, Vec<&Head>) = others().partition(|head| head.place == picked.place);
    found.floors_of(look.task.as_ref());
    found.number("accuracy", "whole", accuracy_without(look, &[], sequences)?, None);
    found.number("accuracy", "without the head", accuracy_without(look, &[&picked], sequences)?, None);
    // Without heads of a kind there is nothing to take out, and nothing that was measured.
    for (of, heads) in [("its fellows", &fellows), ("another layer", &elsewhere)] {
        if !heads.is_empty() {
            let singles: Result<Vec<f64>, String> =
                heads.iter().map(|head| accuracy_without(look, &[head], sequences)).collect();
            let singles = singles?;
            let mean = singles.iter().sum::<f64>() / singles.len() as f64;
            found.number("accuracy", &format!("without one of {of}"), mean, None);
            let worst = singles.iter().copied().fold(1.0, f64::min);
            found.number("accuracy", &format!("without the most needed of {of}"), worst, None);
        }
    }
    if !fellows.is_empty() {
        found.number("accuracy", "without its fellows", accuracy_without(look, &fellows, sequences)?, None);
    }
    found.number("picked_block", "validation", picked.place as f64, None);
    found.number("picked_head", "validation", picked.head as f64, None);
    Ok(())
}
