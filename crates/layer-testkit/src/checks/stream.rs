//! The recurrent form of a layer: step by step what the forward is at once.

use layer::{Layer, Stream};
use ndarray::{Array2, Array3, Axis};

use crate::live::held;
use crate::subject::{SEED, Subject, changed_bits, largest};
use crate::{Check, Finding};

/// Sums of a row may be taken in another order.
const TOLERANCE: f64 = 1e-5;

/// Boxes and the like, in bytes.
const SLACK: i64 = 1024;

const NONE: &str = "no streaming form";

/// Rows that a stream gives are those of the forward: for two streams that are fed in turns, each with an input of its own.
pub(crate) fn rows(subject: &Subject<'_>) -> Vec<Finding> {
    let layer = subject.layer(SEED);
    let reach = layer.reach();
    let (Some(one), Some(two)) = (layer.stream(subject.shape.batch), layer.stream(subject.shape.batch)) else {
        return vec![Finding::skipped(Check::Stream, NONE)];
    };
    let failed = |detail: String| vec![Finding::new(Check::Stream, f64::INFINITY, TOLERANCE, detail)];
    if !reach.is_causal() {
        return failed(format!("there is a stream, and later steps are within the declared reach, {reach}"));
    }
    let inputs = ["stream.one", "stream.two"].map(|purpose| subject.input(SEED, purpose));
    let mut fed = [one, two].into_iter().zip(inputs).map(|(stream, x)| (stream, layer.forward(x.clone()).0, x));
    let mut fed = [fed.next().expect("two"), fed.next().expect("two")];
    let (mut worst, mut detail) = (0.0, String::new());
    for step in 0..subject.shape.time {
        for (name, (stream, y, x)) in ["one", "two"].iter().zip(&mut fed) {
            let (got, want) = (stream.step(x.index_axis(Axis(1), step)), y.index_axis(Axis(1), step));
            if got.dim() != want.dim() {
                return failed(format!("step {step} has shape {:?} and not {:?}", got.dim(), want.dim()));
            }
            let difference = largest(&(&got - &want)) / largest(&*y).max(f64::from(f32::MIN_POSITIVE));
            if difference > worst || difference.is_nan() {
                (worst, detail) = (difference, format!("step {step} of stream {name} of two fed in turns"));
            }
        }
    }
    vec![Finding::new(Check::Stream, worst, TOLERANCE, detail)]
}

/// A stream begins with nothing remembered, and remembers what [`Stream::state`] says.
pub(crate) fn state(subject: &Subject<'_>) -> Vec<Finding> {
    let layer = subject.layer(SEED);
    let x = subject.input(SEED, "stream.one");
    let Some(mut first) = layer.stream(subject.shape.batch) else {
        return vec![Finding::skipped(Check::StreamState, NONE)];
    };
    let (rows, states) = feed(first.as_mut(), &x);
    drop(first);
    let mut faults = Vec::new();
    let again = || layer.stream(subject.shape.batch).expect("there was one before");
    feed(again().as_mut(), &subject.input(SEED, "stream.two"));
    let (rows_again, states_again) = feed(again().as_mut(), &x);
    let changed = rows.iter().zip(&rows_again).position(|(a, b)| changed_bits(a, b) > 0);
    faults.extend(changed.map(|step| format!("two streams with one input differ from step {step} on")));
    let differs = states.iter().zip(&states_again).position(|(a, b)| a != b);
    faults.extend(differs.map(|steps| {
        let (one, two) = (states[steps], states_again[steps]);
        format!("two streams with one input remember {one} and {two} numbers after {steps} steps")
    }));
    faults.extend(false_bytes(layer.as_ref(), &x));
    vec![Finding::faults(Check::StreamState, &faults)]
}

/// What each step gave, and what was remembered before the first step and after each.
fn feed(stream: &mut dyn Stream, x: &Array3<f32>) -> (Vec<Array2<f32>>, Vec<usize>) {
    let mut states = vec![stream.state()];
    let steps = x.axis_iter(Axis(1));
    let rows = steps.map(|x| {
        let y = stream.step(x);
        states.push(stream.state());
        y
    });
    (rows.collect(), states)
}

/// Numbers said to be remembered, held against the bytes alive, where those are counted.
fn false_bytes(layer: &dyn Layer, x: &Array3<f32>) -> Option<String> {
    let (stream, made) = held(|| layer.stream(x.dim().0));
    let mut stream = stream?;
    let ((), grown) = held(|| x.axis_iter(Axis(1)).for_each(|x| drop(stream.step(x))));
    let (made, grown, state) = (made?, grown?, stream.state());
    let said = (4 * x.dim().0 * state) as i64;
    // A list that grows has room for up to twice what is in it.
    if grown > 2 * said + SLACK {
        return Some(format!("the steps left {grown} bytes, and {state} numbers a sequence are said to be remembered"));
    }
    (made + grown < said - SLACK).then(|| {
        format!("the stream holds {} bytes, and {state} numbers a sequence are said to be remembered", made + grown)
    })
}
