//! What is refused, and that the text names the option and the way out.

use layer::{Shape, Site};
use linear::DEFINITION;

fn refusal(variant: &str, time: usize, width: usize) -> String {
    let built = (DEFINITION.build)(&DEFINITION.variant(variant), Site { time, width, seed: 1 });
    built.err().unwrap_or_else(|| panic!("{variant:?} at time {time}, width {width} was built")).to_string()
}

#[test]
fn options_that_make_no_sense() {
    assert_eq!(
        refusal("causal = true", 4, 4),
        "causal = true is for over = \"time\" or \"mean\"; set one of these, or leave causal out"
    );
    assert!(refusal("over = \"mean\"\nbias = false", 4, 4).contains("leave bias out"));
    assert!(refusal("over = \"flattened\"\ncausal = true", 4, 4).contains("over = \"time\""));
    assert!(refusal("overr = \"time\"", 4, 4).contains("overr"));
    assert!(refusal("over = \"space\"", 4, 4).contains("flattened"));
}

/// Refused before anything is allocated: these sizes would not fit any machine.
#[test]
fn sizes_beyond_the_limit() {
    assert_eq!(
        refusal("over = \"flattened\"", 512, 64),
        "over = \"flattened\" at time·width = 512·64 takes more than 2^26 weights; lower n, or set over = \"time\""
    );
    assert!(refusal("over = \"flattened\"", 1 << 24, 1 << 24).contains("over = \"time\""));
    assert!(refusal("over = \"time\"", 1 << 24, 1).contains("over = \"step\""));
    assert!(refusal("", 1, 1 << 24).contains("lower width"));
}

#[test]
fn inputs_of_another_shape() {
    let build = |variant: &str| {
        (DEFINITION.build)(&DEFINITION.variant(variant), Site { time: 6, width: 4, seed: 1 }).expect(variant)
    };
    let over_time = build("over = \"time\"");
    assert_eq!(
        over_time.output_shape(Shape::new(2, 7, 4)).expect_err("another length").to_string(),
        "linear: expected time = 6, got 7; over = \"time\" is built for one length: set n to it"
    );
    assert_eq!(over_time.output_shape(Shape::new(2, 6, 9)), Ok(Shape::new(2, 6, 9)), "any width");
    let flattened = build("over = \"flattened\"");
    assert!(flattened.output_shape(Shape::new(2, 7, 4)).is_err());
    assert!(flattened.output_shape(Shape::new(2, 6, 5)).is_err());
    assert_eq!(build("over = \"mean\"").output_shape(Shape::new(2, 99, 9)), Ok(Shape::new(2, 99, 9)), "any of both");
    let step = build("");
    assert!(step.output_shape(Shape::new(2, 6, 5)).is_err());
    assert!(step.output_shape(Shape::new(2, 99, 4)).is_ok(), "any length");
}
