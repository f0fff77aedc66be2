//! The layer: a filter for each feature, then an affine map over features.

use kernels::Product;
use kernels::elementwise::relu_backward_in_place;
use kernels::split;
use layer::affine::{flatten, unflatten};
use layer::{
    Affine, BuildError, Cache, Cost, Gradients, Layer, Lengths, Named, Reach, Shape, ShapeError, Site, Stream, init,
    named,
};
use ndarray::{Array2, Array3, ArrayView2, ArrayView3, ArrayViewD, ArrayViewMutD, Axis, CowArray, s};

use crate::channel::{Channel, Space};
use crate::cut::Cut;
use crate::fourier::Transforms;
use crate::options::{Padding, Settings};
use crate::step;
use crate::turned::{GROUP, Turned};

/// Convolution over the whole length; formula and shapes stand at the head of the crate.
pub struct LongConv {
    settings: Settings,
    /// Most steps of a sequence.
    time: usize,
    /// (width, lags), lag 0 in column [`Padding::lags`].
    filter: Array2<f32>,
    output: Affine,
    transforms: Transforms,
}

struct Kept {
    batch: usize,
    time: usize,
    /// Input and filtered, each (batch·time, width).
    x: Array2<f32>,
    filtered: Array2<f32>,
    /// The output, if a ReLU made it.
    y: Option<Array2<f32>>,
}

impl LongConv {
    /// For sequences of width `site.width` and up to `site.time` steps.
    ///
    /// # Errors
    /// When the filter is too large; see [`Settings::check`].
    pub fn new(settings: Settings, site: Site) -> Result<Self, BuildError> {
        settings.check(site)?;
        let Site { time, width, seed } = site;
        Ok(Self {
            settings,
            time,
            filter: filter(settings.padding, site),
            output: Affine::new(width, width, seed, "output"),
            transforms: Transforms::up_to(Cut::new(settings.padding, time).largest().max(2)),
        })
    }

    /// Features in and out.
    pub(crate) fn width(&self) -> usize {
        self.filter.nrows()
    }

    /// How many steps, from the first on, a step of a sequence of `time` steps sees.
    pub(crate) fn seen(&self, step: usize, time: usize) -> usize {
        if self.settings.padding == Padding::Causal { step + 1 } else { time }
    }

    /// Filter values for a step that sees the first `seen` steps: that of the last one first.
    pub(crate) fn lags(&self, feature: usize, step: usize, seen: usize) -> &[f32] {
        let (_, zero) = self.settings.padding.lags(self.time);
        let end = zero + step + 1;
        &self.row(feature)[end - seen..end]
    }

    /// What follows the filter, still to be made.
    pub(crate) fn after<'a>(&'a self, filtered: ArrayView2<'a, f32>) -> Product<'a> {
        let output = self.output.after(filtered);
        if self.settings.final_relu { output.relu() } else { output }
    }

    fn row(&self, feature: usize) -> &[f32] {
        self.filter.row(feature).to_slice().expect("row-major")
    }

    /// Column of the first lag that sequences of a cut use.
    fn first_lag(&self, cut: &Cut) -> usize {
        self.settings.padding.lags(self.time).1 - cut.ahead
    }

    fn channel<'a>(&'a self, cut: &'a Cut, feature: usize) -> Channel<'a> {
        Channel { cut, transforms: &self.transforms, filter: &self.row(feature)[self.first_lag(cut)..] }
    }
}

/// Normal numbers whose variance falls as 1/(|lag| + 1), so that every doubling of the lag brings as much as the one before;
/// scaled so that of an input of variance 1 the mean variance over the steps of a full sequence is 1.
fn filter(padding: Padding, site: Site) -> Array2<f32> {
    let Site { time, width, seed } = site;
    let (lags, zero) = padding.lags(time);
    let share = |column: usize| 1.0 / (column.abs_diff(zero) + 1) as f64;
    // Steps for which a lag exists.
    let steps = |column: usize| (time - column.abs_diff(zero)) as f64;
    let variance = (0..lags).map(|column| share(column) * steps(column)).sum::<f64>() / time as f64;
    let mut filter: Array2<f32> = init::normal((width, lags), 1.0, seed, "filter");
    for (column, mut values) in filter.columns_mut().into_iter().enumerate() {
        values *= (share(column) / variance).sqrt() as f32;
    }
    filter
}

