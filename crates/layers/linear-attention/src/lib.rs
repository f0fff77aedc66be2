//! The match by a feature map: a weighted mean of all steps, as in attention, but with weights that are products of what the
//! query and the key are by themselves. So what was said so far fits into a sum, and no step has to look back.
//!
//! # Formula
//! With φ(x) = elu(x) + 1, which is x + 1 above 0 and eˣ below, for each head h, on its columns of the width:
//!
//! ```text
//! Q = φ(x·W_query + b_query)    K = φ(x·W_key + b_key)    V = x·W_value + b_value
//! A = Q_h·K_hᵀ,  0 where the mask hides a key        P = A / Σ over keys of A        mixed_h = P·V_h
//! y = mixed·W_output + b_output
//! ```
//!
//! A is never made (but in blocks, below): the sums change places. With S_t = Σ_s K_sᵀ·V_s (head_width × head_width) and
//! z_t = Σ_s K_s over the steps s that t may see, mixed_t = Q_t·S_t / Q_t·z_t.
//!
//! | `mask` | form |
//! |---|---|
//! | `causal`, in parallel | chunks of 32 steps: within one, the lower triangle of A; to the chunks before, their S and z |
//! | `causal`, as a stream | S and z grow by one step: (head_width² + head_width)·heads numbers, at any length |
//! | `none` | one S and one z for the whole sequence |
//!
//! eˣ is held at e⁻²⁷ ≈ 2·10⁻¹² from below, far under the last digit of a 1 in f32: else φ would be exactly 0 below −87, and
//! the mean of keys that are all 0 would be 0/0. So weights are above 0 and sum to 1 at any input.
//!
//! # Shapes
//! x, y: (batch, time, width), at any time. Q, K, V, mixed: (batch·time, width), head h in columns
//! h·head_width .. (h+1)·head_width, where head_width = width / heads. P: (batch, heads, query, key).
//!
//! # Parameters, in order
//! `query.weight`, `query.bias`, then the same of `key`, `value` and `output`: weights (width, width), biases (width), all
//! uniform on ±1/√width. Names, shapes and start are those of the layer `attention`.
//!
//! # Backward
//! With g = d_mixed / (Q_t·z_t) and e = −(d_mixed·mixed) / (Q_t·z_t) for each step, the second of which is a number, the
//! gradient of A is d_A\[t, s\] = g_t·V_s + e_t where t sees s, else 0. Sums change places again:
//!
//! ```text
//! d_Q_t = Σ_s d_A[t, s]·K_s = g_t·S_tᵀ + e_t·z_t
//! d_K_s = Σ_t d_A[t, s]·Q_t = V_s·R_sᵀ + r_s          R_s = Σ_t Q_tᵀ·g_t and r_s = Σ_t e_t·Q_t over the t that see s
//! d_V_s = Σ_t A[t, s]·g_t   = K_s·R_s
//! ```
//!
//! If causal, S and z run from the first chunk to the last and R and r from the last to the first, and within a chunk there
//! are the triangles of A and d_A. φ′ is 1 above 0 and φ below (0 where φ is held). The projections follow as in
//! `attention`. S, z and A are made again in the backward, in place of being kept.
//!
//! # Reach
//! The past and the step itself with `mask = "causal"`; everywhere with `mask = "none"`. There the order of steps is not
//! seen: the layer is permutation equivariant.
//!
//! # Cost
//! With d = head_width, n steps, chunks of lengths c, the first of c₁ and the last of c₂, in FLOPs for each head of each
//! sequence:
//!
//! | | forward | backward |
//! |---|---|---|
//! | causal | 4·d·Σc² + 2·d²·((n − c₁) + (n − c₂)) | 10·d·Σc² + 2·d²·(2·(n − c₁) + 3·(n − c₂)) |
//! | none | 4·n·d² | 10·n·d² |
//!
//! and the projections, 8·batch·n·width² forward and 16 backward. So n, where attention has n². Sums of weights count as
//! element-wise work, as those of a softmax. Kept: five arrays (x, Q, K, V, mixed) of batch·time·width and batch·heads·time
//! sums, of 4 bytes each.
//!
//! # Source
//! Katharopoulos et al. 2020, *Transformers are RNNs: Fast Autoregressive Transformers with Linear Attention* (arXiv
//! 2006.16236), sections 3.2 and 3.3, and 3.4 for the stream. φ is theirs; there e⁻²⁷ has no counterpart.
//!
//! # Limits
//! `attention_weights` makes P whole, batch·heads·time² numbers: ask for short sequences, or for one step of a long one
//! (`match_step`). `forward_step` makes S and z alone. There are no `matchings`: those are of a softmax. Before the mask, A is
//! of rank head_width at most, where a softmax's is not bounded by it. Projections above 2^26 weights each (width above 8192)
//! are refused.

mod attention;
mod causal;
mod feature_map;
mod heads;
mod options;
mod rows;
mod state;
mod step;
mod stream;
mod weights;
mod whole;

use layer::Definition;

pub use attention::LinearAttention;
pub use options::{Mask, Settings};

/// The row of this layer in the layer table.
pub const DEFINITION: Definition = Definition::of::<Settings>(
    "linear-attention",
    "the match by a feature map: a mean with weights φ(q)·φ(k), which is a sum that goes along with time",
    options::DOCS,
    options::VARIANTS,
);
