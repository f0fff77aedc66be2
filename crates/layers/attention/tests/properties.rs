//! What must hold of any attention, whatever its numbers.

mod plain;

use attention::{Attention, Mask, Positions, Scale, Settings};
use layer::{Layer, Norm, Residual, Shape, Site, Stack};
use ndarray::{Array2, Array3, Axis, concatenate, s};
use plain::random;
use proptest::prelude::*;

fn build(settings: Settings, time: usize, width: usize) -> Attention {
    Attention::new(settings, Site { time, width, seed: 3 }).unwrap()
}

/// Overwrites the parameter of that name by `value`, given its indices.
fn set(attention: &mut Attention, name: &str, value: impl Fn(&[usize]) -> f32) {
    let mut parameters = attention.parameters_mut();
    let parameter = parameters.iter_mut().find(|p| p.name == name).expect("a parameter of that name");
    parameter.value.indexed_iter_mut().for_each(|(at, v)| *v = value(ndarray::Dimension::slice(&at)));
}

fn identity(at: &[usize]) -> f32 {
    f32::from(u8::from(at[0] == at[1]))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// Rows sum to 1 and the future weighs exactly 0, at any size of the logits.
    #[test]
    fn weights_are_percentages(
        heads in prop::sample::select(vec![1, 2, 4, 8]), time in 1usize..140, causal: bool, size in 0.0f32..300.0, seed: u64,
    ) {
        let mask = if causal { Mask::Causal } else { Mask::None };
        let attention = build(Settings { heads, mask, scale: Scale::None, ..Settings::default() }, time, 8);
        let (_, cache) = attention.forward(random((2, time, 8), seed) * size);
        let weights = attention.attention_weights(&cache).unwrap();
        prop_assert_eq!(weights.dim(), (2, heads, time, time));
        for ((_, _, query, key), weight) in weights.indexed_iter() {
            prop_assert!((0.0..=1.00001).contains(weight) && (!causal || key <= query || *weight == 0.0));
        }
        prop_assert!(weights.sum_axis(Axis(3)).iter().all(|sum| (sum - 1.0).abs() < 1e-5));
    }
}

/// Queries and keys are the input itself, so the logits are ±1e4, 1e4 − 1 and so on, exactly.
/// What is shown of a forward is what it did, through residuals and stacks: the weights are the softmax of its own queries
/// and keys.
#[test]
fn what_is_matched_can_be_looked_at_from_outside() {
    let site = Site { time: 5, width: 8, seed: 3 };
    let attention = || Box::new(Attention::new(Settings { heads: 2, ..Settings::default() }, site).unwrap());
    let inner = Stack::default().with("mixer_norm", Box::new(Norm::new(8))).with("mixer", attention());
    let stack = Stack::default().with("blocks.0", Box::new(Residual(Box::new(inner)))).with("last", attention());
    let (_, cache) = stack.forward(layer::init::normal((2, 5, 8), 1.0, 1, "x"));
    let all = stack.matchings(&cache);
    assert_eq!(all.iter().map(|m| m.name.as_str()).collect::<Vec<_>>(), ["blocks.0.mixer", "last"]);
    for matching in all {
        for ((batch, head, query, key), weight) in matching.weights.indexed_iter() {
            let part = ndarray::s![head * 4..(head + 1) * 4];
            let of = |rows: &Array3<f32>, step| rows.slice(ndarray::s![batch, step, ..]).slice(part).to_owned();
            let logit = |key| matching.scale * of(&matching.query, query).dot(&of(&matching.key, key));
            let sum: f32 = (0..=query).map(|key| logit(key).exp()).sum();
            let expected = if key <= query { logit(key).exp() / sum } else { 0.0 };
            assert!((weight - expected).abs() < 1e-5, "{} {batch} {head} {query} {key}", matching.name);
        }
    }
}

