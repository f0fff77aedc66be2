//! Sinusoidal position vectors.

use std::ops::Range;

use ndarray::Array2;

/// PE[t, 2i] = sin(t / base^(2i/width)), PE[t, 2i+1] = cos of the same; shape `(time, width)`. With base 10,000 these
/// are the positions of Vaswani et al. 2017, section 3.5.
pub fn sinusoidal(time: usize, width: usize, base: f64) -> Array2<f32> {
    sinusoidal_at(0..time, width, base)
}

/// The rows of [`sinusoidal`] at these steps, `(steps, width)`.
pub fn sinusoidal_at(steps: Range<usize>, width: usize, base: f64) -> Array2<f32> {
    Array2::from_shape_fn((steps.len(), width), |(row, feature)| {
        let pair = (feature / 2 * 2) as f64;
        let angle = (steps.start + row) as f64 / base.powf(pair / width as f64);
        (if feature % 2 == 0 { angle.sin() } else { angle.cos() }) as f32
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn follows_the_formula() {
        let table = sinusoidal(5, 4, 100.0);
        assert_eq!(table.row(0).to_vec(), [0.0, 1.0, 0.0, 1.0]);
        let want = [3f64.sin(), 3f64.cos(), 0.3f64.sin(), 0.3f64.cos()].map(|v| v as f32);
        assert_eq!(table.row(3).to_vec(), want);
        assert_eq!(sinusoidal_at(3..5, 4, 100.0), table.slice(ndarray::s![3.., ..]));
    }
}
