//! What a layer really reaches, measured on `&dyn Layer` alone.
//!
//! | module | what |
//! |---|---|
//! | [`support`] | which input steps touch which output steps, by gradient and by perturbation |
//! | [`jacobian`] | how much they touch: squared gradients by input step, of one output step or of all |

pub mod jacobian;
pub mod support;

#[cfg(test)]
mod testing;

pub use jacobian::{energy_of, map};
pub use support::Support;
