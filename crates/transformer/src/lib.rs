//! The encoder and decoder of Vaswani et al. 2017, whole, as one layer: source and target stand side by side in time.
//!
//! Steps 0 .. source are the source sentence. The steps after them are the target, the decoder's input: a start symbol,
//! then the right answers so far. Out come the encoder's outputs at the source steps and the decoder's at the target
//! steps; a task reads out the latter alone.
//!
//! # Formula
//! With positions, sinusoids are added to source and target, each counted from its own first step. Then, block by
//! block:
//!
//! ```text
//! encoder block:  x ← S(self)(x)     x ← S(mlp)(x)                     memory = the last x
//! decoder block:  x ← S(self)(x)     x ← S(cross)(x, memory)     x ← S(mlp)(x)
//!
//! S(f)(x) = x + f(norm(x)) with norm = "pre", and one more norm after the last block of each half
//!         = norm(x + f(x)) with norm = "post"; residual = false leaves out every `x +`
//!
//! attention(x, z):  Q = x·W_query + b_query    K = z·W_key + b_key    V = z·W_value + b_value
//!                   P = softmax over keys of Q_h·K_hᵀ/√(width/heads)  for each head h, on its columns
//!                   P·V_h of all heads, side by side, ·W_output + b_output
//! self: z = x        cross: z = memory        mlp(x) = max(0, x·U + b)·V + c
//! ```
//!
//! The decoder's self-attention sees no later step (`mask = false`: it does); the other two see everything.
//!
//! # Shapes
//! x, y: (batch, time, width), at any time above `source`. Memory: (batch, source, width).
//! P: (batch, heads, query, key), target by source in `cross`.
//!
//! # Parameters, in order
//! For each block and sublayer (`encoder.0.self`, `encoder.0.mlp`, …, `decoder.0.self`, `decoder.0.cross`,
//! `decoder.0.mlp`, …), the encoder first:
//!
//! | name below it | shape | start |
//! |---|---|---|
//! | `norm.gain`, `norm.bias` | (width) | 1, 0 |
//! | `query`, `key`, `value`, `output`, each `.weight` and `.bias` | (width, width), (width) | uniform ±1/√width |
//! | or `up.weight`, `up.bias` | (width, hidden), (hidden) | uniform ±1/√width |
//! | and `down.weight`, `down.bias` | (hidden, width), (width) | uniform ±1/√hidden |
//!
//! hidden = expansion·width. With `norm = "pre"`, `encoder.norm` and `decoder.norm`, gain and bias, stand after the
//! blocks of their half.
//!
//! # Backward
//! Each sublayer has the gradients of attention, MLP and layer norm, taken in reverse; a residual adds d_y. The
//! encoder's output enters every decoder block and the output itself, so
//!
//! ```text
//! d_memory = d_y at the source steps + Σ over decoder blocks (d_K·W_keyᵀ + d_V·W_valueᵀ)
//! ```
//!
//! and the encoder's backward starts from it when the decoder's is done.
//!
//! # Queries and keys of two lengths
//! The kernel mixes sequences of one length, so in `cross` the shorter of source and target is filled up with zeros.
//! This is exact, not nearly so: keys that were filled in get weight 0, and queries that were filled in are cut off and
//! have a gradient of 0.
//!
//! # Reach
//! Declared as everywhere, which is an upper bound. The source does not see the target, and with the mask no target
//! step sees a later one, but a step sees all of the source, however far back or ahead: what is seen depends on which
//! half a step is in, and a lag says nothing of that. With the mask, measured lags are those from time − 1 back to
//! source − 1 ahead.
//!
//! # Cost
//! With S and T steps of source and target, L the longer, s = batch·S, t = batch·T, w the width, e the expansion, in
//! FLOPs forward:
//!
//! ```text
//! depth · ( encoder   8·s·w² + 4·batch·S²·w + 4·e·s·w²
//!         + decoder   8·t·w² + 4·batch·pairs·w + (4·s + 4·t)·w² + 4·batch·L²·w + 4·e·t·w² )
//! ```
//!
//! where pairs = T·(T + 1)/2 with the mask, else T². Backward: twice as much for what has w², and 10 in place of 4 for
//! what has batch. The L² counts what was filled in, since it is computed. Kept: the inputs of every sublayer and its
//! norm, Q, K, V and the mixed values, and hidden units, and the records that hold
//! them: many small ones, so they are counted. [`Transformer`]'s `cost` has the sum.
//!
//! # Source
//! Vaswani et al. 2017, *Attention Is All You Need* (arXiv 1706.03762), sections 3.1 to 3.5, as drawn in Alammar's
//! *The Illustrated Transformer*. Norms that stand first: Xiong et al. 2020 (arXiv 2002.04745).
//!
//! # Limits
//! Embedding and read-out, and so the paper's sharing of their weights and its factor √width, are the shell's. There is
//! no dropout. Source and target have one length in all sequences of a batch: there is no padding. Blocks of more than
//! 2^26 weights in all are refused. `attention_weights` gives none, since no one array holds those of source and
//! target; `matchings` gives them all.

mod attention;
mod half;
mod mlp;
mod options;
mod stack;
mod sublayer;
mod trace;

use layer::Definition;

pub use options::{Order, Settings};
pub use stack::Transformer;

/// Name, options and builder as a row of the layer table has them. It stands in no table: the kit holds every row to a
/// reach that is tight, and no set of lags is.
pub const DEFINITION: Definition = Definition::of::<Settings>(
    "transformer",
    "encoder and decoder, whole: the source is matched with itself, the target with its past and with the source",
    options::DOCS,
    options::VARIANTS,
);