#[test]
fn softmax_is_exact_at_huge_logits() {
    let settings = Settings { heads: 1, mask: Mask::None, scale: Scale::None, ..Settings::default() };
    let mut attention = build(settings, 4, 2);
    for name in ["query", "key", "value", "output"] {
        set(&mut attention, &format!("{name}.weight"), identity);
        set(&mut attention, &format!("{name}.bias"), |_| 0.0);
    }
    let x = ndarray::array![[[1.0, 0.0], [1e4, 0.0], [1e4 - 1.0, 0.0], [-1e4, 0.0]]];
    let (y, cache) = attention.forward(x);
    let weights = attention.attention_weights(&cache).unwrap();
    let top = 1.0 / (1.0 + (-1f64).exp());
    let row: Vec<f32> = weights.slice(s![0, 0, 0, ..]).to_vec();
    assert!((f64::from(row[1]) - top).abs() < 1e-6 && (f64::from(row[2]) - (1.0 - top)).abs() < 1e-6, "{row:?}");
    assert_eq!((row[0], row[3]), (0.0, 0.0));
    assert_eq!(weights.slice(s![0, 0, 3, ..]).to_vec(), [0.0, 0.0, 0.0, 1.0]);
    let (d_x, gradients) = attention.backward(&cache, y.view());
    assert!(d_x.iter().chain(gradients.slices().flatten()).all(|v| v.is_finite()));
}

/// Changing the future, however wildly, changes no bit of the past, across block borders too.
#[test]
fn causal_never_looks_ahead() {
    for positions in [Positions::None, Positions::Sinusoidal, Positions::Learned, Positions::Rotary] {
        let attention = build(Settings { positions, ..Settings::default() }, 150, 8);
        let x = random((1, 150, 8), 1);
        let (before, _) = attention.forward(x.clone());
        for cut in [1, 40, 64, 100, 129] {
            let mut changed = x.clone();
            changed.slice_mut(s![.., cut.., ..]).mapv_inplace(|v| 1e4 * v - 3e3);
            let (after, _) = attention.forward(changed);
            let past = s![.., ..cut, ..];
            assert_eq!(before.slice(past), after.slice(past), "{positions:?}, cut at {cut}");
            assert_ne!(before.slice(s![.., cut, ..]), after.slice(s![.., cut, ..]));
        }
    }
}

#[test]
fn a_query_without_keys_gives_the_output_bias_and_no_nan() {
    for mask in [Mask::Causal, Mask::None] {
        let attention = build(Settings { mask, ..Settings::default() }, 70, 8);
        // Sequence 0 is padding throughout, sequence 1 in its first 66 steps.
        let real = Array2::from_shape_fn((2, 70), |(b, t)| b == 1 && t >= 66);
        let (y, cache) = attention.forward_masked(random((2, 70, 8), 4), Some(real.view()));
        let bias = attention.parameters().pop().unwrap().value.into_dimensionality().unwrap();
        let blind = concatenate![
            Axis(0),
            y.slice(s![0, .., ..]),
            y.slice(s![1, ..if mask == Mask::Causal { 66 } else { 0 }, ..])
        ];
        assert!(blind.rows().into_iter().all(|row| row == bias), "{mask:?}");
        let weights = attention.attention_weights(&cache).unwrap();
        for ((b, _, _, key), weight) in weights.indexed_iter() {
            assert!(real[[b, key]] || *weight == 0.0);
        }
        let (d_x, gradients) = attention.backward(&cache, random((2, 70, 8), 5).view());
        assert!(d_x.iter().chain(gradients.slices().flatten()).all(|v| v.is_finite()), "{mask:?}");
        assert!(d_x.slice(s![0, .., ..]).iter().all(|v| *v == 0.0), "{mask:?}: padding got a gradient");
    }
}

/// A padded sequence gives what the same sequence gives when it is cut off before the padding.
#[test]
fn padding_equals_cutting_off() {
    let settings = Settings { mask: Mask::None, positions: Positions::Rotary, ..Settings::default() };
    let attention = build(settings, 80, 8);
    let x = random((1, 80, 8), 6);
    let real = Array2::from_shape_fn((1, 80), |(_, t)| t < 50);
    let (padded, _) = attention.forward_masked(x.clone(), Some(real.view()));
    let (cut, _) = attention.forward(x.slice(s![.., ..50, ..]).to_owned());
    let difference = (&padded.slice(s![.., ..50, ..]) - &cut).mapv(f32::abs).into_iter().fold(0.0, f32::max);
    assert!(difference < 1e-6, "{difference}");
}

