//! `softmax`: how sure attention is before it has learnt anything, by width and scale.
//!
//! Queries and keys have independent entries of variance 1, so a logit has variance σ² = d · scale². With 1/√d it is 1
//! at every width. Without a scale it grows with d, and the softmax freezes on one key: its entropy is near ln n − σ²/2
//! as long as that is positive (the random energy model, Derrida 1981), and near 0 beyond σ² = 2 ln n. That is the law for
//! many keys; with 64 the change is soft.
//!
//! What reaches the query is the Jacobian of the weights, ∂p/∂q = scale·(diag(p) − p·pᵀ)·K: a frozen softmax makes the middle
//! factor small, and the scale that would have thawed it makes the first one small. Its norm differs much from query to query
//! where the softmax is frozen, so that quartiles are told beside the mean.

use layer::init;
use ndarray::{Array1, Array2};

use super::{Definition, Run, Story};
use crate::error::LabError;
use crate::measure::probe::{Found, Settings};
use crate::plan::Cell;

pub const STORY: Story = Story {
    definition: Definition {
        name: "softmax",
        summary: "entropy, largest weight and gradient of attention's softmax at random, by width and scale",
        settings: &[
            ("n", "a whole number from 2", "keys"),
            ("width", "a whole number from 1 (model.width)", "features of a query and a key, d"),
            ("inputs", "a whole number from 1 (8)", "queries, each with keys of its own"),
        ],
    },
    check,
    other_lengths: false,
    fits: |_| Ok(()),
    run: Run::Bare(run),
};

fn check(_: &Settings, cell: &Cell) -> Result<(), LabError> {
    let refused = |why: String| LabError::usage(format!("probe `softmax` of `{}`: {why}", cell.label), NAME_ROWS);
    scale(cell).map(|_| ()).map_err(refused)
}

/// What to do about a layer that is no attention.
const NAME_ROWS: &str = "name rows of attention in `layers` of the task";

/// By how much its logits are multiplied.
fn scale(cell: &Cell) -> Result<f64, String> {
    let width = cell.model.width as f64;
    match cell.options.get("scale").and_then(toml::Value::as_str) {
        Some("inverse-sqrt") => Ok(1.0 / width.sqrt()),
        Some("inverse") => Ok(1.0 / width),
        Some("none") => Ok(1.0),
        _ => Err(format!("`{}` has no option `scale`", cell.layer)),
    }
}

fn run(cell: &Cell, settings: &Settings, found: &mut Found) -> Result<(), String> {
    let (n, width) = (settings.n, cell.model.width);
    let scale = scale(cell)?;
    let (mut entropy, mut largest) = (0.0, 0.0);
    let mut gradients = Vec::with_capacity(settings.inputs);
    for input in 0..settings.inputs {
        let query: Array1<f32> = init::normal(width, 1.0, cell.seed, &format!("softmax.query.{input}"));
        let keys: Array2<f32> = init::normal((n, width), 1.0, cell.seed, &format!("softmax.key.{input}"));
        let logits = keys.dot(&query).mapv(|logit| f64::from(logit) * scale);
        let most = logits.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let weights = logits.mapv(|logit| (logit - most).exp());
        let weights = &weights / weights.sum();
        entropy -= weights.iter().filter(|p| **p > 0.0).map(|p| p * p.ln()).sum::<f64>();
        largest += weights.iter().copied().fold(0.0, f64::max);
        // Row i of (diag(p) − p·pᵀ)·K is p_i·(k_i − Σ p_j·k_j).
        let keys = keys.mapv(f64::from);
        let apart = &keys - &weights.dot(&keys);
        let squares = apart.rows().into_iter().zip(&weights).map(|(row, p)| p * p * row.dot(&row)).sum::<f64>();
        gradients.push(scale * squares.sqrt());
    }
    gradients.sort_by(f64::total_cmp);
    let mean = |sum: f64| sum / settings.inputs as f64;
    let variance = width as f64 * scale * scale;
    let law = ((n as f64).ln() - variance / 2.0).max(0.0);
    found.floor("undecided: ln n", "entropy", (n as f64).ln());
    found.floor("undecided: 1/n", "largest_weight", 1.0 / n as f64);
    found.number("entropy", "untrained", mean(entropy), Some(law));
    found.number("largest_weight", "untrained", mean(largest), None);
    found.number("query_gradient", "mean", mean(gradients.iter().sum()), None);
    for (quarter, split) in [(1, "lower quartile"), (2, "median"), (3, "upper quartile")] {
        found.number("query_gradient", split, gradients[quarter * (gradients.len() - 1) / 4], None);
    }
    Ok(())
}
