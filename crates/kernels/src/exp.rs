//! The exponential of a slice, in a form that the compiler vectorises.
//!
//! Relative error at most 2e-7 on [-87, 88] (measured by the test below);
//! underflow gives exactly 0, which a masked logit of −∞ relies on; above 88.7
//! it gives +∞; NaN stays NaN. In it no fused multiply-add is used, so every
//! instruction set gives the same bits. `exp2` and `log2`, for use inside kernels, have errors of their own.

use pulp::Simd;

use crate::isa::{self, mul_add};

/// Replaces each x by eˣ.
pub fn exp_in_place(x: &mut [f32]) {
    isa::run(|| {
        for v in x.iter_mut() {
            *v = exp(*v);
        }
    });
}

/// eˣ by range reduction, x = k·ln 2 + r with |r| ≤ ½ ln 2, and a polynomial in r.
#[inline(always)]
pub(crate) fn exp(x: f32) -> f32 {
    const LN2_HIGH: f32 = 0.693_359_4;
    const LN2_LOW: f32 = -2.121_944_4e-4;
    // Adding and taking away 1.5·2²³ rounds to the nearest integer without a branch.
    const ROUND: f32 = 12_582_912.0;
    let clamped = x.clamp(-104.0, 89.0);
    let shifted = clamped * std::f32::consts::LOG2_E + ROUND;
    let k = shifted - ROUND;
    let r = (clamped - k * LN2_HIGH) - k * LN2_LOW;
    let mut p = 1.987_569_1e-4;
    p = p * r + 1.398_199_9e-3;
    p = p * r + 8.333_452e-3;
    p = p * r + 4.166_579_6e-2;
    p = p * r + 1.666_666_5e-1;
    p = p * r + 0.5;
    p = p * r * r + r + 1.0;
    // k stands in the low bits of the shifted number. With a saturating `k as i32` and the overflow checks that the dev
    // profile puts on a plain `+`, the loop did not vectorise.
    let k = shifted.to_bits().wrapping_sub(ROUND.to_bits()) as i32;
    // Two factors, since 2ᵏ alone leaves the range of f32 at both ends.
    let half = k >> 1;
    let rest = k.wrapping_sub(half);
    let y = p * power_of_two(half) * power_of_two(rest);
    if x < -87.336_54 { 0.0 } else { y }
}

/// 2ˣ for registers, x ≤ 127: relative error at most 2e-7; exactly 0 below −126, which a masked logit of −∞ relies on;
/// NaN stays NaN.
#[inline(always)]
pub(crate) fn exp2<S: Simd>(simd: S, x: S::f32s) -> S::f32s {
    // Minimax for 2ʳ on [−½, ½] with the value at 0 fixed to 1; its own error is 3e-9.
    const COEFFICIENTS: [f32; 6] = [1.340_664_3e-3, 9.617_693e-3, 5.550_310_4e-2, 2.402_265_2e-1, 6.931_472_4e-1, 1.0];
    let round = simd.splat_f32s(12_582_912.0);
    let shifted = simd.add_f32s(x, round);
    let r = simd.sub_f32s(x, simd.sub_f32s(shifted, round));
    let mut p = simd.splat_f32s(1.559_467_8e-4);
    for c in COEFFICIENTS {
        p = mul_add(simd, p, r, simd.splat_f32s(c));
    }
    // The low bits of the shifted number are k; what stands above them leaves with the shift.
    let exponent = simd.add_u32s(simd.transmute_u32s_f32s(shifted), simd.splat_u32s(127));
    let power = simd.transmute_f32s_u32s(simd.wrapping_dyn_shl_u32s(exponent, simd.splat_u32s(23)));
    let small = simd.less_than_f32s(x, simd.splat_f32s(-126.0));
    simd.select_f32s(small, simd.splat_f32s(0.0), simd.mul_f32s(p, power))
}

/// log₂ x for registers: absolute error at most 2e-7 + 1e-7·|log₂ x|; −∞ below the smallest normal number; NaN of
/// NaN and ∞.
#[inline(always)]
pub(crate) fn log2<S: Simd>(simd: S, x: S::f32s) -> S::f32s {
    let bits = simd.transmute_u32s_f32s(x);
    // x = 2ᵏ·m with m in [√½, √2).
    let offset = simd.sub_u32s(bits, simd.splat_u32s(SQRT_HALF));
    let raised = simd.wrapping_dyn_shr_u32s(offset, simd.splat_u32s(23));
    let mantissa = simd.and_u32s(offset, simd.splat_u32s(0x007f_ffff));
    let m = simd.transmute_f32s_u32s(simd.add_u32s(mantissa, simd.splat_u32s(SQRT_HALF)));
    // k as a number: put below the leading bit of 2²³, which is then taken away. Negative k are lifted by 2⁸ before.
    let lifted = simd.and_u32s(simd.add_u32s(raised, simd.splat_u32s(256)), simd.splat_u32s(511));
    let k = simd.transmute_f32s_u32s(simd.or_u32s(lifted, simd.splat_u32s(0x4b00_0000)));
    let k = simd.sub_f32s(k, simd.splat_f32s(8_388_608.0 + 256.0));
    // ln m = 2·artanh t with t = (m − 1)/(m + 1), |t| ≤ 0.172.
    let one = simd.splat_f32s(1.0);
    let t = simd.div_f32s(simd.sub_f32s(m, one), simd.add_f32s(m, one));
    let square = simd.mul_f32s(t, t);
    let mut p = simd.splat_f32s(1.0 / 9.0);
    for c in [1.0 / 7.0, 1.0 / 5.0, 1.0 / 3.0, 1.0] {
        p = mul_add(simd, p, square, simd.splat_f32s(c));
    }
    let p = simd.mul_f32s(p, simd.mul_f32s(t, simd.splat_f32s(2.0 * std::f32::consts::LOG2_E)));
    // Nothing of a NaN is left in m: x·0 brings it back.
    let log = mul_add(simd, x, simd.splat_f32s(0.0), simd.add_f32s(k, p));
    let small = simd.less_than_f32s(x, simd.splat_f32s(f32::MIN_POSITIVE));
    simd.select_f32s(small, simd.splat_f32s(f32::NEG_INFINITY), log)
}

