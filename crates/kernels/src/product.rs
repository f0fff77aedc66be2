//! Matrix products on ndarray views.
//!
//! faer's sequential product led or tied with ndarray's own and with the gemm
//! crate on every shape the lab uses, most on small and narrow ones, when they
//! were timed side by side; so it is the only one.

use faer::linalg::matmul::matmul;
use faer::{Accum, MatMut, MatRef, Par};
use ndarray::{Array2, ArrayView2, ArrayViewMut2};

use crate::flops;

/// What a product does with what its target already holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Into {
    /// Overwrites the target, which may be uninitialised garbage or NaN.
    Replace,
    /// Adds to the target.
    Add,
}

/// `a · b`, shapes (m, k) and (k, n) to a new row-major (m, n).
///
/// # Panics
/// When the inner sizes differ.
pub fn product(a: ArrayView2<'_, f32>, b: ArrayView2<'_, f32>) -> Array2<f32> {
    let mut c = Array2::zeros((a.nrows(), b.ncols()));
    product_into(1.0, a, b, Into::Replace, c.view_mut());
    c
}

/// `c = scale · a · b` or `c += scale · a · b`; any strides, so a transpose is
/// a view (`a.t()`) and a head is a column slice.
///
/// # Panics
/// When shapes do not fit.
#[allow(unsafe_code)]
pub fn product_into(scale: f32, a: ArrayView2<'_, f32>, b: ArrayView2<'_, f32>, into: Into, c: ArrayViewMut2<'_, f32>) {
    let ((m, k), n) = (a.dim(), b.ncols());
    assert_eq!(b.nrows(), k, "product: inner sizes differ ({m}×{k} · {}×{n})", b.nrows());
    assert_eq!(c.dim(), (m, n), "product: target has the wrong shape");
    flops::count(2 * (m * k * n) as u64);
    let accumulate = match into {
        Into::Replace => Accum::Replace,
        Into::Add => Accum::Add,
    };
    // SAFETY: the pointers, sizes and strides come from live ndarray views, whose strides are valid by
    // construction; `c` is a mutable view, so it overlaps neither `a` nor `b` and no two of its elements alias.
    let (a, b, c) = unsafe { (faer_ref(&a), faer_ref(&b), faer_mut(c)) };
    matmul(c, accumulate, a, b, scale, Par::Seq);
}

#[allow(unsafe_code)]
unsafe fn faer_ref<'a>(a: &'a ArrayView2<'_, f32>) -> MatRef<'a, f32> {
    // SAFETY: passed on to the caller.
    unsafe { MatRef::from_raw_parts(a.as_ptr(), a.nrows(), a.ncols(), a.strides()[0], a.strides()[1]) }
}

#[allow(unsafe_code)]
unsafe fn faer_mut<'a>(mut c: ArrayViewMut2<'a, f32>) -> MatMut<'a, f32> {
    let ((m, n), strides) = (c.dim(), [c.strides()[0], c.strides()[1]]);
    // SAFETY: passed on to the caller; the view's lifetime is kept.
    unsafe { MatMut::from_raw_parts_mut(c.as_mut_ptr(), m, n, strides[0], strides[1]) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::{Array, s};
    use proptest::prelude::*;

    fn filled(rows: usize, columns: usize, salt: u64) -> Array2<f32> {
        Array::from_shape_fn((rows, columns), |(i, j)| {
            let x = (i as u64 * 7919 + j as u64 * 104_729 + salt * 1_299_709) % 2003;
            x as f32 / 1001.0 - 1.0
        })
    }

    fn plain(a: ArrayView2<'_, f32>, b: ArrayView2<'_, f32>) -> Array2<f64> {
        a.mapv(f64::from).dot(&b.mapv(f64::from))
    }

    proptest! {
        /// Odd sizes, transposed and strided views, against a plain f64 product.
        #[test]
        fn equals_the_plain_product(m in 1usize..40, k in 1usize..70, n in 1usize..40, salt in 0u64..1000, form in 0u8..4) {
            let (a, b) = match form {
                0 => (filled(m, k, salt), filled(k, n, salt + 1)),
                1 => (filled(k, m, salt).reversed_axes(), filled(k, n, salt + 1)),
                2 => (filled(m, k, salt), filled(n, k, salt + 1).reversed_axes()),
                _ => (filled(2 * m, k, salt).slice_move(s![..;2, ..]), filled(k, 3 * n, salt + 1).slice_move(s![.., n..2 * n])),
            };
            let want = plain(a.view(), b.view());
            let got = product(a.view(), b.view());
            let mut twice = got.clone();
            product_into(-0.5, a.view(), b.view(), Into::Add, twice.view_mut());
            for ((want, got), twice) in want.iter().zip(&got).zip(&twice) {
                prop_assert!((want - f64::from(*got)).abs() < 1e-5 * (1.0 + k as f64), "{want} {got}");
                prop_assert!((want * 0.5 - f64::from(*twice)).abs() < 1e-5 * (1.0 + k as f64));
            }
        }
    }

    #[test]
    fn replace_ignores_what_was_there() {
        let mut c = Array2::from_elem((3, 2), f32::NAN);
        product_into(1.0, filled(3, 4, 1).view(), filled(4, 2, 2).view(), Into::Replace, c.view_mut());
        assert!(c.iter().all(|x| x.is_finite()));
    }

    #[test]
    fn empty_inner_size_gives_zeros() {
        let c = product(Array2::zeros((3, 0)).view(), Array2::zeros((0, 2)).view());
        assert_eq!(c, Array2::<f32>::zeros((3, 2)));
    }

    #[test]
    fn flops_are_counted() {
        let (_, flops) = flops::counted(|| product(filled(3, 4, 1).view(), filled(4, 5, 2).view()));
        assert_eq!(flops, 2 * 3 * 4 * 5);
    }
}
