//! The whole: encoder and decoder, source and target side by side in time.

use layer::positions::sinusoidal;
use layer::{BuildError, Cache, Cost, Gradients, Layer, Lengths, Matching, Named, Reach, Shape, ShapeError, Site};
use ndarray::{Array2, Array3, ArrayView3, ArrayViewD, ArrayViewMutD, Axis, s};

use crate::half::{self, Half};
use crate::options::Settings;
use crate::sublayer::add;

/// Sets the wavelengths of the sinusoids, in steps: 2π to nearly 2π·10,000, as in the paper.
const BASE: f64 = 10_000.0;

/// Most numbers of the sinusoid table that is made in advance; later steps are worked out when they come.
const MAX_TABLE: usize = 1 << 22;

/// Encoder and decoder; formula and shapes stand at the head of the crate.
pub struct Transformer {
    source: usize,
    width: usize,
    /// Sinusoids for the longer half, (time, width), if they are added.
    table: Option<Array2<f32>>,
    pub(crate) encoder: Half,
    pub(crate) decoder: Half,
}

pub(crate) struct Kept {
    /// The encoder's output, (batch, source, width).
    memory: Array3<f32>,
    pub(crate) encoder: half::Kept,
    pub(crate) decoder: half::Kept,
}

impl Transformer {
    /// For sequences of width `site.width`, the first `settings.source` of `site.time` steps being the source.
    ///
    /// # Errors
    /// When the settings do not fit the site; see [`Settings::check`].
    pub fn new(settings: Settings, site: Site) -> Result<Self, BuildError> {
        settings.check(site)?;
        let longer = settings.source.max(site.time - settings.source).min(MAX_TABLE / site.width);
        Ok(Self {
            source: settings.source,
            width: site.width,
            table: settings.positions.then(|| sinusoidal(longer, site.width, BASE)),
            encoder: Half::encoder(settings, site),
            decoder: Half::decoder(settings, site),
        })
    }

    /// The encoder's output for `source`: (batch, time, width) to the same, at any time.
    ///
    /// # Panics
    /// When the width is another than it was built for.
    pub fn encode(&self, source: Array3<f32>) -> Array3<f32> {
        self.encode_kept(source).0
    }

    /// The decoder's output for `target` (batch, time, width), the same shape, given what [`encode`](Self::encode) made
    /// of the source, (batch, steps, width). Both times are free.
    ///
    /// With the mask, output step t is what the steps up to t of the target give alone, so a target can grow by a step
    /// at a time and the source be encoded once.
    ///
    /// # Panics
    /// When a width is another than it was built for, or the batches differ.
    pub fn decode(&self, memory: ArrayView3<'_, f32>, target: Array3<f32>) -> Array3<f32> {
        // The encoder's part of a whole output is no array in one piece.
        self.decode_kept(memory.as_standard_layout().view(), target).0
    }

    /// The sinusoids that are added to the first `time` steps of source and target, (time, width); zeros with
    /// `positions = false`.
    pub fn positions(&self, time: usize) -> Array2<f32> {
        match &self.table {
            None => Array2::zeros((time, self.width)),
            Some(table) if time <= table.nrows() => table.slice(s![..time, ..]).to_owned(),
            Some(_) => sinusoidal(time, self.width, BASE),
        }
    }

    /// `x` with its positions added.
    fn placed(&self, mut x: Array3<f32>) -> Array3<f32> {
        assert_eq!(x.dim().2, self.width, "transformer: another width than it was built for");
        if self.table.is_some() {
            let positions = self.positions(x.dim().1);
            x.axis_iter_mut(Axis(0)).for_each(|mut sequence| sequence += &positions);
        }
        x
    }

    fn encode_kept(&self, source: Array3<f32>) -> (Array3<f32>, half::Kept) {
        self.encoder.forward(self.placed(source), None)
    }

    fn decode_kept(&self, memory: ArrayView3<'_, f32>, target: Array3<f32>) -> (Array3<f32>, half::Kept) {
        let ((batch, _, width), (asked, ..)) = (memory.dim(), target.dim());
        assert_eq!((batch, width), (asked, self.width), "transformer: the memory has another batch or width");
        self.decoder.forward(self.placed(target), Some(memory))
    }

