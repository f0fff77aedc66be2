//! What the unit remembers at the start, and for how long.

use gru::DEFINITION;
use layer::{Layer, Shape, Site, init};
use ndarray::{Array3, ArrayD, s};
use proptest::prelude::*;

fn build(variant: &str, time: usize, width: usize) -> Box<dyn Layer> {
    (DEFINITION.build)(&DEFINITION.variant(variant), Site { time, width, seed: 5 }).expect(variant)
}

fn parameter(layer: &dyn Layer, name: &str) -> ArrayD<f32> {
    let all = layer.parameters();
    all.into_iter().find(|p| p.name == name).expect("a parameter of that name").value.to_owned()
}

fn random(shape: (usize, usize, usize)) -> Array3<f32> {
    init::normal(shape, 1.0, 1, "x")
}

/// Memories stand one in each part of the range, and the option or the site sets its end.
#[test]
fn memories_are_spread_over_the_range() {
    for (variant, time, memory) in
        [("", 64, 64.0), ("memory = 1000", 64, 1000.0), ("memory = 1", 64, 1.0), ("", 1, 1.0)]
    {
        let bias = parameter(build(variant, time, 8).as_ref(), "input.bias");
        for unit in 0..8 {
            let age = f64::from(bias[[8 + unit]]).exp();
            let part = |unit: usize| 1.0 + (memory - 1.0) * unit as f64 / 8.0;
            let within = part(unit) * 0.9999..=part(unit + 1) * 1.0001;
            assert!(within.contains(&age), "{variant:?} at {time} steps: unit {unit} has age {age}, not in {within:?}");
        }
    }
    assert_ne!(parameter(build("", 64, 8).as_ref(), "input.bias"), parameter(build("", 65, 8).as_ref(), "input.bias"));
}

/// With no weights but the gates' biases, what one step put in is z^k of itself k steps later, and its mean age that which
/// the layer was built with.
#[test]
fn what_is_held_is_as_old_as_was_asked_for() {
    let (time, width) = (4000, 4);
    let mut layer = build("memory = 100", time, width);
    let ages: Vec<f64> =
        parameter(layer.as_ref(), "input.bias").iter().skip(width).take(width).map(|b| f64::from(*b).exp()).collect();
    for mut p in layer.parameters_mut() {
        match p.name.as_str() {
            // Only the candidate hears the input.
            "input.weight" => {
                p.value.indexed_iter_mut().for_each(|(at, w)| *w = f32::from(u8::from(at[1] == at[0] + 2 * width)))
            }
            "input.bias" => p.value.slice_mut(s![2 * width..]).fill(0.0),
            _ => p.value.fill(0.0),
        }
    }
    let mut x = Array3::zeros((1, time, width));
    x.slice_mut(s![0, 0, ..]).fill(1.0);
    let (y, _) = layer.forward(x);
    for (unit, want) in ages.into_iter().enumerate() {
        let held = y.slice(s![0, .., unit]);
        let total: f64 = held.iter().map(|v| f64::from(*v)).sum();
        let age = held.iter().enumerate().map(|(k, v)| k as f64 * f64::from(*v)).sum::<f64>() / total;
        assert!((age - want).abs() < 1e-3 * want, "unit {unit} holds what is {age} steps old, not {want}");
        assert!((total - 1f64.tanh()).abs() < 1e-4, "weights of all ages sum to 1, not to {total}");
    }
}

/// Whether another first step changes a bit of the last output.
fn first_step_is_seen(layer: &dyn Layer, time: usize) -> bool {
    let x = random((4, time, 16));
    let mut other = x.clone();
    other.slice_mut(s![.., 0, ..]).mapv_inplace(|v| -2.0 * v);
    let last = |x| layer.forward(x).0.slice(s![.., time - 1, ..]).to_owned();
    last(x) != last(other)
}

/// The default memory is what makes the declared reach true for the length it is built for; with the shortest, nothing is
/// left of the first step.
#[test]
fn the_default_reaches_as_far_as_it_is_built_for() {
    for time in [16, 300, 2048] {
        assert!(first_step_is_seen(build("", time, 16).as_ref(), time), "{time} steps");
    }
    assert!(!first_step_is_seen(build("memory = 1", 300, 16).as_ref(), 300));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    /// A state is a mean of candidates, and those are tangents: no input takes it out of ±1.
    #[test]
    fn states_stay_within_one(size in 0.0f32..1e6, time in 1usize..40, seed: u64) {
        let x: Array3<f32> = init::normal((2, time, 8), 1.0, seed, "x");
        let (y, _) = build("", time, 8).forward(x * size);
        prop_assert!(y.iter().all(|h| h.abs() <= 1.0));
    }
}

/// Fed step by step it gives the same rows, remembers `width` numbers throughout, and starts from nothing each time.
#[test]
fn a_stream_is_the_forward() {
    for (batch, time, width) in [(1, 1, 4), (3, 50, 12), (2, 9, 100)] {
        let layer = build("", time, width);
        let x = random((batch, time, width));
        let (y, _) = layer.forward(x.clone());
        for _ in 0..2 {
            let mut stream = layer.stream(batch).expect("a recurrent layer");
            for step in 0..time {
                assert_eq!(stream.state(), width);
                let got = stream.step(x.slice(s![.., step, ..]));
                let worst = (&got - &y.slice(s![.., step, ..])).iter().fold(0f32, |worst, d| worst.max(d.abs()));
                assert!(worst < 1e-5, "{batch}×{time}×{width}: step {step} differs by {worst:e}");
            }
        }
    }
}

/// The same layer takes any length, and what it says of a start does not depend on what follows.
#[test]
fn longer_sequences_than_built_for_go_on() {
    let layer = build("", 10, 8);
    assert_eq!(layer.output_shape(Shape::new(2, 25, 8)), Ok(Shape::new(2, 25, 8)));
    let x = random((2, 25, 8));
    let (long, _) = layer.forward(x.clone());
    let (short, _) = layer.forward(x.slice(s![.., ..10, ..]).to_owned());
    let worst = (&long.slice(s![.., ..10, ..]) - &short).iter().fold(0f32, |worst, d| worst.max(d.abs()));
    assert!(worst < 1e-6, "{worst:e}");
}
