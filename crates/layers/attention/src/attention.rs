//! The layer: projections around the heads.

use kernels::product::{Into, product, product_into};
use layer::affine::{flatten, unflatten};
use layer::positions::sinusoidal;
use layer::{Affine, BuildError, Cache, Cost, Gradients, Layer, Named, Reach, Shape, ShapeError, Site, init, named};
use ndarray::{Array2, Array3, Array4, ArrayView2, ArrayView3, ArrayViewD, ArrayViewMutD, Axis, s};

use crate::heads::{Heads, Projected};
use crate::options::{Mask, Positions, Settings};
use crate::positions::{Table, Way, add, turn, turns};

/// Most weights that one forward may keep (8 GiB): refused above, before anything is allocated.
const MAX_WEIGHTS: u64 = 1 << 31;

/// Deviation of learned positions at the start, as in GPT-2.
const LEARNED_DEVIATION: f32 = 0.02;

/// Multi-head scaled dot-product self-attention; formula and shapes stand at the head of the crate.
pub struct Attention {
    heads: Heads,
    places: Places,
    query: Affine,
    key: Affine,
    value: Affine,
    output: Affine,
}

/// The position scheme with what it needs.
enum Places {
    None,
    Sinusoidal(Table),
    /// (time, width).
    Learned(Array2<f32>),
    Rotary(Table),
}

struct Kept {
    batch: usize,
    time: usize,
    /// x with its positions added, (batch·time, width).
    x: Array2<f32>,
    projected: Projected,
    weights: Vec<f32>,
    /// Weighted means of the values, (batch·time, width).
    mixed: Array2<f32>,
}

impl Attention {
    /// For sequences of width `site.width`; learned positions for up to `site.time` steps.
    ///
    /// # Errors
    /// When the settings do not fit the site; see [`Settings::check`].
    pub fn new(settings: Settings, site: Site) -> Result<Self, BuildError> {
        settings.check(site)?;
        let Site { time, width, seed } = site;
        let head_width = width / settings.heads;
        let affine = |name| Affine::new(width, width, seed, name);
        Ok(Self {
            heads: Heads {
                count: settings.heads,
                width: head_width,
                scale: settings.scale.factor(head_width),
                causal: settings.mask == Mask::Causal,
            },
            places: match settings.positions {
                Positions::None => Places::None,
                Positions::Sinusoidal => Places::Sinusoidal(Table::new(sinusoidal, time, width, settings.base)),
                Positions::Learned => {
                    Places::Learned(init::normal((time, width), LEARNED_DEVIATION, seed, "positions"))
                }
                Positions::Rotary => Places::Rotary(Table::new(turns, time, head_width, settings.base)),
            },
            query: affine("query"),
            key: affine("key"),
            value: affine("value"),
            output: affine("output"),
        })
    }

    /// [`forward`](Layer::forward) with some keys hidden: `key_padding` (batch, time) is true at a real step, false at
    /// a padded one, which gets weight exactly 0 from every query. A query that may see no key gives y = `output.bias`.
    ///
    /// Shapes: `x` (batch, time, width) to (batch, time, width). Padded steps of `x` must be finite.
    ///
    /// # Panics
    /// When `x` is of a shape that `output_shape` refuses, or `key_padding` is not (batch, time).
    pub fn forward_masked(&self, x: Array3<f32>, key_padding: Option<ArrayView2<'_, bool>>) -> (Array3<f32>, Cache) {
        let (batch, time, width) = x.dim();
        self.output_shape(x.dim().into()).unwrap_or_else(|refused| panic!("{refused}"));
        if let Some(real) = key_padding {
            assert_eq!(real.dim(), (batch, time), "attention: key_padding must be (batch, time)");
        }
        let mut x = x.into_shape_with_order((batch * time, width)).expect("sequences are row-major");
        match &self.places {
            Places::None | Places::Rotary(_) => {}
            Places::Sinusoidal(table) => add(&mut x, table.rows(time)),
            Places::Learned(table) => add(&mut x, table.slice(s![..time, ..]).into()),
        }
        let rows = |affine: &Affine| affine.rows(x.view());
        let mut projected = Projected { query: rows(&self.query), key: rows(&self.key), value: rows(&self.value) };
        self.turn(&mut projected, time, Way::On);
        let (mixed, weights) = self.heads.forward(&projected, time, key_padding);
        let y = unflatten(self.output.rows(mixed.view()), batch, time);
        (y, Cache::new(Kept { batch, time, x, projected, weights, mixed }))
    }

    fn turn(&self, projected: &mut Projected, time: usize, way: Way) {
        if let Places::Rotary(table) = &self.places {
            turn(&mut projected.query, table.rows(time), way);
            turn(&mut projected.key, table.rows(time), way);
        }
    }

