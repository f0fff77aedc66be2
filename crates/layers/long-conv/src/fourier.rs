//! Fourier transforms of real signals whose lengths are powers of two.

use std::sync::Arc;

use kernels::flops;
use realfft::num_complex::Complex;
use realfft::{ComplexToReal, RealFftPlanner, RealToComplex};

/// A transform of one length, both ways.
pub(crate) struct Transform {
    size: usize,
    forward: Arc<dyn RealToComplex<f32>>,
    inverse: Arc<dyn ComplexToReal<f32>>,
}

/// Transforms of every length that a layer may need, made when it is built: nothing about it changes afterwards.
pub(crate) struct Transforms(Vec<Transform>);

/// Room in which transforms are made, as long as the longest of them.
pub(crate) struct Room {
    /// The signal; its content is lost when it is transformed.
    pub(crate) signal: Vec<f32>,
    pub(crate) scratch: Vec<Complex<f32>>,
}

/// FLOPs of one transform, either way: 2.5·N·log₂ N, the field's convention for a real signal, half of that for a complex
/// one. It is no count of what the algorithm does.
pub(crate) fn transform_flops(size: usize) -> u64 {
    5 * (size as u64 / 2) * u64::from(size.ilog2())
}

impl Transforms {
    /// Of 2, 4, 8 … `largest`.
    pub(crate) fn up_to(largest: usize) -> Self {
        let mut planner = RealFftPlanner::new();
        let sizes = (1..=largest.ilog2()).map(|power| 1 << power);
        Self(
            sizes
                .map(|size| Transform {
                    size,
                    forward: planner.plan_fft_forward(size),
                    inverse: planner.plan_fft_inverse(size),
                })
                .collect(),
        )
    }

    /// Of that length.
    pub(crate) fn of(&self, size: usize) -> &Transform {
        &self.0[size.ilog2() as usize - 1]
    }

    /// Room for transforms of up to that length.
    pub(crate) fn room(&self, largest: usize) -> Room {
        let within = self.0.iter().filter(|transform| transform.size <= largest);
        let scratch = within.map(|t| t.forward.get_scratch_len().max(t.inverse.get_scratch_len())).max();
        Room { signal: vec![0.0; largest], scratch: vec![Complex::default(); scratch.unwrap_or(0)] }
    }
}

impl Transform {
    /// The spectrum of the room's signal, its first half: N/2 + 1 numbers.
    pub(crate) fn forward(&self, room: &mut Room, spectrum: &mut [Complex<f32>]) {
        flops::count(transform_flops(self.size));
        let (signal, scratch) = (&mut room.signal[..self.size], &mut room.scratch[..]);
        self.forward.process_with_scratch(signal, spectrum, scratch).expect("lengths of this transform");
    }

    /// N times the signal of a spectrum, into the room. The spectrum's content is lost.
    pub(crate) fn inverse(&self, spectrum: &mut [Complex<f32>], room: &mut Room) {
        flops::count(transform_flops(self.size));
        // Those of a real signal are real; the product of two is too, unless one is no number.
        for end in [0, spectrum.len() - 1] {
            spectrum[end].im = 0.0;
        }
        let (signal, scratch) = (&mut room.signal[..self.size], &mut room.scratch[..]);
        self.inverse.process_with_scratch(spectrum, signal, scratch).expect("lengths of this transform");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_spectrum_is_the_sum_that_defines_it_and_the_inverse_leads_back() {
        let transforms = Transforms::up_to(256);
        for size in [2usize, 4, 64, 256] {
            let signal: Vec<f32> = (0..size).map(|i| ((i * 37 + 5) % 101) as f32 / 50.0 - 1.0).collect();
            let mut room = transforms.room(256);
            room.signal[..size].copy_from_slice(&signal);
            let mut spectrum = vec![Complex::default(); size / 2 + 1];
            let (_, counted) = flops::counted(|| transforms.of(size).forward(&mut room, &mut spectrum));
            assert_eq!(counted as f64, 2.5 * size as f64 * (size as f64).log2());
            for (k, got) in spectrum.iter().enumerate() {
                let turn = |i: usize| -std::f64::consts::TAU * (i * k % size) as f64 / size as f64;
                let terms = signal.iter().enumerate().map(|(i, x)| Complex::cis(turn(i)) * f64::from(*x));
                let want: Complex<f64> = terms.sum();
                let error = Complex::new(f64::from(got.re), f64::from(got.im)) - want;
                assert!(error.norm() < 1e-6 * size as f64, "size {size}, frequency {k}: {got}, not {want}");
            }
            transforms.of(size).inverse(&mut spectrum, &mut room);
            for (got, want) in room.signal.iter().zip(&signal) {
                assert!((got / size as f32 - want).abs() < 1e-6, "size {size}");
            }
        }
    }
}
