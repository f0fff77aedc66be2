//! A layer against its formula, written as plain loops in f64.

use kernels::flops::counted;
use layer::{Definition, Shape, Site, init};
use ndarray::{Array3, ArrayD, IxDyn};

/// The formula of a layer, read word by word: variant, parameters in order and x to y, all as f64.
pub type Formula = fn(&Definition, &str, &[ArrayD<f64>], &ArrayD<f64>) -> ArrayD<f64>;

/// Builds a variant for `shape`, draws all its numbers at size 1 (masked ones too: what is masked must not matter), and
/// holds against the formula: the output, the gradients as differences along random directions, and the declared FLOPs.
///
/// # Panics
/// With variant, shape, what differs, and both numbers.
pub fn assert_equals_plain(definition: &Definition, formula: Formula, variant: &str, shape: Shape) {
    let case = format!("{variant:?} at {}×{}×{}", shape.batch, shape.time, shape.feature);
    let site = Site { time: shape.time, width: shape.feature, seed: 1 };
    let mut layer = (definition.build)(&definition.variant(variant), site).unwrap_or_else(|e| panic!("{case}: {e}"));
    for p in layer.parameters_mut() {
        let drawn = draw(p.value.shape(), &p.name);
        { p.value }.assign(&drawn);
    }
    let x: Array3<f32> =
        draw(&[shape.batch, shape.time, shape.feature], "x").into_dimensionality().expect("three axes");
    let ((y, cache), forward) = counted(|| layer.forward(x.clone()));
    let d_y: Array3<f32> = draw(y.shape(), "d_y").into_dimensionality().expect("three axes");
    let ((d_x, gradients), backward) = counted(|| layer.backward(&cache, d_y.view()));

    let cost = layer.cost(shape);
    assert_eq!((cost.flops_forward, cost.flops_backward), (forward, backward), "{case}: FLOPs");

    let mut values: Vec<ArrayD<f64>> = layer.parameters().iter().map(|p| p.value.mapv(f64::from)).collect();
    let mut names: Vec<String> = layer.parameters().into_iter().map(|p| p.name).collect();
    let mut found: Vec<ArrayD<f64>> = gradients.iter().map(|g| g.mapv(f64::from)).collect();
    assert_eq!(found.len(), values.len(), "{case}: one gradient for each parameter");
    values.push(x.into_dyn().mapv(f64::from));
    names.push("x".into());
    found.push(d_x.into_dyn().mapv(f64::from));
    let d_y = d_y.into_dyn().mapv(f64::from);
    let run =
        |values: &[ArrayD<f64>]| formula(definition, variant, &values[..values.len() - 1], &values[values.len() - 1]);

    let plain = run(&values);
    assert_eq!(y.shape(), plain.shape(), "{case}: the shape that comes out");
    for (got, want) in y.iter().zip(&plain) {
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

fn draw(shape: &[usize], purpose: &str) -> ArrayD<f32> {
    init::normal(IxDyn(shape), 1.0, 7, purpose)
}

fn sum_of_products(a: &ArrayD<f64>, b: &ArrayD<f64>) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}
