//! Every form against plain loops in f64: outputs, and gradients as differences of those loops along random directions.

use conv::DEFINITION;
use layer::Definition;
use layer_testkit::assert_equals_plain;
use ndarray::ArrayD;

/// The formula of the crate's head, read word by word. `p` are the parameters in order.
fn plain(definition: &Definition, variant: &str, p: &[ArrayD<f64>], x: &ArrayD<f64>) -> ArrayD<f64> {
    let options = (definition.resolve)(&definition.variant(variant)).expect(variant);
    let centred = options["padding"].as_str() == Some("centred");
    let dilations = options["dilations"].as_array().expect("a list").iter().map(|d| d.as_integer().expect("whole"));
    let mut y = x.clone();
    for (i, dilation) in dilations.enumerate() {
        let [weight, bias] = [&p[2 * i], &p[2 * i + 1]];
        let [kernel, width] = [weight.shape()[0], weight.shape()[1]];
        let input = if i == 0 { y } else { y.mapv(|v| v.max(0.0)) };
        y = ArrayD::from_shape_fn(x.shape(), |at| {
            let mut sum = bias[[at[2]]];
            for j in 0..kernel {
                let tap = j as i64 - if centred { (kernel as i64 - 1) / 2 } else { 0 };
                let step = at[1] as i64 - tap * dilation;
                if (0..x.shape()[1] as i64).contains(&step) {
                    sum += (0..width).map(|f| input[[at[0], step as usize, f]] * weight[[j, f, at[2]]]).sum::<f64>();
                }
            }
            sum
        });
    }
    if options["final_relu"].as_bool() == Some(true) { y.mapv(|v| v.max(0.0)) } else { y }
}

fn check(variant: &str, shape: (usize, usize, usize)) {
    assert_equals_plain(&DEFINITION, plain, variant, shape.into());
}

#[test]
fn every_variant_equals_plain_loops() {
    for variant in DEFINITION.variants {
        for shape in [(1, 1, 1), (2, 5, 3), (3, 17, 4)] {
            check(variant, shape);
        }
    }
}
