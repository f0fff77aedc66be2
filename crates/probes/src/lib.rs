//! What a layer really reaches, measured on `&dyn Layer` alone.
//!
//! | module | what |
//! |---|---|
//! | [`support`] | which input steps touch which output steps, by gradient and by perturbation |

pub mod support;

pub use support::Support;
