//! The layer: projections around the heads.

use std::ops::Range;

use kernels::attention::{Heads, Mixed, Projected};
use kernels::product::{Into, product, product_into};
use layer::affine::{flatten, unflatten};
use layer::positions::sinusoidal_at;
use layer::{
    Affine, BuildError, Cache, Cost, Gradients, Layer, Lengths, Matching, Named, Reach, Shape, ShapeError, Site,
    Stream, init, named,
};
use ndarray::{Array2, Array3, Array4, ArrayView2, ArrayView3, ArrayViewD, ArrayViewMutD, Axis, CowArray, Ix2, s};

use crate::heads::weights;
use crate::options::{Mask, Positions, Settings};
use crate::positions::{Table, Way, add, turn, turns};
use crate::step;
use crate::stream::Remembered;

/// Deviation of learned positions at the start, as in GPT-2.
const LEARNED_DEVIATION: f32 = 0.02;

/// Multi-head scaled dot-product self-attention; formula and shapes stand at the head of the crate.
pub struct Attention {
    /// With the factor of the logits for sequences of the length N that [`Settings::length_scaling`] gives.
    heads: Heads,
    /// ln N, where the logits grow with the length.
    log_length: Option<f64>,
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
    /// Each (batch·time, width).
    query: Array2<f32>,
    key: Array2<f32>,
    value: Array2<f32>,
    /// Which keys may be seen, (batch, time); all if `None`.
    real: Option<Array2<bool>>,
    mixed: Mixed,
}

