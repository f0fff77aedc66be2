//! What a layer that matches steps with steps did in a forward, for those who want to look at it.

use ndarray::{Array3, Array4};

/// Queries, keys, values and the weights that came of them; heads stand side by side in the width.
#[derive(Clone, Debug)]
pub struct Matching {
    /// Dotted path from the layer that was asked down to the one that matches; empty for that one itself.
    pub name: String,
    /// Factor of the logits.
    pub scale: f32,
    /// Whether a query sees no key after its own step.
    pub causal: bool,
    /// What each step looks for, (batch, query, width).
    pub query: Array3<f32>,
    /// What each step answers to, (batch, key, width).
    pub key: Array3<f32>,
    /// What each step says, (batch, key, width).
    pub value: Array3<f32>,
    /// softmax(scale · query·keyᵀ) by head, (batch, heads, query, key), exactly 0 where a mask hides a key.
    pub weights: Array4<f32>,
}

impl Matching {
    /// The same, one step farther down a path.
    #[must_use]
    pub fn under(self, name: &str) -> Self {
        let name = if self.name.is_empty() { name.to_owned() } else { format!("{name}.{}", self.name) };
        Self { name, ..self }
    }
}
