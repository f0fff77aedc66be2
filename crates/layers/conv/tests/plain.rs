//! Every form against plain loops in f64: outputs, and gradients as differences of those loops along random directions.

use conv::DEFINITION;
use kernels::flops::counted;
use layer::{Layer, Shape, Site, init};
use ndarray::{Array3, ArrayD, IxDyn};

/// The formula of the crate's head, read word by word. `p` are the parameters in order.
fn plain(variant: &str, p: &[ArrayD<f64>], x: &ArrayD<f64>) -> ArrayD<f64> {
    let options = (DEFINITION.resolve)(&DEFINITION.variant(variant)).expect(variant);
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

fn draw(shape: &[usize], purpose: &str) -> ArrayD<f32> {
    init::normal(IxDyn(shape), 1.0, 7, purpose)
}

fn sum_of_products(a: &ArrayD<f64>, b: &ArrayD<f64>) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

fn build(variant: &str, time: usize, width: usize) -> Box<dyn Layer> {
    (DEFINITION.build)(&DEFINITION.variant(variant), Site { time, width, seed: 1 }).expect(variant)
}

fn check(variant: &str, batch: usize, time: usize, width: usize) {
    let case = format!("{variant:?} at {batch}×{time}×{width}");
    let mut layer = build(variant, time, width);
    // Parameters all of size 1: the initial ones leave biases and weights too small to tell apart.
    for p in layer.parameters_mut() {
        let drawn = draw(p.value.shape(), &p.name);
        { p.value }.assign(&drawn);
    }
    let x: Array3<f32> = draw(&[batch, time, width], "x").into_dimensionality().expect("three axes");
    let d_y: Array3<f32> = draw(&[batch, time, width], "d_y").into_dimensionality().expect("three axes");
    let ((y, cache), forward) = counted(|| layer.forward(x.clone()));
    let ((d_x, gradients), backward) = counted(|| layer.backward(&cache, d_y.view()));

    let cost = layer.cost(Shape::from(x.dim()));
    assert_eq!((cost.flops_forward, cost.flops_backward), (forward, backward), "{case}: FLOPs");

    let mut values: Vec<ArrayD<f64>> = layer.parameters().iter().map(|p| p.value.mapv(f64::from)).collect();
    let mut names: Vec<String> = layer.parameters().into_iter().map(|p| p.name).collect();
    let mut found: Vec<ArrayD<f64>> = gradients.iter().map(|g| g.mapv(f64::from)).collect();
    assert_eq!(found.len(), values.len(), "{case}: one gradient for each parameter");
    values.push(x.into_dyn().mapv(f64::from));
    names.push("x".into());
    found.push(d_x.into_dyn().mapv(f64::from));
    let d_y = d_y.into_dyn().mapv(f64::from);
    let run = |values: &[ArrayD<f64>]| plain(variant, &values[..values.len() - 1], &values[values.len() - 1]);

    for (got, want) in y.iter().zip(&run(&values)) {
        assert!((f64::from(*got) - want).abs() < 1e-4, "{case}: got {got}, plain loops give {want}");
    }
    for (which, name) in names.iter().enumerate() {
        let direction = draw(values[which].shape(), &format!("direction of {name}")).mapv(f64::from);
        let moved = |by: f64| {
            let mut moved = values.clone();
            moved[which] += &(&direction * by);
            sum_of_products(&run(&moved), &d_y)
        };
        let want = (moved(1e-4) - moved(-1e-4)) / 2e-4;
        let got = sum_of_products(&found[which], &direction);
        let size = sum_of_products(&found[which].mapv(f64::abs), &direction.mapv(f64::abs));
        assert!((got - want).abs() < 1e-5 * (1.0 + size), "{case}: d_{name} gives {got}, differences give {want}");
    }
}

#[test]
fn every_variant_equals_plain_loops() {
    for variant in DEFINITION.variants {
        for (batch, time, width) in [(1, 1, 1), (2, 5, 3), (3, 17, 4)] {
            check(variant, batch, time, width);
        }
    }
}
