//! Conformance checks that every layer must pass; names no layer.
