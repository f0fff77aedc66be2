//! The match inside a sliding window: every step takes a weighted mean of the steps near it, with weights that the data
//! itself sets. What it can do within the window does not depend on the length; what lies outside of it, it never sees.
//!
//! # Formula
//! For each head h, on its columns of the width:
//!
//! ```text
//! Q = x·W_query + b_query    K = x·W_key + b_key    V = x·W_value + b_value
//! L[t, s] = Q_h[t]·K_h[s] / √head_width      for the keys s that the query t sees
//! P = softmax over those keys of L           mixed_h[t] = Σₛ P[t, s]·V_h[s]
//! y = mixed·W_output + b_output
//! ```
//!
//! | `mask` | keys that the query t sees |
//! |---|---|
//! | `causal` | t − window + 1 … t |
//! | `centred` | \|t − s\| < window |
//!
//! Both only where there is a step: the first and the last ones see fewer. With a window as long as the sequence this is
//! the layer `attention`. The softmax takes the largest logit away first, so it is exact for logits of any magnitude.
//!
//! # Shapes
//! x, y: (batch, time, width), at any time. Q, K, V, mixed: (batch·time, width), head h in columns
//! h·head_width .. (h + 1)·head_width, where head_width = width / heads.
//!
//! # Parameters, in order
//! | name | shape | start |
//! |---|---|---|
//! | `query.weight`, `key.weight`, `value.weight`, `output.weight` | (width, width) | uniform ±1/√width |
//! | `query.bias`, `key.bias`, `value.bias`, `output.bias` | (width) | uniform ±1/√width |
//!
//! Each weight is followed by its bias. They have the names and shapes of `attention`'s, so that a checkpoint fits both.
//!
//! # Backward
//! That of attention, with all sums over the keys that a query sees, and over the queries that see a key:
//!
//! ```text
//! d_mixed = d_y·W_outputᵀ      d_W_output = mixedᵀ·d_y        d_b_output = Σ_rows d_y
//! d_P = d_mixed_h·V_hᵀ         d_V_h = Pᵀ·d_mixed_h
//! d_L = P ⊙ (d_P − Σ_keys d_P ⊙ P)
//! d_Q_h = d_L·K_h / √head_width                d_K_h = d_Lᵀ·Q_h / √head_width
//! d_x = d_Q·W_queryᵀ + d_K·W_keyᵀ + d_V·W_valueᵀ             d_W_query = xᵀ·d_Q, and so on
//! ```
//!
//! P is 0 outside of the window, and so is d_L. A block of neighbouring queries is multiplied with the keys that any of them
//! sees. The backward forms the weights of a block again, from the same products and so to the same bits: neither way ever
//! holds more of P than one block.
//!
//! # Reach
//! Lags 0 … window − 1; with `mask = "centred"`, −(window − 1) … window − 1. In a row of layers they add up.
//!
//! With `window = 1` the only weight is 1: the map is affine, and each step is alone.
//!
//! # Cost
//! A block is [`block`](Band::block) queries: as many as the window is long, but 32 at least and 64 at most. What is done is
//! what is declared: a block of q queries that see k keys between them takes part with q·k pairs, those that the mask then
//! hides included. With a long window that is up to window + 63 pairs for each query, with `centred` 2·window + 62; fewer at
//! both ends of a sequence. In FLOPs: forward 8·batch·time·width² + 4·batch·pairs·width, backward 16·batch·time·width² +
//! 10·batch·pairs·width, which counts Q·Kᵀ again. Kept: five arrays (x, Q, K, V, mixed) of batch·time·width numbers of 4 bytes,
//! whatever the window.
//!
//! Step by step (`mask = "causal"`), it remembers keys and values of the last `window` steps: 2·window·width numbers.
//!
//! # Source
//! Beltagy et al. 2020, *Longformer: The Long-Document Transformer* (arXiv 2004.05150), section 3.1, without its dilation
//! and its global tokens: its window of w steps is half to each side, so `centred` with window = w/2 + 1; Jiang et al. 2023,
//! *Mistral 7B* (arXiv 2310.06825), section 2, for the causal form.
//!
//! # Limits
//! A window above 2^20 is refused, and projections above 2^26 weights each (width above 8192). `attention_weights` makes
//! all of P, zeros included, batch·heads·time² numbers. There are no `matchings`: who looks at those forms the logits of all
//! steps again, and would show as seen what the window hides. A key with weight 0 still enters the products of its block:
//! an infinite or NaN value there gives NaN (0·∞).

mod attention;
mod band;
mod heads;
mod options;
mod ring;
mod step;

use layer::{Definition, OptionDoc};

pub use attention::WindowAttention;
pub use band::Band;
pub use options::{Mask, Settings};

/// The row of the layer table.
pub const DEFINITION: Definition = Definition::of::<Settings>(
    "window-attention",
    "the match within a window: each step takes a weighted mean of the steps near it, with weights that the data sets",
    &[
        OptionDoc {
            name: "window",
            values: "1 … 2^20 (16)",
            meaning: "how many steps a step looks at: itself and the window − 1 before it; if centred, those after it too",
        },
        OptionDoc {
            name: "heads",
            values: "a divisor of the width (4)",
            meaning: "how many matches run side by side, each on its own width / heads columns",
        },
        OptionDoc {
            name: "mask",
            values: "\"causal\" (default), \"centred\"",
            meaning: "whether the window lies before a step, or to both sides of it",
        },
    ],
    // Every variant can be built at every width that four divides.
    &[
        "",
        "window = 1",
        "window = 3\nheads = 2",
        "window = 40\nheads = 1",
        "window = 200\nheads = 2",
        "mask = \"centred\"\nheads = 2",
        "mask = \"centred\"\nwindow = 1\nheads = 1",
        "mask = \"centred\"\nwindow = 3",
        "mask = \"centred\"\nwindow = 40\nheads = 1",
    ],
);
