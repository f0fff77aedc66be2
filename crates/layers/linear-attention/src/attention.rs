//! The layer: projections around the heads.

use kernels::product::{Into, product, product_into};
use layer::affine::{flatten, unflatten};
use layer::{Affine, BuildError, Cache, Cost, Gradients, Layer, Named, Reach, Shape, ShapeError, Site, Stream};
use ndarray::{Array2, Array3, Array4, ArrayView3, ArrayViewD, ArrayViewMutD};

use crate::feature_map::{feature_map_backward_in_place, feature_map_in_place};
use crate::heads::{Heads, Mixed, Operands};
use crate::options::{Mask, Settings};
use crate::stream::Recurrent;
use crate::{step, weights};

/// Multi-head kernelised attention; formula and shapes stand at the head of the crate.
#[derive(Clone, Debug)]
pub struct LinearAttention {
    heads: Heads,
    query: Affine,
    key: Affine,
    value: Affine,
    output: Affine,
}

struct Kept {
    batch: usize,
    time: usize,
    /// (batch·time, width).
    x: Array2<f32>,
    /// Each (batch·time, width); queries and keys after φ.
    query: Array2<f32>,
    key: Array2<f32>,
    value: Array2<f32>,
    mixed: Mixed,
}

impl Kept {
    fn operands(&self) -> Operands<'_> {
        Operands { query: self.query.view(), key: self.key.view(), value: self.value.view() }
    }
}

impl LinearAttention {
    /// For `site.width` features.
    ///
    /// # Errors
    /// When the width is out of range, or heads do not divide it.
    pub fn new(settings: Settings, site: Site) -> Result<Self, BuildError> {
        let Site { width, seed, .. } = site;
        settings.check(width)?;
        let affine = |name| Affine::new(width, width, seed, name);
        Ok(Self {
            heads: Heads {
                count: settings.heads,
                width: width / settings.heads,
                causal: settings.mask == Mask::Causal,
            },
            query: affine("query"),
            key: affine("key"),
            value: affine("value"),
            output: affine("output"),
        })
    }

    pub(crate) fn heads(&self) -> Heads {
        self.heads
    }

    /// Projections to queries, keys, values and the output.
    pub(crate) fn projections(&self) -> [&Affine; 4] {
        self.affines().map(|(_, affine)| affine)
    }

    fn affines(&self) -> [(&'static str, &Affine); 4] {
        [("query", &self.query), ("key", &self.key), ("value", &self.value), ("output", &self.output)]
    }
}

impl Layer for LinearAttention {
    fn name(&self) -> &'static str {
        "linear-attention"
    }

    fn output_shape(&self, input: Shape) -> Result<Shape, ShapeError> {
        let fix = "build it with the width of its input";
        input.expect_feature("linear-attention", self.query.input(), fix).map(|()| input)
    }

    fn forward(&self, x: Array3<f32>) -> (Array3<f32>, Cache) {
        let (batch, time, width) = x.dim();
        let x = x.into_shape_with_order((batch * time, width)).expect("sequences are row-major");
        let [mut query, mut key, value] = [&self.query, &self.key, &self.value].map(|affine| affine.rows(x.view()));
        for rows in [&mut query, &mut key] {
            feature_map_in_place(rows.as_slice_mut().expect("row-major"));
        }
        let all = Operands { query: query.view(), key: key.view(), value: value.view() };
        let mixed = self.heads.forward(all, time);
        let y = unflatten(self.output.rows(mixed.values.view()), batch, time);
        (y, Cache::new(Kept { batch, time, x, query, key, value, mixed }))
    }

    fn backward(&self, cache: &Cache, d_y: ArrayView3<'_, f32>) -> (Array3<f32>, Gradients) {
        let kept: &Kept = cache.get();
        let (batch, time, _) = d_y.dim();
        let (d_mixed, d_output) = self.output.backward_rows(kept.mixed.values.view(), flatten(&d_y));
        let [mut d_query, mut d_key, d_value] = self.heads.backward(kept.operands(), &kept.mixed, d_mixed, time);
        for (d, phi) in [(&mut d_query, &kept.query), (&mut d_key, &kept.key)] {
            feature_map_backward_in_place(d.as_slice_mut().expect("row-major"), phi.as_slice().expect("row-major"));
        }
        let mut d_x = product(d_query.view(), self.query.weight.t());
        product_into(1.0, d_key.view(), self.key.weight.t(), Into::Add, d_x.view_mut());
        product_into(1.0, d_value.view(), self.value.weight.t(), Into::Add, d_x.view_mut());
        let mut gradients = Gradients::none();
        for (affine, d) in [(&self.query, &d_query), (&self.key, &d_key), (&self.value, &d_value)] {
            gradients = gradients.and(affine.gradients(kept.x.view(), d.view()));
        }
        (unflatten(d_x, batch, time), gradients.and(d_output))
    }

    fn parameters(&self) -> Vec<Named<ArrayViewD<'_, f32>>> {
        self.affines().into_iter().flat_map(|(name, affine)| affine.parameters(name)).collect()
    }

    fn parameters_mut(&mut self) -> Vec<Named<ArrayViewMutD<'_, f32>>> {
        let Self { query, key, value, output, .. } = self;
        let all = [("query", query), ("key", key), ("value", value), ("output", output)];
        all.into_iter().flat_map(|(name, affine)| affine.parameters_mut(name)).collect()
    }

    fn reach(&self) -> Reach {
        if self.heads.causal { Reach::Past } else { Reach::Everywhere }
    }

    fn cost(&self, input: Shape) -> Cost {
        let projections: u64 = self.projections().iter().map(|affine| affine.flops(input.steps())).sum();
        let [forward, backward] = self.heads.flops(input.batch, input.time);
        Cost {
            parameters: self.projections().iter().map(|affine| affine.parameter_count()).sum(),
            flops_forward: projections + forward,
            flops_backward: 2 * projections + backward,
            bytes_kept: 4 * (5 * input.len() + input.steps() * self.heads.count) as u64,
        }
    }

    fn is_permutation_equivariant(&self) -> bool {
        !self.heads.causal
    }

    fn stream(&self, batch: usize) -> Option<Box<dyn Stream + '_>> {
        self.heads.causal.then(|| Box::new(Recurrent::new(self, batch)) as Box<dyn Stream>)
    }

    fn attention_weights(&self, cache: &Cache) -> Option<Array4<f32>> {
        let kept: &Kept = cache.get();
        Some(weights::weights(self.heads, kept.operands(), &kept.mixed, kept.batch, kept.time))
    }

    fn forward_step(&self, x: ArrayView3<'_, f32>, step: usize) -> Array2<f32> {
        step::forward(self, x, step)
    }

    fn match_step(&self, x: ArrayView3<'_, f32>, step: usize) -> Option<Array3<f32>> {
        Some(step::weights(self, x, step))
    }
}
