//! Every form against plain loops in f64: outputs, and gradients as differences of those loops along random directions.

use layer::{Definition, Site};
use layer_testkit::assert_equals_plain;
use linear::DEFINITION;
use ndarray::{Array3, ArrayD};

/// The formula of the crate's head, read word by word. `p` are the parameters in order.
fn plain(_: &Definition, variant: &str, p: &[ArrayD<f64>], x: &ArrayD<f64>) -> ArrayD<f64> {
    let [time, width] = [x.shape()[1], x.shape()[2]];
    let causal = variant.contains("causal = true");
    ArrayD::from_shape_fn(x.shape(), |at| {
        let [b, t, f] = [at[0], at[1], at[2]];
        if variant.contains("mean") {
            let seen = if causal { t + 1 } else { time };
            return (0..seen).map(|s| x[[b, s, f]]).sum::<f64>() / seen as f64;
        }
        let (sum, output): (f64, usize) = if variant.contains("time") {
            let seen = if causal { t + 1 } else { time };
            ((0..seen).map(|s| p[0][[t, s]] * x[[b, s, f]]).sum(), t)
        } else if variant.contains("flattened") {
            let output = t * width + f;
            let term = |s: usize, i: usize| x[[b, s, i]] * p[0][[s * width + i, output]];
            ((0..time).flat_map(|s| (0..width).map(move |i| term(s, i))).sum(), output)
        } else {
            ((0..width).map(|i| x[[b, t, i]] * p[0][[i, f]]).sum(), f)
        };
        sum + p.get(1).map_or(0.0, |bias| bias[[output]])
    })
}

fn check(variant: &str, shape: (usize, usize, usize)) {
    assert_equals_plain(&DEFINITION, plain, variant, shape.into());
}

#[test]
fn every_variant_equals_plain_loops() {
    for variant in DEFINITION.variants {
        for shape in [(1, 1, 1), (2, 5, 3), (3, 7, 4)] {
            check(variant, shape);
        }
    }
}

/// Times around the edge of a causal block.
#[test]
fn causal_blocks_join() {
    for time in [63, 64, 65, 130] {
        check("over = \"time\"\ncausal = true", (2, time, 3));
    }
}

#[test]
fn the_masked_part_starts_at_zero_and_keeps_gradient_zero() {
    let options = DEFINITION.variant("over = \"time\"\ncausal = true");
    let layer = (DEFINITION.build)(&options, Site { time: 70, width: 2, seed: 1 }).expect("it builds");
    let weight = &layer.parameters()[0].value;
    let (_, cache) = layer.forward(Array3::ones((2, 70, 2)));
    let (_, gradients) = layer.backward(&cache, Array3::ones((2, 70, 2)).view());
    let gradient = gradients.iter().next().expect("a weight");
    for t in 0..70 {
        for s in 0..70 {
            assert_eq!(weight[[t, s]] == 0.0, s > t, "weight[{t}, {s}]");
            assert_eq!(gradient[[t, s]] == 0.0, s > t, "d_weight[{t}, {s}]");
        }
    }
}
