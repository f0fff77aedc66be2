//! Layer normalisation of rows, forward and backward, in one pass over each row.

use pulp::NullaryFnOnce;

use crate::isa;
use crate::lanes::{LANES, reduce};

/// For each row of `width`: x ← (x − mean)/√(var + ε). Returns y = x ⊙ gain + bias, and 1/√(var + ε) of each row.
///
/// # Panics
/// When lengths do not fit.
pub fn normalise(x: &mut [f32], gain: &[f32], bias: &[f32], epsilon: f32) -> (Vec<f32>, Vec<f32>) {
    let width = gain.len();
    let rows = x.len().checked_div(width).unwrap_or(0);
    assert!(x.len() == width * rows && bias.len() == width);
    let (mut y, mut inverse) = (Vec::with_capacity(x.len()), vec![0.0; rows]);
    if width > 0 {
        isa::run(Normalise { x, gain, bias, epsilon, y: &mut y, inverse: &mut inverse });
    }
    (y, inverse)
}

// A named type in place of a closure: see `softmax`.
struct Normalise<'a> {
    x: &'a mut [f32],
    gain: &'a [f32],
    bias: &'a [f32],
    epsilon: f32,
    y: &'a mut Vec<f32>,
    inverse: &'a mut [f32],
}

impl NullaryFnOnce for Normalise<'_> {
    type Output = ();

    #[inline(always)]
    fn call(self) {
        let width = self.gain.len();
        for (row, inverse) in self.x.chunks_exact_mut(width).zip(self.inverse) {
            // Two passes, the mean taken away first: one pass over squares loses everything at a large mean.
            let mean = sum(row, |x| x) / width as f32;
            row.iter_mut().for_each(|x| *x -= mean);
            *inverse = 1.0 / (sum(row, |x| x * x) / width as f32 + self.epsilon).sqrt();
            row.iter_mut().for_each(|unit| *unit *= *inverse);
            // The vector has room for all: nothing is moved.
            let scaled = row.iter().zip(self.gain).zip(self.bias).map(|((unit, gain), bias)| unit * gain + bias);
            self.y.extend(scaled);
        }
    }
}

/// From the gradient of y in `d`: with e = d ⊙ gain, d ← (e − mean(e) − unit · mean(e ⊙ unit)) · inverse for each row, and
/// the gradient of the gain, Σ d ⊙ unit over rows, added to `d_gain`.
///
/// # Panics
/// When lengths do not fit.
pub fn normalise_backward(d: &mut [f32], unit: &[f32], inverse: &[f32], gain: &[f32], d_gain: &mut [f32]) {
    let width = gain.len();
    assert!(d.len() == unit.len() && d.len() == width * inverse.len() && d_gain.len() == width);
    if width > 0 {
        isa::run(Backward { d, unit, inverse, gain, d_gain });
    }
}

struct Backward<'a> {
    d: &'a mut [f32],
    unit: &'a [f32],
    inverse: &'a [f32],
    gain: &'a [f32],
    d_gain: &'a mut [f32],
}

impl NullaryFnOnce for Backward<'_> {
    type Output = ();

    #[inline(always)]
    fn call(self) {
        let width = self.gain.len();
        let rows = self.d.chunks_exact_mut(width).zip(self.unit.chunks_exact(width)).zip(self.inverse);
        for ((row, unit), inverse) in rows {
            for (((d, unit), gain), d_gain) in row.iter_mut().zip(unit).zip(self.gain).zip(&mut *self.d_gain) {
                *d_gain += *d * unit;
                *d *= gain;
            }
            let mean = sum(row, |e| e) / width as f32;
            let along = dot(row, unit) / width as f32;
            for (e, unit) in row.iter_mut().zip(unit) {
                *e = (*e - mean - unit * along) * inverse;
            }
        }
    }
}

#[inline(always)]
fn sum(x: &[f32], f: impl Fn(f32) -> f32) -> f32 {
    let (chunks, rest) = x.as_chunks::<LANES>();
    let mut lanes = [0f32; LANES];
    for chunk in chunks {
        for (lane, x) in lanes.iter_mut().zip(chunk) {
            *lane += f(*x);
        }
    }
    for (lane, x) in lanes.iter_mut().zip(rest) {
        *lane += f(*x);
    }
    reduce(lanes, |a, b| a + b)
}

#[inline(always)]
fn dot(a: &[f32], b: &[f32]) -> f32 {
    let ((a, a_rest), (b, b_rest)) = (a.as_chunks::<LANES>(), b.as_chunks::<LANES>());
    let mut lanes = [0f32; LANES];
    for (a, b) in a.iter().zip(b) {
        for ((lane, a), b) in lanes.iter_mut().zip(a).zip(b) {
            *lane += a * b;
        }
    }
    for ((lane, a), b) in lanes.iter_mut().zip(a_rest).zip(b_rest) {
        *lane += a * b;
    }
    reduce(lanes, |a, b| a + b)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn plain(x: &[f64], gain: &[f64], bias: &[f64]) -> Vec<f64> {
        let mean = x.iter().sum::<f64>() / x.len() as f64;
        let variance = x.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / x.len() as f64;
        let unit = x.iter().map(|v| (v - mean) / (variance + 1e-5).sqrt());
        unit.zip(gain).zip(bias).map(|((u, g), b)| u * g + b).collect()
    }

    proptest! {
        #[test]
        fn forward_is_the_formula_and_backward_its_slope(
            x in prop::collection::vec(-2f32..2.0, 2..70), salt in 1u32..1000, mean in -100f32..100.0,
        ) {
            let width = x.len();
            let draw = |k: u32| (0..width as u32).map(move |i| ((i * 37 + salt * k) % 101) as f32 / 50.0 - 1.0);
            let (gain, bias, d): (Vec<f32>, Vec<f32>, Vec<f32>) = (draw(3).collect(), draw(7).collect(), draw(11).collect());
            let x: Vec<f32> = x.iter().map(|v| v + mean).collect();
            let mut unit = x.clone();
            let (y, inverse) = normalise(&mut unit, &gain, &bias, 1e-5);
            let wide = |v: &[f32]| v.iter().map(|v| f64::from(*v)).collect::<Vec<f64>>();
            let (gain_64, bias_64) = (wide(&gain), wide(&bias));
            let scale = 1.0 + f64::from(inverse[0]) * 1e-4;
            for (got, want) in y.iter().zip(plain(&wide(&x), &gain_64, &bias_64)) {
                prop_assert!((f64::from(*got) - want).abs() < 2e-4 * scale, "{got} {want}");
            }
            let (mut d_x, mut d_gain) = (d.clone(), vec![0.0; width]);
            normalise_backward(&mut d_x, &unit, &inverse, &gain, &mut d_gain);
            let along: Vec<f64> = draw(13).map(f64::from).collect();
            let loss = |by: f64| -> f64 {
                let moved: Vec<f64> = wide(&x).iter().zip(&along).map(|(x, a)| x + by * a).collect();
                plain(&moved, &gain_64, &bias_64).iter().zip(&d).map(|(y, d)| y * f64::from(*d)).sum()
            };
            let slope = (loss(1e-5) - loss(-1e-5)) / 2e-5;
            let got: f64 = d_x.iter().zip(&along).map(|(d, a)| f64::from(*d) * a).sum();
            prop_assert!((got - slope).abs() < 1e-3 * (1.0 + f64::from(inverse[0])) * width as f64, "{got} {slope}");
            for ((got, d), unit) in d_gain.iter().zip(&d).zip(&unit) {
                prop_assert!((got - d * unit).abs() < 1e-6);
            }
        }
    }
}
