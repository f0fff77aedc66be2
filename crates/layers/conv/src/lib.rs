//! The local window: each step is a weighted sum of the steps at a few fixed lags, the same at every position.
//!
//! # Formula
//!
//! y\[t\] = Σⱼ x\[t − lagⱼ\]·weight\[j\] + bias, with x = 0 outside the sequence and j = 0 … kernel − 1.
//!
//! | `padding` | lagⱼ | `kernel` |
//! |---|---|---|
//! | `causal` | j·dilation | any from 1 |
//! | `centred` | (j − (kernel − 1)/2)·dilation | odd |
//!
//! `dilations` lists one such convolution for each entry, with a ReLU between one and the next; with `final_relu`, one
//! follows the last too.
//! Tap j looks j·dilation steps **back**: the reverse of the order in which PyTorch's `Conv1d` stores its taps.
//!
//! # Shapes
//!
//! (batch, time, width) to the same, at any time.
//!
//! # Parameters
//!
//! For convolution i = 0, 1, …: `convs.{i}.weight` (kernel, width in, width out) and `convs.{i}.bias` (width), both
//! uniform on ±1/√(kernel·width).
//!
//! # Backward
//!
//! Each tap is a product of shifted rows, so its backward is that of y = x·W, shifted back:
//! d_x\[t − lagⱼ\] += d_y\[t\]·weight\[j\]ᵀ, d_weight\[j\] += x\[t − lagⱼ\]ᵀ·d_y\[t\], both over all t where t − lagⱼ exists;
//! d_bias = the sum of d_y over batch and time. A ReLU passes d where its output is positive.
//!
//! # Reach
//!
//! All sums of one lag of each convolution. Kernel 3 with dilations 1, 2, 4 covers 0 … 14; kernel 2 with dilations 1, 3
//! leaves a hole: 0, 1, 3, 4. Fed step by step (causal ones), each convolution remembers (kernel − 1)·dilation steps.
//!
//! # Cost
//!
//! 2·batch·Σⱼ max(0, time − |lagⱼ|)·width² FLOPs forward for each convolution: rows shifted out of the sequence are not
//! multiplied. Twice that backward. Kept: the input of each convolution, 4·batch·time·width bytes each.
//!
//! # Source
//!
//! Causal and dilated: van den Oord et al. 2016, "WaveNet" (arXiv 1609.03499), section 2.1; stacked: Bai et al. 2018
//! (arXiv 1803.01271), without their residuals, which here belong to the model around the layer.
//!
//! # Limits
//!
//! More than 2^26 weights, or a reach of more than 2^20 steps, is refused.

mod convolution;
mod options;
mod stack;
mod stream;
mod taps;

use layer::Definition;

pub use convolution::Convolution;
pub use options::{Padding, Settings};
pub use stack::Conv;

/// The row of this layer in the layer table.
pub const DEFINITION: Definition = Definition::of::<Settings>(
    "conv",
    "the local window: a weighted sum of the steps at fixed lags, stacked with growing dilations",
    options::DOCS,
    options::VARIANTS,
);
