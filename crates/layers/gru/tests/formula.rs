//! Every variant against plain loops in f64: outputs, and gradients as differences of those loops along random directions.

use gru::DEFINITION;
use layer::Definition;
use layer_testkit::assert_equals_plain;
use ndarray::ArrayD;

/// The formula of the crate's head, read word by word, with z in place of u. `p` are the parameters in order.
fn plain(_: &Definition, _: &str, p: &[ArrayD<f64>], x: &ArrayD<f64>) -> ArrayD<f64> {
    let [input, bias, hidden, c] = p else { panic!("four parameters") };
    let [batch, time, width] = *x.shape() else { panic!("batch, time, width") };
    let sigmoid = |a: f64| 1.0 / (1.0 + (-a).exp());
    let mut y = x.clone();
    for row in 0..batch {
        let mut h = vec![0.0; width];
        for step in 0..time {
            let from_x = |column: usize| {
                bias[[column]] + (0..width).map(|i| x[[row, step, i]] * input[[i, column]]).sum::<f64>()
            };
            let from_h = |column: usize| (0..width).map(|i| h[i] * hidden[[i, column]]).sum::<f64>();
            let next = (0..width).map(|unit| {
                let r = sigmoid(from_x(unit) + from_h(unit));
                let z = sigmoid(from_x(width + unit) + from_h(width + unit));
                let n = (from_x(2 * width + unit) + r * (from_h(2 * width + unit) + c[[unit]])).tanh();
                (1.0 - z) * n + z * h[unit]
            });
            h = next.collect();
            for (unit, h) in h.iter().enumerate() {
                y[[row, step, unit]] = *h;
            }
        }
    }
    y
}

fn check(variant: &str, shape: (usize, usize, usize)) {
    assert_equals_plain(&DEFINITION, plain, variant, shape.into());
}

#[test]
fn every_variant_equals_plain_loops() {
    for variant in DEFINITION.variants {
        for shape in [(1, 1, 1), (2, 5, 3), (3, 17, 4), (5, 2, 7)] {
            check(variant, shape);
        }
    }
}

/// Hidden weights wider than one piece, and than two.
#[test]
fn wide_units_equal_plain_loops() {
    check("", (2, 4, 90));
    check("", (1, 3, 180));
}
