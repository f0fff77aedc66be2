//! What is refused, and that the text names what to change.

use layer::{Lengths, Shape, Site};
use long_conv::DEFINITION;

fn refusal(variant: &str, time: usize, width: usize) -> String {
    let built = (DEFINITION.build)(&DEFINITION.variant(variant), Site { time, width, seed: 1 });
    built.err().unwrap_or_else(|| panic!("{variant:?} at {time} steps of width {width} was built")).to_string()
}

#[test]
fn options_that_make_no_sense() {
    assert!(refusal("padding = \"same\"", 4, 4).contains("centred"));
    assert!(refusal("final_relu = 1", 4, 4).contains("final_relu"));
    assert!(refusal("kernel = 3", 4, 4).contains("padding"));
}

/// Refused before anything is allocated.
#[test]
fn sizes_beyond_the_limit() {
    assert_eq!(
        refusal("", 1 << 21, 64),
        "long-conv: a filter of 2097152 steps at width = 64 is outside 1 … 2^26 numbers; build it for at most 1048576 steps"
    );
    assert!(refusal("padding = \"centred\"", 1 << 20, 64).ends_with("at most 524288 steps"));
    assert!(refusal("", 4, 1 << 14).contains("8192"));
}

#[test]
fn inputs_of_another_shape() {
    let layer = (DEFINITION.build)(&DEFINITION.variant(""), Site { time: 6, width: 4, seed: 1 }).expect("the default");
    assert_eq!(layer.lengths(), Lengths::AtMost(6));
    assert!(layer.output_shape(Shape::new(2, 6, 5)).unwrap_err().to_string().contains("expected feature = 4, got 5"));
    assert!(layer.output_shape(Shape::new(2, 3, 4)).is_ok());
    assert_eq!(
        layer.output_shape(Shape::new(2, 7, 4)).unwrap_err().to_string(),
        "long-conv: expected time = 6, got 7; the filter ends there: build it for the longest time"
    );
}
