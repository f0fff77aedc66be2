//! The gated recurrent unit: a state goes from step to step, and gates that the data sets decide what of it stays.
//!
//! # Formula
//! In PyTorch's form, with the reset gate after the hidden product; h₀ = 0, ⊙ is element by element:
//!
//! ```text
//! r = σ(x·W_r + b_r + h·U_r)                     reset: how much of the state the candidate hears
//! z = σ(x·W_z + b_z + h·U_z)                     update: how much of the state stays
//! m = h·U_n + c_n
//! n = tanh(x·W_n + b_n + r ⊙ m)                  the candidate
//! y = h′ = (1 − z) ⊙ n + z ⊙ h                   h′ is the h of the next step
//! ```
//!
//! What is formed and kept is u = 1 − z = σ(−(…)), and h′ = h + u ⊙ (n − h): in a unit with a long memory u is small, and
//! as 1 − z it would keep few of its digits.
//!
//! # Shapes
//! (batch, time, width) to the same, at any time; the state is (batch, width).
//!
//! # Parameters, in order
//! | name | shape | start |
//! |---|---|---|
//! | `input.weight`, `input.bias` | (width, 3·width), (3·width) | uniform ±1/√width, but for b_z, below |
//! | `hidden.weight`, `hidden.bias` | (width, 3·width), (width) | uniform ±1/√width |
//!
//! Columns are W_r, W_z, W_n and U_r, U_z, U_n; `hidden.bias` is c_n alone. PyTorch's `bias_hh_l0` has two more thirds, which
//! only add to b_r and b_z; its weights are ours transposed.
//!
//! b_z starts so that **memories are spread** (chrono initialisation). A gate that stands at z holds
//! (1 − z)·Σₖ zᵏ·n\[t − k\], which is z/(1 − z) steps old in the mean. That age is spread evenly from 1 to `memory`, one
//! draw for each unit from its own 1/width of the range, in order of the units, and b_z = ln(age). With b_z near 0 every
//! age would be about 1, and nothing can be learned of what is lost below f32's digits. `memory = 0`, the default, stands for
//! the steps that the layer is built for: an age far beyond them is of no use to any sequence, and a fixed number would leave
//! the start of a long enough one out of sight. It is no limit: a longer sequence is taken as well.
//!
//! # Backward
//! Through time, from the last step to the first. With d = d_h′, which is d_y of the step plus what the step after it left:
//!
//! ```text
//! h′ = h + u ⊙ (n − h)                d_u = d ⊙ (n − h)       d_n = d ⊙ u       d_h  = d ⊙ (1 − u)
//! n = tanh(a_n), a_n = … + r ⊙ m      d_a_n = d_n ⊙ (1 − n²)  d_r = d_a_n ⊙ m   d_m  = d_a_n ⊙ r
//! u = σ(−a_z), r = σ(a_r)             d_a_z = −d_u ⊙ u ⊙ (1 − u)                d_a_r = d_r ⊙ r ⊙ (1 − r)
//! (a_r, a_z, m) = … + h·U             d_h += (d_a_r, d_a_z, d_m)·Uᵀ             to the step before
//! ```
//!
//! Then for all steps of all sequences at once, D = (d_a_r, d_a_z, d_a_n) and E = (d_a_r, d_a_z, d_m):
//! d_x = D·Wᵀ, d_W = xᵀ·D, d_b = Σ D, d_U = hᵀ·E, d_c_n = Σ d_m, sums over rows.
//!
//! # Reach
//! The past and the step itself. It fades: at a standing gate of age a, what is k steps old counts (a/(a + 1))ᵏ, which is
//! below the last digit of an f32 sum, 2⁻²⁴, from some 17·(a + ½) steps on. Longer memories have to come through the other
//! units, or by gates that the data closes.
//!
//! # Cost
//! The products with x are one for all steps; those with h go step by step, but for the first, whose h is 0. In FLOPs:
//! forward 6·batch·time·width² + 6·batch·(time − 1)·width², backward 18·batch·time·width² + 6·batch·(time − 1)·width².
//! Kept: x, h, m, r, u and n of every step, 24·batch·time·width bytes. Steps wait for each other: time sequential
//! operations, and a path as long as the lag.
//!
//! # Source
//! Cho et al. 2014, *Learning Phrase Representations using RNN Encoder–Decoder* (arXiv 1406.1078), whose reset gate
//! stands before the hidden product; after it as in cuDNN and PyTorch's `GRU`. b_z: Tallec & Ollivier 2018, *Can recurrent neural
//! networks warp time?* (arXiv 1804.11188), who draw freely within the range, and count 1/(1 − z), one more than the age.
//!
//! # Limits
//! More than 2^26 weights, which is a width above 3344, is refused.

mod backward;
mod options;
mod recurrence;
mod stream;
mod unit;

use layer::Definition;

pub use options::Settings;
pub use unit::Gru;

/// The row of this layer in the layer table.
pub const DEFINITION: Definition = Definition::of::<Settings>(
    "gru",
    "the gated recurrent unit: one state that every step reads, changes and hands on",
    options::DOCS,
    options::VARIANTS,
);
