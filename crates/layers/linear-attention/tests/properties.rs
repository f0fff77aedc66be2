//! What must hold of any such attention, whatever its numbers.

use layer::{Layer, Shape, Site, init};
use linear_attention::{LinearAttention, Mask, Settings};
use ndarray::{Array2, Array3, Axis, s};
use proptest::prelude::*;

fn build(heads: usize, mask: Mask, width: usize) -> LinearAttention {
    LinearAttention::new(Settings { heads, mask }, Site { time: 8, width, seed: 3 }).unwrap()
}

fn random(shape: (usize, usize, usize), seed: u64) -> Array3<f32> {
    init::normal(shape, 1.0, seed, "test")
}

fn worst(difference: impl IntoIterator<Item = f32>) -> f32 {
    difference.into_iter().fold(0.0, |worst, d| if d.abs() > worst || d.is_nan() { d.abs() } else { worst })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// Rows sum to 1, nothing weighs less than 0, and the future weighs exactly 0, at any size of the input.
    #[test]
    fn weights_are_percentages(
        heads in prop::sample::select(vec![1, 2, 4, 8]), time in 1usize..100, causal: bool, size in 0.0f32..1e5, seed: u64,
    ) {
        let layer = build(heads, if causal { Mask::Causal } else { Mask::None }, 8);
        let (_, cache) = layer.forward(random((2, time, 8), seed) * size);
        let weights = layer.attention_weights(&cache).unwrap();
        prop_assert_eq!(weights.dim(), (2, heads, time, time));
        for ((_, _, query, key), weight) in weights.indexed_iter() {
            prop_assert!((0.0..=1.00001).contains(weight) && (!causal || key <= query || *weight == 0.0));
        }
        prop_assert!(weights.sum_axis(Axis(3)).iter().all(|sum| (sum - 1.0).abs() < 1e-5));
    }
}

/// A mean of values stays among them, even where φ of every query and key is as small as it gets.
#[test]
fn keys_far_below_zero_are_weighed_alike() {
    for mask in [Mask::Causal, Mask::None] {
        let mut layer = build(1, mask, 4);
        for mut p in layer.parameters_mut() {
            let identity = |at: &[usize]| f32::from(u8::from(at.len() == 2 && at[0] == at[1]));
            let sign = if p.name.starts_with("query") || p.name.starts_with("key") { -1e4 } else { 1.0 };
            p.value.indexed_iter_mut().for_each(|(at, w)| *w = sign * identity(ndarray::Dimension::slice(&at)));
        }
        let x = random((1, 70, 4), 1).mapv(|v| v.abs() + 0.1);
        let (y, cache) = layer.forward(x.clone());
        for step in [0, 31, 32, 69] {
            let seen = if mask == Mask::Causal { step + 1 } else { 70 };
            let mean = x.slice(s![0, ..seen, ..]).mean_axis(Axis(0)).unwrap();
            assert!(worst(&y.slice(s![0, step, ..]) - &mean) < 1e-5, "{mask:?}, step {step}");
        }
        let (d_x, gradients) = layer.backward(&cache, y.view());
        assert!(d_x.iter().chain(gradients.slices().flatten()).all(|v| v.is_finite()));
    }
}

/// Changing the future, however wildly, changes no bit of the past, across the seams of chunks too.
#[test]
fn causal_never_looks_ahead() {
    let layer = build(2, Mask::Causal, 8);
    let x = random((1, 110, 8), 1);
    let (before, _) = layer.forward(x.clone());
    for cut in [1, 20, 31, 32, 33, 64, 96, 109] {
        let mut changed = x.clone();
        changed.slice_mut(s![.., cut.., ..]).mapv_inplace(|v| 1e4 * v - 3e3);
        let (after, _) = layer.forward(changed);
        assert_eq!(before.slice(s![.., ..cut, ..]), after.slice(s![.., ..cut, ..]), "cut at {cut}");
        assert_ne!(before.slice(s![.., cut, ..]), after.slice(s![.., cut, ..]));
    }
}

/// Without a mask, steps in another order give the same outputs in that order; with one they do not.
#[test]
fn permuted_steps_give_permuted_outputs() {
    let order: Vec<usize> = (0..90).map(|t| (t * 37 + 11) % 90).collect();
    let x = random((2, 90, 8), 8);
    for mask in [Mask::None, Mask::Causal] {
        let layer = build(2, mask, 8);
        let (y, _) = layer.forward(x.clone());
        let (permuted, _) = layer.forward(x.select(Axis(1), &order).as_standard_layout().into_owned());
        let difference = worst(&y.select(Axis(1), &order) - &permuted);
        assert_eq!(difference < 1e-5, layer.is_permutation_equivariant(), "{mask:?}: {difference:e}");
        assert_eq!(layer.is_permutation_equivariant(), mask == Mask::None);
    }
}

/// Fed step by step it gives the same rows, remembers as many numbers throughout, and starts from nothing each time.
#[test]
fn a_stream_is_the_forward() {
    for (heads, batch, time, width) in [(4, 1, 1, 4), (2, 3, 75, 12), (1, 2, 200, 5), (4, 2, 40, 64)] {
        let layer = build(heads, Mask::Causal, width);
        let x = random((batch, time, width), 2);
        let (y, _) = layer.forward(x.clone());
        let head_width = width / heads;
        for _ in 0..2 {
            let mut stream = layer.stream(batch).expect("causal");
            for step in 0..time {
                assert_eq!(stream.state(), heads * (head_width * head_width + head_width));
                let got: Array2<f32> = stream.step(x.slice(s![.., step, ..]));
                let difference = worst(&got - &y.slice(s![.., step, ..]));
                assert!(difference < 1e-5, "{heads} heads, width {width}, step {step}: {difference:e}");
            }
        }
    }
    assert!(build(2, Mask::None, 8).stream(1).is_none(), "what sees the future can't be fed step by step");
}

/// Twice the steps are twice the FLOPs and twice the bytes, where attention has four times the FLOPs.
#[test]
fn costs_grow_with_the_length() {
    for mask in [Mask::Causal, Mask::None] {
        let layer = build(4, mask, 64);
        let [short, long] = [4096, 8192].map(|time| layer.cost(Shape::new(1, time, 64)));
        for (short, long) in [
            (short.flops_forward, long.flops_forward),
            (short.flops_backward, long.flops_backward),
            (short.bytes_kept, long.bytes_kept),
        ] {
            assert!((long as f64 / short as f64 - 2.0).abs() < 1e-3, "{mask:?}: {short} and {long}");
        }
    }
}
