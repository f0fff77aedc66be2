//! What is refused, and that the text names the option and the way out.

use layer::{Shape, Site};
use linear_attention::DEFINITION;

fn refusal(variant: &str, width: usize) -> String {
    let built = (DEFINITION.build)(&DEFINITION.variant(variant), Site { time: 4, width, seed: 1 });
    built.err().unwrap_or_else(|| panic!("{variant:?} at width {width} was built")).to_string()
}

#[test]
fn options_that_make_no_sense() {
    let text = "linear-attention: heads = 3 does not divide width = 8; set heads to one of 1, 2, 4, 8";
    assert_eq!(refusal("heads = 3", 8), text);
    assert!(refusal("heads = 0", 8).contains("set heads to one of 1, 2, 4, 8"));
    assert!(refusal("heads = -1", 8).contains("-1"));
    assert!(refusal("head = 2", 8).contains("heads"));
    assert!(refusal("mask = \"centred\"", 8).contains("causal"));
    assert!(refusal("positions = \"rotary\"", 8).contains("positions"));
}

/// Refused before anything is allocated.
#[test]
fn sizes_beyond_the_limit() {
    let text = "linear-attention: width = 8193 is outside 1 … 8192; choose a width within";
    assert_eq!(refusal("heads = 1", 8193), text);
    assert!(refusal("", 1 << 24).contains("8192"));
}

#[test]
fn inputs_of_another_shape() {
    let site = Site { time: 6, width: 4, seed: 1 };
    let layer = (DEFINITION.build)(&DEFINITION.variant(""), site).expect("the default");
    assert_eq!(
        layer.output_shape(Shape::new(2, 6, 5)).expect_err("another width").to_string(),
        "linear-attention: expected feature = 4, got 5; build it with the width of its input"
    );
    assert!(layer.output_shape(Shape::new(2, 99, 4)).is_ok(), "any length");
}
