//! φ(x) = elu(x) + 1.

use kernels::exp::exp_in_place;

/// Where eˣ is held: below it φ stays as it is here.
const LOWEST: f32 = -27.0;

/// Numbers whose exponentials are made at once.
const PART: usize = 512;

/// x ← φ(x). What comes out is above 0, so a sum of products of it is.
pub(crate) fn feature_map_in_place(x: &mut [f32]) {
    // φ(x) = max(x, 0) + e^min(x, 0): no branch, and one exponential for both sides.
    let mut exponentials = [0.0; PART];
    for part in x.chunks_mut(PART) {
        let exponentials = &mut exponentials[..part.len()];
        for (low, x) in exponentials.iter_mut().zip(&*part) {
            *low = x.clamp(LOWEST, 0.0);
        }
        exp_in_place(exponentials);
        for (x, exponential) in part.iter_mut().zip(&*exponentials) {
            *x = x.max(0.0) + exponential;
        }
    }
}

/// d ← d·φ′, from what φ gave: 1 above 0, where φ is above 1; φ itself below; 0 where it is held.
pub(crate) fn feature_map_backward_in_place(d: &mut [f32], phi: &[f32]) {
    let mut held = [LOWEST];
    exp_in_place(&mut held);
    for (d, phi) in d.iter_mut().zip(phi) {
        *d *= if *phi > held[0] { phi.min(1.0) } else { 0.0 };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_elu_plus_one_and_its_slope() {
        let x: Vec<f32> = (-26_000..=20_000).map(|i| i as f32 * 1e-3).collect();
        let mut phi = x.clone();
        feature_map_in_place(&mut phi);
        let mut slope = vec![1.0; x.len()];
        feature_map_backward_in_place(&mut slope, &phi);
        for ((x, phi), slope) in x.iter().zip(&phi).zip(&slope) {
            let (x, phi, slope) = (f64::from(*x), f64::from(*phi), f64::from(*slope));
            let (want, want_slope) = if x > 0.0 { (x + 1.0, 1.0) } else { (x.exp(), x.exp()) };
            assert!((phi - want).abs() < 3e-7 * want, "φ({x}) is not {phi}");
            assert!((slope - want_slope).abs() < 3e-7 * want_slope, "φ′({x}) is not {slope}");
        }
    }

    #[test]
    fn far_below_it_is_held_and_flat() {
        let mut phi = [-27.0, -28.0, -1e4, f32::NEG_INFINITY, -26.9];
        feature_map_in_place(&mut phi);
        assert!(phi[..4].iter().all(|v| *v == phi[0]) && phi[0] > 1e-12 && phi[0] < phi[4]);
        let mut d = [1.0; 5];
        feature_map_backward_in_place(&mut d, &phi);
        assert_eq!(d, [0.0, 0.0, 0.0, 0.0, phi[4]]);
        let mut nan = [f32::NAN];
        feature_map_in_place(&mut nan);
        assert!(nan[0].is_nan());
    }
}
