//! The logistic function and the hyperbolic tangent of a slice, in a form that the compiler vectorises.
//!
//! Relative error at most 2e-7 on all of f32 where the result is a normal number (measured by the tests below); both
//! saturate exactly, to 0 or 1 and to ±1; NaN stays NaN. No fused multiply-add is used, so every instruction set gives
//! the same bits.

use pulp::NullaryFnOnce;

use crate::exp::exp;
use crate::isa;

/// Replaces each x by σ(x) = 1/(1 + e⁻ˣ). What a gate leaves over, 1 − σ(x), is σ(−x): taken so, it keeps its digits where
/// it is small.
pub fn sigmoid_in_place(x: &mut [f32]) {
    isa::run(Sigmoid(x));
}

/// Replaces each x by tanh x.
pub fn tanh_in_place(x: &mut [f32]) {
    isa::run(Tanh(x));
}

// Named types in place of closures: see `softmax`.
struct Sigmoid<'a>(&'a mut [f32]);

impl NullaryFnOnce for Sigmoid<'_> {
    type Output = ();

    #[inline(always)]
    fn call(self) {
        for x in self.0 {
            *x = 1.0 / (1.0 + exp(-*x));
        }
    }
}

struct Tanh<'a>(&'a mut [f32]);

impl NullaryFnOnce for Tanh<'_> {
    type Output = ();

    #[inline(always)]
    fn call(self) {
        for x in self.0 {
            *x = tanh(*x);
        }
    }
}

/// 1 − 2/(e²ˣ + 1), which loses the digits of a small x; there an odd polynomial (that of Cephes' `tanhf`). Both are made
/// and one is taken, so that there is no branch.
#[inline(always)]
fn tanh(x: f32) -> f32 {
    let size = x.abs();
    let far = (1.0 - 2.0 / (exp(2.0 * size) + 1.0)).copysign(x);
    let square = x * x;
    let mut p = -5.704_988_7e-3;
    p = p * square + 2.063_909e-2;
    p = p * square - 5.373_971_6e-2;
    p = p * square + 1.333_144_2e-1;
    p = p * square - 3.333_328e-1;
    let near = p * square * x + x;
    if size < 0.625 { near } else { far }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::isa::{Isa, force};

    /// Every 4099th number of f32 with its opposite, and a fine grid where the functions bend.
    fn numbers() -> Vec<f32> {
        let all = (0..0x7f80_0000_u32).step_by(4099).map(f32::from_bits);
        let grid = (0..=200_000).map(|i| i as f32 * 5e-4);
        all.chain(grid).flat_map(|x| [x, -x]).collect()
    }

    fn worst(function: fn(&mut [f32]), exact: impl Fn(f64) -> f64) -> f64 {
        let x = numbers();
        let mut y = x.clone();
        function(&mut y);
        let mut worst = 0f64;
        for (x, y) in x.iter().zip(&y) {
            let want = exact(f64::from(*x));
            if want.abs() >= f64::from(f32::MIN_POSITIVE) {
                worst = worst.max((f64::from(*y) - want).abs() / want.abs());
            } else {
                assert!((f64::from(*y) - want).abs() < f64::from(f32::MIN_POSITIVE), "{x}: {y}");
            }
        }
        worst
    }

    #[test]
    fn within_the_stated_error() {
        let sigmoid = worst(sigmoid_in_place, |x| 1.0 / (1.0 + (-x).exp()));
        assert!(sigmoid < 2e-7, "sigmoid: relative error {sigmoid:e}");
        let tanh = worst(tanh_in_place, f64::tanh);
        assert!(tanh < 2e-7, "tanh: relative error {tanh:e}");
    }

    #[test]
    fn edges() {
        let mut x = [0.0, 1e4, -1e4, f32::INFINITY, f32::NEG_INFINITY, f32::NAN];
        sigmoid_in_place(&mut x);
        assert_eq!(x[..5], [0.5, 1.0, 0.0, 1.0, 0.0]);
        assert!(x[5].is_nan());
        let mut x = [0.0, 1e4, -1e4, f32::INFINITY, f32::NEG_INFINITY, f32::NAN];
        tanh_in_place(&mut x);
        assert_eq!(x[..5], [0.0, 1.0, -1.0, 1.0, -1.0]);
        assert!(x[5].is_nan());
    }

    #[test]
    fn every_set_gives_the_same_bits() {
        let x: Vec<f32> = numbers().into_iter().step_by(97).collect();
        for function in [sigmoid_in_place, tanh_in_place] {
            let on = |isa| {
                let mut y = x.clone();
                force(isa, || function(&mut y));
                y.iter().map(|y| y.to_bits()).collect::<Vec<_>>()
            };
            let portable = on(Isa::all()[0]);
            assert!(Isa::all().into_iter().all(|isa| on(isa) == portable));
        }
    }
}
