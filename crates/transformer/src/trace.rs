//! What every attention of the stack looked at, for those who want to see it: training never makes it.

use kernels::product::{Into, product_into};
use kernels::softmax::softmax_in_place;
use layer::Matching;
use layer::affine::unflatten;
use ndarray::{Array4, s};

use crate::attention::{Attention, Kept, Sizes};
use crate::half::{self, Half};
use crate::stack::{self, Transformer};
use crate::sublayer::Inside;

impl Transformer {
    /// Every attention of a forward, those of the encoder first, in the order in which they are done.
    pub(crate) fn matched(&self, kept: &stack::Kept) -> Vec<Matching> {
        let mut all = of_half(&self.encoder, &kept.encoder);
        all.extend(of_half(&self.decoder, &kept.decoder));
        all
    }
}

fn of_half(half: &Half, kept: &half::Kept) -> Vec<Matching> {
    let pairs = half.sublayers.iter().zip(&kept.sublayers);
    let traced = pairs.filter_map(|(sublayer, kept)| match &sublayer.inside {
        Inside::SelfAttention(attention) | Inside::CrossAttention(attention) => {
            Some(traced(&sublayer.name, attention, kept.inside.get()))
        }
        Inside::Mlp(_) => None,
    });
    traced.collect()
}

fn traced(name: &str, attention: &Attention, kept: &Kept) -> Matching {
    let (sizes, heads) = (kept.sizes, attention.heads);
    let Sizes { batch, queries, keys } = sizes;
    let cut = |rows, steps| unflatten(sizes.cut_off(rows, steps).into_owned(), batch, steps);
    let (query, key, value) = (cut(&kept.query, queries), cut(&kept.key, keys), cut(&kept.value, keys));
    let mut weights = Array4::zeros((batch, heads.count, queries, keys));
    for (sequence, mut heads_of) in weights.outer_iter_mut().enumerate() {
        for (head, mut weights) in heads_of.outer_iter_mut().enumerate() {
            let part = s![sequence, .., head * heads.width..(head + 1) * heads.width];
            product_into(heads.scale, query.slice(part), key.slice(part).t(), Into::Replace, weights.view_mut());
            for (step, mut row) in weights.rows_mut().into_iter().enumerate() {
                let seen = if heads.causal { step + 1 } else { keys };
                let row = row.as_slice_mut().expect("row-major");
                row[seen..].fill(0.0);
                softmax_in_place(&mut row[..seen]);
            }
        }
    }
    let (scale, causal) = (heads.scale, heads.causal);
    Matching { name: name.to_owned(), scale, causal, query, key, value, weights }
}
