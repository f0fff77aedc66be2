//! Every form against plain loops in f64: outputs, and gradients as differences of those loops along random directions.

use layer::Definition;
use layer_testkit::assert_equals_plain;
use mlp::DEFINITION;
use ndarray::ArrayD;

/// The formula of the crate's head, read word by word. `p` are the parameters in order.
fn plain(_: &Definition, variant: &str, p: &[ArrayD<f64>], x: &ArrayD<f64>) -> ArrayD<f64> {
    let over_time = variant.contains("time");
    let [side, hidden] = [p[0].shape()[0], p[0].shape()[1]];
    ArrayD::from_shape_fn(x.shape(), |at| {
        let [b, t, f] = [at[0], at[1], at[2]];
        let input = |i: usize| if over_time { x[[b, i, f]] } else { x[[b, t, i]] };
        let output = if over_time { t } else { f };
        let unit = |h: usize| (0..side).map(|i| input(i) * p[0][[i, h]]).sum::<f64>() + p[1][[h]];
        (0..hidden).map(|h| unit(h).max(0.0) * p[2][[h, output]]).sum::<f64>() + p[3][[output]]
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
