//! Every form against plain loops in f64: outputs, and gradients as differences of those loops along random directions.

use conv::DEFINITION;
use layer::{Definition, Lengths, Shape, Site};
use layer_testkit::assert_equals_plain;
use ndarray::ArrayD;

/// The formula of the crate's head, read word by word. `p` are the parameters in order.
fn plain(definition: &Definition, variant: &str, p: &[ArrayD<f64>], x: &ArrayD<f64>) -> ArrayD<f64> {
    let options = (definition.resolve)(&definition.variant(variant)).expect(variant);
    let stride = options["stride"].as_integer().expect("whole");
    let dilations = options["dilations"].as_array().expect("a list").iter().map(|d| d.as_integer().expect("whole"));
    let mut y = x.clone();
    for (i, dilation) in dilations.enumerate() {
        let [weight, bias] = [&p[2 * i], &p[2 * i + 1]];
        let [kernel, width] = [weight.shape()[0], weight.shape()[1]];
        let span = (kernel as i64 - 1) * dilation;
        // Steps ahead that the first tap looks, and zeros on both sides together.
        let (ahead, zeros) = match (options["padding"].as_str(), options["padding"].as_integer()) {
            (Some("centred"), _) => (span / 2, span),
            (_, Some(zeros)) => (span - zeros, 2 * zeros),
            _ => (0, span),
        };
        let steps = (y.shape()[1] as i64 + zeros - span - 1) / stride + 1;
        let input = if i == 0 { y } else { y.mapv(|v| v.max(0.0)) };
        y = ArrayD::from_shape_fn(vec![x.shape()[0], steps as usize, bias.len()], |at| {
            let mut sum = bias[[at[2]]];
            for j in 0..kernel {
                let step = at[1] as i64 * stride - (j as i64 * dilation - ahead);
                if (0..input.shape()[1] as i64).contains(&step) {
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

/// Without zeros, or with few, fewer steps come out: one at the least.
#[test]
fn kernels_without_zeros_equal_plain_loops() {
    for (variant, shortest) in [
        ("padding = 0", 3),
        ("padding = 0\nkernel = 4\nstride = 3\ndilations = [1, 2]", 22),
        ("padding = 1\nkernel = 5\nstride = 2\nfeatures = 5\ndilations = [1, 1]\nfinal_relu = true", 7),
        ("padding = 0\nkernel = 7\nfeatures = 3", 7),
    ] {
        let site = Site { time: shortest, width: 2, seed: 1 };
        let layer = (DEFINITION.build)(&DEFINITION.variant(variant), site).expect(variant);
        assert_eq!(layer.lengths(), Lengths::AtLeast(shortest), "{variant}");
        let refused = layer.output_shape(Shape::new(1, shortest - 1, 2)).unwrap_err().to_string();
        assert!(refused.contains(&format!("expected time = {shortest}, got {}", shortest - 1)), "{refused}");
        for more in [0, 1, 2, 11] {
            check(variant, (2, shortest + more, 2));
        }
    }
}
