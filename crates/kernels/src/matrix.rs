//! Views of matrices that cost nothing to cut, for use inside kernels.
//!
//! An `ArrayView2` can do the same, but cutting one takes longer than some of the tiles that are cut out.

use std::marker::PhantomData;
use std::mem::MaybeUninit;
use std::ops::Range;

use ndarray::{ArrayView2, ArrayViewMut2};
use pulp::Simd;

/// A matrix to read, of any strides.
#[derive(Clone, Copy)]
pub(crate) struct Matrix<'a> {
    pointer: *const f32,
    rows: usize,
    columns: usize,
    row_stride: isize,
    column_stride: isize,
    of: PhantomData<&'a f32>,
}

// SAFETY: it is a shared borrow of plain numbers.
#[allow(unsafe_code)]
unsafe impl Send for Matrix<'_> {}
// SAFETY: as above.
#[allow(unsafe_code)]
unsafe impl Sync for Matrix<'_> {}

impl<'a> Matrix<'a> {
    pub(crate) fn of(view: &ArrayView2<'a, f32>) -> Self {
        let (rows, columns) = view.dim();
        // The stride of a single column means nothing, and may be 0.
        let [row_stride, column_stride] = [view.strides()[0], if columns < 2 { 1 } else { view.strides()[1] }];
        Self { pointer: view.as_ptr(), rows, columns, row_stride, column_stride, of: PhantomData }
    }

    /// A row-major slice without gaps.
    pub(crate) fn of_slice(numbers: &'a [f32], rows: usize, columns: usize) -> Self {
        assert!(rows * columns <= numbers.len());
        let pointer = numbers.as_ptr();
        Self { pointer, rows, columns, row_stride: columns as isize, column_stride: 1, of: PhantomData }
    }

    pub(crate) fn rows(&self) -> usize {
        self.rows
    }

    pub(crate) fn columns(&self) -> usize {
        self.columns
    }

    pub(crate) fn row_stride(&self) -> isize {
        self.row_stride
    }

    pub(crate) fn column_stride(&self) -> isize {
        self.column_stride
    }

    pub(crate) fn pointer(&self) -> *const f32 {
        self.pointer
    }

    pub(crate) fn t(self) -> Self {
        Self {
            rows: self.columns,
            columns: self.rows,
            row_stride: self.column_stride,
            column_stride: self.row_stride,
            ..self
        }
    }

    pub(crate) fn cut_rows(self, range: Range<usize>) -> Self {
        assert!(range.start <= range.end && range.end <= self.rows);
        // `wrapping`: a view without elements may point anywhere.
        let pointer = self.pointer.wrapping_offset(range.start as isize * self.row_stride);
        Self { pointer, rows: range.len(), ..self }
    }

    pub(crate) fn cut_columns(self, range: Range<usize>) -> Self {
        self.t().cut_rows(range).t()
    }

    /// A row, where rows are contiguous.
    #[inline(always)]
    #[allow(unsafe_code)]
    pub(crate) fn row(&self, row: usize) -> &'a [f32] {
        assert!(row < self.rows && self.column_stride == 1);
        // SAFETY: the row is inside the view, and its elements are neighbours.
        unsafe { std::slice::from_raw_parts(self.pointer.offset(row as isize * self.row_stride), self.columns) }
    }

    /// Rows from `row` on, of each `count` numbers from `column` on in `V` registers, where rows are contiguous; what is
    /// missing is 0.
    #[inline(always)]
    #[allow(unsafe_code)]
    pub(crate) fn tile<S: Simd, const R: usize, const V: usize>(
        &self,
        simd: S,
        row: usize,
        column: usize,
        count: usize,
    ) -> [[S::f32s; V]; R] {
        assert!(row + R <= self.rows && column + count <= self.columns && self.column_stride == 1);
        // SAFETY: the tile is inside the view, and the numbers of a row are neighbours.
        unsafe {
            read_tile(simd, self.pointer.offset(row as isize * self.row_stride).add(column), self.row_stride, count)
        }
    }

    #[inline(always)]
    #[allow(unsafe_code)]
    pub(crate) fn at(&self, row: usize, column: usize) -> f32 {
        assert!(row < self.rows && column < self.columns);
        // SAFETY: the element is inside the view.
        unsafe { *self.pointer.offset(row as isize * self.row_stride + column as isize * self.column_stride) }
    }
}

/// A matrix to write, with contiguous rows.
pub(crate) struct MatrixMut<'a> {
    pointer: *mut f32,
    rows: usize,
    columns: usize,
    stride: isize,
    of: PhantomData<&'a mut f32>,
}

// SAFETY: it is an exclusive borrow of plain numbers.
#[allow(unsafe_code)]
unsafe impl Send for MatrixMut<'_> {}

impl<'a> MatrixMut<'a> {
    /// `None` when the elements of a row are no neighbours.
    pub(crate) fn of(mut view: ArrayViewMut2<'a, f32>) -> Option<Self> {
        let (rows, columns) = view.dim();
        let stride = view.strides()[0];
        let contiguous = columns < 2 || rows == 0 || view.strides()[1] == 1;
        contiguous.then(|| Self { pointer: view.as_mut_ptr(), rows, columns, stride, of: PhantomData })
    }

    /// A row-major slice without gaps.
    pub(crate) fn of_slice(numbers: &'a mut [f32], rows: usize, columns: usize) -> Self {
        assert!(rows * columns <= numbers.len());
        Self { pointer: numbers.as_mut_ptr(), rows, columns, stride: columns as isize, of: PhantomData }
    }

