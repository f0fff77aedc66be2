//! Level 2, the hinge: two lines with a ReLU between them, so that an output may bend where its inputs cross a threshold.
//!
//! # Formula
//!
//! | `over` | formula |
//! |---|---|
//! | `step` | y\[t\] = max(0, x\[t\]·up.weight + up.bias)·down.weight + down.bias |
//! | `time` | the same on the vector over time of each feature, x\[·, f\] |
//!
//! Over time this is the token mixing of MLP-Mixer: features share the weights, steps do not. The wiring bends but stays
//! fixed: which hidden unit reads which step is learned once, for every sequence.
//!
//! # Shapes
//!
//! (batch, time, width) to the same. `step` takes any time; `time` takes the one time it was built for, and any width.
//!
//! # Parameters
//!
//! With side = width (`step`) or time (`time`), and hidden = `expansion`·side:
//!
//! | name | shape | uniform on |
//! |---|---|---|
//! | `up.weight` | (side, hidden) | ±1/√side |
//! | `up.bias` | (hidden) | ±1/√side |
//! | `down.weight` | (hidden, side) | ±1/√hidden |
//! | `down.bias` | (side) | ±1/√hidden |
//!
//! # Backward
//!
//! With rows h = max(0, x·U + b) and y = h·V + c, from Σ d_y·y:
//! d_V = hᵀ·d_y, d_c = the sum of d_y over rows; d_h = (d_y·Vᵀ) ⊙ \[h > 0\];
//! d_U = xᵀ·d_h, d_b = the sum of d_h over rows; d_x = d_h·Uᵀ.
//! Over time a row is a column of the stored sequence, so each product is taken transposed: h = max(0, Uᵀ·x + b), and
//! so on. Views do that; nothing is moved. At h = 0 the slope is taken as 0.
//!
//! # Reach
//!
//! `step`: its own step, so nothing is remembered when it is fed step by step. `time`: every step.
//!
//! # Cost
//!
//! With n = batch·time·width numbers in: 4·n·hidden FLOPs forward, twice that backward. Kept: the input and the hidden
//! layer after its ReLU, 4·n·(1 + `expansion`) bytes.
//!
//! # Source
//!
//! `step`: the feed-forward part of Vaswani et al. 2017 (arXiv 1706.03762), section 3.3. `time`: the token mixing of
//! Tolstikhin et al. 2021, "MLP-Mixer" (arXiv 2105.01601), with a ReLU where they take a GELU.
//!
//! # Limits
//!
//! More than 2^26 weights are refused. A hidden unit that is 0 on all data stays so: nothing revives it.

mod options;
mod over_time;
mod step;

use layer::Definition;

pub use options::{Over, Settings};
pub use over_time::OverTime;
pub use step::Step;

/// The row of this layer in the layer table.
pub const DEFINITION: Definition = Definition::of::<Settings>(
    "mlp",
    "the hinge: max(0, x·W + b)·V + c at each step, or with fixed weights over time",
    options::DOCS,
    options::VARIANTS,
);
