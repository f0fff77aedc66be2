//! The arithmetic that several layers share, in one place.
//!
//! A layer crate should read like its formula; what makes that formula fast lives here. Beside each routine stands a test
//! against the plain formula; what is written over registers is held to it on every instruction set the machine has. All of it runs on the thread that calls it, but
//! for attention: that alone can be one piece of work too long to wait for, see [`split`].
//!
//! | module | what |
//! |---|---|
//! | [`mod@product`] | matrix products on ndarray views, any strides, with bias, ReLU and mask |
//! | [`attention`] | softmax(scale · Q·Kᵀ)·V and its backward in memory that grows with n |
//! | [`softmax`] | row softmax, exact on logits of ±1e4 |
//! | [`exp`] | exponential and logarithm, with their stated errors |
//! | [`sigmoid`] | logistic function and hyperbolic tangent, with their stated errors |
//! | [`norm`] | layer normalisation of rows |
//! | [`sums`] | sums over rows |
//! | [`elementwise`] | ReLU, its backward, and other loops worth vectorising |
//! | [`adamw`] | one step of the optimiser |
//! | [`flops`] | counts the multiply-adds that products really did |
//! | [`isa`] | the instruction set in use |
//! | [`split`] | independent parts on the threads of the caller's pool |

pub mod adamw;
pub mod attention;
pub mod elementwise;
pub mod exp;
pub mod flops;
pub mod isa;
pub mod norm;
pub mod product;
pub mod sigmoid;
pub mod softmax;
pub mod split;
pub mod sums;

mod fresh;
mod lanes;
mod matrix;
mod right;
mod scratch;
mod tile;
mod transpose;

pub use product::{Into, Product, product, product_into};
