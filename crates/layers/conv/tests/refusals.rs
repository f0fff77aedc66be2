//! What is refused, and that the text names the option and the way out.

use conv::DEFINITION;
use layer::{Shape, Site};

fn refusal(variant: &str, width: usize) -> String {
    let built = (DEFINITION.build)(&DEFINITION.variant(variant), Site { time: 4, width, seed: 1 });
    built.err().unwrap_or_else(|| panic!("{variant:?} at width {width} was built")).to_string()
}

#[test]
fn options_that_make_no_sense() {
    assert_eq!(refusal("kernel = 0", 4), "kernel = 0 sums nothing; set it to 1 or more");
    assert_eq!(
        refusal("kernel = 4\npadding = \"centred\"", 4),
        "kernel = 4 has no middle for padding = \"centred\"; set an odd kernel"
    );
    assert!(refusal("dilations = []", 4).contains("such as [1]"));
    assert!(refusal("dilations = [1, 0]", 4).contains("set each entry to 1 or more"));
    assert!(refusal("dilation = [1]", 4).contains("dilations"));
    assert!(refusal("padding = \"same\"", 4).contains("centred"));
    assert!(refusal("kernel = -3", 4).contains("-3"));
}

/// Refused before anything is allocated: these sizes would not fit any machine.
#[test]
fn sizes_beyond_the_limit() {
    assert_eq!(
        refusal("kernel = 3", 8192),
        "kernel = 3 at width = 8192 with dilations of length 1 takes more than 2^26 weights; lower one of them"
    );
    assert!(refusal("kernel = 9223372036854775807\ndilations = [1, 1, 1]", 1).contains("2^26 weights"));
    // 2^62·4·4 wraps to 0.
    assert!(refusal("kernel = 4611686018427387904", 4).contains("2^26 weights"));
    assert_eq!(
        refusal("dilations = [1048576]", 4),
        "dilations: with kernel = 3 their reach (kernel − 1)·(sum of dilations) is more than 2^20 steps; lower either"
    );
    assert!(refusal("dilations = [9223372036854775807, 9223372036854775807, 2]", 4).contains("2^20 steps"));
}

/// With one tap there is nothing to space out, whatever the dilation.
#[test]
fn a_single_tap_takes_any_dilation() {
    let options = DEFINITION.variant("kernel = 1\ndilations = [9223372036854775807]");
    let layer = (DEFINITION.build)(&options, Site { time: 4, width: 4, seed: 1 }).expect("kernel 1");
    assert_eq!(layer.reach(), layer::Reach::step());
}

#[test]
fn inputs_of_another_shape() {
    let site = Site { time: 6, width: 4, seed: 1 };
    let layer = (DEFINITION.build)(&DEFINITION.variant(""), site).expect("the default");
    assert!(layer.output_shape(Shape::new(2, 6, 5)).is_err());
    assert!(layer.output_shape(Shape::new(2, 99, 4)).is_ok(), "any length");
}
