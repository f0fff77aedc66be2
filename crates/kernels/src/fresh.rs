//! New arrays that are not filled with zeros first.

use ndarray::Array2;

use crate::matrix::MatrixMut;

/// Space of a (rows, columns) array to be.
pub(crate) struct Fresh {
    numbers: Vec<f32>,
    rows: usize,
    columns: usize,
}

impl Fresh {
    pub(crate) fn new(rows: usize, columns: usize) -> Self {
        let length = rows.checked_mul(columns).expect("an array that can be addressed");
        Self { numbers: Vec::with_capacity(length), rows, columns }
    }

    /// To be written to.
    pub(crate) fn matrix(&mut self) -> MatrixMut<'_> {
        let length = self.rows * self.columns;
        MatrixMut::of_spare(&mut self.numbers.spare_capacity_mut()[..length], self.rows, self.columns)
    }

    /// The array.
    ///
    /// # Safety
    /// Every number has been written through [`matrix`](Self::matrix).
    #[allow(unsafe_code)]
    pub(crate) unsafe fn written(mut self) -> Array2<f32> {
        // SAFETY: there is room for as many, and the caller says that they are written.
        unsafe { self.numbers.set_len(self.rows * self.columns) };
        Array2::from_shape_vec((self.rows, self.columns), self.numbers).expect("as many numbers as asked for")
    }
}
