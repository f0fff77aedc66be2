//! What is refused, and that the text names the option and the way out.

use layer::{Shape, Site};
use mlp::DEFINITION;

fn refusal(variant: &str, time: usize, width: usize) -> String {
    let built = (DEFINITION.build)(&DEFINITION.variant(variant), Site { time, width, seed: 1 });
    built.err().unwrap_or_else(|| panic!("{variant:?} at time {time}, width {width} was built")).to_string()
}

#[test]
fn options_that_make_no_sense() {
    assert_eq!(refusal("expansion = 0", 4, 4), "expansion = 0 leaves no hidden units; set it to 1 or more");
    assert!(refusal("expansion = -1", 4, 4).contains("-1"));
    assert!(refusal("hidden = 8", 4, 4).contains("expansion"));
    assert!(refusal("over = \"flattened\"", 4, 4).contains("time"));
}

/// Refused before anything is allocated: these sizes would not fit any machine.
#[test]
fn sizes_beyond_the_limit() {
    assert_eq!(
        refusal("expansion = 9223372036854775807", 4, 4),
        "expansion = 9223372036854775807 at width = 4 takes more than 2^26 weights; lower expansion or width"
    );
    // Products that pass 2^64 and would wrap to small numbers.
    assert!(refusal("expansion = 4611686018427387904", 4, 4).contains("lower expansion"));
    assert!(refusal("expansion = 2147483648", 1, 1 << 24).contains("lower expansion"));
    assert!(refusal("over = \"time\"", 1 << 24, 1).contains("over = \"step\""));
}

#[test]
fn inputs_of_another_shape() {
    let build = |variant: &str| {
        (DEFINITION.build)(&DEFINITION.variant(variant), Site { time: 6, width: 4, seed: 1 }).expect(variant)
    };
    let over_time = build("over = \"time\"");
    assert_eq!(
        over_time.output_shape(Shape::new(2, 7, 4)).expect_err("another length").to_string(),
        "mlp: expected time = 6, got 7; over = \"time\" is built for one length: set n to it"
    );
    assert_eq!(over_time.output_shape(Shape::new(2, 6, 9)), Ok(Shape::new(2, 6, 9)), "any width");
    let step = build("");
    assert!(step.output_shape(Shape::new(2, 6, 5)).is_err());
    assert!(step.output_shape(Shape::new(2, 99, 4)).is_ok(), "any length");
}