/// Bits of √½.
const SQRT_HALF: u32 = 0x3f35_04f3;

#[inline(always)]
fn power_of_two(k: i32) -> f32 {
    f32::from_bits((k.wrapping_add(127) << 23) as u32)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::isa::{Isa, force, run};
    use pulp::WithSimd;

    #[test]
    fn within_the_stated_error() {
        let mut worst = 0f64;
        for i in -870_000..=880_000 {
            let x = i as f32 * 1e-4;
            let want = f64::from(x).exp();
            worst = worst.max((f64::from(exp(x)) - want).abs() / want);
        }
        assert!(worst < 2e-7, "relative error {worst:e}");
    }

    #[test]
    fn edges() {
        assert_eq!(exp(0.0), 1.0);
        assert_eq!(exp(f32::NEG_INFINITY), 0.0);
        assert_eq!(exp(-1e4), 0.0);
        assert_eq!(exp(f32::INFINITY), f32::INFINITY);
        assert!(exp(f32::NAN).is_nan());
    }

    struct Powers<'a>(&'a mut [f32]);

    impl WithSimd for Powers<'_> {
        type Output = ();

        #[inline(always)]
        fn with_simd<S: Simd>(self, simd: S) {
            let (registers, _) = S::as_mut_simd_f32s(self.0);
            for x in registers {
                *x = exp2(simd, *x);
            }
        }
    }

    #[test]
    fn powers_of_two_are_within_the_stated_error_on_every_set() {
        let x: Vec<f32> = (0..1_264_000).map(|i| i as f32 * 2e-4 - 126.0).collect();
        for isa in Isa::all() {
            let mut y = x.clone();
            force(isa, || run(Powers(&mut y)));
            for (x, y) in x.iter().zip(&y) {
                let want = f64::from(*x).exp2();
                assert!((f64::from(*y) - want).abs() / want < 2e-7, "{}: 2^{x} is not {y}", isa.name());
            }
            let mut edges = [[0.0, f32::NEG_INFINITY, -1e9, -126.5, f32::NAN, -0.0, 1.0, 127.0]; 2].concat();
            force(isa, || run(Powers(&mut edges)));
            assert_eq!(edges[..4], [1.0, 0.0, 0.0, 0.0]);
            assert!(edges[4].is_nan() && edges[5..8] == [1.0, 2.0, 127f32.exp2()]);
        }
    }

    struct Logarithms<'a>(&'a mut [f32]);

    impl WithSimd for Logarithms<'_> {
        type Output = ();

        #[inline(always)]
        fn with_simd<S: Simd>(self, simd: S) {
            let (registers, _) = S::as_mut_simd_f32s(self.0);
            for x in registers {
                *x = log2(simd, *x);
            }
        }
    }

    #[test]
    fn logarithms_are_within_the_stated_error_on_every_set() {
        let x: Vec<f32> = (0..1_024_000).map(|i| (i as f32 * 1.6e-4 - 80.0).exp()).collect();
        for isa in Isa::all() {
            let mut y = x.clone();
            force(isa, || run(Logarithms(&mut y)));
            for (x, y) in x.iter().zip(&y) {
                let want = f64::from(*x).log2();
                assert!((f64::from(*y) - want).abs() < 2e-7 + 1e-7 * want.abs(), "{}: log₂ {x} is not {y}", isa.name());
            }
            let mut edges = [[0.0, 1.0, 2.0, f32::NAN]; 4].concat();
            force(isa, || run(Logarithms(&mut edges)));
            assert_eq!(edges[..3], [f32::NEG_INFINITY, 0.0, 1.0]);
            assert!(edges[3].is_nan());
        }
    }

    #[test]
    fn dispatched_loop_equals_the_scalar_form() {
        let x: Vec<f32> = (0..1003).map(|i| i as f32 * 0.17 - 90.0).collect();
        let mut y = x.clone();
        exp_in_place(&mut y);
        assert!(x.iter().zip(&y).all(|(x, y)| exp(*x).to_bits() == y.to_bits()));
    }
}
