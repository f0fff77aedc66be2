//! Every variant against the n × n form as plain loops in f64: outputs, and gradients as differences of those loops along
//! random directions; FLOPs too.

use layer::Definition;
use layer_testkit::assert_equals_plain;
use linear_attention::DEFINITION;
use ndarray::ArrayD;

/// The formula of the crate's head with A made whole. `p` are the parameters in order.
fn plain(definition: &Definition, variant: &str, p: &[ArrayD<f64>], x: &ArrayD<f64>) -> ArrayD<f64> {
    let options = (definition.resolve)(&definition.variant(variant)).expect(variant);
    let causal = options["mask"].as_str() == Some("causal");
    let [batch, time, width] = *x.shape() else { panic!("batch, time, width") };
    let head_width = width / options["heads"].as_integer().expect("whole") as usize;
    let affine = |x: &ArrayD<f64>, weight: &ArrayD<f64>, bias: &ArrayD<f64>| {
        ArrayD::from_shape_fn(x.shape(), |at| {
            bias[[at[2]]] + (0..width).map(|i| x[[at[0], at[1], i]] * weight[[i, at[2]]]).sum::<f64>()
        })
    };
    let phi = |x: f64| if x > 0.0 { x + 1.0 } else { x.exp() };
    let (query, key) = (affine(x, &p[0], &p[1]).mapv(phi), affine(x, &p[2], &p[3]).mapv(phi));
    let value = affine(x, &p[4], &p[5]);
    let mut mixed = ArrayD::zeros(x.shape());
    for row in 0..batch {
        for step in 0..time {
            let seen = if causal { step + 1 } else { time };
            for head in 0..width / head_width {
                let columns = head * head_width..(head + 1) * head_width;
                let match_of = |other: usize| -> f64 {
                    columns.clone().map(|i| query[[row, step, i]] * key[[row, other, i]]).sum()
                };
                let weights: Vec<f64> = (0..seen).map(match_of).collect();
                let sum: f64 = weights.iter().sum();
                for i in columns.clone() {
                    let total: f64 = weights.iter().enumerate().map(|(other, w)| w * value[[row, other, i]]).sum();
                    mixed[[row, step, i]] = total / sum;
                }
            }
        }
    }
    affine(&mixed, &p[6], &p[7])
}

#[test]
fn every_variant_equals_plain_loops() {
    for variant in DEFINITION.variants {
        // Chunks are of 32 steps: fewer, one, one and a step more, several.
        for shape in [(1, 1, 4), (2, 5, 8), (1, 32, 4), (2, 33, 4), (1, 97, 4), (1, 64, 8)] {
            assert_equals_plain(&DEFINITION, plain, variant, shape.into());
        }
    }
}

/// Widths at which no head fills a vector register, or leaves a rest of one.
#[test]
fn odd_heads_equal_plain_loops() {
    for (variant, width) in [("heads = 1", 1), ("heads = 1", 11), ("heads = 3", 15), ("heads = 5\nmask = \"none\"", 45)]
    {
        assert_equals_plain(&DEFINITION, plain, variant, (1, 35, width).into());
    }
}
