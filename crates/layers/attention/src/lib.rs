//! Level 3, the match: every step asks all steps a question and takes a weighted mean of their answers, with weights
//! that the data itself sets.
//!
//! # Formula
//! With x′ = x + positions (for added positions, else x), for each head h, on its columns of the width:
//!
//! ```text
//! Q = x′·W_query + b_query    K = x′·W_key + b_key    V = x′·W_value + b_value
//! L = scale · length · Q_h·K_hᵀ        P = softmax over keys of L        mixed_h = P·V_h
//! y = mixed·W_output + b_output
//! ```
//!
//! A masked key gets weight exactly 0. A query whose every key is masked gets mixed = 0, so y = b_output. The softmax
//! takes the largest logit away first, so it is exact for logits of any magnitude.
//!
//! length is 1, or with `length_scaling = N` it is ln(time)/ln(N), where time is that of the whole input, padding and
//! steps that a causal mask hides included: of n − 1 wrong keys each takes e^(−gap) of the right one's weight, and a
//! gap that grows as ln n keeps up with them. Rotary positions turn each head of Q
//! and K: its columns i and i + head_width/2, as a pair, by the angle step·base^(−2i/head_width).
//!
//! # Shapes
//! x, y: (batch, time, width). Q, K, V, mixed: (batch·time, width), head h in columns
//! h·head_width .. (h+1)·head_width, where head_width = width / heads. P: (batch, heads, query, key).
//!
//! # Parameters, in order
//! | name | shape | start |
//! |---|---|---|
//! | `positions` (learned positions only) | (time, width) | normal, deviation 0.02 as in GPT-2 |
//! | `query.weight`, `key.weight`, `value.weight`, `output.weight` | (width, width) | uniform ±1/√width |
//! | (those of query and key times `start`) | | |
//! | `query.bias`, `key.bias`, `value.bias`, `output.bias` | (width) | uniform ±1/√width |
//!
//! Each weight is followed by its bias.
//!
//! # Backward
//! ```text
//! d_mixed = d_y·W_outputᵀ      d_W_output = mixedᵀ·d_y        d_b_output = Σ_rows d_y
//! d_P = d_mixed_h·V_hᵀ         d_V_h = Pᵀ·d_mixed_h
//! d_L = P ⊙ (d_P − Σ_keys d_P ⊙ P)      (0 wherever P is 0: masked keys, fully masked queries)
//! d_Q_h = scale · length · d_L·K_h      d_K_h = scale · length · d_Lᵀ·Q_h       (rotary: both turned back)
//! d_x = d_Q·W_queryᵀ + d_K·W_keyᵀ + d_V·W_valueᵀ             d_W_query = x′ᵀ·d_Q, and so on
//! d_positions[t] = Σ_batch d_x[t]
//! ```
//!
//! P is never whole in memory. The forward keeps log Σ exp of each query's logits, and the backward computes
//! P = exp(L − log Σ exp) again, block by block ([`kernels::attention`]).
//!
//! # Reach
//! The past and the step itself with `mask = "causal"`; everywhere with `mask = "none"`.
//! Fed step by step, the causal layer remembers K and V of all steps that came, 2·width numbers for each. With
//! `length_scaling` there is no such form, since the factor is that of the whole length.
//!
//! # Cost
//! Pairs (query, key) are time·(time + 1)/2 if causal, else time²; the masked half of a block on the diagonal is skipped or
//! not counted. In FLOPs: forward 8·batch·time·width² + 4·batch·pairs·width, backward 16·batch·time·width² +
//! 10·batch·pairs·width, which counts Q·Kᵀ again. Kept: five arrays (x′, Q, K, V, mixed) of batch·time·width and
//! batch·heads·time logarithms, of 4 bytes each.
//!
//! # Source
//! Vaswani et al. 2017, *Attention Is All You Need* (arXiv 1706.03762), with its sinusoids; Su et al. 2021,
//! *RoFormer* (arXiv 2104.09864), with the half-split pairing of GPT-NeoX; Chiang & Cholak 2022, *Overcoming a
//! Theoretical Limitation of Self-Attention* (arXiv 2202.12172), section 5.3, for logits that grow with ln n.
//!
//! # Limits
//! `attention_weights` makes P whole, batch·heads·time² numbers: ask for short sequences, or for one step of a long one
//! (`match_step`, batch·heads·time numbers; `forward_step` makes no more either). A key with weight 0 still enters
//! its block's products, so an infinite or NaN value at a masked step within the block gives NaN (0·∞).
//! Learned positions cannot serve a longer sequence than they were built for. Projections above 2^26 weights each
//! (width above 8192) are refused.

mod attention;
mod heads;
mod options;
mod positions;
mod step;
mod stream;

use layer::{Definition, OptionDoc};

pub use attention::Attention;
pub use options::{Mask, Positions, Scale, Settings};

/// The row of the layer table.
pub const DEFINITION: Definition = Definition::of::<Settings>(
    "attention",
    "the match: each step takes a weighted mean of steps, with weights that the data itself sets",
    &[
        OptionDoc {
            name: "heads",
            values: "a divisor of the width (4)",
            meaning: "how many matches run side by side, each on its own width / heads columns",
        },
        OptionDoc {
            name: "mask",
            values: "\"causal\" (default), \"none\"",
            meaning: "which steps a step may look at: itself and its past, or every step",
        },
        OptionDoc {
            name: "scale",
            values: "\"inverse-sqrt\" (default), \"inverse\", \"none\"",
            meaning: "factor of the logits: 1/√head_width, 1/head_width, or 1",
        },
        OptionDoc {
            name: "positions",
            values: "\"none\" (default), \"sinusoidal\", \"learned\", \"rotary\"",
            meaning: "how a step knows where it stands: not at all, by a vector added to x (fixed or learned, one for \
                      each step built for), or by turning queries and keys (even head width)",
        },
        OptionDoc {
            name: "base",
            values: "a number of at least 1 (10000.0)",
            meaning: "wavelengths of sinusoids and rotary run from 2π to nearly 2π·base steps",
        },
        OptionDoc {
            name: "start",
            values: "a number above 0 (1.0)",
            meaning: "factor of the weights that queries and keys start with; √3 gives them entries of variance 1 for an x \
                      of variance 1",
        },
        OptionDoc {
            name: "length_scaling",
            values: "0 (default), or a number from 2",
            meaning: "N: logits times ln(steps of the sequence) / ln N, so that more keys do not thin the weights out; 0: off",
        },
    ],
    // Every variant can be built at every width that four divides.
    &[
        "",
        "heads = 2",
        "heads = 1",
        "heads = 2\nmask = \"none\"",
        "heads = 2\nscale = \"inverse\"",
        "heads = 1\nscale = \"none\"",
        "heads = 2\npositions = \"sinusoidal\"",
        "heads = 2\nmask = \"none\"\npositions = \"learned\"",
        "heads = 2\npositions = \"rotary\"\nbase = 100.0",
        "heads = 1\nmask = \"none\"\npositions = \"rotary\"",
        "heads = 2\nstart = 1.7320508",
        "heads = 2\nlength_scaling = 16",
    ],
);
