//! What a layer really reaches, measured on `&dyn Layer` alone.
//!
//! | module | what |
//! |---|---|
//! | [`support`] | which input steps touch which output steps, by gradient and by perturbation |
//! | [`jacobian`] | how much they touch: squared gradients by input step, of one output step or of all |
//! | [`mod@field`] | the effective field of one output step: its profile by lag, its widths, its growth with depth |
//! | [`mod@wiring`] | how much where a layer looks changes with its input |

pub mod field;
pub mod jacobian;
pub mod support;
pub mod wiring;

#[cfg(test)]
mod testing;

pub use field::{Measure, Profile, exponent, field};
pub use jacobian::{energy_of, map};
pub use support::Support;
pub use wiring::{Wiring, question_wiring, wiring};
