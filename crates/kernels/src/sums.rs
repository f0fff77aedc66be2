//! Sums over rows.

use ndarray::{Array1, ArrayView2, Axis};
use pulp::{Simd, WithSimd};

use crate::isa;
use crate::matrix::{Matrix, MatrixMut, load};

/// Sum of each column of (rows, columns), the rows taken in order: the gradient of a bias.
pub fn column_sums(x: ArrayView2<'_, f32>) -> Array1<f32> {
    if x.ncols() > 1 && x.strides()[1] != 1 {
        return x.sum_axis(Axis(0));
    }
    let mut sums = Array1::zeros(x.ncols());
    let to = MatrixMut::of_slice(sums.as_slice_mut().expect("just made"), 1, x.ncols());
    isa::run(ColumnSums { x: Matrix::of(&x), to });
    sums
}

/// Registers that are summed side by side.
const WIDTH: usize = 4;

struct ColumnSums<'a> {
    x: Matrix<'a>,
    to: MatrixMut<'a>,
}

impl WithSimd for ColumnSums<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(mut self, simd: S) {
        let columns = self.x.columns();
        for from in (0..columns).step_by(WIDTH * S::F32_LANES) {
            let end = (from + WIDTH * S::F32_LANES).min(columns);
            let mut sums = [simd.splat_f32s(0.0); WIDTH];
            for row in 0..self.x.rows() {
                let numbers: [S::f32s; WIDTH] = load(simd, &self.x.row(row)[from..end]);
                for (sum, number) in sums.iter_mut().zip(numbers) {
                    *sum = simd.add_f32s(*sum, number);
                }
            }
            self.to.store::<S, 1, WIDTH>([sums], 0, from, end - from);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::isa::{Isa, force};
    use ndarray::Array2;

    #[test]
    fn equals_the_plain_sum_at_any_width() {
        for columns in [0, 1, 3, 16, 33, 64, 129, 200] {
            let x = Array2::from_shape_fn((7, columns), |(i, j)| (i * 31 + j * 7) as f32 / 8.0);
            for isa in Isa::all() {
                assert_eq!(force(isa, || column_sums(x.view())), x.sum_axis(Axis(0)), "{columns} on {}", isa.name());
            }
            assert_eq!(column_sums(x.t()), x.sum_axis(Axis(1)));
            let first = x.slice(ndarray::s![.., ..columns.min(1)]);
            assert_eq!(column_sums(first), first.sum_axis(Axis(0)));
        }
    }
}
