//! The conformance kit on every variant of the row: what zoo's tests ask of each layer of the table.

use layer_testkit::{CountingAllocator, assert_conforms};

/// Without it, kept bytes would not be checked.
#[global_allocator]
static ALLOCATOR: CountingAllocator = CountingAllocator::new();

#[test]
fn conforms() {
    assert_conforms(&layer_template::DEFINITION);
}
