//! Element-wise loops, compiled for the best instruction set the machine has
//! and chosen at run time.

use crate::isa;

/// x ← max(0, x). NaN becomes 0 here as in `f32::max`; divergence still shows,
/// because the loss is checked.
pub fn relu_in_place(x: &mut [f32]) {
    isa::run(|| {
        for v in x.iter_mut() {
            *v = v.max(0.0);
        }
    });
}

/// d ← d where the ReLU's output y is positive, else 0.
///
/// # Panics
/// When lengths differ.
pub fn relu_backward_in_place(d: &mut [f32], y: &[f32]) {
    assert_eq!(d.len(), y.len());
    isa::run(|| {
        for (d, y) in d.iter_mut().zip(y) {
            // Bits that are taken away vectorise where a select does not, and leave nothing of a NaN.
            *d = f32::from_bits(d.to_bits() & 0u32.wrapping_sub(u32::from(*y > 0.0)));
        }
    });
}

/// y ← y + x.
///
/// # Panics
/// When lengths differ.
pub fn add_in_place(y: &mut [f32], x: &[f32]) {
    assert_eq!(y.len(), x.len());
    isa::run(|| {
        for (y, x) in y.iter_mut().zip(x) {
            *y += x;
        }
    });
}

/// Sum of squares in f64, in a fixed order.
pub fn sum_of_squares(x: &[f32]) -> f64 {
    const LANES: usize = 8;
    let mut lanes = [0f64; LANES];
    let chunks = x.chunks_exact(LANES);
    let rest: f64 = chunks.remainder().iter().map(|v| f64::from(*v) * f64::from(*v)).sum();
    isa::run(|| {
        for chunk in chunks {
            for (lane, v) in lanes.iter_mut().zip(chunk) {
                *lane += f64::from(*v) * f64::from(*v);
            }
        }
    });
    lanes.iter().sum::<f64>() + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn relu_and_its_backward() {
        let mut x = vec![-1.0, 0.0, 2.0, -0.0];
        relu_in_place(&mut x);
        assert_eq!(x, [0.0, 0.0, 2.0, 0.0]);
        let mut d = vec![5.0, 6.0, 7.0, 8.0];
        relu_backward_in_place(&mut d, &x);
        assert_eq!(d, [0.0, 0.0, 7.0, 0.0]);
        let mut d = vec![f32::NAN, f32::INFINITY, -1.0];
        relu_backward_in_place(&mut d, &[0.0, -1.0, 1.0]);
        assert_eq!(d, [0.0, 0.0, -1.0]);
    }

    #[test]
    fn sum_of_squares_counts_every_element() {
        let x: Vec<f32> = (0..21).map(|i| i as f32).collect();
        assert_eq!(sum_of_squares(&x), (0..21).map(|i| f64::from(i * i)).sum::<f64>());
    }
}