/// Without positions and mask, steps in another order give the same outputs in that order.
#[test]
fn permuted_steps_give_permuted_outputs() {
    let attention = build(Settings { mask: Mask::None, ..Settings::default() }, 90, 8);
    let x = random((1, 90, 8), 8);
    let order: Vec<usize> = (0..90).map(|t| (t * 37 + 11) % 90).collect();
    let (y, _) = attention.forward(x.clone());
    let (permuted, _) = attention.forward(x.select(Axis(1), &order));
    let difference = (&y.select(Axis(1), &order) - &permuted).mapv(f32::abs).into_iter().fold(0.0, f32::max);
    assert!(difference < 1e-6, "{difference}");
    for positions in [Positions::Sinusoidal, Positions::Rotary] {
        let attention = build(Settings { mask: Mask::None, positions, ..Settings::default() }, 90, 8);
        let (y, _) = attention.forward(x.clone());
        let (permuted, _) = attention.forward(x.select(Axis(1), &order));
        let difference = (&y.select(Axis(1), &order) - &permuted).mapv(f32::abs).into_iter().fold(0.0, f32::max);
        assert!(difference > 1e-3, "{positions:?} must see the order: {difference}");
    }
}

/// Steps that move on together, behind padding, keep their weights.
#[test]
fn rotary_depends_on_the_distance_alone() {
    let settings = Settings { positions: Positions::Rotary, base: 100.0, scale: Scale::None, ..Settings::default() };
    let attention = build(settings, 40, 16);
    let x = random((1, 20, 16), 9) * 2.0;
    let moved = concatenate![Axis(1), random((1, 17, 16), 10), x];
    let real = Array2::from_shape_fn((1, 37), |(_, t)| t >= 17);
    let (_, cache) = attention.forward(x);
    let (_, cache_moved) = attention.forward_masked(moved, Some(real.view()));
    let here = attention.attention_weights(&cache).unwrap();
    let there = attention.attention_weights(&cache_moved).unwrap();
    let difference = &here - &there.slice(s![.., .., 17.., 17..]);
    assert!(difference.iter().all(|v| v.abs() < 1e-5));
    let plain = build(Settings { positions: Positions::None, ..settings }, 40, 16);
    let (_, cache) = plain.forward(random((1, 20, 16), 9) * 2.0);
    assert!((plain.attention_weights(&cache).unwrap() - here).iter().any(|v| v.abs() > 1e-2), "rotary does something");
}

#[test]
fn thirty_two_heads() {
    let settings = Settings { heads: 32, ..Settings::default() };
    let attention = build(settings, 10, 32);
    let x = random((2, 10, 32), 11);
    let (y, cache) = attention.forward(x.clone());
    assert_eq!(attention.attention_weights(&cache).unwrap().dim(), (2, 32, 10, 10));
    let (want, _) = plain::forward(settings, &plain::parameters(&attention), &x.mapv(f64::from), None);
    assert!(y.iter().zip(&want).all(|(got, want)| (f64::from(*got) - want).abs() < 1e-5));
}

#[test]
fn other_lengths_than_built_for() {
    for positions in [Positions::None, Positions::Sinusoidal, Positions::Learned, Positions::Rotary] {
        let settings = Settings { positions, ..Settings::default() };
        let (short, long) = (build(settings, 4, 8), build(settings, 100, 8));
        let (got, _) = long.forward(random((1, 3, 8), 12));
        assert_eq!(got.dim(), (1, 3, 8));
        match short.output_shape(Shape::new(1, 100, 8)) {
            Ok(_) => {
                let x = random((1, 100, 8), 13);
                assert_eq!(short.forward(x.clone()).0, long.forward(x).0, "{positions:?}");
            }
            Err(refused) => {
                assert_eq!(positions, Positions::Learned);
                let text = refused.to_string();
                assert!(text.contains("expected time = 4, got 100") && text.contains("\"rotary\""), "{text}");
            }
        }
    }
    // The gradient of a position that no step used is zero.
    let learned = build(Settings { positions: Positions::Learned, ..Settings::default() }, 5, 8);
    let (y, cache) = learned.forward(random((2, 3, 8), 14));
    let (_, gradients) = learned.backward(&cache, y.view());
    let used: Vec<bool> =
        gradients.slices().next().unwrap().chunks(8).map(|row| row.iter().any(|v| *v != 0.0)).collect();
    assert_eq!(used, [true, true, true, false, false]);
}

