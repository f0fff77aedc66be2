//! One learned filter over the whole length: each feature is a weighted sum of all its past steps, with one weight for each
//! lag, the same at every position; then an affine map mixes the features.
//!
//! # Formula
//!
//! ```text
//! filtered[t, f] = Σₛ filter[f, t − s]·x[s, f]
//! y = filtered·W_output + b_output           with `final_relu`, max(0, ·) of it
//! ```
//!
//! | `padding` | steps s that are summed | lags, columns of the filter |
//! |---|---|---|
//! | `causal` | 0 … t | 0 … time − 1 |
//! | `centred` | all | −(time − 1) … time − 1 |
//!
//! where time is what the layer is built for. A shorter sequence uses the lags that it has, the first ones of each side.
//!
//! # How it is summed
//!
//! A sum over all lags is a product in the frequency domain: zeros are put behind the sequence, so that nothing comes round
//! from its end to its start. `centred` is one such transform of the whole. A causal sum is cut into blocks, because the
//! rounding of a transform carries each step of it into every other, and a step must not change a bit of those before it:
//! within a block of 64 steps the sum is a product with the block's lags, and from the first 64, 128, 256 … steps to as many
//! after them it is a transform of both together. That takes log₂(time / 64) layers of transforms in place of one that is
//! twice as long, and its error stays that of the neighbourhood: a large step at the end does not blur the start.
//!
//! # Shapes
//!
//! (batch, time, width) to the same, for any time up to the one built for.
//!
//! # Parameters, in order
//!
//! | name | shape | start |
//! |---|---|---|
//! | `filter` | (width, lags) | normal, its variance proportional to 1/(\|lag\| + 1) |
//! | `output.weight` | (width, width) | uniform ±1/√width |
//! | `output.bias` | (width) | uniform ±1/√width |
//!
//! The filter is scaled so that `filtered`, of an input of independent steps of variance 1, has variance 1 in the mean over the
//! steps of a full sequence. Equal variances for all lags would do that too, with next to nothing at the first steps, which
//! see few lags, and next to nothing from the step itself; a geometric decay would choose a length for the memory. With
//! 1/(\|lag\| + 1) every doubling of the lag brings as much as the one before.
//!
//! # Backward
//!
//! With d the gradient of `filtered`, d = d_y·W_outputᵀ (d_y cut by the ReLU before):
//!
//! ```text
//! d_x[s, f] = Σₜ filter[f, t − s]·d[t, f]           the same filter, looking ahead
//! d_filter[f, lag] = Σ d[t, f]·x[t − lag, f]         over batch and t
//! d_W_output = filteredᵀ·d_y        d_b_output = Σ_rows d_y
//! ```
//!
//! In the frequency domain both are products with a conjugate: D·conj(Filter), and D·conj(X), which is summed over batch and
//! parts before its one inverse. They are cut as the forward is.
//!
//! # Reach
//!
//! The past and the step itself, to the bit; with `centred`, everywhere.
//!
//! # Cost
//!
//! Of a transform of N real numbers, either way, 2.5·N·log₂ N FLOPs: the field's convention, which no count can check. How
//! many transforms of which length are made, and the products, is what the kit counts and holds against the declaration.
//! Products of spectra are element-wise, and count as nothing, as all such work does here. For each feature, with b the
//! smaller of 64 and time, T the time filled up to whole blocks, and pieces(N) the pairs of halves of length N / 2 of which the
//! second begins within the sequence:
//!
//! ```text
//! forward:   2·batch·T·b + Σ_N (1 + 2·batch·pieces(N))·2.5·N·log₂ N        N = 128, 256, … while N / 2 < time
//! backward:  4·batch·T·b + Σ_N (2 + 3·batch·pieces(N))·2.5·N·log₂ N
//! ```
//!
//! `centred` has no blocks and one piece, of the power of two N ≥ 2·time − 1. The affine map adds 2·batch·time·width²
//! forward, twice that backward. So time grows with n·log² n, and with n·log n if centred. Kept: x and `filtered`, with
//! `final_relu` y too, of 4·batch·time·width bytes each.
//!
//! Step by step (`causal`), all steps so far are remembered, and each new one takes as many multiplications.
//!
//! # Source
//!
//! Fu et al. 2023, *Simple Hardware-Efficient Long Convolutions for Sequence Modeling* (arXiv 2302.06646), without its
//! squashing and dropping of filter values; the operator of S4 (Gu et al. 2021, arXiv 2111.00396) and Hyena (Poli et al.
//! 2023, arXiv 2302.10866), without the formula that makes their filters and without a gate. The cut along the diagonal:
//! Hairer, Lubich & Schlichte 1985, *Fast numerical solution of nonlinear Volterra convolution equations* (SIAM J. Sci. Stat.
//! Comput. 6).
//!
//! # Limits
//!
//! A sequence longer than the layer was built for is refused, and so are filters above 2^26 numbers, and a width above 8192.
//! Transforms of all lengths that can come are planned when the layer is built. At 4096 steps, what the filter makes and its
//! gradients differ from sums in f64 by less than 10^−6 of the largest number. An infinite or NaN value makes NaN of every
//! step of its block, those before it included (0·∞).

mod channel;
mod cut;
mod fourier;
mod long_conv;
mod options;
mod step;
mod turned;

use layer::Definition;

pub use long_conv::LongConv;
pub use options::{Padding, Settings};

/// The row of this layer in the layer table.
pub const DEFINITION: Definition = Definition::of::<Settings>(
    "long-conv",
    "one learned filter for each feature over the whole length, then an affine map over features",
    options::DOCS,
    options::VARIANTS,
);
