//! Numbers that can be done in the head, and what is refused.

use layer_template::DEFINITION;

use layer::{BuildError, Layer, Site};
use ndarray::{Axis, array};

fn build(options: &str) -> Result<Box<dyn Layer>, BuildError> {
    (DEFINITION.build)(&DEFINITION.variant(options), Site { time: 4, width: 1, seed: 0 })
}

#[test]
fn the_formula_by_hand() {
    let layer = build("window = 2").unwrap();
    let (x, y) = (array![[[2.0], [4.0], [8.0], [0.0]]], array![[[1.0], [3.0], [6.0], [4.0]]]);
    assert_eq!(layer.forward(x.clone()).0, y);
    let mut stream = layer.stream(1).unwrap();
    for (x, y) in x.axis_iter(Axis(1)).zip(y.axis_iter(Axis(1))) {
        assert_eq!(stream.step(x), y);
    }
    assert_eq!(stream.state(), 1);
}

#[test]
fn options_outside_of_their_range_are_refused() {
    for window in ["0", "9223372036854775807"] {
        let refused = build(&format!("window = {window}")).err().expect("it is refused").to_string();
        assert!(refused.contains(window) && refused.contains("1 … 2^20"), "{refused}");
    }
}
