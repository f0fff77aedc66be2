//! The filter of one feature on its sequences.

use kernels::product::{Into, product_into};
use ndarray::{Array2, ArrayView2, ArrayViewMut2, Axis, ShapeBuilder};
use realfft::num_complex::Complex;

use crate::cut::{BLOCK, Cut, Level, Piece};
use crate::fourier::{Room, Transforms};

/// One feature: sequences are rows of (batch, padded), what lies after their last step is 0 or is not looked at.
pub(crate) struct Channel<'a> {
    pub(crate) cut: &'a Cut,
    pub(crate) transforms: &'a Transforms,
    /// The filter from its lag −`cut.ahead` on.
    pub(crate) filter: &'a [f32],
}

/// Room for the work on one feature after the other.
pub(crate) struct Space {
    room: Room,
    /// Of the filter, divided by the length of the transform; of the input; of the output's gradient; of the filter's gradient.
    spectra: [Vec<Complex<f32>>; 4],
    /// Filter values of a block, and as many zeros but one.
    near: [f32; 2 * BLOCK - 1],
    /// Products of the output's gradient and the input of all pairs of a block.
    pairs: Array2<f32>,
}

impl Space {
    pub(crate) fn new(cut: &Cut, transforms: &Transforms) -> Self {
        let largest = cut.largest();
        Self {
            room: transforms.room(largest),
            spectra: [(); 4].map(|()| vec![Complex::default(); largest / 2 + 1]),
            near: [0.0; 2 * BLOCK - 1],
            pairs: Array2::zeros((cut.block, cut.block)),
        }
    }
}

