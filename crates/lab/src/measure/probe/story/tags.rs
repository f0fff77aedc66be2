//! `tags`: which head fetches which of the answers that are asked for at once.
//!
//! Of each head, its weight from the read-out step on the step of each answer that is asked for, as it is: a head that looks
//! elsewhere has little on all of them. `weight_on_asked` is what a head has on all of them together, as a mean over heads.
//! `weight_of_best_head` is what one head has on one slot, of each slot that head which has most there on average;
//! `weight_of_any_head` takes in each sequence the head that has most there, so that heads may share the cases of one slot.
//!
//! `tags_per_head` is at how many of the answers a head looks in one sequence: e to the entropy of its shares there, 1 where
//! it looks at one and k where it looks at all alike. Means are taken over sequences and heads afterwards, each with the
//! weight that the head has on what is asked for, so that a head that looks elsewhere says little. With one answer it would
//! be 1 whatever a head does, so there it is not given.

use tasks::{Batch, Split};

use super::{Definition, Run, Story, Trained};
use crate::measure::probe::{Found, Shares};

pub const STORY: Story = Story {
    definition: Definition {
        name: "tags",
        summary: "which head looks at which of the answers that are asked for at once",
        settings: &[("inputs", "a whole number from 1 (8)", "test sequences over which weights are averaged")],
    },
    check: super::nothing_more,
    other_lengths: false,
    fits: super::matches,
    run: Run::Trained(run),
};

fn run(look: &Trained<'_>, found: &mut Found) -> Result<(), String> {
    let task = look.task.as_ref();
    let (slots, inputs) = (task.slots(), look.settings.inputs);
    let uniform = 1.0 / task.time() as f64;
    found.floor("a head that looks at all steps alike", "weight_on_asked", slots as f64 * uniform);
    for metric in ["weight_of_best_head", "weight_of_any_head"] {
        found.floor("a head that looks at all steps alike", metric, uniform);
    }
    for (split, model) in [("untrained", &look.before), ("trained", &look.after)] {
        let batch = Batch::of(task, look.trainer.seed, Split::Test, 0, inputs);
        let matching = model.matchings(&batch).pop().ok_or("the model has no heads")?;
        let heads = matching.weights.dim().1;
        let mut weights = vec![vec![vec![0.0; slots]; inputs]; heads];
        for asked in &batch.targets {
            let needed = asked.target.step - asked.target.lag;
            for (head, weights) in weights.iter_mut().enumerate() {
                let weight = matching.weights[(asked.sequence, head, asked.target.step, needed)];
                weights[asked.sequence][asked.target.slot] = f64::from(weight);
            }
        }
        let means: Vec<Vec<f64>> = weights.iter().map(|of_head| mean(of_head)).collect();
        let on_asked = means.iter().flatten().sum::<f64>() / heads as f64;
        let best = |slot: usize| means.iter().map(|of_head| of_head[slot]).fold(0.0, f64::max);
        found.number("weight_on_asked", split, on_asked, None);
        found.number("weight_of_best_head", split, (0..slots).map(best).sum::<f64>() / slots as f64, None);
        let any = |sequence: usize, slot: usize| weights.iter().map(|w| w[sequence][slot]).fold(0.0, f64::max);
        let of_any: f64 = (0..inputs * slots).map(|question| any(question / slots, question % slots)).sum();
        found.number("weight_of_any_head", split, of_any / (inputs * slots) as f64, None);
        if slots > 1 {
            found.number("tags_per_head", split, at_once(weights.iter().flatten()), None);
        }
        if look.cell.seed > 0 || split == "untrained" {
            continue;
        }
        for (head, of_head) in means.into_iter().enumerate() {
            // What is left is on steps that nobody asked for; after it, as many columns as there may be heads: a row for
            // each head has its place below that.
            let elsewhere = (1.0 - of_head.iter().sum::<f64>()).max(0.0);
            let columns = heads.max(slots + 1);
            let filled = of_head.into_iter().chain([elsewhere]).chain(std::iter::repeat(0.0));
            let values = filled.take(columns).collect();
            // Maps have no column for k: without it, rows of one k could not be told from those of another.
            found.shares.push(Shares { split: format!("{split}, k = {slots}"), output: head, values });
        }
    }
    Ok(())
}

/// By slot, over sequences.
fn mean(of_head: &[Vec<f64>]) -> Vec<f64> {
    let slots = of_head[0].len();
    (0..slots).map(|slot| of_head.iter().map(|weights| weights[slot]).sum::<f64>() / of_head.len() as f64).collect()
}

/// At how many slots one head looks in one sequence, over heads and sequences, by the weight that they have on them; 1 if
/// there is none.
fn at_once<'a>(all: impl Iterator<Item = &'a Vec<f64>>) -> f64 {
    let (mut total, mut sum) = (0.0, 0.0);
    for weights in all {
        let here: f64 = weights.iter().sum();
        let shares = weights.iter().map(|weight| weight / here).filter(|share| *share > 0.0);
        let entropy: f64 = shares.map(|share| -share * share.ln()).sum();
        total += here;
        sum += here * entropy.exp();
    }
    if total > 0.0 { sum / total } else { 1.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn heads_count_by_what_they_look_at() {
        let near = |value: f64, expected: f64| assert!((value - expected).abs() < 1e-12, "{value} for {expected}");
        near(at_once([vec![0.5, 0.0], vec![0.0, 0.9]].iter()), 1.0);
        near(at_once([vec![0.2, 0.2], vec![0.5, 0.5]].iter()), 2.0);
        // One of two sequences each: the mean over sequences first would say two.
        near(mean(&[vec![0.8, 0.0], vec![0.0, 0.8]])[1], 0.4);
        near(at_once([vec![0.8, 0.0], vec![0.0, 0.8]].iter()), 1.0);
        // A head that hardly looks at either weighs a ninth of one that looks at one.
        near(at_once([vec![0.9, 0.0], vec![0.05, 0.05]].iter()), 1.1);
        near(at_once([vec![0.0, 0.0]].iter()), 1.0);
    }
}