    pub(crate) fn forward_kept(&self, x: Array3<f32>) -> (Array3<f32>, Kept) {
        self.output_shape(x.dim().into()).unwrap_or_else(|refused| panic!("{refused}"));
        let (memory, encoder) = self.encode_kept(part(x.view(), 0, self.source));
        let (decoded, decoder) = self.decode_kept(memory.view(), part(x.view(), self.source, x.dim().1));
        let mut y = x;
        y.slice_mut(s![.., ..self.source, ..]).assign(&memory);
        y.slice_mut(s![.., self.source.., ..]).assign(&decoded);
        (y, Kept { memory, encoder, decoder })
    }
}

/// Steps `from` to `to` of `x` in one piece, row-major.
fn part(x: ArrayView3<'_, f32>, from: usize, to: usize) -> Array3<f32> {
    let (batch, _, width) = x.dim();
    let mut part = Array3::zeros((batch, to - from, width));
    part.assign(&x.slice(s![.., from..to, ..]));
    part
}

impl Layer for Transformer {
    fn name(&self) -> &'static str {
        "transformer"
    }

    fn output_shape(&self, input: Shape) -> Result<Shape, ShapeError> {
        input.expect_feature("transformer", self.width, "build it with the width of its input")?;
        if input.time <= self.source {
            let fix = "that is the source and one step of the target: lower source, or give longer sequences";
            input.expect_time("transformer", self.source + 1, fix)?;
        }
        Ok(input)
    }

    fn forward(&self, x: Array3<f32>) -> (Array3<f32>, Cache) {
        let (y, kept) = self.forward_kept(x);
        (y, Cache::new(kept))
    }

    fn matchings(&self, cache: &Cache) -> Vec<Matching> {
        self.matched(cache.get())
    }

    fn backward(&self, cache: &Cache, d_y: ArrayView3<'_, f32>) -> (Array3<f32>, Gradients) {
        let kept: &Kept = cache.get();
        let (batch, time, width) = d_y.dim();
        let mut d_memory = Array2::zeros((batch * self.source, width));
        let d_decoded = part(d_y, self.source, time);
        let asked = Some((kept.memory.view(), &mut d_memory));
        let (d_target, decoder) = self.decoder.backward(&kept.decoder, asked, d_decoded);
        // The encoder's output is the memory of every decoder block, and stands in the output as well.
        let mut d_encoded = part(d_y, 0, self.source);
        add(&mut d_encoded, layer::affine::unflatten(d_memory, batch, self.source).view());
        let (d_source, encoder) = self.encoder.backward(&kept.encoder, None, d_encoded);
        let mut d_x = Array3::zeros((batch, time, width));
        d_x.slice_mut(s![.., ..self.source, ..]).assign(&d_source);
        d_x.slice_mut(s![.., self.source.., ..]).assign(&d_target);
        (d_x, encoder.and(decoder))
    }

    fn parameters(&self) -> Vec<Named<ArrayViewD<'_, f32>>> {
        let mut all = self.encoder.parameters();
        all.extend(self.decoder.parameters());
        all
    }

    fn parameters_mut(&mut self) -> Vec<Named<ArrayViewMutD<'_, f32>>> {
        let mut all = self.encoder.parameters_mut();
        all.extend(self.decoder.parameters_mut());
        all
    }

    /// An upper bound: see the head of the crate.
    fn reach(&self) -> Reach {
        Reach::Everywhere
    }

    fn cost(&self, input: Shape) -> Cost {
        let source = Shape { time: self.source, ..input };
        let target = Shape { time: input.time - self.source, ..input };
        let memory = Cost { bytes_kept: 4 * source.len() as u64, ..Cost::default() };
        self.encoder.cost(source, 0) + self.decoder.cost(target, self.source) + memory
    }

    fn lengths(&self) -> Lengths {
        Lengths::AtLeast(self.source + 1)
    }
}
