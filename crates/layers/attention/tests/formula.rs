//! Forward and backward against the plain f64 formula, for every option, within and across query blocks.

mod plain;

use attention::{Attention, DEFINITION, Mask, Positions, Scale, Settings};
use kernels::flops::counted;
use layer::{Layer, Shape, Site};
use ndarray::{Array2, Array3, ArrayD, ArrayView2, Ix3};
use plain::{Parameters, parameters, random};

const SEED: u64 = 7;

fn every_option() -> Vec<Settings> {
    let base = Settings { heads: 2, ..Settings::default() };
    vec![
        base,
        Settings { heads: 1, ..base },
        Settings { heads: 8, ..base },
        Settings { mask: Mask::None, ..base },
        Settings { scale: Scale::Inverse, ..base },
        Settings { scale: Scale::None, ..base },
        Settings { positions: Positions::Sinusoidal, base: 50.0, ..base },
        Settings { positions: Positions::Learned, ..base },
        Settings { positions: Positions::Rotary, ..base },
        Settings { positions: Positions::Rotary, mask: Mask::None, base: 30.0, heads: 4, ..base },
        Settings { length_scaling: 16, scale: Scale::None, ..base },
    ]
}

/// Some steps padded, and the first of every sequence: a causal query there sees nothing.
fn padding(batch: usize, time: usize) -> Array2<bool> {
    Array2::from_shape_fn((batch, time), |(b, t)| t > b && (t * 7 + b) % 5 != 2)
}

fn close(what: &str, got: impl IntoIterator<Item = f32>, want: impl IntoIterator<Item = f64>, tolerance: f64) {
    for (i, (got, want)) in got.into_iter().zip(want).enumerate() {
        let error = (f64::from(got) - want).abs();
        assert!(error <= tolerance * (1.0 + want.abs()), "{what}: number {i} is {got}, the formula says {want}");
    }
}

#[test]
fn forward_is_the_formula() {
    for settings in every_option() {
        for (batch, time) in [(2, 1), (2, 5), (1, 64), (1, 65), (2, 150)] {
            let attention = Attention::new(settings, Site { time, width: 8, seed: SEED }).unwrap();
            let x = random((batch, time, 8), SEED + 1);
            let real = padding(batch, time);
            for real in [None, Some(real.view())] {
                let (y, cache) = attention.forward_masked(x.clone(), real);
                let weights = attention.attention_weights(&cache).unwrap();
                let (want_y, want_weights) =
                    plain::forward(settings, &parameters(&attention), &x.mapv(f64::from), real);
                let what = format!("{settings:?} at time {time}, padded: {}", real.is_some());
                close(&format!("y of {what}"), y, want_y, 1e-5);
                assert!(weights.iter().zip(&want_weights).all(|(got, want)| (*want == 0.0) == (*got == 0.0)), "{what}");
                close(&format!("weights of {what}"), weights, want_weights, 1e-5);
            }
        }
    }
}

/// Σ d_y·y by the plain formula.
fn loss(settings: Settings, p: &Parameters, x: &Array3<f64>, d_y: &Array3<f64>, real: Option<ArrayView2<bool>>) -> f64 {
    (plain::forward(settings, p, x, real).0 * d_y).sum()
}

