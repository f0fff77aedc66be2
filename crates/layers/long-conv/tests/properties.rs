//! What must hold of any filter, whatever its numbers.

mod plain;

use kernels::flops::counted;
use layer::{Gradients, Layer, Shape, Site};
use long_conv::{LongConv, Padding, Settings};
use ndarray::{Array3, Axis, s};
use plain::{error, feature, parameter, random, sums};

const PADDINGS: [Padding; 2] = [Padding::Causal, Padding::Centred];

fn build(padding: Padding, time: usize, width: usize) -> LongConv {
    LongConv::new(Settings { padding, final_relu: false }, Site { time, width, seed: 3 }).unwrap()
}

/// With an affine map that leaves everything as it is: what comes out is what the filter made.
fn bare(padding: Padding, time: usize, width: usize) -> LongConv {
    let mut layer = build(padding, time, width);
    for p in layer.parameters_mut() {
        if let Some(mut weight) = p.name.starts_with("output").then_some(p.value) {
            weight.fill(0.0);
            if weight.ndim() == 2 {
                (0..width).for_each(|i| weight[[i, i]] = 1.0);
            }
        }
    }
    layer
}

/// Output, gradient of the input, gradients of the parameters.
fn pass(layer: &dyn Layer, x: &Array3<f32>, d_y: &Array3<f32>) -> (Array3<f32>, Array3<f32>, Gradients) {
    let (y, cache) = layer.forward(x.clone());
    let (d_x, gradients) = layer.backward(&cache, d_y.view());
    (y, d_x, gradients)
}

/// The sums themselves in f64, with many levels of transforms, at lengths around a power of two.
#[test]
fn long_sequences_are_summed_as_exactly_as_short_ones() {
    for padding in PADDINGS {
        for time in [100, 4095, 4096, 4097] {
            let layer = bare(padding, time, 2);
            let (x, d_y) = (random((1, time, 2), 1), random((1, time, 2), 2));
            let (y, d_x, gradients) = pass(&layer, &x, &d_y);
            let (filter, lags) = (parameter(&layer, "filter"), gradients.slices().next().unwrap().len() / 2);
            let zero = if padding == Padding::Causal { 0 } else { time - 1 };
            for f in 0..2 {
                let want = sums(padding, &filter.row(f).to_vec(), zero, &feature(&x, f), &feature(&d_y, f));
                let column = |x: &Array3<f32>| x.slice(s![0, .., f]).to_vec();
                let d_filter = gradients.slices().next().unwrap()[f * lags..][..lags].to_vec();
                for (name, got, want) in [
                    ("y", column(&y), want.filtered),
                    ("d_x", column(&d_x), want.d_x),
                    ("d_filter", d_filter, want.d_filter),
                ] {
                    let error = error(got, want);
                    assert!(error < 1e-6, "{padding:?}, {time} steps, {name} of feature {f}: {error:e}");
                }
            }
        }
    }
}

/// However large a step is, no bit of those before it changes, nor does their gradient reach it, at every seam of the cut.
#[test]
fn the_future_does_not_exist() {
    let layer = build(Padding::Causal, 600, 4);
    let (x, d_y) = (random((1, 600, 4), 1), random((1, 600, 4), 2));
    let (y, d_x, _) = pass(&layer, &x, &d_y);
    for cut in [1, 63, 64, 65, 127, 128, 256, 300, 511, 512, 576, 599] {
        let mut changed = x.clone();
        changed.slice_mut(s![.., cut.., ..]).mapv_inplace(|v| 1e6 * v - 3e3);
        let mut back = d_y.clone();
        back.slice_mut(s![.., ..cut, ..]).mapv_inplace(|v| 1e6 * v - 3e3);
        let (moved, d_moved, _) = pass(&layer, &changed, &back);
        let (before, after) = (s![.., ..cut, ..], s![.., cut.., ..]);
        assert_eq!(y.slice(before), moved.slice(before), "cut at {cut}");
        assert_eq!(d_x.slice(after), d_moved.slice(after), "cut at {cut}");
        assert!(y.slice(after) != moved.slice(after) && d_x.slice(before) != d_moved.slice(before));
    }
}

/// A layer that is built for more steps uses the lags nearest to 0, and leaves the others without a gradient.
#[test]
fn a_shorter_sequence_uses_the_first_lags() {
    for padding in PADDINGS {
        for time in [1, 5, 64, 150] {
            let (long, mut short) = (build(padding, 200, 3), build(padding, time, 3));
            let zero = if padding == Padding::Causal { 0 } else { 199 };
            let ahead = if padding == Padding::Causal { 0 } else { time - 1 };
            let used = zero - ahead..zero + time;
            for (mut to, from) in short.parameters_mut().into_iter().zip(long.parameters()) {
                let from = if from.name == "filter" {
                    from.value.slice_axis(Axis(1), used.clone().into())
                } else {
                    from.value
                };
                to.value.assign(&from);
            }
            let (x, d_y) = (random((2, time, 3), 1), random((2, time, 3), 2));
            let (y, d_x, gradients) = pass(&long, &x, &d_y);
            let (want_y, want_d_x, want) = pass(&short, &x, &d_y);
            assert_eq!((y, d_x), (want_y, want_d_x), "{padding:?}, {time} steps");
            let (d_filter, want) = (gradients.iter().next().unwrap(), want.iter().next().unwrap());
            assert_eq!(d_filter.slice_axis(Axis(1), used.clone().into()), want);
            let unused = |column: &usize| !used.contains(column);
            let lags = d_filter.shape()[1];
            assert!(
                (0..lags).filter(unused).all(|column| d_filter.index_axis(Axis(1), column).iter().all(|d| *d == 0.0))
            );
        }
    }
}

