//! One sublayer of a block: attention or MLP, with its norm and its residual.

use kernels::elementwise::add_in_place;
use layer::affine::join;
use layer::{Cache, Cost, Gradients, Layer as _, Named, Norm, Shape};
use ndarray::{Array3, ArrayView3, ArrayViewD, ArrayViewMutD};

use crate::attention::{Asked, Attention, Sizes};
use crate::mlp::Mlp;
use crate::options::Order;

/// With f inside: x + f(norm(x)), or norm(x + f(x)); without residual, f(norm(x)) or norm(f(x)).
pub(crate) struct Sublayer {
    /// Dotted, as `encoder.0.self`.
    pub(crate) name: String,
    pub(crate) norm: Norm,
    pub(crate) order: Order,
    pub(crate) residual: bool,
    pub(crate) inside: Inside,
}

pub(crate) enum Inside {
    SelfAttention(Attention),
    /// Keys and values from the encoder's output.
    CrossAttention(Attention),
    Mlp(Mlp),
}

pub(crate) struct Kept {
    norm: Cache,
    /// What attention or MLP kept.
    pub(crate) inside: Cache,
}

impl Sublayer {
    /// `x` (batch, time, width) to the same.
    pub(crate) fn forward(&self, x: Array3<f32>, memory: Option<ArrayView3<'_, f32>>) -> (Array3<f32>, Kept) {
        let beside = self.residual.then(|| x.clone());
        let add_beside = |y: &mut Array3<f32>| {
            if let Some(beside) = &beside {
                add(y, beside.view());
            }
        };
        match self.order {
            Order::Pre => {
                let (x, norm) = self.norm.forward(x);
                let (mut y, inside) = self.inside.forward(x, memory);
                add_beside(&mut y);
                (y, Kept { norm, inside })
            }
            Order::Post => {
                let (mut y, inside) = self.inside.forward(x, memory);
                add_beside(&mut y);
                let (y, norm) = self.norm.forward(y);
                (y, Kept { norm, inside })
            }
        }
    }

    /// Gradients of `x` and of the parameters; that of the memory is added to what `asked` holds.
    pub(crate) fn backward(
        &self,
        kept: &Kept,
        asked: Option<Asked<'_>>,
        d_y: ArrayView3<'_, f32>,
    ) -> (Array3<f32>, Gradients) {
        match self.order {
            Order::Pre => {
                let (d_inside, inside) = self.inside.backward(&kept.inside, asked, d_y);
                let (mut d_x, norm) = self.norm.backward(&kept.norm, d_inside.view());
                if self.residual {
                    add(&mut d_x, d_y);
                }
                (d_x, norm.and(inside))
            }
            Order::Post => {
                let (d_sum, norm) = self.norm.backward(&kept.norm, d_y);
                let (mut d_x, inside) = self.inside.backward(&kept.inside, asked, d_sum.view());
                if self.residual {
                    add(&mut d_x, d_sum.view());
                }
                (d_x, norm.and(inside))
            }
        }
    }

    /// The norm's, then those of what is inside, in both orders.
    pub(crate) fn parameters(&self) -> Vec<Named<ArrayViewD<'_, f32>>> {
        let norm = join(&self.name, "norm");
        let norms = self.norm.parameters().into_iter();
        let mut all: Vec<_> = norms.map(|p| Named { name: join(&norm, &p.name), value: p.value }).collect();
        all.extend(match &self.inside {
            Inside::SelfAttention(attention) | Inside::CrossAttention(attention) => attention.parameters(&self.name),
            Inside::Mlp(mlp) => mlp.parameters(&self.name),
        });
        all
    }

    pub(crate) fn parameters_mut(&mut self) -> Vec<Named<ArrayViewMutD<'_, f32>>> {
        let norm = join(&self.name, "norm");
        let norms = self.norm.parameters_mut().into_iter();
        let mut all: Vec<_> = norms.map(|p| Named { name: join(&norm, &p.name), value: p.value }).collect();
        all.extend(match &mut self.inside {
            Inside::SelfAttention(attention) | Inside::CrossAttention(attention) => {
                attention.parameters_mut(&self.name)
            }
            Inside::Mlp(mlp) => mlp.parameters_mut(&self.name),
        });
        all
    }

    /// For `shape`, with a memory of `memory` steps.
    pub(crate) fn cost(&self, shape: Shape, memory: usize) -> Cost {
        let Shape { batch, time, .. } = shape;
        let inside = match &self.inside {
            Inside::SelfAttention(attention) => attention.cost(Sizes { batch, queries: time, keys: time }),
            Inside::CrossAttention(attention) => attention.cost(Sizes { batch, queries: time, keys: memory }),
            Inside::Mlp(mlp) => mlp.cost(shape.steps()),
        };
        self.norm.cost(shape) + inside
    }
}

impl Inside {
    fn forward(&self, x: Array3<f32>, memory: Option<ArrayView3<'_, f32>>) -> (Array3<f32>, Cache) {
        match self {
            Self::SelfAttention(attention) => kept(attention.forward(x, None)),
            Self::CrossAttention(attention) => {
                kept(attention.forward(x, Some(memory.expect("a decoder has a memory"))))
            }
            Self::Mlp(mlp) => kept(mlp.forward(x)),
        }
    }

    fn backward(&self, cache: &Cache, asked: Option<Asked<'_>>, d_y: ArrayView3<'_, f32>) -> (Array3<f32>, Gradients) {
        match self {
            Self::SelfAttention(attention) => attention.backward(cache.get(), None, d_y),
            Self::CrossAttention(attention) => attention.backward(cache.get(), asked, d_y),
            Self::Mlp(mlp) => mlp.backward(cache.get(), d_y),
        }
    }
}

fn kept<T: Send + Sync + 'static>((y, kept): (Array3<f32>, T)) -> (Array3<f32>, Cache) {
    (y, Cache::new(kept))
}

/// y ← y + x.
pub(crate) fn add(y: &mut Array3<f32>, x: ArrayView3<'_, f32>) {
    add_in_place(y.as_slice_mut().expect("row-major"), x.as_slice().expect("row-major"));
}
