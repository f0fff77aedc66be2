//! The conformance kit on every row of the table.

use layer_testkit::{CountingAllocator, assert_conforms};
use zoo::{LAYERS, find};

#[global_allocator]
static ALLOCATOR: CountingAllocator = CountingAllocator::new();

/// One test for each row, so that they run side by side and a failure names its layer.
macro_rules! rows {
    ($($test:ident $name:literal),* $(,)?) => {
        $(
            #[test]
            fn $test() {
                assert_conforms(find($name).expect("a row of the table"));
            }
        )*

        const TESTED: &[&str] = &[$($name),*];
    };
}

rows! {
    none "none",
    linear "linear",
    mlp "mlp",
    conv "conv",
    attention "attention",
}

#[test]
fn no_row_is_left_out() {
    let table: Vec<_> = LAYERS.iter().map(|definition| definition.name).collect();
    assert_eq!(TESTED, table, "add the row to `rows!` in {}", file!());
}
