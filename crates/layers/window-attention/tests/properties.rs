//! What must hold of any window, whatever its numbers.

use attention::Attention;
use kernels::flops::counted;
use layer::{Gradients, Layer, Shape, Site, init};
use ndarray::{Array2, Array3, Axis, s};
use proptest::prelude::*;
use window_attention::{Mask, Settings, WindowAttention};

fn build(settings: Settings, width: usize) -> WindowAttention {
    WindowAttention::new(settings, Site { time: 4, width, seed: 3 }).unwrap()
}

fn random(shape: (usize, usize, usize), seed: u64) -> Array3<f32> {
    init::normal(shape, 1.0, seed, "test")
}

/// The largest difference; NaN if there is one.
fn furthest<'a>(a: impl IntoIterator<Item = &'a f32>, b: impl IntoIterator<Item = &'a f32>) -> f32 {
    a.into_iter().zip(b).map(|(a, b)| (a - b).abs()).fold(0.0, |most, d| if d > most || d.is_nan() { d } else { most })
}

/// Output, gradient of the input, gradients of the parameters.
fn pass(layer: &dyn Layer, x: &Array3<f32>, d_y: &Array3<f32>) -> (Array3<f32>, Array3<f32>, Gradients) {
    let (y, cache) = layer.forward(x.clone());
    let (d_x, gradients) = layer.backward(&cache, d_y.view());
    (y, d_x, gradients)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    /// A window that hides nothing is the layer attention, forward and backward.
    #[test]
    fn a_window_over_all_steps_is_attention(
        heads in prop::sample::select(vec![1, 2, 4, 8]), time in 1usize..150, more in 0usize..100, causal: bool, seed: u64,
    ) {
        let (mask, plain) =
            if causal { (Mask::Causal, attention::Mask::Causal) } else { (Mask::Centred, attention::Mask::None) };
        let site = Site { time, width: 8, seed };
        let window = WindowAttention::new(Settings { window: time + more, heads, mask }, site).unwrap();
        let attention = Attention::new(attention::Settings { heads, mask: plain, ..Default::default() }, site).unwrap();
        // The same names, streams and so numbers.
        prop_assert!(window.parameters().iter().zip(attention.parameters()).all(|(a, b)| a.name == b.name && a.value == b.value));
        let (x, d_y) = (random((2, time, 8), seed), random((2, time, 8), seed.wrapping_add(1)));
        let (y, d_x, gradients) = pass(&window, &x, &d_y);
        let (want_y, want_d_x, want) = pass(&attention, &x, &d_y);
        prop_assert!(furthest(&y, &want_y) < 1e-5 && furthest(&d_x, &want_d_x) < 1e-5);
        for (got, want) in gradients.slices().zip(want.slices()) {
            prop_assert!(furthest(got, want) < 2e-6 * (2 * time) as f32 + 1e-5);
        }
    }

    /// Rows sum to 1, and what the window hides weighs exactly 0, at any size of the logits.
    #[test]
    fn weights_are_percentages_within_the_window(
        heads in prop::sample::select(vec![1, 2, 4]), window in 1usize..90, time in 1usize..140, causal: bool,
        size in 0.0f32..300.0, seed: u64,
    ) {
        let mask = if causal { Mask::Causal } else { Mask::Centred };
        let layer = build(Settings { window, heads, mask }, 4);
        let (_, cache) = layer.forward(random((2, time, 4), seed) * size);
        let weights = layer.attention_weights(&cache).unwrap();
        prop_assert_eq!(weights.dim(), (2, heads, time, time));
        for ((_, _, query, key), weight) in weights.indexed_iter() {
            let seen = if causal { key <= query && query - key < window } else { key.abs_diff(query) < window };
            prop_assert!((0.0..=1.00001).contains(weight) && (seen || *weight == 0.0));
        }
        prop_assert!(weights.sum_axis(Axis(3)).iter().all(|sum| (sum - 1.0).abs() < 1e-5));
    }
}

/// What lies outside of the window changes no bit, whatever it is, on both sides and across the seams of blocks.
#[test]
fn steps_outside_of_the_window_do_not_exist() {
    for (window, mask) in [(1, Mask::Causal), (5, Mask::Causal), (50, Mask::Causal), (5, Mask::Centred)] {
        let layer = build(Settings { window, mask, heads: 2 }, 8);
        let x = random((1, 200, 8), 1);
        let (y, _) = layer.forward(x.clone());
        for step in [0, 31, 32, 63, 64, 65, 130, 199] {
            let mut changed = x.clone();
            changed.slice_mut(s![.., step, ..]).mapv_inplace(|v| 1e4 * v - 3e3);
            let (moved, _) = layer.forward(changed);
            for t in 0..200usize {
                let sees =
                    if mask == Mask::Causal { t >= step && t - step < window } else { t.abs_diff(step) < window };
                let same = y.index_axis(Axis(1), t) == moved.index_axis(Axis(1), t);
                assert_eq!(same, !sees, "window {window} {mask:?}: step {t} when step {step} changes");
            }
        }
    }
}