    fn affines(&self) -> [(&'static str, &Affine); 4] {
        [("query", &self.query), ("key", &self.key), ("value", &self.value), ("output", &self.output)]
    }

    /// Weights that a forward keeps.
    fn weights(&self, batch: usize, time: usize) -> u64 {
        (batch as u64).saturating_mul(self.heads.count as u64).saturating_mul(self.heads.area(time))
    }
}

impl Layer for Attention {
    fn name(&self) -> &'static str {
        "attention"
    }

    fn output_shape(&self, input: Shape) -> Result<Shape, ShapeError> {
        input.expect_feature("attention", self.query.input(), "build it with the width of its input")?;
        match &self.places {
            Places::Learned(table) if input.time > table.nrows() => {
                let fix = "learned positions end there: build it for the longest time, or set positions to \
                           \"rotary\", \"sinusoidal\" or \"none\"";
                input.expect_time("attention", table.nrows(), fix)?;
            }
            _ => {}
        }
        if self.weights(input.batch, input.time) > MAX_WEIGHTS {
            let (mut fits, mut refused) = (0, input.time);
            while refused - fits > 1 {
                let middle = fits + (refused - fits) / 2;
                if self.weights(input.batch, middle) > MAX_WEIGHTS { refused = middle } else { fits = middle }
            }
            let fix = "at most 2^31 weights are kept (batch·heads·query·key): use a shorter time, a smaller batch or \
                       fewer heads";
            input.expect_time("attention", fits, fix)?;
        }
        Ok(input)
    }

    fn forward(&self, x: Array3<f32>) -> (Array3<f32>, Cache) {
        self.forward_masked(x, None)
    }

    fn backward(&self, cache: &Cache, d_y: ArrayView3<'_, f32>) -> (Array3<f32>, Gradients) {
        let kept: &Kept = cache.get();
        let (batch, time, _) = d_y.dim();
        let (d_mixed, d_output) = self.output.backward_rows(kept.mixed.view(), flatten(&d_y));
        let mut d = self.heads.backward(&kept.projected, &kept.weights, time, &d_mixed);
        self.turn(&mut d, time, Way::Back);
        let mut d_x = product(d.query.view(), self.query.weight.t());
        product_into(1.0, d.key.view(), self.key.weight.t(), Into::Add, d_x.view_mut());
        product_into(1.0, d.value.view(), self.value.weight.t(), Into::Add, d_x.view_mut());
        let d_x = unflatten(d_x, batch, time);
        let mut gradients = Gradients::none();
        if let Places::Learned(table) = &self.places {
            let mut d_positions = Array2::zeros(table.raw_dim());
            d_positions.slice_mut(s![..time, ..]).assign(&d_x.sum_axis(Axis(0)));
            gradients = gradients.with(d_positions);
        }
        for (affine, d) in [(&self.query, &d.query), (&self.key, &d.key), (&self.value, &d.value)] {
            gradients = gradients.and(affine.gradients(kept.x.view(), d.view()));
        }
        (d_x, gradients.and(d_output))
    }

    fn parameters(&self) -> Vec<Named<ArrayViewD<'_, f32>>> {
        let mut all = Vec::with_capacity(9);
        if let Places::Learned(table) = &self.places {
            all.push(named("positions", table.view().into_dyn()));
        }
        all.extend(self.affines().into_iter().flat_map(|(name, affine)| affine.parameters(name)));
        all
    }

    fn parameters_mut(&mut self) -> Vec<Named<ArrayViewMutD<'_, f32>>> {
        let mut all = Vec::with_capacity(9);
        if let Places::Learned(table) = &mut self.places {
            all.push(named("positions", table.view_mut().into_dyn()));
        }
        all.extend(self.query.parameters_mut("query"));
        all.extend(self.key.parameters_mut("key"));
        all.extend(self.value.parameters_mut("value"));
        all.extend(self.output.parameters_mut("output"));
        all
    }

    fn reach(&self) -> Reach {
        if self.heads.causal { Reach::Past } else { Reach::Everywhere }
    }

    fn cost(&self, input: Shape) -> Cost {
        let learned = if let Places::Learned(table) = &self.places { table.len() as u64 } else { 0 };
        let projections: u64 = self.affines().iter().map(|(_, affine)| affine.flops(input.steps())).sum();
        let flops = projections + self.heads.flops(input.batch, input.time);
        Cost {
            parameters: learned + self.affines().iter().map(|(_, affine)| affine.parameter_count()).sum::<u64>(),
            flops_forward: flops,
            flops_backward: 2 * flops,
            bytes_kept: 4 * (5 * input.len() as u64 + self.weights(input.batch, input.time)),
        }
    }

    fn attention_weights(&self, cache: &Cache) -> Option<Array4<f32>> {
        let kept: &Kept = cache.get();
        let (batch, heads, time) = (kept.batch, self.heads.count, kept.time);
        let mut all = Array2::zeros((batch * heads * time, time));
        self.heads.unpack(&kept.weights, time, all.view_mut());
        Some(all.into_shape_with_order((batch, heads, time, time)).expect("sizes of the same array"))
    }
}
