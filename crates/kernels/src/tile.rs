//! The inner loop of every product: a tile of C = A·B that stays in registers while the inner size runs by.
//!
//! A is read as it stands, whatever its strides: each number of it is spread over a register, and it makes no difference
//! where it comes from. B comes in panels, see [`Right`]. So X·W, Xᵀ·Y, and a slice of columns that is one head of many
//! need no copy of A.

use pulp::Simd;

use crate::isa::mul_add;
use crate::matrix::Matrix;
use crate::right::Right;

/// What becomes of a tile when its sums are complete.
pub(crate) trait Finish<S: Simd> {
    /// `sums` are numbers of C from `row` and `column` on; of the columns the first `count` exist.
    fn tile<const R: usize, const V: usize>(
        &mut self,
        simd: S,
        row: usize,
        column: usize,
        count: usize,
        sums: [[S::f32s; V]; R],
    );
}

/// The columns of C = A·B that belong to one panel of B, given to `finish` tile by tile.
///
/// # Panics
/// When `b` has fewer rows than `a` has columns.
#[inline(always)]
pub(crate) fn multiply<S: Simd>(simd: S, a: Matrix<'_>, b: Right<'_>, panel: usize, finish: &mut impl Finish<S>) {
    if b.columns_in::<S>(panel) > S::F32_LANES {
        rows::<S, 2>(simd, a, b, panel, finish);
    } else {
        rows::<S, 1>(simd, a, b, panel, finish);
    }
}

/// Rows that a kernel should hand over together where it goes through A bit by bit: whole tiles, within one panel if the
/// rows of A are the columns of another product.
#[inline(always)]
pub(crate) const fn chunk<S: Simd>() -> usize {
    if S::REGISTER_COUNT >= 32 { 8 } else { 2 * S::F32_LANES }
}

#[inline(always)]
fn rows<S: Simd, const V: usize>(simd: S, a: Matrix<'_>, b: Right<'_>, panel: usize, finish: &mut impl Finish<S>) {
    let b = Panel {
        from: b.panel::<S, V>(panel, a.columns()),
        column: panel * 2 * S::F32_LANES,
        count: b.columns_in::<S>(panel),
    };
    // With V = 2: as many sums as leave registers for two of B and one of A.
    let mut row = 0;
    if const { S::REGISTER_COUNT >= 32 } {
        while row + 8 <= a.rows() {
            tile::<S, 8, V>(simd, a, b, row, finish);
            row += 8;
        }
    } else {
        while row + 6 <= a.rows() {
            tile::<S, 6, V>(simd, a, b, row, finish);
            row += 6;
        }
    }
    if row + 4 <= a.rows() {
        tile::<S, 4, V>(simd, a, b, row, finish);
        row += 4;
    }
    if row + 2 <= a.rows() {
        tile::<S, 2, V>(simd, a, b, row, finish);
        row += 2;
    }
    if row < a.rows() {
        tile::<S, 1, V>(simd, a, b, row, finish);
    }
}

/// A panel of B.
#[derive(Clone, Copy)]
struct Panel {
    /// Its numbers, and how far its rows are apart.
    from: (*const f32, usize),
    /// Its first column in B.
    column: usize,
    /// How many columns it really has.
    count: usize,
}

/// One tile of `R` rows from `row` on. `b` has been checked to have as many rows as `a` has columns, of `V` registers.
#[inline(always)]
#[allow(unsafe_code)]
fn tile<S: Simd, const R: usize, const V: usize>(
    simd: S,
    a: Matrix<'_>,
    b: Panel,
    row: usize,
    finish: &mut impl Finish<S>,
) {
    let (from, stride) = b.from;
    assert!(row + R <= a.rows());
    let mut sums = [[simd.splat_f32s(0.0); V]; R];
    // SAFETY: the loop reads A at rows `row .. row + R` and columns `.. a.columns()`, which the assertion puts inside its
    // view, and B at that many rows of V registers, which has been checked. Pointers are only moved past what was
    // read with wrapping arithmetic, so none is formed outside an allocation.
    unsafe {
        let (mut a_at, mut b_at) = (a.pointer().wrapping_offset(row as isize * a.row_stride()), from);
        for _ in 0..a.columns() {
            let mut b_row = [simd.splat_f32s(0.0); V];
            for (v, b_row) in b_row.iter_mut().enumerate() {
                *b_row = b_at.add(v * S::F32_LANES).cast::<S::f32s>().read_unaligned();
            }
            for (r, sums) in sums.iter_mut().enumerate() {
                let spread = simd.splat_f32s(*a_at.offset(r as isize * a.row_stride()));
                for (sum, b) in sums.iter_mut().zip(b_row) {
                    *sum = mul_add(simd, spread, b, *sum);
                }
            }
            a_at = a_at.wrapping_offset(a.column_stride());
            b_at = b_at.wrapping_add(stride);
        }
    }
    finish.tile(simd, row, b.column, b.count, sums);
}