#[test]
fn threads_change_no_bit_and_no_count() {
    let layer = build(Settings { window: 40, ..Settings::default() }, 16);
    let (x, d_y) = (random((2, 150, 16), 1), random((2, 150, 16), 2));
    let work = || {
        let ((y, d_x, gradients), flops) = counted(|| pass(&layer, &x, &d_y));
        (y, d_x, gradients.slices().map(<[f32]>::to_vec).collect::<Vec<_>>(), flops)
    };
    let alone = work();
    assert_eq!(alone.3, layer.cost(Shape::new(2, 150, 16)).flops());
    for threads in [2, 3] {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        assert_eq!(pool.install(work), alone);
    }
}

/// 4 projections 2·(2·40)·8². Blocks of 32 queries: 32 steps see 32 keys, the other 8 see 10; two products of 8 columns
/// forward, five backward.
#[test]
fn cost_by_hand() {
    let layer = build(Settings { window: 3, heads: 2, mask: Mask::Causal }, 8);
    let (projections, pairs) = (4 * 2 * 80 * 64, 2 * (32 * 32 + 8 * 10));
    let cost = layer.cost(Shape::new(2, 40, 8));
    assert_eq!(
        (cost.flops_forward, cost.flops_backward),
        (projections + 4 * pairs * 8, 2 * projections + 10 * pairs * 8)
    );
    assert_eq!((cost.parameters, cost.bytes_kept), (4 * 72, 4 * 5 * 2 * 40 * 8));
    // Nothing grows with time², and a window longer than the sequence costs no more than one as long.
    let flops =
        |window, time| build(Settings { window, ..Settings::default() }, 8).cost(Shape::new(1, time, 8)).flops();
    assert!(flops(16, 1 << 20) < 2 * flops(16, 1 << 19) + flops(16, 1 << 10));
    assert_eq!(flops(1 << 20, 300), flops(300, 300));
}

/// Step by step past several turns of the ring; it remembers the window and no more.
#[test]
fn a_stream_gives_the_rows_of_the_forward() {
    for (window, time) in [(1, 5), (3, 20), (16, 100), (64, 40)] {
        let layer = build(Settings { window, ..Settings::default() }, 8);
        let x = random((3, time, 8), 5);
        let (y, _) = layer.forward(x.clone());
        let mut stream = layer.stream(3).expect("causal");
        assert_eq!(stream.state(), 0);
        for step in 0..time {
            let got = stream.step(x.index_axis(Axis(1), step));
            assert!(furthest(&got, y.index_axis(Axis(1), step)) < 1e-5, "window {window}, step {step}");
            assert_eq!(stream.state(), 2 * 8 * window.min(step + 1));
        }
    }
    assert!(build(Settings { mask: Mask::Centred, ..Settings::default() }, 8).stream(1).is_none());
}

/// Reading one step of a long sequence touches its window alone: the rest may be anything.
#[test]
fn a_step_is_read_from_its_window() {
    for mask in [Mask::Causal, Mask::Centred] {
        let layer = build(Settings { window: 20, mask, heads: 2 }, 8);
        let x = random((2, 300, 8), 6);
        let (y, cache) = layer.forward(x.clone());
        let weights = layer.attention_weights(&cache).unwrap();
        for step in [0, 10, 150, 295, 299] {
            let mut hidden = x.clone();
            for t in (0..300usize).filter(|t| t.abs_diff(step) >= 20) {
                hidden.slice_mut(s![.., t, ..]).fill(f32::NAN);
            }
            let got: Array2<f32> = layer.forward_step(hidden.view(), step);
            assert!(furthest(&got, y.index_axis(Axis(1), step)) < 1e-5, "{mask:?}, step {step}");
            let got = layer.match_step(hidden.view(), step).unwrap();
            assert!(furthest(&got, weights.index_axis(Axis(2), step)) < 1e-6, "{mask:?}, step {step}");
        }
    }
}

/// A query with one key gives it weight 1, and no gradient to any logit, to the bit.
#[test]
fn a_window_of_one_step_is_affine() {
    let layer = build(Settings { window: 1, ..Settings::default() }, 8);
    assert!(layer.is_affine() && layer.is_permutation_equivariant() && layer.reach().is_step());
    let (x, d_y) = (random((2, 70, 8), 7) * 100.0, random((2, 70, 8), 8));
    let (_, _, gradients) = pass(&layer, &x, &d_y);
    for (p, gradient) in layer.parameters().iter().zip(gradients.slices()) {
        let matched = p.name.starts_with("query") || p.name.starts_with("key");
        assert_eq!(gradient.iter().all(|d| *d == 0.0), matched, "{}", p.name);
    }
    assert!(!build(Settings::default(), 8).is_affine());
}

#[test]
fn nothing_in_nothing_out() {
    let layer = build(Settings::default(), 8);
    for shape in [(0, 4, 8), (3, 0, 8)] {
        let (y, cache) = layer.forward(Array3::zeros(shape));
        assert_eq!(y.dim(), shape);
        assert_eq!(layer.backward(&cache, y.view()).0.dim(), shape);
        assert_eq!(layer.attention_weights(&cache).unwrap().dim(), (shape.0, 4, shape.1, shape.1));
    }
}