#[test]
fn threads_change_no_bit_and_no_count() {
    for padding in PADDINGS {
        let layer = build(padding, 150, 40);
        let (x, d_y) = (random((2, 150, 40), 1), random((2, 150, 40), 2));
        let work = || {
            let ((y, d_x, gradients), flops) = counted(|| pass(&layer, &x, &d_y));
            (y, d_x, gradients.slices().map(<[f32]>::to_vec).collect::<Vec<_>>(), flops)
        };
        let alone = work();
        assert_eq!(alone.3, layer.cost(Shape::new(2, 150, 40)).flops());
        for threads in [2, 3] {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            assert_eq!(pool.install(work), alone);
        }
    }
}

/// 150 steps are three blocks: from the first to the second goes a transform of 128, from both to the third one of 256.
#[test]
fn cost_by_hand() {
    let cost = build(Padding::Causal, 200, 4).cost(Shape::new(3, 150, 4));
    let (t128, t256) = (320 * 7, 640 * 8);
    let (near, map) = (2 * 3 * 192 * 64, 2 * 3 * 150 * 16);
    assert_eq!(cost.flops_forward, 4 * (near + (1 + 2 * 3) * (t128 + t256)) + map);
    assert_eq!(cost.flops_backward, 4 * (2 * near + (2 + 3 * 3) * (t128 + t256)) + 2 * map);
    assert_eq!((cost.parameters, cost.bytes_kept), (4 * 200 + 20, 4 * 2 * 3 * 150 * 4));
    let cost = build(Padding::Centred, 150, 4).cost(Shape::new(3, 150, 4));
    assert_eq!(cost.flops_forward, 4 * (1 + 2 * 3) * (1280 * 9) + map);
    assert_eq!(cost.parameters, 4 * 299 + 20);
    // A hundred times as long takes less than three hundred times as much, not ten thousand.
    let flops = |time| build(Padding::Causal, time, 1).cost(Shape::new(1, time, 1)).flops();
    assert!(flops(102_400) < 300 * flops(1024));
}

/// Of an input of variance 1, what the filter makes has variance 1, in the mean over steps.
#[test]
fn the_filter_starts_with_unit_variance() {
    for padding in PADDINGS {
        let (time, width) = (512, 64);
        let filter = parameter(&build(padding, time, width), "filter");
        let zero = filter.ncols() - time;
        let of_lag = |(column, filter): (usize, ndarray::ArrayView1<'_, f64>)| {
            let steps = time - column.abs_diff(zero);
            filter.iter().map(|f| f * f).sum::<f64>() * steps as f64
        };
        let variance = filter.columns().into_iter().enumerate().map(of_lag).sum::<f64>() / (time * width) as f64;
        assert!((variance - 1.0).abs() < 0.1, "{padding:?}: {variance}");
        // Lags 1 … 2, 3 … 6, 7 … 14 bring about as much as each other.
        let share =
            |from: usize| filter.slice(s![.., zero + from..zero + 2 * from + 1]).iter().map(|f| f * f).sum::<f64>();
        assert!((0.5..2.0).contains(&(share(63) / share(1))), "{padding:?}");
    }
}

#[test]
fn a_stream_gives_the_rows_of_the_forward() {
    let layer = build(Padding::Causal, 150, 5);
    let x = random((3, 150, 5), 5);
    let (y, _) = layer.forward(x.clone());
    let mut stream = layer.stream(3).expect("causal");
    for step in 0..150 {
        assert_eq!(stream.state(), 5 * step);
        let got = stream.step(x.index_axis(Axis(1), step));
        let want = y.index_axis(Axis(1), step).mapv(f64::from);
        assert!(error(got, want) < 2e-6, "step {step}");
    }
    assert!(build(Padding::Centred, 150, 5).stream(1).is_none());
}

#[test]
#[should_panic(expected = "expected time = 2, got 3")]
fn a_stream_ends_with_its_filter() {
    let layer = build(Padding::Causal, 2, 3);
    let mut stream = layer.stream(1).expect("causal");
    for _ in 0..3 {
        stream.step(random((1, 1, 3), 1).index_axis(Axis(1), 0));
    }
}

/// Also of a sequence that is shorter than the filter.
#[test]
fn a_step_is_a_row_of_the_forward() {
    for padding in PADDINGS {
        let layer = build(padding, 400, 5);
        let x = random((2, 300, 5), 6);
        let (y, _) = layer.forward(x.clone());
        for step in [0, 63, 64, 200, 299] {
            let want = y.index_axis(Axis(1), step).mapv(f64::from);
            assert!(error(layer.forward_step(x.view(), step), want) < 2e-6, "{padding:?}, step {step}");
        }
    }
}

#[test]
fn nothing_in_nothing_out() {
    for padding in PADDINGS {
        let layer = build(padding, 70, 4);
        for shape in [(0, 70, 4), (3, 0, 4)] {
            let (y, cache) = layer.forward(Array3::zeros(shape));
            assert_eq!(y.dim(), shape);
            let (d_x, gradients) = layer.backward(&cache, y.view());
            assert!(d_x.dim() == shape && gradients.slices().flatten().all(|d| *d == 0.0));
        }
    }
}
