//! The shell around a mixer, its loss, its optimiser, and the loop that trains it.
//!
//! The shell is equal for every layer: embed → depth × (x + mixer(norm(x)),
//! and x + mlp(norm(x)) where the experiment says so) → norm → linear read-out
//! at the supervised steps. A model whose mixers are all affine has no norm, so
//! that a straight line stays one.
//!
//! | module | what |
//! |---|---|
//! | [`model`] | embedding, blocks, read-out, and their gradients |
//! | [`embedding`], [`loss`] | tokens to vectors; softmax cross-entropy |
//! | [`adamw`], [`schedule`] | AdamW, clipping, warm-up and cosine |
//! | [`mod@evaluate`] | accuracy by lag |
//! | [`mod@fit`] | the loop: train, validate, stop once solved |
//! | [`mod@select`] | the learning rate, picked on validation data |

pub mod adamw;
pub mod embedding;
pub mod evaluate;
pub mod fit;
pub mod loss;
pub mod model;
pub mod schedule;
pub mod select;

pub use adamw::AdamW;
pub use evaluate::{Scores, evaluate};
pub use fit::{Event, Fitted, TrainError, Training, fit};
pub use model::{Model, Readout, Shell};
pub use schedule::Schedule;
pub use select::{Selected, Tried, select};