impl Kept {
    fn projected(&self) -> Projected<'_> {
        Projected { query: self.query.view(), key: self.key.view(), value: self.value.view() }
    }

    fn real(&self) -> Option<ArrayView2<'_, bool>> {
        self.real.as_ref().map(|real| real.view())
    }
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
        let matched = |name| {
            let mut affine = affine(name);
            affine.weight *= settings.start as f32;
            affine
        };
        Ok(Self {
            heads: Heads {
                count: settings.heads,
                width: head_width,
                scale: settings.scale.factor(head_width),
                causal: settings.mask == Mask::Causal,
            },
            log_length: (settings.length_scaling > 0).then(|| (settings.length_scaling as f64).ln()),
            places: match settings.positions {
                Positions::None => Places::None,
                Positions::Sinusoidal => Places::Sinusoidal(Table::new(sinusoidal_at, time, width, settings.base)),
                Positions::Learned => {
                    Places::Learned(init::normal((time, width), LEARNED_DEVIATION, seed, "positions"))
                }
                Positions::Rotary => Places::Rotary(Table::new(turns, time, head_width, settings.base)),
            },
            query: matched("query"),
            key: matched("key"),
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
        self.place(&mut x, 0..time);
        let [mut query, mut key, value] = [&self.query, &self.key, &self.value].map(|affine| affine.rows(x.view()));
        self.turn([&mut query, &mut key], 0..time, Way::On);
        let projected = Projected { query: query.view(), key: key.view(), value: value.view() };
        let mixed = self.heads_at(time).forward(projected, time, key_padding);
        let y = unflatten(self.output.rows(mixed.values.view()), batch, time);
        let real = key_padding.map(|real| real.to_owned());
        (y, Cache::new(Kept { batch, time, x, query, key, value, real, mixed }))
    }

    /// Adds their positions to sequences of these steps, (batch·steps, width).
    pub(crate) fn place(&self, x: &mut Array2<f32>, steps: Range<usize>) {
        let positions: CowArray<'_, f32, Ix2> = match &self.places {
            Places::None | Places::Rotary(_) => return,
            Places::Sinusoidal(table) => table.rows(steps),
            Places::Learned(table) => table.slice(s![steps, ..]).into(),
        };
        add(x, positions);
    }

    /// Turns queries or keys of sequences of these steps.
    pub(crate) fn turn<const N: usize>(&self, all: [&mut Array2<f32>; N], steps: Range<usize>, way: Way) {
        if let Places::Rotary(table) = &self.places {
            for rows in all {
                turn(rows, table.rows(steps.clone()), way);
            }
        }
    }

    /// The heads on sequences of so many steps.
    pub(crate) fn heads_at(&self, time: usize) -> Heads {
        let factor = self.log_length.map_or(1.0, |log| (time.max(1) as f64).ln() / log);
        Heads { scale: (f64::from(self.heads.scale) * factor) as f32, ..self.heads }
    }

    /// Projections to queries, keys, values and the output.
    pub(crate) fn projections(&self) -> [&Affine; 4] {
        self.affines().map(|(_, affine)| affine)
    }

    fn affines(&self) -> [(&'static str, &Affine); 4] {
        [("query", &self.query), ("key", &self.key), ("value", &self.value), ("output", &self.output)]
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
        Ok(input)
    }

    fn forward(&self, x: Array3<f32>) -> (Array3<f32>, Cache) {
        self.forward_masked(x, None)
    }

    fn backward(&self, cache: &Cache, d_y: ArrayView3<'_, f32>) -> (Array3<f32>, Gradients) {
        let kept: &Kept = cache.get();
        let (batch, time, _) = d_y.dim();
        let (d_mixed, d_output) = self.output.backward_rows(kept.mixed.values.view(), flatten(&d_y));
        let [mut d_query, mut d_key, d_value] =
            self.heads_at(time).backward(kept.projected(), time, kept.real(), &kept.mixed, d_mixed.view());
        self.turn([&mut d_query, &mut d_key], 0..time, Way::Back);
        let mut d_x = product(d_query.view(), self.query.weight.t());
        product_into(1.0, d_key.view(), self.key.weight.t(), Into::Add, d_x.view_mut());
        product_into(1.0, d_value.view(), self.value.weight.t(), Into::Add, d_x.view_mut());
        let d_x = unflatten(d_x, batch, time);
        let mut gradients = Gradients::none();
        if let Places::Learned(table) = &self.places {
            let mut d_positions = Array2::zeros(table.raw_dim());
            d_positions.slice_mut(s![..time, ..]).assign(&d_x.sum_axis(Axis(0)));
            gradients = gradients.with(d_positions);
        }
        for (affine, d) in [(&self.query, &d_query), (&self.key, &d_key), (&self.value, &d_value)] {
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
        let Shape { batch, time, .. } = input;
        Cost {
            parameters: learned + self.affines().iter().map(|(_, affine)| affine.parameter_count()).sum::<u64>(),
            flops_forward: projections + self.heads.flops_forward(batch, time),
            flops_backward: 2 * projections + self.heads.flops_backward(batch, time),
            bytes_kept: 4 * (5 * input.len() + batch * time * self.heads.count) as u64,
        }
    }

    fn attention_weights(&self, cache: &Cache) -> Option<Array4<f32>> {
        let kept: &Kept = cache.get();
        Some(weights(self.heads_at(kept.time), kept.projected(), kept.batch, kept.time, kept.real()))
    }

    fn forward_step(&self, x: ArrayView3<'_, f32>, step: usize) -> Array2<f32> {
        step::forward(self, x, step)
    }

    fn match_step(&self, x: ArrayView3<'_, f32>, step: usize) -> Option<Array3<f32>> {
        Some(step::weights(self, x, step))
    }

    fn matchings(&self, cache: &Cache) -> Vec<Matching> {
        let kept: &Kept = cache.get();
        let sequences = |rows: &Array2<f32>| unflatten(rows.clone(), kept.batch, kept.time);
        let heads = self.heads_at(kept.time);
        vec![Matching {
            name: String::new(),
            scale: heads.scale,
            causal: heads.causal,
            query: sequences(&kept.query),
            key: sequences(&kept.key),
            value: sequences(&kept.value),
            weights: weights(heads, kept.projected(), kept.batch, kept.time, kept.real()),
        }]
    }

    /// None without the mask, and none with `length_scaling`: while steps still come, nobody knows how many there will be.
    fn stream(&self, batch: usize) -> Option<Box<dyn Stream + '_>> {
        let fed = self.heads.causal && self.log_length.is_none();
        fed.then(|| Box::new(Remembered::new(self, batch)) as Box<dyn Stream>)
    }

    fn lengths(&self) -> Lengths {
        match &self.places {
            Places::Learned(table) => Lengths::AtMost(table.nrows()),
            _ => Lengths::Any,
        }
    }

    /// A weighted mean over all steps does not know their order, until a mask or positions tell it.
    fn is_permutation_equivariant(&self) -> bool {
        !self.heads.causal && matches!(self.places, Places::None)
    }
}
