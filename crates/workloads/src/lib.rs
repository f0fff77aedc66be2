//! What the lab times, as data: so that benches, the comparison with other implementations and a run by hand all time
//! the same thing.
//!
//! A [`Work`] is a name with a meaning. [`Work::prepare`] makes its inputs and parameters, on the threads of a pool;
//! [`Prepared::time`] runs it.
//!
//! | module | works | one run is |
//! |---|---|---|
//! | [`layers`] | `layer/L/BxTxD` | forward and backward of one layer on a batch |
//! | | `layer/L/BxTxD/forward` | its forward alone; not in the list |
//! | [`training_step`] | `step` | forward, backward, clipping and AdamW of a small model |
//! | [`long`] | `long/N/forward`, `long/N/both`, `book` | causal attention over N steps, one head |
//! | [`ceiling`] | `peak`, `copy` | what the machine can do at most: multiply-adds, and copies |
//!
//! Layers can be asked for at any size; `L` is one of [`layers::names`], or a layer of the table as it is. One that has no name, since its options are others, is a [`Subject`]:
//! [`timed::time`] says how long a [`Pass`] of it takes and how much memory it needs, [`ceiling::ceilings`] what the
//! machine could do meanwhile.
//!
//! [`batched`] is how a batch is split over threads, [`process`] what the system knows of this process, and
//! [`sample`] one work timed several times between two measurements of the peak.

pub mod batched;
pub mod ceiling;
pub mod layers;
pub mod long;
pub mod pass;
pub mod process;
pub mod sample;
pub mod timed;
pub mod training_step;
pub mod work;

pub use ceiling::{Ceilings, ceilings};
pub use pass::{Pass, Subject};
pub use timed::{Budget, Timed, time};
pub use work::{Amount, Prepared, UnknownWork, Work, all, find};
