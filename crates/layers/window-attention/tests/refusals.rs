//! What is refused, and that the text names the option and the way out.

use layer::{Shape, Site};
use window_attention::DEFINITION;

fn refusal(variant: &str, width: usize) -> String {
    let built = (DEFINITION.build)(&DEFINITION.variant(variant), Site { time: 4, width, seed: 1 });
    built.err().unwrap_or_else(|| panic!("{variant:?} at width {width} was built")).to_string()
}

#[test]
fn options_that_make_no_sense() {
    assert_eq!(
        refusal("heads = 5", 12),
        "window-attention: heads = 5 does not divide width = 12; set heads to one of 1, 2, 3, 4, 6, 12"
    );
    assert!(refusal("heads = 0", 4).ends_with("set heads to one of 1, 2, 4"));
    assert_eq!(
        refusal("window = 0", 4),
        "window-attention: window = 0 sees nothing; set it to 1 for the step itself, or more"
    );
    assert!(refusal("window = -1", 4).contains("-1"));
    assert!(refusal("mask = \"none\"", 4).contains("centred"));
    assert!(refusal("windows = 3", 4).contains("window"));
}

/// Refused before anything is allocated.
#[test]
fn sizes_beyond_the_limit() {
    for window in ["1048577", "9223372036854775807"] {
        let text = refusal(&format!("window = {window}"), 4);
        assert_eq!(
            text,
            format!("window-attention: window = {window} is outside 1 … 2^20; for every step, use the layer attention")
        );
    }
    assert!(refusal("heads = 1", 1 << 24).contains("8192"));
}

#[test]
fn inputs_of_another_width() {
    let layer = (DEFINITION.build)(&DEFINITION.variant(""), Site { time: 6, width: 4, seed: 1 }).expect("the default");
    assert!(layer.output_shape(Shape::new(2, 6, 5)).unwrap_err().to_string().contains("expected feature = 4, got 5"));
    assert!(layer.output_shape(Shape::new(2, 99, 4)).is_ok(), "any length");
}
