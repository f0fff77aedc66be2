//! Attention fed step by step: what the kit does not look at, since it stays within the lengths that a layer declares.

use std::panic::{AssertUnwindSafe, catch_unwind};

use attention::DEFINITION;
use layer::{Layer, Lengths, Site, init};
use ndarray::{Array3, Axis};

const TIME: usize = 6;
const WIDTH: usize = 8;

fn build(options: &str) -> Box<dyn Layer> {
    (DEFINITION.build)(&options.parse().unwrap(), Site { time: TIME, width: WIDTH, seed: 3 }).unwrap()
}

#[test]
fn learned_positions_end_with_a_word_and_others_go_on() {
    let x: Array3<f32> = init::normal((2, TIME + 3, WIDTH), 1.0, 1, "x");
    for (options, lengths) in [
        ("positions = \"learned\"", Lengths::AtMost(TIME)),
        ("positions = \"rotary\"", Lengths::Any),
        ("positions = \"sinusoidal\"", Lengths::Any),
    ] {
        let layer = build(options);
        assert_eq!(layer.lengths(), lengths);
        let longest = if lengths.contains(TIME + 3) { TIME + 3 } else { TIME };
        let (y, _) = layer.forward(x.slice(ndarray::s![.., ..longest, ..]).to_owned());
        let mut stream = layer.stream(2).expect("causal");
        for step in 0..longest {
            let off = stream.step(x.index_axis(Axis(1), step)) - y.index_axis(Axis(1), step);
            assert!(off.iter().all(|off| off.abs() < 1e-5), "{options}, step {step}: {off}");
            assert_eq!(stream.state(), 2 * WIDTH * (step + 1), "keys and values of all steps");
        }
        let more = catch_unwind(AssertUnwindSafe(|| stream.step(x.index_axis(Axis(1), TIME))));
        let text = more.err().map(|panic| *panic.downcast::<String>().unwrap());
        assert_eq!(text.is_some(), longest == TIME);
        assert!(text.is_none_or(|text| text.contains("expected time = 6, got 7; learned positions end there")));
    }
}

#[test]
fn what_needs_steps_that_have_not_come_has_no_stream() {
    assert!(build("").stream(1).is_some());
    assert!(build("mask = \"none\"").stream(1).is_none(), "later steps are seen");
    assert!(build("length_scaling = 16").stream(1).is_none(), "the factor is that of the whole length");
}