impl Channel<'_> {
    /// Adds what the filter makes of `x` to `y`, which is all zeros before.
    pub(crate) fn forward(&self, x: &[f32], y: &mut [f32], space: &mut Space) {
        let Space { room, spectra, near, .. } = space;
        if self.cut.block > 0 {
            let near = &mut near[..2 * self.cut.block - 1];
            near[..self.cut.block - 1].fill(0.0);
            near[self.cut.block - 1..].copy_from_slice(&self.filter[..self.cut.block]);
            product_into(1.0, self.blocks(x), diagonals(near), Into::Replace, self.blocks_mut(y));
        }
        for Level { size, pieces } in &self.cut.levels {
            let (transform, half) = (self.transforms.of(*size), size / 2 + 1);
            let [filter, other, ..] = spectra.each_mut().map(|spectrum| &mut spectrum[..half]);
            self.filter_spectrum(*size, room, filter);
            for (x, y) in x.chunks_exact(self.cut.padded).zip(y.chunks_exact_mut(self.cut.padded)) {
                for piece in pieces {
                    put(&x[piece.from.clone()], 0, &mut room.signal[..*size]);
                    transform.forward(room, other);
                    other.iter_mut().zip(&*filter).for_each(|(x, filter)| *x *= filter);
                    transform.inverse(other, room);
                    add(&mut y[piece.to.clone()], &room.signal[piece.shift()..]);
                }
            }
        }
    }

    /// Adds the gradients of input and filter to `d_x` and `d_filter`, which are all zeros before.
    pub(crate) fn backward(&self, x: &[f32], d_y: &[f32], d_x: &mut [f32], d_filter: &mut [f32], space: &mut Space) {
        let Space { room, spectra, near, pairs } = space;
        let block = self.cut.block;
        if block > 0 {
            let near = &mut near[..2 * block - 1];
            near[..block].copy_from_slice(&self.filter[..block]);
            near[..block].reverse();
            near[block..].fill(0.0);
            product_into(1.0, self.blocks(d_y), diagonals(near), Into::Replace, self.blocks_mut(d_x));
            product_into(1.0, self.blocks(d_y).t(), self.blocks(x), Into::Replace, pairs.view_mut());
            for (t, row) in pairs.rows().into_iter().enumerate() {
                d_filter[..=t].iter_mut().rev().zip(row).for_each(|(d, pair)| *d += pair);
            }
        }
        for Level { size, pieces } in &self.cut.levels {
            let (transform, half) = (self.transforms.of(*size), size / 2 + 1);
            let [filter, input, output, d_spectrum] = spectra.each_mut().map(|spectrum| &mut spectrum[..half]);
            self.filter_spectrum(*size, room, filter);
            d_spectrum.fill(Complex::default());
            let rows = x.chunks_exact(self.cut.padded).zip(d_y.chunks_exact(self.cut.padded));
            for ((x, d_y), d_x) in rows.zip(d_x.chunks_exact_mut(self.cut.padded)) {
                for piece in pieces {
                    put(&x[piece.from.clone()], 0, &mut room.signal[..*size]);
                    transform.forward(room, input);
                    put(&d_y[piece.to.clone()], piece.shift(), &mut room.signal[..*size]);
                    transform.forward(room, output);
                    for (((d, x), d_y), filter) in d_spectrum.iter_mut().zip(&*input).zip(&mut *output).zip(&*filter) {
                        *d += x.conj() * *d_y;
                        *d_y *= filter.conj();
                    }
                    transform.inverse(output, room);
                    add(&mut d_x[piece.from.clone()], &room.signal);
                }
            }
            transform.inverse(d_spectrum, room);
            self.add_lags(&room.signal[..*size], d_filter);
        }
    }

    /// The spectrum of the filter over that length, divided by it: the inverse multiplies by it.
    fn filter_spectrum(&self, size: usize, room: &mut Room, spectrum: &mut [Complex<f32>]) {
        let Cut { time, ahead, .. } = *self.cut;
        let (negative, others) = self.filter.split_at(ahead);
        put(&others[..time.min(size)], 0, &mut room.signal[..size]);
        room.signal[size - ahead..size].copy_from_slice(negative);
        self.transforms.of(size).forward(room, spectrum);
        spectrum.iter_mut().for_each(|s| *s /= size as f32);
    }

    /// Adds the gradients of all lags of a level, which stand as in [`filter_spectrum`](Self::filter_spectrum), times the
    /// length of its transform.
    fn add_lags(&self, signal: &[f32], d_filter: &mut [f32]) {
        let Cut { time, ahead, block, .. } = *self.cut;
        let (size, scale) = (signal.len(), 1.0 / signal.len() as f32);
        let (negative, others) = d_filter.split_at_mut(ahead);
        // Between parts of a causal sum there is no lag 0: what stands there is what rounding left.
        let first = usize::from(block > 0);
        let lags = first..time.min(size);
        others[lags.clone()].iter_mut().zip(&signal[lags]).for_each(|(d, s)| *d += scale * s);
        negative.iter_mut().zip(&signal[size - ahead..]).for_each(|(d, s)| *d += scale * s);
    }

    fn blocks<'a>(&self, rows: &'a [f32]) -> ArrayView2<'a, f32> {
        let block = self.cut.block;
        ArrayView2::from_shape((rows.len() / block, block), rows).expect("whole blocks")
    }

    fn blocks_mut<'a>(&self, rows: &'a mut [f32]) -> ArrayViewMut2<'a, f32> {
        let block = self.cut.block;
        ArrayViewMut2::from_shape((rows.len() / block, block), rows).expect("whole blocks")
    }
}

impl Piece {
    /// Where the first output stands in a transform whose first number is that of the first input.
    fn shift(&self) -> usize {
        self.to.start - self.from.start
    }
}

/// The matrix that holds `numbers[size − 1 + j − i]` at (i, j), without a copy.
fn diagonals(numbers: &[f32]) -> ArrayView2<'_, f32> {
    let size = numbers.len().div_ceil(2);
    let mut matrix = ArrayView2::from_shape((size, size).strides((1, 1)), numbers).expect("2·size − 1 numbers");
    matrix.invert_axis(Axis(0));
    matrix
}

/// `numbers` from `shift` on, and zeros around them.
fn put(numbers: &[f32], shift: usize, signal: &mut [f32]) {
    let end = shift + numbers.len();
    signal[..shift].fill(0.0);
    signal[shift..end].copy_from_slice(numbers);
    signal[end..].fill(0.0);
}

fn add(to: &mut [f32], numbers: &[f32]) {
    to.iter_mut().zip(numbers).for_each(|(to, number)| *to += number);
}
