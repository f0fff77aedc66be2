//! The conformance kit on every row of the table: one test for each, named after its layer, so that they run side by
//! side and `cargo test -p zoo --test conformance NAME` runs one.

use layer_testkit::{CountingAllocator, conform};
use libtest_mimic::{Arguments, Failed, Trial};
use zoo::LAYERS;

#[global_allocator]
static ALLOCATOR: CountingAllocator = CountingAllocator::new();

fn main() {
    let trial = |definition: &'static layer::Definition| {
        Trial::test(definition.name, move || {
            let report = conform(definition);
            if report.conforms() { Ok(()) } else { Err(Failed::from(report)) }
        })
    };
    libtest_mimic::run(&Arguments::from_args(), LAYERS.iter().map(trial).collect()).exit();
}
