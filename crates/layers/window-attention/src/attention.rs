//! The layer: projections around the heads.

use kernels::product::{Into, product, product_into};
use kernels::split;
use layer::affine::{flatten, unflatten};
use layer::{Affine, BuildError, Cache, Cost, Gradients, Layer, Named, Reach, Shape, ShapeError, Site, Stream};
use ndarray::{Array2, Array3, Array4, ArrayView2, ArrayView3, ArrayViewD, ArrayViewMutD, s};

use crate::band::Band;
use crate::heads::{Head, cut};
use crate::options::{Mask, Settings};
use crate::ring::Ring;
use crate::step;

/// Multi-head self-attention within a window; formula and shapes stand at the head of the crate.
pub struct WindowAttention {
    heads: usize,
    band: Band,
    query: Affine,
    key: Affine,
    value: Affine,
    output: Affine,
}

struct Kept {
    batch: usize,
    time: usize,
    /// Each (batch·time, width).
    x: Array2<f32>,
    query: Array2<f32>,
    key: Array2<f32>,
    value: Array2<f32>,
    mixed: Array2<f32>,
}

impl WindowAttention {
    /// For sequences of width `site.width`, of any length.
    ///
    /// # Errors
    /// When the settings do not fit the site; see [`Settings::check`].
    pub fn new(settings: Settings, site: Site) -> Result<Self, BuildError> {
        settings.check(site)?;
        let affine = |name| Affine::new(site.width, site.width, site.seed, name);
        Ok(Self {
            heads: settings.heads,
            band: Band { window: settings.window, mask: settings.mask },
            query: affine("query"),
            key: affine("key"),
            value: affine("value"),
            output: affine("output"),
        })
    }

    pub(crate) fn heads(&self) -> usize {
        self.heads
    }

    pub(crate) fn band(&self) -> Band {
        self.band
    }

    pub(crate) fn head_width(&self) -> usize {
        self.query.output() / self.heads
    }

    /// Factor of the logits.
    pub(crate) fn scale(&self) -> f32 {
        (1.0 / (self.head_width() as f64).sqrt()) as f32
    }

    /// Projections to queries, keys, values and the output.
    pub(crate) fn projections(&self) -> [&Affine; 4] {
        self.affines().map(|(_, affine)| affine)
    }

    fn affines(&self) -> [(&'static str, &Affine); 4] {
        [("query", &self.query), ("key", &self.key), ("value", &self.value), ("output", &self.output)]
    }

    /// One sequence and head of queries, keys and values, each (batch·time, width); the heads of a sequence come one after
    /// the other.
    fn head<'a>(&self, [query, key, value]: [&'a Array2<f32>; 3], time: usize, part: usize) -> Head<'a> {
        let of = |rows| self.part(rows, time, part);
        Head { band: self.band, scale: self.scale(), query: of(query), key: of(key), value: of(value) }
    }

    fn part<'a>(&self, rows: &'a Array2<f32>, time: usize, part: usize) -> ArrayView2<'a, f32> {
        let (sequence, head, width) = (part / self.heads, part % self.heads, self.head_width());
        rows.slice(s![sequence * time..(sequence + 1) * time, head * width..(head + 1) * width])
    }
}

