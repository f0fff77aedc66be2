//! One step read out of a long sequence is that row of the forward, and nothing of size n × n is ever made.

use layer::{Layer, Site, init};
use layer_testkit::{PeakAllocator, peak};
use linear_attention::{LinearAttention, Mask, Settings};
use ndarray::{Array3, Axis};

#[global_allocator]
static ALLOCATOR: PeakAllocator = PeakAllocator::new();

fn random(shape: (usize, usize, usize), seed: u64) -> Array3<f32> {
    init::normal(shape, 1.0, seed, "test")
}

fn build(heads: usize, mask: Mask, width: usize) -> LinearAttention {
    LinearAttention::new(Settings { heads, mask }, Site { time: 64, width, seed: 3 }).unwrap()
}

/// Across the seams of the blocks.
#[test]
fn a_step_of_a_long_sequence_is_a_row_of_the_forward() {
    for mask in [Mask::Causal, Mask::None] {
        let layer = build(2, mask, 4);
        let x = random((1, 4500, 4), 1);
        let (y, _) = layer.forward(x.clone());
        for step in [0, 4095, 4096, 4499] {
            let got = layer.forward_step(x.view(), step);
            let difference = (&got - &y.index_axis(Axis(1), step)).mapv(f32::abs).into_iter().fold(0.0, f32::max);
            assert!(difference < 1e-5, "{mask:?}, step {step}: {difference}");
            let weights = layer.match_step(x.view(), step).expect("it has weights");
            assert_eq!(weights.dim(), (1, 2, 4500));
            for head in weights.rows() {
                assert!((head.iter().map(|weight| f64::from(*weight)).sum::<f64>() - 1.0).abs() < 1e-6);
                let seen = if mask == Mask::Causal { step + 1 } else { 4500 };
                assert!(head.iter().take(seen).all(|weight| *weight > 0.0));
                assert!(head.iter().skip(seen).all(|weight| *weight == 0.0));
            }
        }
    }
}

/// The most bytes alive at once beyond those before.
fn peak_of(mut work: impl FnMut()) -> u64 {
    peak::of(&mut work).expect("the allocator is installed")
}

/// x itself would be 4·n·width bytes; a forward keeps five times that.
#[test]
fn a_step_takes_less_memory_than_the_sequence() {
    let (n, width) = (1 << 16, 64);
    let layer = build(4, Mask::Causal, width);
    let x = random((1, n, width), 2);
    let bytes = peak_of(|| drop(std::hint::black_box(layer.forward_step(x.view(), n - 1))));
    assert!((1..(n * width * 4) as u64).contains(&bytes), "{bytes} bytes");
}

/// Forward and backward of 8192 steps: a single head's n × n numbers would be 256 MiB.
#[test]
fn no_pass_makes_all_pairs() {
    let (n, width) = (8192, 16);
    for mask in [Mask::Causal, Mask::None] {
        let layer = build(4, mask, width);
        let x = random((1, n, width), 2);
        let bytes = peak_of(|| {
            let (y, cache) = layer.forward(x.clone());
            drop(layer.backward(&cache, y.view()));
        });
        let sequences = bytes as f64 / (4 * n * width) as f64;
        assert!((5.0..20.0).contains(&sequences), "{mask:?}: as much as {sequences} sequences");
    }
}
