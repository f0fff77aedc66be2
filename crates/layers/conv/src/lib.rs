//! The local window: each step is a weighted sum of the steps at a few fixed lags, the same at every position.
//!
//! # Formula
//!
//! y\[t\] = Σⱼ x\[t·stride − lagⱼ\]·weight\[j\] + bias, with x = 0 outside the sequence and j = 0 … kernel − 1.
//!
//! | `padding` | lagⱼ | `kernel` |
//! |---|---|---|
//! | `causal` | j·dilation | any from 1 |
//! | `centred` | (j − (kernel − 1)/2)·dilation | odd |
//! | a number p: so many zeros at either end | p − (kernel − 1 − j)·dilation | any from 1 |
//!
//! `dilations` lists one such convolution for each entry, with a ReLU between one and the next; with `final_relu`, one
//! follows the last too.
//! Tap j looks j·dilation steps **back**: the reverse of the order in which PyTorch's `Conv1d` stores its taps.
//!
//! # Shapes
//!
//! (batch, time, width) to the same, at any time, unless options say otherwise: `features` is the width that comes out, and
//! with `stride` and p zeros at either end a convolution makes ⌈(time − lost)/stride⌉ steps, where lost = (kernel − 1)·dilation
//! − 2p, and 0 for `causal` and `centred`. Output step t stands at input step t·stride; lags count from there.
//!
//! # Parameters
//!
//! For convolution i = 0, 1, …: `convs.{i}.weight` (kernel, width in, width out) and `convs.{i}.bias` (width out), both
//! uniform on ±1/√(kernel·width in).
//!
//! # Backward
//!
//! Each tap is a product of shifted rows, so its backward is that of y = x·W, shifted back:
//! d_x\[t·stride − lagⱼ\] += d_y\[t\]·weight\[j\]ᵀ, d_weight\[j\] += x\[t·stride − lagⱼ\]ᵀ·d_y\[t\], both over all t where that
//! input step exists;
//! d_bias = the sum of d_y over batch and time. A ReLU passes d where its output is positive.
//!
//! # Reach
//!
//! All sums of one lag of each convolution. Kernel 3 with dilations 1, 2, 4 covers 0 … 14; kernel 2 with dilations 1, 3
//! leaves a hole: 0, 1, 3, 4. Behind a stride s, a lag counts s times: strides 2, 2, 2 of kernels 5, 3, 3 cover 17 steps. Fed step by step (causal ones), each convolution remembers (kernel − 1)·dilation steps.
//!
//! # Cost
//!
//! 2·batch·Σⱼ max(0, time − |lagⱼ|)·width² FLOPs forward for each convolution that keeps time and width: rows shifted out of
//! the sequence are not multiplied. One that changes them: 2·batch·steps out·kernel·width in·width out, zeros outside the sequence
//! among them, since all that an output step sees is one row of one product. Twice that backward. Kept: the input of each convolution, 4·batch·time·width bytes each, the time and width being its own.
//!
//! # Source
//!
//! Causal and dilated: van den Oord et al. 2016, "WaveNet" (arXiv 1609.03499), section 2.1; stacked: Bai et al. 2018
//! (arXiv 1803.01271), without their residuals, which here belong to the model around the layer.
//!
//! # Limits
//!
//! More than 2^26 weights, or a reach of more than 2^20 steps, is refused, and so are more zeros at either end than half of
//! the kernel's span. There is no streaming form where the time changes.

mod convolution;
mod options;
mod padding;
mod stack;
mod stream;
mod taps;
mod windows;

use layer::Definition;

pub use convolution::{Convolution, Kernel};
pub use options::Settings;
pub use padding::Padding;
pub use stack::Conv;

/// The row of this layer in the layer table.
pub const DEFINITION: Definition = Definition::of::<Settings>(
    "conv",
    "the local window: a weighted sum of the steps at fixed lags, stacked with growing dilations",
    options::DOCS,
    options::VARIANTS,
);