impl Layer for LongConv {
    fn name(&self) -> &'static str {
        "long-conv"
    }

    fn output_shape(&self, input: Shape) -> Result<Shape, ShapeError> {
        input.expect_feature(self.name(), self.width(), "build it with the width of its input")?;
        if input.time > self.time {
            input.expect_time(self.name(), self.time, "the filter ends there: build it for the longest time")?;
        }
        Ok(input)
    }

    fn forward(&self, x: Array3<f32>) -> (Array3<f32>, Cache) {
        let (batch, time, width) = x.dim();
        self.output_shape(x.dim().into()).unwrap_or_else(|refused| panic!("{refused}"));
        let x = x.into_shape_with_order((batch * time, width)).expect("sequences are row-major");
        let cut = Cut::new(self.settings.padding, time);
        let mut filtered = Array2::zeros(x.raw_dim());
        let groups = x.axis_chunks_iter(Axis(1), GROUP).zip(filtered.axis_chunks_iter_mut(Axis(1), GROUP));
        split::for_each(groups.enumerate().collect(), |(group, (x, filtered))| {
            let (x, mut y) = (Turned::of(x, batch, &cut), Turned::zeros(x.ncols(), batch, &cut));
            let mut space = Space::new(&cut, &self.transforms);
            for feature in 0..filtered.ncols() {
                let channel = self.channel(&cut, group * GROUP + feature);
                channel.forward(x.feature(feature), y.feature_mut(feature), &mut space);
            }
            y.write(filtered);
        });
        let y = self.after(filtered.view()).make();
        let kept = self.settings.final_relu.then(|| y.clone());
        (unflatten(y, batch, time), Cache::new(Kept { batch, time, x, filtered, y: kept }))
    }

    fn backward(&self, cache: &Cache, d_y: ArrayView3<'_, f32>) -> (Array3<f32>, Gradients) {
        let Kept { batch, time, x, filtered, y } = cache.get();
        assert_eq!(d_y.dim(), (*batch, *time, self.width()), "long-conv: a gradient of another shape than the output");
        let mut d_y = CowArray::from(flatten(&d_y));
        if let Some(y) = y {
            let y = y.as_slice().expect("row-major");
            relu_backward_in_place(d_y.as_slice_mut().expect("row-major"), y);
        }
        let (d_filtered, d_output) = self.output.backward_rows(filtered.view(), d_y.view());
        let cut = Cut::new(self.settings.padding, *time);
        let (mut d_x, mut d_filter) = (Array2::zeros(x.raw_dim()), Array2::zeros(self.filter.raw_dim()));
        let given = x.axis_chunks_iter(Axis(1), GROUP).zip(d_filtered.axis_chunks_iter(Axis(1), GROUP));
        let made = d_x.axis_chunks_iter_mut(Axis(1), GROUP).zip(d_filter.axis_chunks_iter_mut(Axis(0), GROUP));
        split::for_each(given.zip(made).enumerate().collect(), |(group, ((x, d_filtered), (d_x, mut d_filter)))| {
            let [x, d_filtered] = [x, d_filtered].map(|rows| Turned::of(rows, *batch, &cut));
            let (mut d_turned, mut space) =
                (Turned::zeros(d_x.ncols(), *batch, &cut), Space::new(&cut, &self.transforms));
            for (feature, mut d_filter) in d_filter.rows_mut().into_iter().enumerate() {
                let mut d_filter = d_filter.slice_mut(s![self.first_lag(&cut)..]);
                let d_filter = d_filter.as_slice_mut().expect("row-major");
                let (x, d_y, d_x) = (x.feature(feature), d_filtered.feature(feature), d_turned.feature_mut(feature));
                self.channel(&cut, group * GROUP + feature).backward(x, d_y, d_x, d_filter, &mut space);
            }
            d_turned.write(d_x);
        });
        (unflatten(d_x, *batch, *time), Gradients::none().with(d_filter).and(d_output))
    }

    fn parameters(&self) -> Vec<Named<ArrayViewD<'_, f32>>> {
        let mut all = vec![named("filter", self.filter.view().into_dyn())];
        all.extend(self.output.parameters("output"));
        all
    }

    fn parameters_mut(&mut self) -> Vec<Named<ArrayViewMutD<'_, f32>>> {
        let mut all = vec![named("filter", self.filter.view_mut().into_dyn())];
        all.extend(self.output.parameters_mut("output"));
        all
    }

    fn reach(&self) -> Reach {
        if self.settings.padding == Padding::Causal { Reach::Past } else { Reach::Everywhere }
    }

    fn cost(&self, input: Shape) -> Cost {
        let [forward, backward] = Cut::new(self.settings.padding, input.time).flops(input.batch);
        let (features, output) = (input.feature as u64, self.output.flops(input.steps()));
        Cost {
            parameters: self.filter.len() as u64 + self.output.parameter_count(),
            flops_forward: features * forward + output,
            flops_backward: features * backward + 2 * output,
            bytes_kept: 4 * (if self.settings.final_relu { 3 } else { 2 }) * input.len() as u64,
        }
    }

    fn is_affine(&self) -> bool {
        !self.settings.final_relu
    }

    fn lengths(&self) -> Lengths {
        Lengths::AtMost(self.time)
    }

    fn stream(&self, batch: usize) -> Option<Box<dyn Stream + '_>> {
        (self.settings.padding == Padding::Causal).then(|| Box::new(step::Past::new(self, batch)) as Box<_>)
    }

    fn forward_step(&self, x: ArrayView3<'_, f32>, step: usize) -> Array2<f32> {
        step::forward(self, x, step)
    }
}
