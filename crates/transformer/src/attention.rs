//! Multi-head attention whose keys and values may come from another sequence than its queries.
//!
//! The kernel mixes sequences of one length. Where there are more keys than queries, or fewer, the shorter is filled up
//! with zeros and the result cut off again. That is exact: a key that was filled in is hidden and gets weight 0, and
//! the gradient of a query that was filled in is 0, so that it adds 0 to the gradients of keys and values.

use kernels::attention::{Heads, Mixed, Projected};
use kernels::product::{Into, product, product_into};
use layer::affine::{flatten, join, unflatten};
use layer::{Affine, Cost, Gradients, Named};
use ndarray::{Array2, Array3, ArrayView3, ArrayViewD, ArrayViewMutD, CowArray, Ix2, s};

/// Projections around the heads.
pub(crate) struct Attention {
    pub(crate) heads: Heads,
    query: Affine,
    key: Affine,
    value: Affine,
    output: Affine,
}

/// How many sequences, and how many steps ask and answer.
#[derive(Clone, Copy)]
pub(crate) struct Sizes {
    pub(crate) batch: usize,
    pub(crate) queries: usize,
    pub(crate) keys: usize,
}

pub(crate) struct Kept {
    pub(crate) sizes: Sizes,
    /// What queries are made of, and in self-attention keys and values too, (batch·queries, width).
    x: Array2<f32>,
    /// Each (batch·length, width), filled up with zeros.
    pub(crate) query: Array2<f32>,
    pub(crate) key: Array2<f32>,
    pub(crate) value: Array2<f32>,
    mixed: Mixed,
}

/// The sequence that a decoder asks, and where its gradient is summed up.
pub(crate) struct Asked<'a> {
    /// (batch, keys, width).
    pub(crate) memory: ArrayView3<'a, f32>,
    /// (batch·keys, width).
    pub(crate) d_memory: &'a mut Array2<f32>,
}

impl Sizes {
    /// The length that the shorter is filled up to.
    pub(crate) fn length(self) -> usize {
        self.queries.max(self.keys)
    }

    /// Which keys are no filling, (batch, length); all if `None`.
    fn real(self) -> Option<Array2<bool>> {
        let filled = self.keys < self.length();
        filled.then(|| Array2::from_shape_fn((self.batch, self.length()), |(_, key)| key < self.keys))
    }

    /// (batch·steps, width) to (batch·length, width), zeros at the end of each sequence.
    fn fill_up(self, rows: Array2<f32>, steps: usize) -> Array2<f32> {
        if steps == self.length() {
            return rows;
        }
        let width = rows.ncols();
        let mut filled = Array3::zeros((self.batch, self.length(), width));
        filled.slice_mut(s![.., ..steps, ..]).assign(&unflatten(rows, self.batch, steps));
        filled.into_shape_with_order((self.batch * self.length(), width)).expect("sizes of the same array")
    }

    /// (batch·length, width) to (batch·steps, width): the first steps of each sequence.
    pub(crate) fn cut_off(self, rows: &Array2<f32>, steps: usize) -> CowArray<'_, f32, Ix2> {
        if steps == self.length() {
            return rows.view().into();
        }
        let (from, width) = ((self.batch, self.length(), rows.ncols()), rows.ncols());
        let sequences = rows.view().into_shape_with_order(from).expect("sizes of the same array");
        let mut cut = Array3::zeros((self.batch, steps, width));
        cut.assign(&sequences.slice(s![.., ..steps, ..]));
        cut.into_shape_with_order((self.batch * steps, width)).expect("sizes of the same array").into()
    }
}

impl Kept {
    fn projected(&self) -> Projected<'_> {
        Projected { query: self.query.view(), key: self.key.view(), value: self.value.view() }
    }
}

impl Attention {
    /// For `width` features; parameters from the streams of `name`.
    pub(crate) fn new(width: usize, heads: usize, causal: bool, seed: u64, name: &str) -> Self {
        let head_width = width / heads;
        let affine = |part| Affine::new(width, width, seed, &join(name, part));
        Self {
            heads: Heads { count: heads, width: head_width, scale: (1.0 / (head_width as f64).sqrt()) as f32, causal },
            query: affine("query"),
            key: affine("key"),
            value: affine("value"),
            output: affine("output"),
        }
    }

