//! What several stories ask of a trained attention: which head looks at what a question needs, and what the model answers
//! without some heads.

use layer::Matching;
use ndarray::{ArrayView1, s};
use tasks::{Batch, Split};
use train::{Model, evaluate};

use super::Trained;

/// One head of one attention.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Head {
    /// Dotted path of the attention.
    pub block: String,
    /// Which of the attentions of the model, from 0.
    pub place: usize,
    /// Head, from 0.
    pub head: usize,
}

/// Mean weight of each head, from the step where a question is read out to the step that it needs.
pub fn on_target(look: &Trained<'_>, model: &Model, split: Split, sequences: usize) -> Vec<(Head, f64)> {
    weights_on_target(model, &Batch::of(look.task.as_ref(), look.trainer.seed, split, 0, sequences))
}

/// The same in these sequences.
pub fn weights_on_target(model: &Model, batch: &Batch) -> Vec<(Head, f64)> {
    let mut means = Vec::new();
    for (place, matching) in model.matchings(batch).into_iter().enumerate() {
        for head in 0..matching.weights.dim().1 {
            let mean = target_weights(batch, &matching, head).iter().sum::<f64>() / batch.targets.len() as f64;
            means.push((Head { block: matching.name.clone(), place, head }, mean));
        }
    }
    means
}

/// For each question, the weight of one head on the step that it needs; 0 where this attention does not see the one or is not
/// asked from the other.
pub fn target_weights(batch: &Batch, matching: &Matching, head: usize) -> Vec<f64> {
    let weight = |asked: &tasks::BatchTarget| {
        let row = row_of(batch, matching, head, asked)?;
        let needed = asked.target.step.checked_sub(asked.target.lag)?;
        let needed = if is_of_target(matching) { needed.checked_sub(first_target(batch, matching))? } else { needed };
        row.get(needed).copied()
    };
    batch.targets.iter().map(|asked| f64::from(weight(asked).unwrap_or(0.0))).collect()
}

/// The weights of one head from the step where a question is read out, if the attention has queries there.
pub fn row_of<'a>(
    batch: &Batch,
    matching: &'a Matching,
    head: usize,
    asked: &tasks::BatchTarget,
) -> Option<ArrayView1<'a, f32>> {
    if matching.name.contains("encoder.") {
        return None;
    }
    // A decoder's queries are the steps after the source.
    let query = asked.target.step.checked_sub(first_target(batch, matching))?;
    Some(matching.weights.slice(s![asked.sequence, head, query, ..]))
}

/// The first step that has a query: 0 but in a decoder.
fn first_target(batch: &Batch, matching: &Matching) -> usize {
    batch.tokens.dim().1 - matching.weights.dim().2
}

/// Whether the keys are those of a decoder's own steps.
fn is_of_target(matching: &Matching) -> bool {
    matching.name.contains("decoder.") && !matching.name.contains("cross")
}

/// The head with the largest weight on what is asked for.
pub fn strongest(means: &[(Head, f64)]) -> Option<Head> {
    means.iter().max_by(|a, b| a.1.total_cmp(&b.1)).map(|(head, _)| head.clone())
}

/// Mean accuracy over lags on test data of the trained model when what these heads say is taken out.
///
/// # Errors
/// When a head's output has no place in the model.
pub fn accuracy_without(look: &Trained<'_>, heads: &[&Head], sequences: usize) -> Result<f64, String> {
    let mut model = look.trained()?;
    for head in heads {
        let name = format!("{}.output.weight", head.block);
        let mut parameters = model.parameters_mut();
        let Some(output) = parameters.iter_mut().find(|parameter| parameter.name == name) else {
            return Err(format!("there is no `{name}` to take a head out of"));
        };
        // Rows of W in y = x·W; heads stand side by side in x.
        let width = output.value.shape()[0] / look.heads(&head.block)?;
        output.value.slice_mut(s![head.head * width..(head.head + 1) * width, ..]).fill(0.0);
    }
    Ok(evaluate(&model, look.task.as_ref(), look.trainer.seed, Split::Test, sequences).mean())
}
