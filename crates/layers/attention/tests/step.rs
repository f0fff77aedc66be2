//! One step read out of a long sequence: that row of the forward, in memory that does not grow with the width.

use attention::{Attention, Mask, Positions, Settings};
use layer::{Layer, Norm, Residual, Site, Stack, init};
use layer_testkit::{PeakAllocator, peak};
use ndarray::{Array3, Axis};

#[global_allocator]
static ALLOCATOR: PeakAllocator = PeakAllocator::new();

fn random(shape: (usize, usize, usize), seed: u64) -> Array3<f32> {
    init::normal(shape, 1.0, seed, "test")
}

/// Across the seams of the blocks, and past the steps for which tables are kept.
#[test]
fn a_step_of_a_long_sequence_is_a_row_of_the_forward() {
    let base = Settings { heads: 2, ..Settings::default() };
    for settings in [
        base,
        Settings { mask: Mask::None, positions: Positions::Rotary, ..base },
        Settings { positions: Positions::Sinusoidal, length_scaling: 64, ..base },
    ] {
        let attention = Attention::new(settings, Site { time: 64, width: 4, seed: 3 }).unwrap();
        let x = random((1, 4500, 4), 1);
        let (y, _) = attention.forward(x.clone());
        for step in [0, 4095, 4096, 4499] {
            let got = attention.forward_step(x.view(), step);
            let difference = (&got - &y.index_axis(Axis(1), step)).mapv(f32::abs).into_iter().fold(0.0, f32::max);
            assert!(difference < 1e-5, "{settings:?}, step {step}: {difference}");
            let weights = attention.match_step(x.view(), step).expect("attention has weights");
            assert_eq!(weights.dim(), (1, 2, 4500));
            for head in weights.rows() {
                assert!((head.iter().map(|weight| f64::from(*weight)).sum::<f64>() - 1.0).abs() < 1e-6);
                let seen = if settings.mask == Mask::Causal { step + 1 } else { 4500 };
                assert!(head.iter().skip(seen).all(|weight| *weight == 0.0));
            }
        }
    }
}

/// x itself would be 4·n·width bytes; the forward keeps five times that.
#[test]
fn a_step_takes_less_memory_than_the_sequence() {
    let (n, width) = (1 << 16, 64);
    let settings = Settings { heads: 1, ..Settings::default() };
    let attention = Attention::new(settings, Site { time: 64, width, seed: 3 }).unwrap();
    let x = random((1, n, width), 2);
    let bytes = peak::of(&mut || drop(std::hint::black_box(attention.forward_step(x.view(), n - 1))));
    let bytes = bytes.expect("the allocator is installed");
    assert!((1..(n * width * 4) as u64).contains(&bytes), "{bytes} bytes");
}

/// Blocks as models have them, one behind the other: what is read out passes through both, and the weights are the last's.
#[test]
fn a_step_passes_through_blocks() {
    let width = 8;
    let block = |seed| {
        let attention = Attention::new(Settings::default(), Site { time: 20, width, seed }).unwrap();
        let inside = Stack::default().with("norm", Box::new(Norm::new(width))).with("attention", Box::new(attention));
        Box::new(Residual(Box::new(inside)))
    };
    let blocks = Stack::default().with("0", block(1)).with("1", block(2)).with("norm", Box::new(Norm::new(width)));
    let x = random((3, 20, width), 3);
    let (y, cache) = blocks.forward(x.clone());
    let weights = blocks.attention_weights(&cache).unwrap();
    for step in [0, 13, 19] {
        let difference = &blocks.forward_step(x.view(), step) - &y.index_axis(Axis(1), step);
        assert!(difference.iter().all(|v| v.abs() < 1e-5), "{difference}");
        let difference = blocks.match_step(x.view(), step).unwrap() - weights.index_axis(Axis(2), step);
        assert!(difference.iter().all(|v| v.abs() < 1e-6), "{difference}");
    }
}
