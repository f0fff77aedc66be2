//! Matrix products on ndarray views, with what follows a product done while its result is still in registers.

use ndarray::{Array2, ArrayView1, ArrayView2, ArrayViewMut2};
use pulp::{Simd, WithSimd};

use crate::fresh::Fresh;
use crate::matrix::{Matrix, MatrixMut, load};
use crate::right::{Right, packed_length};
use crate::scratch::Scratch;
use crate::tile::{Finish, multiply};
use crate::{flops, isa};

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
    Product::of(a, b).make()
}

/// `c = scale · a · b` or `c += scale · a · b`; any strides, so a transpose is
/// a view (`a.t()`) and a head is a column slice.
///
/// # Panics
/// When shapes do not fit.
pub fn product_into(scale: f32, a: ArrayView2<'_, f32>, b: ArrayView2<'_, f32>, into: Into, c: ArrayViewMut2<'_, f32>) {
    Product { scale, ..Product::of(a, b) }.write(into, c);
}

/// A product with what follows it: `a · b`, plus a bias, through a ReLU or the mask of one.
///
/// Each of these is a pass over the result when done by itself, and next to nothing here.
#[derive(Clone, Copy, Debug)]
pub struct Product<'a> {
    a: ArrayView2<'a, f32>,
    b: ArrayView2<'a, f32>,
    scale: f32,
    bias: Option<&'a [f32]>,
    then: Then<'a>,
}

#[derive(Clone, Copy, Debug)]
enum Then<'a> {
    Nothing,
    Relu,
    /// Keeps what stands where this is positive.
    Where(ArrayView2<'a, f32>),
}

impl<'a> Product<'a> {
    /// `a · b`, shapes (m, k) and (k, n).
    ///
    /// # Panics
    /// When the inner sizes differ.
    pub fn of(a: ArrayView2<'a, f32>, b: ArrayView2<'a, f32>) -> Self {
        let ((m, k), (rows, n)) = (a.dim(), b.dim());
        assert_eq!(rows, k, "product: inner sizes differ ({m}×{k} · {rows}×{n})");
        Self { a, b, scale: 1.0, bias: None, then: Then::Nothing }
    }

    /// Adds `bias` (n) to each row, if there is one.
    ///
    /// # Panics
    /// When it is of another length, or not contiguous.
    #[must_use]
    pub fn plus(self, bias: Option<ArrayView1<'a, f32>>) -> Self {
        let bias = bias.map(|bias| {
            assert_eq!(bias.len(), self.b.ncols(), "product: one bias for each column");
            bias.to_slice().expect("a bias is contiguous")
        });
        Self { bias, ..self }
    }

    /// max(0, ·) of the sum. NaN becomes 0; divergence still shows, because the loss is checked.
    #[must_use]
    pub fn relu(self) -> Self {
        Self { then: Then::Relu, ..self }
    }

    /// 0 where `y` (m, n), the output of a ReLU, is not positive: the backward of that ReLU.
    ///
    /// # Panics
    /// When it is of another shape than the product, or its rows are not contiguous.
    #[must_use]
    pub fn where_positive(self, y: ArrayView2<'a, f32>) -> Self {
        assert_eq!(y.dim(), (self.a.nrows(), self.b.ncols()), "product: the mask has another shape");
        assert!(y.ncols() < 2 || y.strides()[1] == 1, "product: the mask's rows are not contiguous");
        Self { then: Then::Where(y), ..self }
    }

    /// The result as a new row-major array.
    pub fn make(self) -> Array2<f32> {
        let mut result = Fresh::new(self.a.nrows(), self.b.ncols());
        self.run(Into::Replace, result.matrix());
        // SAFETY: `run` has replaced every number of its target.
        #[allow(unsafe_code)]
        unsafe {
            result.written()
        }
    }

    /// The result in `c`, or added to it. Only without a ReLU or a mask can it be added.
    ///
    /// # Panics
    /// When `c` has another shape.
    pub fn write(self, into: Into, mut c: ArrayViewMut2<'_, f32>) {
        assert_eq!(c.dim(), (self.a.nrows(), self.b.ncols()), "product: target has the wrong shape");
        assert!(into == Into::Replace || matches!(self.then, Then::Nothing), "product: a ReLU replaces its target");
        if c.ncols() > 1 && c.strides()[1] != 1 {
            let result = self.make();
            match into {
                Into::Replace => c.assign(&result),
                Into::Add => c += &result,
            }
            return;
        }
        self.run(into, MatrixMut::of(c).expect("rows are contiguous"));
    }

    fn run(self, into: Into, c: MatrixMut<'_>) {
        flops::count(2 * (self.a.nrows() * self.a.ncols() * self.b.ncols()) as u64);
        if c.rows() > 0 && c.columns() > 0 {
            isa::run(Run { product: self, into, c });
        }
    }
}

/// Inner size of one pass: a panel of the right factor then fits a core's first cache, and 256 rows of the left factor
/// its second.
const INNER: usize = 256;
const ROWS: usize = 256;

struct Run<'a, 'c> {
    product: Product<'a>,
    into: Into,
    c: MatrixMut<'c>,
}