/// Each gradient, along two random directions, against the central difference of the formula.
#[test]
fn backward_is_the_slope_of_the_formula() {
    const STEP: f64 = 1e-5;
    for settings in every_option() {
        for (batch, time, padded) in [(2, 5, false), (2, 5, true), (1, 70, true)] {
            let attention = Attention::new(settings, Site { time, width: 8, seed: SEED }).unwrap();
            let (x, d_y) = (random((batch, time, 8), SEED + 2), random((batch, time, 8), SEED + 3));
            let real = padding(batch, time);
            let real = padded.then(|| real.view());
            let (_, cache) = attention.forward_masked(x.clone(), real);
            let (d_x, gradients) = attention.backward(&cache, d_y.view());
            let (x, d_y, at) = (x.mapv(f64::from), d_y.mapv(f64::from), parameters(&attention));
            let check = |name: &str, gradient: ArrayD<f64>, moved: &dyn Fn(&ArrayD<f64>) -> f64| {
                for salt in 0..2 {
                    let direction = random((gradient.len(), 1, 1), salt).mapv(f64::from).into_flat();
                    let direction = ArrayD::from_shape_vec(gradient.raw_dim(), direction.to_vec()).unwrap();
                    let slope = (moved(&(&direction * STEP)) - moved(&(&direction * -STEP))) / (2.0 * STEP);
                    let got = (&gradient * &direction).sum();
                    // The gradient of key.bias is 0, as a sum of numbers near 1 that are rounded one by one.
                    let size = (&gradient * &gradient).sum().sqrt().max(5e-2);
                    assert!(
                        (got - slope).abs() < 1e-4 * size,
                        "{name} of {settings:?} at time {time}, padded: {padded}: backward {got}, slope {slope}"
                    );
                }
            };
            check("d_x", d_x.mapv(f64::from).into_dyn(), &|by| {
                loss(settings, &at, &(&x + &by.view().into_dimensionality::<Ix3>().unwrap()), &d_y, real)
            });
            assert_eq!(gradients.len(), at.len());
            for (p, gradient) in attention.parameters().into_iter().zip(gradients.iter()) {
                assert_eq!(p.value.shape(), gradient.shape(), "{}", p.name);
                check(&p.name, gradient.mapv(f64::from), &|by| {
                    let mut at = at.clone();
                    *at.get_mut(&p.name).unwrap() += by;
                    loss(settings, &at, &x, &d_y, real)
                });
            }
        }
    }
}

#[test]
fn declared_cost_is_the_counted_cost() {
    for settings in every_option() {
        for (batch, time) in [(2, 1), (3, 40), (1, 64), (2, 200)] {
            let attention = Attention::new(settings, Site { time, width: 8, seed: SEED }).unwrap();
            let cost = attention.cost(Shape::new(batch, time, 8));
            let x = random((batch, time, 8), SEED);
            let ((y, cache), forward) = counted(|| attention.forward(x));
            let (_, backward) = counted(|| attention.backward(&cache, y.view()));
            assert_eq!((forward, backward), (cost.flops_forward, cost.flops_backward), "{settings:?} at time {time}");
            let parameters: usize = attention.parameters().iter().map(|p| p.value.len()).sum();
            assert_eq!(parameters as u64, cost.parameters);
        }
    }
    // By hand: 4 projections 2·(2·3)·4², then Q·Kᵀ and P·V with 2·6·4 for the 6 causal pairs of each of the two sequences;
    // the backward is twice the projections, and five products of that size.
    let attention = Attention::new(every_option()[0], Site { time: 3, width: 4, seed: SEED }).unwrap();
    assert_eq!(attention.cost(Shape::new(2, 3, 4)).flops_forward, 4 * 2 * 6 * 16 + 2 * 2 * 2 * 6 * 4);
    assert_eq!(attention.cost(Shape::new(2, 3, 4)).flops_backward, 2 * 4 * 2 * 6 * 16 + 2 * 5 * 2 * 6 * 4);
}

#[test]
fn the_variants_build_and_the_option_docs_are_the_options() {
    for variant in DEFINITION.variants {
        for width in [4, 8, 12] {
            let layer = (DEFINITION.build)(&DEFINITION.variant(variant), Site { time: 9, width, seed: SEED });
            layer.unwrap_or_else(|refused| panic!("{variant}: {refused}"));
        }
    }
    let documented: Vec<&str> = DEFINITION.options.iter().map(|option| option.name).collect();
    let defaults = (DEFINITION.defaults)();
    assert_eq!(
        defaults.keys().map(String::as_str).collect::<std::collections::BTreeSet<_>>(),
        documented.into_iter().collect()
    );
}