    /// `x` (batch, queries, width) asks `memory` (batch, keys, width), or itself if there is none; to the shape of `x`.
    pub(crate) fn forward(&self, x: Array3<f32>, memory: Option<ArrayView3<'_, f32>>) -> (Array3<f32>, Kept) {
        let (batch, queries, width) = x.dim();
        let keys = memory.as_ref().map_or(queries, |memory| memory.dim().1);
        let sizes = Sizes { batch, queries, keys };
        let x = x.into_shape_with_order((batch * queries, width)).expect("sequences are row-major");
        let asked = memory.as_ref().map_or(x.view(), |memory| flatten(memory));
        let query = sizes.fill_up(self.query.rows(x.view()), queries);
        let [key, value] = [&self.key, &self.value].map(|affine| sizes.fill_up(affine.rows(asked), keys));
        let projected = Projected { query: query.view(), key: key.view(), value: value.view() };
        let mixed = self.heads.forward(projected, sizes.length(), sizes.real().as_ref().map(|real| real.view()));
        let y = self.output.rows(sizes.cut_off(&mixed.values, queries).view());
        (unflatten(y, batch, queries), Kept { sizes, x, query, key, value, mixed })
    }

    /// Gradients of `x` and of the parameters; that of the memory, if there was one, is added to `d_memory`.
    pub(crate) fn backward(
        &self,
        kept: &Kept,
        asked: Option<Asked<'_>>,
        d_y: ArrayView3<'_, f32>,
    ) -> (Array3<f32>, Gradients) {
        let Sizes { batch, queries, keys } = kept.sizes;
        let sizes = kept.sizes;
        let (d_mixed, d_output) =
            self.output.backward_rows(sizes.cut_off(&kept.mixed.values, queries).view(), flatten(&d_y));
        let d_mixed = sizes.fill_up(d_mixed, queries);
        let real = sizes.real();
        let real = real.as_ref().map(|real| real.view());
        let [d_query, d_key, d_value] =
            self.heads.backward(kept.projected(), sizes.length(), real, &kept.mixed, d_mixed.view());
        let d_query = sizes.cut_off(&d_query, queries);
        let both = [(&self.key, sizes.cut_off(&d_key, keys)), (&self.value, sizes.cut_off(&d_value, keys))];

        let mut d_x = product(d_query.view(), self.query.weight.t());
        let mut gradients = self.query.gradients(kept.x.view(), d_query.view());
        let memory = asked.as_ref().map(|asked| asked.memory);
        let from = memory.as_ref().map_or(kept.x.view(), |memory| flatten(memory));
        let d_from = asked.map_or(&mut d_x, |asked| asked.d_memory);
        for (affine, d) in both {
            product_into(1.0, d.view(), affine.weight.t(), Into::Add, d_from.view_mut());
            gradients = gradients.and(affine.gradients(from, d.view()));
        }
        (unflatten(d_x, batch, queries), gradients.and(d_output))
    }

    pub(crate) fn parameters(&self, name: &str) -> Vec<Named<ArrayViewD<'_, f32>>> {
        let all = [("query", &self.query), ("key", &self.key), ("value", &self.value), ("output", &self.output)];
        all.into_iter().flat_map(|(part, affine)| affine.parameters(&join(name, part))).collect()
    }

    pub(crate) fn parameters_mut(&mut self, name: &str) -> Vec<Named<ArrayViewMutD<'_, f32>>> {
        let all = [
            ("query", &mut self.query),
            ("key", &mut self.key),
            ("value", &mut self.value),
            ("output", &mut self.output),
        ];
        all.into_iter().flat_map(|(part, affine)| affine.parameters_mut(&join(name, part))).collect()
    }

    /// At those sizes. The kernel does the pairs of what was filled in as well, so they are counted.
    pub(crate) fn cost(&self, sizes: Sizes) -> Cost {
        let Sizes { batch, queries, keys } = sizes;
        let (length, width) = (sizes.length(), self.query.input());
        let asking: u64 = [&self.query, &self.output].map(|affine| affine.flops(batch * queries)).iter().sum();
        let answering: u64 = [&self.key, &self.value].map(|affine| affine.flops(batch * keys)).iter().sum();
        let all = [&self.query, &self.key, &self.value, &self.output];
        Cost {
            parameters: all.iter().map(|affine| affine.parameter_count()).sum(),
            flops_forward: asking + answering + self.heads.flops_forward(batch, length),
            flops_backward: 2 * (asking + answering) + self.heads.flops_backward(batch, length),
            bytes_kept: (4 * batch * (queries * width + length * (4 * width + self.heads.count)) + size_of::<Kept>())
                as u64,
        }
    }
}
