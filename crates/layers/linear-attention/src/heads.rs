//! All heads of all sequences, one after the other.

use std::ops::Range;

use ndarray::{Array2, ArrayView2, ArrayViewMut2, s};

use crate::causal::Pairs;
use crate::rows::dot;
use crate::state::State;
use crate::{causal, whole};

/// How the width is shared out, and what a step sees.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Heads {
    pub(crate) count: usize,
    pub(crate) width: usize,
    pub(crate) causal: bool,
}

/// φ of queries and keys, and values: each (time, head_width) for one head, (batch·time, width) for all.
#[derive(Clone, Copy)]
pub(crate) struct Operands<'a> {
    pub(crate) query: ArrayView2<'a, f32>,
    pub(crate) key: ArrayView2<'a, f32>,
    pub(crate) value: ArrayView2<'a, f32>,
}

/// What a head makes of them.
pub(crate) struct Target<'a> {
    /// A·V, (time, head_width).
    pub(crate) products: ArrayViewMut2<'a, f32>,
    /// Sums of A over keys, (time).
    pub(crate) sums: &'a mut [f32],
}

/// The gradients of both: g and e of the crate's head.
#[derive(Clone, Copy)]
pub(crate) struct Given<'a> {
    pub(crate) products: ArrayView2<'a, f32>,
    pub(crate) sums: &'a [f32],
}

/// Gradients to be written, of the shapes of [`Operands`].
pub(crate) struct Wanted<'a> {
    pub(crate) query: ArrayViewMut2<'a, f32>,
    pub(crate) key: ArrayViewMut2<'a, f32>,
    pub(crate) value: ArrayViewMut2<'a, f32>,
}

impl<'a> Operands<'a> {
    pub(crate) fn steps(self, steps: &Range<usize>) -> Self {
        let cut = |rows: ArrayView2<'a, f32>| rows.slice_move(s![steps.clone(), ..]);
        Self { query: cut(self.query), key: cut(self.key), value: cut(self.value) }
    }
}

impl Given<'_> {
    pub(crate) fn steps(self, steps: &Range<usize>) -> Self {
        Self { products: self.products.slice_move(s![steps.clone(), ..]), sums: &self.sums[steps.clone()] }
    }
}

impl Wanted<'_> {
    pub(crate) fn steps(&mut self, steps: &Range<usize>) -> Wanted<'_> {
        let cut = s![steps.clone(), ..];
        Wanted { query: self.query.slice_mut(cut), key: self.key.slice_mut(cut), value: self.value.slice_mut(cut) }
    }
}

/// What came of all heads.
pub(crate) struct Mixed {
    /// (batch·time, width).
    pub(crate) values: Array2<f32>,
    /// Sums of A over keys, (batch·heads, time).
    pub(crate) sums: Array2<f32>,
}

impl Heads {
    /// Means of the values of sequences of `time` steps.
    pub(crate) fn forward(self, all: Operands<'_>, time: usize) -> Mixed {
        let mut values = Array2::zeros(all.value.raw_dim());
        let mut sums = Array2::zeros((self.sequences(all.value, time) * self.count, time));
        let mut state = State::new(self.width);
        let mut pairs = Pairs::new(time);
        for index in 0..sums.nrows() {
            let sums = sums.row_mut(index).into_slice().expect("row-major");
            let head = self.operands(all, time, index);
            let target = Target { products: self.part_mut(values.view_mut(), time, index), sums };
            if self.causal {
                causal::forward(head, &mut state, &mut pairs, target);
            } else {
                whole::forward(head, &mut state, target);
            }
            for (mut row, sum) in self.part_mut(values.view_mut(), time, index).rows_mut().into_iter().zip(&*sums) {
                row /= *sum;
            }
        }
        Mixed { values, sums }
    }

    /// Gradients of queries, keys (both as φ gave them) and values, from that of `mixed.values`.
    pub(crate) fn backward(
        self,
        all: Operands<'_>,
        mixed: &Mixed,
        mut d_values: Array2<f32>,
        time: usize,
    ) -> [Array2<f32>; 3] {
        let [mut query, mut key, mut value] = [(); 3].map(|()| Array2::zeros(d_values.raw_dim()));
        let mut state = State::new(self.width);
        let mut pairs = Pairs::new(time);
        let mut d_sums = vec![0.0; time];
        for (index, sums) in mixed.sums.rows().into_iter().enumerate() {
            let values = self.part(mixed.values.view(), time, index);
            let mut d_products = self.part_mut(d_values.view_mut(), time, index);
            let steps = d_products.rows_mut().into_iter().zip(values.rows()).zip(sums).zip(&mut d_sums);
            for (((mut d, value), sum), d_sum) in steps {
                let d = d.as_slice_mut().expect("rows are contiguous");
                let scale = 1.0 / sum;
                d.iter_mut().for_each(|d| *d *= scale);
                *d_sum = -dot(d, value.to_slice().expect("rows are contiguous"));
            }
            let head = self.operands(all, time, index);
            let given = Given { products: d_products.view(), sums: &d_sums };
            let wanted = Wanted {
                query: self.part_mut(query.view_mut(), time, index),
                key: self.part_mut(key.view_mut(), time, index),
                value: self.part_mut(value.view_mut(), time, index),
            };
            if self.causal {
                causal::backward(head, &mut state, &mut pairs, given, wanted);
            } else {
                whole::backward(head, &mut state, given, wanted);
            }
        }
        [query, key, value]
    }

    /// FLOPs of a forward and of a backward.
    pub(crate) fn flops(self, batch: usize, time: usize) -> [u64; 2] {
        let of = if self.causal { causal::flops } else { whole::flops };
        of(self.width as u64, time as u64).map(|flops| flops * (batch * self.count) as u64)
    }

    /// How many keys, from the first on, a step's query sees.
    pub(crate) fn seen(self, step: usize, time: usize) -> usize {
        if self.causal { step + 1 } else { time }
    }

    /// Where a head lies in the width.
    pub(crate) fn columns(self, head: usize) -> Range<usize> {
        head * self.width..(head + 1) * self.width
    }

    fn sequences(self, all: ArrayView2<'_, f32>, time: usize) -> usize {
        all.nrows().checked_div(time).unwrap_or(0)
    }

    /// Of the head `index` = sequence·heads + head.
    pub(crate) fn operands(self, all: Operands<'_>, time: usize, index: usize) -> Operands<'_> {
        let Operands { query, key, value } = all;
        Operands {
            query: self.part(query, time, index),
            key: self.part(key, time, index),
            value: self.part(value, time, index),
        }
    }

    fn part(self, all: ArrayView2<'_, f32>, time: usize, index: usize) -> ArrayView2<'_, f32> {
        let (sequence, head) = (index / self.count, index % self.count);
        all.slice_move(s![sequence * time..(sequence + 1) * time, self.columns(head)])
    }

    fn part_mut(self, all: ArrayViewMut2<'_, f32>, time: usize, index: usize) -> ArrayViewMut2<'_, f32> {
        let (sequence, head) = (index / self.count, index % self.count);
        all.slice_move(s![sequence * time..(sequence + 1) * time, self.columns(head)])
    }
}
