//! The declared reach is what an impulse lights up, hole by hole.

use std::collections::BTreeSet;

use conv::DEFINITION;
use layer::{Layer, Reach, Site};
use ndarray::{Array3, s};

const TIME: usize = 41;

fn build(variant: &str) -> Box<dyn Layer> {
    (DEFINITION.build)(&DEFINITION.variant(variant), Site { time: TIME, width: 4, seed: 3 }).expect(variant)
}

/// Lags at which an impulse in the middle changes the output, or one at the steps behind it that a stride leaves out.
/// Weights are made positive, so that no ReLU closes and no two paths cancel.
fn lit(variant: &str) -> BTreeSet<isize> {
    let mut layer = build(variant);
    for p in layer.parameters_mut() {
        { p.value }.mapv_inplace(|v| v.abs() + 0.01);
    }
    let middle = TIME / 2;
    let x = Array3::zeros((1, TIME, 4));
    let (before, _) = layer.forward(x.clone());
    let pace = layer.pace();
    let lit_by = |impulse: usize| {
        let mut x = x.clone();
        x[[0, impulse, 1]] = 1.0;
        let (after, _) = layer.forward(x);
        let moved = |t: &usize| after.slice(s![0, *t, ..]) != before.slice(s![0, *t, ..]);
        let lit = (0..after.dim().1).filter(moved).map(|t| pace.home(t) as isize - impulse as isize);
        lit.collect::<Vec<_>>()
    };
    (middle..middle + pace.stride).flat_map(lit_by).collect()
}

#[test]
fn an_impulse_lights_up_exactly_the_declared_reach() {
    for variant in DEFINITION.variants {
        assert_eq!(Reach::lags(lit(variant)), build(variant).reach(), "{variant:?}");
    }
}

#[test]
fn known_reaches() {
    for (variant, reach) in [
        ("kernel = 2\ndilations = [1, 3]", "0,1,3,4"),
        ("dilations = [1, 2, 4]", "0..14"),
        ("kernel = 5\ndilations = [3]", "0,3,6,9,12"),
        ("padding = \"centred\"\ndilations = [1, 2, 4]", "-7..7"),
        ("padding = \"centred\"\nkernel = 5\ndilations = [3]", "-6,-3,0,3,6"),
    ] {
        assert_eq!(build(variant).reach().to_string(), reach, "{variant:?}");
    }
}

/// A straight line has no bend: only a stack of one is affine.
#[test]
fn a_stack_is_not_affine() {
    assert!(build("").is_affine() && build("dilations = [4]").is_affine());
    assert!(!build("dilations = [1, 1]").is_affine());
}
