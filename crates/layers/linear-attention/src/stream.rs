//! The recurrent form: a state that grows by nothing, however many steps it has seen.

use kernels::flops;
use layer::Stream;
use ndarray::{Array2, ArrayView2};

use crate::LinearAttention;
use crate::feature_map::feature_map_in_place;
use crate::rows::{add_scaled, dot};

/// S and z of every head of every sequence.
pub(crate) struct Recurrent<'a> {
    layer: &'a LinearAttention,
    /// S, (batch·width, head_width): the row of a feature of K.
    products: Array2<f32>,
    /// z, (batch, width).
    totals: Array2<f32>,
}

impl<'a> Recurrent<'a> {
    /// With nothing seen yet.
    pub(crate) fn new(layer: &'a LinearAttention, batch: usize) -> Self {
        let heads = layer.heads();
        let width = heads.count * heads.width;
        let (products, totals) = (Array2::zeros((batch * width, heads.width)), Array2::zeros((batch, width)));
        Self { layer, products, totals }
    }
}

impl Stream for Recurrent<'_> {
    fn step(&mut self, x: ArrayView2<'_, f32>) -> Array2<f32> {
        let head_width = self.layer.heads().width;
        let [query, key, value, output] = self.layer.projections();
        let [mut query, mut key, value] = [query, key, value].map(|projection| projection.rows(x));
        for rows in [&mut query, &mut key] {
            feature_map_in_place(rows.as_slice_mut().expect("row-major"));
        }
        let mut mixed = Array2::zeros(value.raw_dim());
        let [query, key, value] = [&query, &key, &value].map(|rows| rows.as_slice().expect("row-major"));
        let mixed_rows = mixed.as_slice_mut().expect("row-major");
        let heads =
            query.chunks_exact(head_width).zip(key.chunks_exact(head_width)).zip(value.chunks_exact(head_width));
        let states = self.products.as_slice_mut().expect("row-major").chunks_exact_mut(head_width * head_width);
        let totals = self.totals.as_slice_mut().expect("row-major").chunks_exact_mut(head_width);
        let remembered = states.zip(totals).zip(mixed_rows.chunks_exact_mut(head_width));
        for (((query, key), value), ((products, totals), mixed)) in heads.zip(remembered) {
            add_scaled(totals, 1.0, key);
            for ((query, key), products) in query.iter().zip(key).zip(products.chunks_exact_mut(head_width)) {
                add_scaled(products, *key, value);
                add_scaled(mixed, *query, products);
            }
            let sum = dot(query, totals);
            mixed.iter_mut().for_each(|mixed| *mixed /= sum);
        }
        // Kᵀ·V and Q·S.
        flops::count(4 * (x.len() * head_width) as u64);
        output.rows(mixed.view())
    }

    fn state(&self) -> usize {
        self.totals.ncols() * (self.layer.heads().width + 1)
    }
}
