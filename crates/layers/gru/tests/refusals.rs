//! What is refused, and that the text names the option and the way out.

use gru::DEFINITION;
use layer::{Shape, Site};

fn refusal(variant: &str, width: usize) -> String {
    let built = (DEFINITION.build)(&DEFINITION.variant(variant), Site { time: 4, width, seed: 1 });
    built.err().unwrap_or_else(|| panic!("{variant:?} at width {width} was built")).to_string()
}

#[test]
fn options_that_make_no_sense() {
    assert_eq!(
        refusal("memory = 16777217", 4),
        "gru: memory = 16777217 is above 2^24 steps; lower it, or set it to 0 for the steps that it is built for"
    );
    assert!(refusal("memory = -1", 4).contains("-1"));
    assert!(refusal("memory = 2.5", 4).contains("2.5"));
    assert!(refusal("memories = 4", 4).contains("memory"));
}

/// Refused before anything is allocated.
#[test]
fn sizes_beyond_the_limit() {
    assert_eq!(refusal("", 3345), "gru: width = 3345 takes more than 2^26 weights; choose a width up to 3344");
    assert!(refusal("", 1 << 24).contains("2^26 weights"));
    // What is in range is taken, up to its ends.
    let site = |width| Site { time: 1 << 24, width, seed: 1 };
    for variant in ["", "memory = 16777216"] {
        assert!((DEFINITION.build)(&DEFINITION.variant(variant), site(3)).is_ok(), "{variant:?}");
    }
}

#[test]
fn inputs_of_another_shape() {
    let site = Site { time: 6, width: 4, seed: 1 };
    let layer = (DEFINITION.build)(&DEFINITION.variant(""), site).expect("the default");
    assert_eq!(
        layer.output_shape(Shape::new(2, 6, 5)).expect_err("another width").to_string(),
        "gru: expected feature = 4, got 5; build it with the width of its input"
    );
    assert!(layer.output_shape(Shape::new(2, 99, 4)).is_ok(), "any length");
}