impl WithSimd for Run<'_, '_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self { product, into, mut c } = self;
        let (a, b) = (Matrix::of(&product.a), Matrix::of(&product.b));
        let space = [packed_length::<S>(INNER.min(b.rows()), b.columns())];
        let mut scratch = Scratch::of(space);
        let mut start = 0;
        loop {
            let end = (start + INNER).min(b.rows());
            let last = end == b.rows();
            let [space] = scratch.pieces(space);
            let right = Right::new(simd, b.cut_rows(start..end), space);
            for top in (0..a.rows()).step_by(ROWS) {
                let rows = top..(top + ROWS).min(a.rows());
                let mut finish = Write {
                    scale: product.scale,
                    add: start > 0 || into == Into::Add,
                    bias: product.bias.filter(|_| last),
                    relu: last && matches!(product.then, Then::Relu),
                    mask: match &product.then {
                        Then::Where(y) if last => Some(Matrix::of(y).cut_rows(rows.clone())),
                        _ => None,
                    },
                    c: c.cut_rows(rows.clone()),
                };
                let a = a.cut_rows(rows).cut_columns(start..end);
                for panel in 0..right.panels::<S>() {
                    multiply(simd, a, right, panel, &mut finish);
                }
            }
            start = end;
            if last {
                break;
            }
        }
    }
}

/// Writes tiles, after all that may follow a product.
pub(crate) struct Write<'a, 'c> {
    scale: f32,
    add: bool,
    bias: Option<&'a [f32]>,
    relu: bool,
    mask: Option<Matrix<'a>>,
    c: MatrixMut<'c>,
}

impl<'c> Write<'_, 'c> {
    /// `c = scale · sums`, or `c += scale · sums`.
    pub(crate) fn scaled(scale: f32, into: Into, c: MatrixMut<'c>) -> Self {
        Self { scale, add: into == Into::Add, bias: None, relu: false, mask: None, c }
    }
}

impl<S: Simd> Finish<S> for Write<'_, '_> {
    #[inline(always)]
    fn tile<const R: usize, const V: usize>(
        &mut self,
        simd: S,
        row: usize,
        column: usize,
        count: usize,
        sums: [[S::f32s; V]; R],
    ) {
        let zero = simd.splat_f32s(0.0);
        let mut y = sums;
        if self.scale != 1.0 {
            let scale = simd.splat_f32s(self.scale);
            for y in &mut y {
                for y in y {
                    *y = simd.mul_f32s(*y, scale);
                }
            }
        }
        if self.add {
            let before: [[S::f32s; V]; R] = self.c.tile(simd, row, column, count);
            for (y, before) in y.iter_mut().zip(before) {
                for (y, before) in y.iter_mut().zip(before) {
                    *y = simd.add_f32s(*y, before);
                }
            }
        }
        if let Some(bias) = self.bias {
            let bias: [S::f32s; V] = load(simd, &bias[column..column + count]);
            for y in &mut y {
                for (y, bias) in y.iter_mut().zip(bias) {
                    *y = simd.add_f32s(*y, bias);
                }
            }
        }
        if self.relu {
            for y in &mut y {
                for y in y {
                    *y = simd.select_f32s(simd.greater_than_f32s(*y, zero), *y, zero);
                }
            }
        }
        if let Some(mask) = &self.mask {
            let mask: [[S::f32s; V]; R] = mask.tile(simd, row, column, count);
            for (y, mask) in y.iter_mut().zip(mask) {
                for (y, on) in y.iter_mut().zip(mask) {
                    *y = simd.select_f32s(simd.greater_than_f32s(on, zero), *y, zero);
                }
            }
        }
        self.c.store::<S, R, V>(y, row, column, count);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::isa::{Isa, force};
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
            for isa in Isa::all() {
                let (got, twice) = force(isa, || {
                    let got = product(a.view(), b.view());
                    let mut twice = got.clone();
                    product_into(-0.5, a.view(), b.view(), Into::Add, twice.view_mut());
                    (got, twice)
                });
                for ((want, got), twice) in want.iter().zip(&got).zip(&twice) {
                    prop_assert!((want - f64::from(*got)).abs() < 1e-5 * (1.0 + k as f64), "{}: {want} {got}", isa.name());
                    prop_assert!((want * 0.5 - f64::from(*twice)).abs() < 1e-5 * (1.0 + k as f64));
                }
            }
        }
    }

    proptest! {
        /// Bias, ReLU and mask are what they are when done one by one, to the last bit.
        #[test]
        fn what_follows_is_what_it_is_by_itself(m in 1usize..40, k in 0usize..70, n in 1usize..70, salt in 0u64..1000) {
            let (a, b, bias) = (filled(m, k, salt), filled(k, n, salt + 1), filled(1, n, salt + 2));
            let mask = filled(m, n, salt + 3);
            for isa in Isa::all() {
                force(isa, || {
                    let of = || Product::of(a.view(), b.view());
                    let plain = of().make();
                    let with_bias = &plain + &bias;
                    prop_assert_eq!(&of().plus(Some(bias.row(0))).make(), &with_bias);
                    prop_assert_eq!(of().plus(Some(bias.row(0))).relu().make(), with_bias.mapv(|v| v.max(0.0)));
                    let masked = ndarray::Zip::from(&plain).and(&mask).map_collect(|y, m| if *m > 0.0 { *y } else { 0.0 });
                    prop_assert_eq!(of().where_positive(mask.view()).make(), masked);
                    Ok(())
                })?;
            }
        }
    }

    /// The inner size is cut at 256, rows of the left factor too.
    #[test]
    fn large_sizes_equal_the_plain_product() {
        for (m, k, n) in [(300, 700, 33), (257, 257, 5), (3, 1100, 64)] {
            let (a, b) = (filled(m, k, 1), filled(k, n, 2));
            let want = plain(a.view(), b.view());
            for isa in Isa::all() {
                let got = force(isa, || product(a.view(), b.view()));
                let worst = want.iter().zip(&got).map(|(want, got)| (want - f64::from(*got)).abs()).fold(0.0, f64::max);
                assert!(worst < 1e-5 * k as f64, "{m}×{k}×{n} on {}: {worst:e}", isa.name());
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
