//! Conformance checks that every layer must pass; names no layer.
//!
//! A layer **declares** its shapes, lengths, reach, cost, whether it is affine or blind to order, and how it is fed step by
//! step; its backward claims to be the gradient of
//! its forward. [`conform`] measures each claim on every variant of a [`Definition`](layer::Definition) and every one
//! of [`SHAPES`], and returns data: each [`Finding`] has the number measured and the number accepted.
//! [`assert_conforms`] is the same as one test. [`conform_built`] takes a closure instead, for layers that stand in
//! no table.
//!
//! | module | what |
//! |---|---|
//! | [`check`] | the list of checks: what each measures, and what usually makes it fail |
//! | [`report`] | what came out, and its summary by check |
//! | [`golden`] | numbers of another implementation, in float64 |
//! | [`plain`] | the formula of a layer as plain loops in float64 |
//! | [`live`] | bytes that some work leaves alive, by either of the first two allocators; without one, kept bytes are not checked |
//! | [`memory`] | an allocator that counts for each thread |
//! | [`peak`] | an allocator that knows the most bytes alive at once, over all threads |
//! | [`meter`] | an allocator that counts and times its calls, for programs that are measured |

pub mod check;
mod checks;
pub mod golden;
pub mod live;
pub mod memory;
pub mod meter;
pub mod peak;
pub mod plain;
pub mod report;
mod run;
mod subject;

pub use check::Check;
pub use golden::assert_golden;
pub use memory::CountingAllocator;
pub use meter::MeteredAllocator;
pub use peak::PeakAllocator;
pub use plain::assert_equals_plain;
pub use report::{Finding, Outcome, Report, Summary};
pub use run::{Builder, SHAPES, assert_built_conforms, assert_conforms, conform, conform_built};
