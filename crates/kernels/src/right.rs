//! The right factor of a product, in panels: two registers of columns, contiguous for each row.

use pulp::Simd;

use crate::matrix::{Matrix, load};
use crate::transpose::transpose;

/// A right factor whose panels can be read by the register.
///
/// Either a matrix as it stands, whose rows are contiguous and end at a whole register, or a copy in the order in which
/// the tile reads it, filled up with zeros.
#[derive(Clone, Copy)]
pub(crate) struct Right<'a> {
    numbers: Numbers<'a>,
    /// Rows that are left out at the start.
    skipped: usize,
    rows: usize,
    columns: usize,
}

#[derive(Clone, Copy)]
enum Numbers<'a> {
    /// As it stands.
    InPlace(Matrix<'a>),
    /// Panel after panel, each of `rows` rows of two registers.
    Packed(&'a [f32]),
}

/// Longest distance of rows that are read where they stand. Rows further apart share few of a cache's sets, and push
/// each other out.
const NEAR: isize = 256;

/// Length of a copy of a (rows, columns) factor.
pub(crate) fn packed_length<S: Simd>(rows: usize, columns: usize) -> usize {
    let width = 2 * S::F32_LANES;
    rows * columns.div_ceil(width) * width
}

impl<'a> Right<'a> {
    /// `matrix` as it stands if that will do, else a copy in `space` of [`packed_length`].
    #[inline(always)]
    pub(crate) fn new<S: Simd>(simd: S, matrix: Matrix<'a>, space: &'a mut [f32]) -> Self {
        let whole = matrix.columns().is_multiple_of(S::F32_LANES);
        if whole && matrix.column_stride() == 1 && (0..=NEAR).contains(&matrix.row_stride()) {
            Self { numbers: Numbers::InPlace(matrix), skipped: 0, rows: matrix.rows(), columns: matrix.columns() }
        } else {
            Self::packed(simd, matrix, 1.0, space)
        }
    }

    /// A copy of `scale · matrix` in `space` of [`packed_length`].
    #[inline(always)]
    pub(crate) fn packed<S: Simd>(simd: S, matrix: Matrix<'a>, scale: f32, space: &'a mut [f32]) -> Self {
        let (rows, columns) = (matrix.rows(), matrix.columns());
        let width = 2 * S::F32_LANES;
        let space = &mut space[..packed_length::<S>(rows, columns)];
        for (panel, space) in space.chunks_exact_mut((rows * width).max(1)).enumerate() {
            let from = panel * width;
            let columns = from..columns.min(from + width);
            if columns.len() < width {
                space.fill(0.0);
            }
            pack(simd, matrix.cut_columns(columns), scale, space);
        }
        Self { numbers: Numbers::Packed(space), skipped: 0, rows, columns }
    }

    /// Without its first `rows` rows.
    #[inline(always)]
    pub(crate) fn skip_rows(self, rows: usize) -> Self {
        Self { skipped: self.skipped + rows, ..self }
    }

    #[inline(always)]
    pub(crate) fn panels<S: Simd>(&self) -> usize {
        self.columns.div_ceil(2 * S::F32_LANES)
    }

    /// Columns that a panel really has.
    #[inline(always)]
    pub(crate) fn columns_in<S: Simd>(&self, panel: usize) -> usize {
        (self.columns - panel * 2 * S::F32_LANES).min(2 * S::F32_LANES)
    }

    /// Where a panel begins, and how far its rows are apart. `V` registers can be read at each of `rows` rows.
    ///
    /// # Panics
    /// When they can't.
    #[inline(always)]
    pub(crate) fn panel<S: Simd, const V: usize>(&self, panel: usize, rows: usize) -> (*const f32, usize) {
        let width = 2 * S::F32_LANES;
        assert!(self.skipped + rows <= self.rows && V <= 2 && panel * width < self.columns);
        match self.numbers {
            Numbers::InPlace(matrix) => {
                assert!(panel * width + V * S::F32_LANES <= self.columns);
                let stride = matrix.row_stride() as usize;
                (matrix.pointer().wrapping_add(panel * width + self.skipped * stride), stride)
            }
            Numbers::Packed(numbers) => {
                let numbers = &numbers[panel * self.rows * width..][..self.rows * width];
                (numbers[self.skipped * width..].as_ptr(), width)
            }
        }
    }
}

/// Copies `scale · matrix`, which has at most two registers of columns, to rows of two registers.
#[inline(always)]
fn pack<S: Simd>(simd: S, matrix: Matrix<'_>, scale: f32, space: &mut [f32]) {
    let width = 2 * S::F32_LANES;
    let rows = space.chunks_exact_mut(width).enumerate();
    if matrix.column_stride() == 1 {
        let scale = simd.splat_f32s(scale);
        for (row, space) in rows {
            let (registers, _) = S::as_mut_simd_f32s(space);
            let (whole, rest) = S::as_simd_f32s(matrix.row(row));
            for (to, from) in registers.iter_mut().zip(whole) {
                *to = simd.mul_f32s(*from, scale);
            }
            if !rest.is_empty() {
                registers[whole.len()] = simd.mul_f32s(load::<S, 1>(simd, rest)[0], scale);
            }
        }
    } else if matrix.row_stride() == 1 {
        transpose(simd, matrix.t(), scale, width, space);
    } else {
        for (row, space) in rows {
            for (column, to) in space[..matrix.columns()].iter_mut().enumerate() {
                *to = matrix.at(row, column) * scale;
            }
        }
    }
}
