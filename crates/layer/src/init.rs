//! Random streams by name, and the initialisations that layers use.

use ndarray::{Array, Dimension, ShapeBuilder};
use ndarray_rand::RandomExt;
use ndarray_rand::rand_distr::{Normal, Uniform};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;

/// The random stream of `purpose` under `seed`. Each purpose (a parameter's
/// name, say) has a stream of its own, so that adding one never shifts another.
pub fn stream(seed: u64, purpose: &str) -> ChaCha8Rng {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    rng.set_stream(fnv1a(purpose));
    rng
}

/// FNV-1a, 64 bits: a stable name for a purpose. Not a security hash.
fn fnv1a(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

/// Uniform on ±1/√fan_in, the default of PyTorch's linear and convolution layers.
pub fn fan_in_uniform<D: Dimension, S: ShapeBuilder<Dim = D>>(
    shape: S,
    fan_in: usize,
    seed: u64,
    purpose: &str,
) -> Array<f32, D> {
    let bound = 1.0 / (fan_in.max(1) as f32).sqrt();
    let uniform = Uniform::new(-bound, bound).expect("a positive bound");
    Array::random_using(shape, uniform, &mut stream(seed, purpose))
}

/// Normal with mean 0 and the given standard deviation.
pub fn normal<D: Dimension, S: ShapeBuilder<Dim = D>>(
    shape: S,
    deviation: f32,
    seed: u64,
    purpose: &str,
) -> Array<f32, D> {
    let normal = Normal::new(0.0, deviation).expect("a finite deviation");
    Array::random_using(shape, normal, &mut stream(seed, purpose))
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::Array1;

    #[test]
    fn streams_differ_by_seed_and_by_purpose_and_repeat() {
        let draw = |seed, purpose| -> Array1<f32> { normal(8, 1.0, seed, purpose) };
        assert_eq!(draw(1, "query.weight"), draw(1, "query.weight"));
        assert_ne!(draw(1, "query.weight"), draw(2, "query.weight"));
        assert_ne!(draw(1, "query.weight"), draw(1, "key.weight"));
    }

    #[test]
    fn uniform_keeps_its_bound() {
        let x: Array1<f32> = fan_in_uniform(1000, 16, 3, "weight");
        assert!(x.iter().all(|v| v.abs() <= 0.25) && x.iter().any(|v| v.abs() > 0.2));
    }
}