impl Layer for WindowAttention {
    fn name(&self) -> &'static str {
        "window-attention"
    }

    fn output_shape(&self, input: Shape) -> Result<Shape, ShapeError> {
        input.expect_feature(self.name(), self.query.input(), "build it with the width of its input").map(|()| input)
    }

    fn forward(&self, x: Array3<f32>) -> (Array3<f32>, Cache) {
        let (batch, time, width) = x.dim();
        self.output_shape(x.dim().into()).unwrap_or_else(|refused| panic!("{refused}"));
        let x = x.into_shape_with_order((batch * time, width)).expect("sequences are row-major");
        let [query, key, value] = [&self.query, &self.key, &self.value].map(|affine| affine.rows(x.view()));
        let mut mixed = Array2::zeros(x.raw_dim());
        let parts = cut(&mut mixed, time, self.head_width()).into_iter().enumerate().collect();
        split::for_each(parts, |(part, mixed)| self.head([&query, &key, &value], time, part).forward(mixed));
        let y = unflatten(self.output.rows(mixed.view()), batch, time);
        (y, Cache::new(Kept { batch, time, x, query, key, value, mixed }))
    }

    fn backward(&self, cache: &Cache, d_y: ArrayView3<'_, f32>) -> (Array3<f32>, Gradients) {
        let Kept { batch, time, x, query, key, value, mixed } = cache.get();
        assert_eq!(
            d_y.dim(),
            (*batch, *time, x.ncols()),
            "window-attention: a gradient of another shape than the output"
        );
        let (d_mixed, d_output) = self.output.backward_rows(mixed.view(), flatten(&d_y));
        let mut gradients = [(); 3].map(|()| Array2::zeros(x.raw_dim()));
        let [d_query, d_key, d_value] = gradients.each_mut().map(|d| cut(d, *time, self.head_width()).into_iter());
        let parts = d_query.zip(d_key).zip(d_value).enumerate().collect();
        split::for_each(parts, |(part, ((d_query, d_key), d_value))| {
            let head = self.head([query, key, value], *time, part);
            head.backward(self.part(&d_mixed, *time, part), [d_query, d_key, d_value]);
        });
        let [d_query, d_key, d_value] = gradients;
        let mut d_x = product(d_query.view(), self.query.weight.t());
        product_into(1.0, d_key.view(), self.key.weight.t(), Into::Add, d_x.view_mut());
        product_into(1.0, d_value.view(), self.value.weight.t(), Into::Add, d_x.view_mut());
        let mut gradients = Gradients::none();
        for (affine, d) in [(&self.query, &d_query), (&self.key, &d_key), (&self.value, &d_value)] {
            gradients = gradients.and(affine.gradients(x.view(), d.view()));
        }
        (unflatten(d_x, *batch, *time), gradients.and(d_output))
    }

    fn parameters(&self) -> Vec<Named<ArrayViewD<'_, f32>>> {
        self.affines().into_iter().flat_map(|(name, affine)| affine.parameters(name)).collect()
    }

    fn parameters_mut(&mut self) -> Vec<Named<ArrayViewMutD<'_, f32>>> {
        let mut all = self.query.parameters_mut("query");
        all.extend(self.key.parameters_mut("key"));
        all.extend(self.value.parameters_mut("value"));
        all.extend(self.output.parameters_mut("output"));
        all
    }

    fn reach(&self) -> Reach {
        self.band.reach()
    }

    fn cost(&self, input: Shape) -> Cost {
        let projections: u64 = self.affines().iter().map(|(_, affine)| affine.flops(input.steps())).sum();
        // One product of all pairs.
        let pairs = self.band.pairs(input.time).saturating_mul(2 * (input.batch * input.feature) as u64);
        Cost {
            parameters: self.affines().iter().map(|(_, affine)| affine.parameter_count()).sum(),
            flops_forward: projections.saturating_add(pairs.saturating_mul(2)),
            flops_backward: (2 * projections).saturating_add(pairs.saturating_mul(5)),
            bytes_kept: 4 * 5 * input.len() as u64,
        }
    }

    fn is_affine(&self) -> bool {
        self.band.window == 1
    }

    fn is_permutation_equivariant(&self) -> bool {
        self.band.window == 1
    }

    fn stream(&self, batch: usize) -> Option<Box<dyn Stream + '_>> {
        (self.band.mask == Mask::Causal || self.band.window == 1).then(|| Box::new(Ring::new(self, batch)) as Box<_>)
    }

    fn attention_weights(&self, cache: &Cache) -> Option<Array4<f32>> {
        let Kept { batch, time, query, key, value, .. } = cache.get();
        let mut all = Array4::zeros((*batch, self.heads, *time, *time));
        for (sequence, mut heads) in all.outer_iter_mut().enumerate() {
            for (head, mut weights) in heads.outer_iter_mut().enumerate() {
                let head = self.head([query, key, value], *time, sequence * self.heads + head);
                for block in head.blocks() {
                    head.weights(&block, weights.slice_mut(s![block.queries.clone(), block.keys.clone()]));
                }
            }
        }
        Some(all)
    }

    fn forward_step(&self, x: ArrayView3<'_, f32>, step: usize) -> Array2<f32> {
        step::forward(self, x, step)
    }

    fn match_step(&self, x: ArrayView3<'_, f32>, step: usize) -> Option<Array3<f32>> {
        Some(step::weights(self, x, step))
    }
}
