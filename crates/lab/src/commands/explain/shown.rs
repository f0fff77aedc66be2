//! Which head is shown whole.

use layer::Matching;
use serde::Serialize;

use super::steps::layer_of;
use crate::cli::ExplainArgs;
use crate::error::LabError;
use crate::measure::probe;

/// The place of the head that is shown whole.
#[derive(Debug, Serialize)]
pub struct Shown {
    /// From 0, as in figures.
    pub layer: usize,
    /// From 0.
    pub head: usize,
    /// Whether it was asked for, or picked as the one with the largest weight from "it" on the noun in validation sentences.
    pub asked: bool,
    /// That weight of it, mean over validation sentences.
    pub weight_on_noun: f64,
}

impl Shown {
    /// The head that was asked for; else, of the layer that was asked for or of all, the one that looks at the noun most.
    pub fn of(matchings: &[Matching], on_the_noun: &[(probe::Head, f64)], arguments: &ExplainArgs) -> Self {
        let layer_of = |head: &probe::Head| layer_of(&matchings[head.place]);
        let strongest = |layer: Option<usize>, head: Option<usize>| {
            let could = on_the_noun.iter().filter(|(known, _)| {
                layer.is_none_or(|layer| layer_of(known) == layer) && head.is_none_or(|head| known.head == head)
            });
            could.max_by(|a, b| a.1.total_cmp(&b.1)).expect("there is such a head")
        };
        // A head by itself is one of the layer that would be shown without it.
        let layer = arguments.layer.unwrap_or_else(|| layer_of(&strongest(None, None).0));
        let (head, weight) = strongest(Some(layer), arguments.head);
        Self { layer, head: head.head, asked: arguments.head.is_some(), weight_on_noun: *weight }
    }
}

/// Refuses a layer that is no attention, and a head that its layer does not have.
pub fn refuse_what_is_not_there(matchings: &[Matching], arguments: &ExplainArgs) -> Result<(), LabError> {
    let layers: Vec<usize> = matchings.iter().map(layer_of).collect();
    let numbers = |all: &[usize]| all.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    let asked = matchings.iter().filter(|matching| arguments.layer.is_none_or(|layer| layer_of(matching) == layer));
    let Some(heads) = asked.map(|matching| matching.weights.dim().1).min() else {
        let layer = arguments.layer.unwrap_or_default();
        let message = format!("--layer: layer {layer} of `{}` is no attention", arguments.model);
        return Err(LabError::usage(message, format!("layers of attention are: {}", numbers(&layers))));
    };
    match arguments.head {
        Some(head) if head >= heads => {
            let message = match arguments.layer {
                Some(layer) => format!("--head: layer {layer} of `{}` has no head {head}", arguments.model),
                None => format!("--head: not every layer of `{}` has a head {head}", arguments.model),
            };
            let all = matchings.iter().map(|matching| {
                let heads: Vec<usize> = (0..matching.weights.dim().1).collect();
                format!("of layer {}: {}", layer_of(matching), numbers(&heads))
            });
            Err(LabError::usage(message, format!("heads are, {}", all.collect::<Vec<_>>().join("; "))))
        }
        _ => Ok(()),
    }
}
