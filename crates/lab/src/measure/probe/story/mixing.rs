//! `mixing`: the same layer, two inputs: which input steps each output step depends on, for each of the two.
//!
//! The squared gradient of every output step is shared out over the input steps, as in `map`, but of one sequence at a
//! time. A line has the same matrix for both: nothing that it reads changes where it looks.

use ndarray::{Array2, s};
use probes::jacobian;
use tasks::{Batch, Split};

use super::{Definition, Run, Story, Trained};
use crate::measure::probe::{Found, Shares};
use layer::Layer as _;

pub const STORY: Story = Story {
    definition: Definition {
        name: "mixing",
        summary: "which steps each step depends on, in two different sequences, before and after training",
        settings: &[("directions", "a whole number from 1 (4)", "random directions of the output")],
    },
    check: super::nothing_more,
    other_lengths: false,
    fits: |_| Ok(()),
    run: Run::Trained(run),
};

/// Shares without a step's own, which the residual path gives it whatever the layer does; 0 where there is nothing else.
fn others(map: &Array2<f64>) -> Array2<f64> {
    let mut others = map.clone();
    others.diag_mut().fill(0.0);
    for mut row in others.rows_mut() {
        let sum = row.sum();
        if sum > 0.0 {
            row /= sum;
        }
    }
    others
}

fn run(look: &Trained<'_>, found: &mut Found) -> Result<(), String> {
    for (split, model) in [("untrained", &look.before), ("trained", &look.after)] {
        let batch = Batch::of(look.task.as_ref(), look.trainer.seed, Split::Test, 0, 2);
        let x = model.embed(batch.tokens.view(), batch.values.view());
        let maps: Vec<Array2<f64>> = (0..2)
            .map(|index| {
                let one = x.slice(s![index..index + 1, .., ..]).to_owned();
                jacobian::map(model.body(), one, look.settings.directions, look.cell.seed)
            })
            .collect();
        let (first, second) = (others(&maps[0]), others(&maps[1]));
        // Total variation: 0 where the two look alike, 1 where they share no step.
        let apart = |step: usize| (&first.row(step) - &second.row(step)).mapv(f64::abs).sum() / 2.0;
        let line = model.body().is_affine().then_some(0.0);
        let asked = batch.targets[0].target.step;
        found.number("readout_apart", split, apart(asked), line);
        let all = (0..first.nrows()).map(apart).sum::<f64>() / first.nrows() as f64;
        found.number("rows_apart", split, all, line);
        if look.cell.seed > 0 {
            continue;
        }
        for (index, map) in maps.iter().enumerate() {
            found.shares.extend(map.rows().into_iter().enumerate().map(|(output, row)| Shares {
                split: format!("{split}, sequence {}", index + 1),
                output,
                values: row.to_vec(),
            }));
        }
    }
    Ok(())
}
