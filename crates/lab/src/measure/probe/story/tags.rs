//! `tags`: which head fetches which of the answers that are asked for at once.
//!
//! Of each head, the mean weight from the read-out step on the step of each answer, of all answers that could be asked for;
//! shared out, so that a head that looks at one answer alone has 1 there. `tags_per_head` is e to the entropy of these
//! shares over the answers asked for, averaged over heads: 1 where each head fetches one, r where each looks at all alike.

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
    let slots = task.slots();
    for (split, model) in [("untrained", &look.before), ("trained", &look.after)] {
        let batch = Batch::of(task, look.trainer.seed, Split::Test, 0, look.settings.inputs);
        let matching = model.matchings(&batch).pop().ok_or("the model has no heads")?;
        let heads = matching.weights.dim().1;
        let mut per_head = 0.0;
        let mut on_asked = 0.0;
        for head in 0..heads {
            let mut on_slot = vec![0.0; slots];
            for asked in &batch.targets {
                let needed = asked.target.step - asked.target.lag;
                let weight = matching.weights[(asked.sequence, head, asked.target.step, needed)];
                on_slot[asked.target.slot] += f64::from(weight) / look.settings.inputs as f64;
            }
            let sum: f64 = on_slot.iter().sum();
            on_asked += sum / heads as f64;
            let shares: Vec<f64> = on_slot.iter().map(|weight| if sum > 0.0 { weight / sum } else { 0.0 }).collect();
            let entropy: f64 = shares.iter().filter(|share| **share > 0.0).map(|share| -share * share.ln()).sum();
            per_head += entropy.exp() / heads as f64;
            if look.cell.seed == 0 && split == "trained" {
                // As many columns as there may be heads: a row for each head has its place below that.
                let columns = heads.max(slots);
                let values = shares.iter().copied().chain(std::iter::repeat(0.0)).take(columns).collect();
                // Maps have no column for k: without it, rows of one k could not be told from those of another.
                found.shares.push(Shares { split: format!("{split}, k = {slots}"), output: head, values });
            }
        }
        found.number("tags_per_head", split, per_head, None);
        found.number("weight_on_asked", split, on_asked, None);
    }
    Ok(())
}
