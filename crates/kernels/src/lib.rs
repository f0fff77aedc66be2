//! The arithmetic that several layers share, in one place.
//!
//! A layer crate should read like its formula; what makes that formula fast
//! lives here. Every routine is single-threaded: parallelism belongs to
//! whoever splits the batch, so that results do not depend on a thread count.
//!
//! | module | what |
//! |---|---|
//! | [`mod@product`] | matrix products on ndarray views, any strides |
//! | [`softmax`] | row softmax and its backward, exact on logits of ±1e4 |
//! | [`exp`] | exponential of a slice, with its stated error |
//! | [`norm`] | layer normalisation of rows |
//! | [`elementwise`] | ReLU, its backward, and other loops worth vectorising |
//! | [`flops`] | counts the multiply-adds that products really did |

pub mod attention;
pub mod elementwise;
pub mod exp;
pub mod flops;
pub mod norm;
pub mod product;
pub mod softmax;

pub use product::{Into, product, product_into};
