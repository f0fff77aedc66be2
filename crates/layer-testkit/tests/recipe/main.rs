//! The layer that CONTRIBUTING.md shows to newcomers is a real one: it conforms, it does what it says, and the page shows
//! this very file.

mod moving_average;

use layer::Site;
use layer_testkit::{CountingAllocator, assert_conforms};
use moving_average::DEFINITION;
use ndarray::array;

#[global_allocator]
static ALLOCATOR: CountingAllocator = CountingAllocator::new();

#[test]
fn the_layer_of_the_recipe_conforms() {
    assert_conforms(&DEFINITION);
}

#[test]
fn it_is_a_moving_average() {
    let build = |window: &str| (DEFINITION.build)(&window.parse().unwrap(), Site { time: 4, width: 1, seed: 0 });
    let (y, _) = build("window = 2").unwrap().forward(array![[[2.0], [4.0], [8.0], [0.0]]]);
    assert_eq!(y, array![[[1.0], [3.0], [6.0], [4.0]]]);
    for window in ["window = 0", "window = 9223372036854775807"] {
        assert!(build(window).is_err(), "{window}");
    }
}

#[test]
fn the_page_shows_this_file() {
    let read = |path: &str| std::fs::read_to_string(format!("{}/{path}", env!("CARGO_MANIFEST_DIR"))).unwrap();
    let block = format!("```rust\n{}```\n", read("tests/recipe/moving_average.rs"));
    assert!(
        read("../../CONTRIBUTING.md").contains(&block),
        "CONTRIBUTING.md and crates/layer-testkit/tests/recipe/moving_average.rs differ; copy one into the other"
    );
}
