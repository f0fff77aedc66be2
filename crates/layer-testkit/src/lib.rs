//! Conformance checks that every layer must pass; names no layer.

pub mod golden;

pub use golden::assert_golden;
