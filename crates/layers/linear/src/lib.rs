//! Level 1, the line: every output is a weighted sum of inputs, with weights that do not depend on the input.
//!
//! # Formula
//!
//! | `over` | formula |
//! |---|---|
//! | `step` | y\[t, o\] = Σᵢ x\[t, i\]·weight\[i, o\] + bias\[o\] |
//! | `time` | y\[t, f\] = Σₛ weight\[t, s\]·x\[s, f\] + bias\[t\], with s ≤ t alone if `causal` |
//! | `flattened` | y\[(t, f)\] = Σₛᵢ x\[(s, i)\]·weight\[(s, i), (t, f)\] + bias\[(t, f)\] |
//! | `mean` | y\[t, f\] = (Σₛ x\[s, f\]) / time; if `causal`, (Σ x\[s, f\] over s ≤ t) / (t + 1) |
//!
//! Over time the wiring is fixed: the weight from step s to step t is learned once and is the same for every sequence.
//! What attention adds is exactly that this weight may follow the content. The mean is the weight of a head that looks at
//! all alike: wiring that is as fixed, and tied to no place, so that what was learned at one lag holds at any other.
//!
//! # Shapes
//!
//! (batch, time, width) to the same. `step` takes any time; `mean` any time and width; `time` takes the one time it was built for, and any width;
//! `flattened` takes the one time and width it was built for.
//!
//! # Parameters
//!
//! | `over` | `weight` | `bias` (unless `bias = false`) | uniform on |
//! |---|---|---|---|
//! | `step` | (width in, width out) | (width) | ±1/√width |
//! | `time` | (time out, time in) | (time) | ±1/√time |
//! | `flattened` | (time·width, time·width), input first | (time·width) | ±1/√(time·width) |
//!
//! `mean` has none: nothing to learn, and so no `bias` to leave out.
//!
//! A causal weight is stored whole. The part above its diagonal starts at 0, gets gradient 0, and is skipped by forward
//! and backward whatever it holds, so parameters loaded from a file cannot open a look ahead. Parameter counts include
//! it, since it is stored.
//!
//! # Backward
//!
//! With rows x and y = x·W + b (`step`, `flattened`), from Σ d_y·y:
//! d_x = d_y·Wᵀ, d_W = xᵀ·d_y, d_b = the sum of d_y over rows.
//! Over time, with y = W·x + b for each sequence:
//! d_x = Wᵀ·d_y, d_W = the sum over the batch of d_y·xᵀ, d_b = the sum of d_y over batch and features.
//! The mean, where each step has the weight 1/time (1/(t + 1)) in each output: d_x\[s\] = Σₜ d_y\[t\]/time, and, if causal,
//! the sum over t ≥ s of d_y\[t\]/(t + 1).
//!
//! # Reach
//!
//! `step`: its own step. The others: every step; with `causal`: the past.
//! Fed step by step, `step` remembers nothing, and `time` with `causal` all steps that came.
//!
//! # Cost
//!
//! With n = batch·time·width numbers in: 2·n·width FLOPs forward (`step`), 2·n·time (`time`), 2·n·time·width
//! (`flattened`). Causal, the sum runs over blocks of 64 output steps and the inputs up to each block's end: about half
//! of it at long times. A backward takes twice the forward. The input is kept: 4·n bytes.
//! `mean` has no product and keeps nothing; it adds n numbers, in f64.
//!
//! # Source
//!
//! Over time: the linear layer of Zeng et al. 2022, "Are Transformers Effective for Time Series Forecasting?"
//! (arXiv 2205.13504). The other two are ordinary fully connected layers.
//!
//! # Limits
//!
//! More than 2^26 weights are refused. Within a causal block of 64 steps, an infinity or NaN at a later step reaches
//! earlier steps of that block, since 0·∞ is NaN.

mod flattened;
mod mean;
mod options;
mod over_time;
mod step;
mod stream;

use layer::Definition;

pub use flattened::Flattened;
pub use mean::Mean;
pub use options::{Over, Settings};
pub use over_time::OverTime;
pub use step::Step;

/// The row of this layer in the layer table.
pub const DEFINITION: Definition = Definition::of::<Settings>(
    "linear",
    "the line: y = x·W + b at each step, or with fixed weights over time",
    options::DOCS,
    options::VARIANTS,
);