#[test]
fn nothing_in_nothing_out() {
    let attention = build(Settings::default(), 4, 8);
    for shape in [(0, 4, 8), (3, 0, 8)] {
        let (y, cache) = attention.forward(Array3::zeros(shape));
        assert_eq!(y.dim(), shape);
        assert_eq!(attention.backward(&cache, y.view()).0.dim(), shape);
        assert_eq!(attention.attention_weights(&cache).unwrap().dim(), (shape.0, 4, shape.1, shape.1));
    }
}

/// At N steps the option changes no bit; at N² steps logits are twice as large, as with a query twice as large.
#[test]
fn logits_grow_with_the_logarithm_of_the_length() {
    let plain = Settings { heads: 2, scale: Scale::None, ..Settings::default() };
    let scaled = build(Settings { length_scaling: 9, ..plain }, 81, 8);
    let mut plain = build(plain, 81, 8);
    let x = random((1, 81, 8), 15);
    let early = x.slice(s![.., ..9, ..]).to_owned();
    assert_eq!(scaled.forward(early.clone()).0, plain.forward(early).0);
    for (name, parameter) in ["query.weight", "query.bias"].map(|name| {
        let twice = plain.parameters().into_iter().find(|p| p.name == name).unwrap().value.mapv(|v| 2.0 * v);
        (name, twice)
    }) {
        set(&mut plain, name, |at| parameter[at]);
    }
    let difference = (scaled.forward(x.clone()).0 - plain.forward(x).0).mapv(f32::abs).into_iter().fold(0.0, f32::max);
    assert!(difference < 1e-5, "{difference}");
}

#[test]
fn what_cannot_be_built_is_refused_with_the_fix() {
    let refused = |settings: Settings, time, width| {
        Attention::new(settings, Site { time, width, seed: 0 }).err().expect("must be refused").to_string()
    };
    let heads = |heads| Settings { heads, ..Settings::default() };
    assert_eq!(
        refused(heads(5), 4, 12),
        "attention: heads = 5 does not divide width = 12; set heads to one of 1, 2, 3, 4, 6, 12"
    );
    assert!(refused(heads(0), 4, 4).ends_with("set heads to one of 1, 2, 4"));
    assert!(refused(heads(usize::MAX), 4, 4).contains("set heads to one of 1, 2, 4"));
    let rotary = |heads| Settings { heads, positions: Positions::Rotary, ..Settings::default() };
    assert!(refused(rotary(4), 4, 12).ends_with("width / heads = 3; set heads to one of 1, 2, 3, 6"));
    assert!(refused(rotary(1), 4, 9).ends_with("choose an even width"));
    assert!(refused(heads(1), 4, usize::MAX).contains("8192"));
    assert!(refused(heads(1), 4, 0).contains("width = 0"));
    let learned = Settings { positions: Positions::Learned, ..Settings::default() };
    assert!(refused(learned, usize::MAX, 8).contains("use positions = \"sinusoidal\" or \"rotary\""));
    for base in [0.0, -1.0, f64::NAN, f64::INFINITY] {
        assert!(refused(Settings { base, ..Settings::default() }, 4, 8).contains("at least 1"));
    }
    let once = Settings { length_scaling: 1, ..Settings::default() };
    assert!(refused(once, 4, 8).ends_with("set it to the length of training, or to 0"));
}

#[test]
fn another_width_is_refused_and_a_long_sequence_is_not() {
    let attention = build(Settings { heads: 2, mask: Mask::None, ..Settings::default() }, 1 << 24, 8);
    assert!(
        attention.output_shape(Shape::new(1, 4, 7)).unwrap_err().to_string().contains("expected feature = 8, got 7")
    );
    // Nothing that is kept grows with time².
    let kept = |time| attention.cost(Shape::new(1, time, 8)).bytes_kept;
    assert_eq!(kept(1 << 19), 2 * kept(1 << 18));
    assert!(attention.output_shape(Shape::new(1, 1 << 19, 8)).is_ok());
}
