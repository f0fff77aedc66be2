//! Transposes a matrix on its way into a panel.

use std::ops::Range;

use pulp::Simd;

use crate::matrix::Matrix;

/// Squares of this side keep both sides in few cache lines, and are turned in registers.
const SIDE: usize = 8;

/// Writes the transpose of `matrix`, which has contiguous rows, times `scale`, to rows of `width`.
#[inline(always)]
pub(crate) fn transpose<S: Simd>(_: S, matrix: Matrix<'_>, scale: f32, width: usize, space: &mut [f32]) {
    assert!(matrix.rows() <= width && matrix.columns() * width <= space.len() && matrix.column_stride() == 1);
    #[cfg(target_arch = "x86_64")]
    if const { S::F32_LANES >= 8 } {
        // SAFETY: of the sets that kernels run on, those with registers of 8 numbers or more have AVX.
        #[allow(unsafe_code)]
        unsafe {
            transpose_avx(matrix, scale, width, space);
        }
        return;
    }
    for top in (0..matrix.rows()).step_by(SIDE) {
        let rows = top..(top + SIDE).min(matrix.rows());
        for left in (0..matrix.columns()).step_by(SIDE) {
            square(matrix, rows.clone(), left..(left + SIDE).min(matrix.columns()), scale, width, space);
        }
    }
}

fn square(matrix: Matrix<'_>, rows: Range<usize>, columns: Range<usize>, scale: f32, width: usize, space: &mut [f32]) {
    for i in rows {
        for (j, from) in matrix.row(i).iter().enumerate().take(columns.end).skip(columns.start) {
            space[j * width + i] = from * scale;
        }
    }
}

/// The same with whole squares in registers. The compiler finds none of these instructions by itself.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx")]
#[allow(unsafe_code)]
fn transpose_avx(matrix: Matrix<'_>, scale: f32, width: usize, space: &mut [f32]) {
    let (rows, columns) = (matrix.rows() / SIDE * SIDE, matrix.columns() / SIDE * SIDE);
    for top in (0..rows).step_by(SIDE) {
        for left in (0..columns).step_by(SIDE) {
            // SAFETY: the square is inside the matrix, and so its transpose inside `space`, as the caller has checked.
            unsafe {
                let from = matrix.pointer().offset(top as isize * matrix.row_stride()).add(left);
                turn(from, matrix.row_stride(), scale, space.as_mut_ptr().add(left * width + top), width);
            }
        }
    }
    square(matrix, 0..rows, columns..matrix.columns(), scale, width, space);
    square(matrix, rows..matrix.rows(), 0..matrix.columns(), scale, width, space);
}

/// # Safety
/// Eight rows of eight numbers can be read at `from`, and written at `to`.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx")]
#[inline]
#[allow(unsafe_code)]
unsafe fn turn(from: *const f32, stride: isize, scale: f32, to: *mut f32, width: usize) {
    use std::arch::x86_64::{
        _mm_loadu_ps, _mm256_castps128_ps256, _mm256_insertf128_ps, _mm256_mul_ps, _mm256_set1_ps, _mm256_shuffle_ps,
        _mm256_storeu_ps, _mm256_unpackhi_ps, _mm256_unpacklo_ps,
    };
    let scale = _mm256_set1_ps(scale);
    for half in [0, 4] {
        // Rows i and i + 4 side by side, four columns of each.
        let pair = |i: isize| {
            // SAFETY: passed on to the caller.
            let (upper, lower) = unsafe {
                (_mm_loadu_ps(from.offset(i * stride).add(half)), _mm_loadu_ps(from.offset((i + 4) * stride).add(half)))
            };
            _mm256_insertf128_ps::<1>(_mm256_castps128_ps256(upper), lower)
        };
        let (a, b, c, d) = (pair(0), pair(1), pair(2), pair(3));
        let (ab, cd) = (_mm256_unpacklo_ps(a, b), _mm256_unpacklo_ps(c, d));
        let (ab_high, cd_high) = (_mm256_unpackhi_ps(a, b), _mm256_unpackhi_ps(c, d));
        let turned = [
            _mm256_shuffle_ps::<0x44>(ab, cd),
            _mm256_shuffle_ps::<0xEE>(ab, cd),
            _mm256_shuffle_ps::<0x44>(ab_high, cd_high),
            _mm256_shuffle_ps::<0xEE>(ab_high, cd_high),
        ];
        for (j, line) in turned.into_iter().enumerate() {
            // SAFETY: passed on to the caller.
            unsafe { _mm256_storeu_ps(to.add((half + j) * width), _mm256_mul_ps(line, scale)) };
        }
    }
}