    /// Space of `rows · columns` numbers that hold nothing yet.
    pub(crate) fn of_spare(spare: &'a mut [MaybeUninit<f32>], rows: usize, columns: usize) -> Self {
        assert_eq!(spare.len(), rows * columns);
        Self { pointer: spare.as_mut_ptr().cast(), rows, columns, stride: columns as isize, of: PhantomData }
    }

    pub(crate) fn rows(&self) -> usize {
        self.rows
    }

    pub(crate) fn columns(&self) -> usize {
        self.columns
    }

    #[allow(unsafe_code)]
    pub(crate) fn fill(&mut self, value: f32) {
        for row in 0..self.rows {
            for column in 0..self.columns {
                // SAFETY: the element is inside the view, and `self` is borrowed exclusively.
                unsafe { *self.pointer.offset(row as isize * self.stride).add(column) = value };
            }
        }
    }

    pub(crate) fn cut_rows(&mut self, range: Range<usize>) -> MatrixMut<'_> {
        assert!(range.start <= range.end && range.end <= self.rows);
        let pointer = self.pointer.wrapping_offset(range.start as isize * self.stride);
        MatrixMut { pointer, rows: range.len(), of: PhantomData, ..*self }
    }

    pub(crate) fn split_columns(self, columns: usize) -> (Self, Self) {
        assert!(columns <= self.columns);
        let pointer = self.pointer.wrapping_add(columns);
        (Self { columns, ..self }, Self { pointer, columns: self.columns - columns, ..self })
    }

    pub(crate) fn split_rows(self, rows: usize) -> (Self, Self) {
        assert!(rows <= self.rows);
        let pointer = self.pointer.wrapping_offset(rows as isize * self.stride);
        (Self { rows, ..self }, Self { pointer, rows: self.rows - rows, ..self })
    }

    /// Rows from `row` on, of each `count` numbers from `column` on in `V` registers; what is missing is 0.
    #[inline(always)]
    #[allow(unsafe_code)]
    pub(crate) fn tile<S: Simd, const R: usize, const V: usize>(
        &self,
        simd: S,
        row: usize,
        column: usize,
        count: usize,
    ) -> [[S::f32s; V]; R] {
        assert!(row + R <= self.rows && column + count <= self.columns);
        // SAFETY: the tile is inside the view, and the numbers of a row are neighbours.
        unsafe { read_tile(simd, self.pointer.offset(row as isize * self.stride).add(column), self.stride, count) }
    }

    /// Writes the first `count` numbers of each row of a tile.
    #[inline(always)]
    #[allow(unsafe_code)]
    pub(crate) fn store<S: Simd, const R: usize, const V: usize>(
        &mut self,
        values: [[S::f32s; V]; R],
        row: usize,
        column: usize,
        count: usize,
    ) {
        assert!(row + R <= self.rows && column + count <= self.columns && count <= V * S::F32_LANES);
        // SAFETY: the tile is inside the view, the numbers of a row are neighbours, `self` is borrowed exclusively, and
        // registers are plain numbers, of which the first `count` are read.
        unsafe {
            let to = self.pointer.offset(row as isize * self.stride).add(column);
            if count == V * S::F32_LANES {
                for (r, values) in values.into_iter().enumerate() {
                    to.offset(r as isize * self.stride).cast::<[S::f32s; V]>().write_unaligned(values);
                }
            } else {
                for (r, values) in values.iter().enumerate() {
                    to.offset(r as isize * self.stride).copy_from_nonoverlapping(values.as_ptr().cast(), count);
                }
            }
        }
    }
}

/// # Safety
/// `count` numbers can be read in each of `R` rows from `from` on, `stride` apart.
#[inline(always)]
#[allow(unsafe_code)]
unsafe fn read_tile<S: Simd, const R: usize, const V: usize>(
    simd: S,
    from: *const f32,
    stride: isize,
    count: usize,
) -> [[S::f32s; V]; R] {
    let mut values = [[simd.splat_f32s(0.0); V]; R];
    if count >= V * S::F32_LANES {
        for (r, values) in values.iter_mut().enumerate() {
            // SAFETY: passed on to the caller.
            *values = unsafe { from.offset(r as isize * stride).cast::<[S::f32s; V]>().read_unaligned() };
        }
    } else {
        for (r, values) in values.iter_mut().enumerate() {
            // SAFETY: passed on to the caller; registers are plain numbers, and have room for as many.
            unsafe { from.offset(r as isize * stride).copy_to_nonoverlapping(values.as_mut_ptr().cast(), count) };
        }
    }
    values
}

/// Numbers in `V` registers; what is missing is 0.
#[inline(always)]
#[allow(unsafe_code)]
pub(crate) fn load<S: Simd, const V: usize>(simd: S, numbers: &[f32]) -> [S::f32s; V] {
    if numbers.len() >= V * S::F32_LANES {
        // SAFETY: there are as many numbers as are read.
        unsafe { numbers.as_ptr().cast::<[S::f32s; V]>().read_unaligned() }
    } else {
        let mut values = [simd.splat_f32s(0.0); V];
        // SAFETY: registers are plain numbers, and have room for as many.
        unsafe { numbers.as_ptr().copy_to_nonoverlapping((&raw mut values).cast(), numbers.len()) };
        values
    }
}

/// Writes a register to the first of `numbers`.
///
/// # Panics
/// When there are fewer.
#[inline(always)]
#[allow(unsafe_code)]
pub(crate) fn store<S: Simd>(_: S, values: S::f32s, numbers: &mut [f32]) {
    let numbers = &mut numbers[..S::F32_LANES];
    // SAFETY: there are as many numbers as are written.
    unsafe { numbers.as_mut_ptr().cast::<S::f32s>().write_unaligned(values) };
}
