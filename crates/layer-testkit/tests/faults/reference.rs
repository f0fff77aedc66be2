//! A small honest layer, and the ways in which it can be made to lie.

use std::sync::Mutex;
use std::sync::atomic::{AtomicU32, Ordering};

use layer::affine::Affine;
use layer::{BuildError, Cache, Cost, Gradients, Layer, Lengths, Named, Pace, Reach, Shape, ShapeError, Site, Stream};
use ndarray::{Array2, Array3, ArrayView3, ArrayViewD, ArrayViewMutD, s};

use crate::stream::Remembering;

/// One injected fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    None,
    DoesNotBuild,
    TakesAnyWidth,
    GradientOrder,
    AnotherPace,
    ParametersMutOrder,
    OneGradientElement,
    InputGradient,
    BiasGradientOfOneRow,
    BatchMean,
    BatchLeak,
    BatchGradientLeak,
    Future,
    ReachTooNarrow,
    ReachTooWide,
    ReachHole,
    AnotherStep,
    WeightsOfNothing,
    OneParameterMore,
    FlopsOfMultiplyAdds,
    BackwardFlops,
    TwiceTheBytes,
    Unseeded,
    IgnoresSeed,
    HiddenState,
    HiddenParameter,
    InfiniteAtLargeInputs,
    FalselyAffine,
    FalselyNotAffine,
    /// None: y[t] = (x[t] + x[t − 1])·W + b, and affine as declared.
    Line,
    NoTranspose,
    TooFewLengths,
    TooManyLengths,
    NoWayOut,
    AnotherWayOut,
    BackwardOfOneLength,
    FalselyEquivariant,
    FalselyNotEquivariant,
    ForgetfulStream,
    SharedStream,
    StreamOfTheFuture,
    HiddenMemory,
    BoastfulStream,
}

/// y[t] = relu(x[t] + x[t − 1])·W + b; a linear twin has no relu.
pub(crate) struct Faulty {
    pub(crate) affine: Affine,
    /// A second weight that scales the output, visible unless the fault hides it.
    hidden: Array2<f32>,
    pub(crate) fault: Fault,
    calls: AtomicU32,
    /// The length that it was built for, of which the honest layer takes no notice.
    time: usize,
    /// What streams have in common when they must not.
    pub(crate) shared: Mutex<Option<Array2<f32>>>,
}

struct Kept {
    hinge: Array3<f32>,
    twice: Option<Array3<f32>>,
}

static BUILDS: AtomicU32 = AtomicU32::new(0);

impl Faulty {
    pub(crate) fn build(fault: Fault, site: Site) -> Result<Box<dyn Layer>, BuildError> {
        if fault == Fault::DoesNotBuild {
            return Err(BuildError("no".to_owned()));
        }
        let seed = if fault == Fault::IgnoresSeed { 7 } else { site.seed };
        let mut affine = Affine::new(site.width, site.width, seed, "out");
        if fault == Fault::Unseeded {
            affine.weight[[0, 0]] += BUILDS.fetch_add(1, Ordering::Relaxed) as f32;
        }
        let hidden = Affine::new(1, 1, seed, "hidden").weight + 2.0;
        let (calls, shared) = (AtomicU32::new(0), Mutex::new(None));
        Ok(Box::new(Self { affine, hidden, fault, calls, time: site.time, shared }))
    }

    pub(crate) fn is(&self, fault: Fault) -> bool {
        self.fault == fault
    }

    pub(crate) fn is_linear(&self) -> bool {
        matches!(self.fault, Fault::FalselyNotAffine | Fault::Line | Fault::NoTranspose)
    }

    /// Whether each step is left alone: there is no x[t − 1].
    fn is_alone(&self) -> bool {
        self.is(Fault::FalselyNotEquivariant)
    }

    /// Whether x[t + 1] is added as well.
    fn looks_ahead(&self) -> bool {
        matches!(self.fault, Fault::Future | Fault::StreamOfTheFuture)
    }
}

impl Layer for Faulty {
    fn name(&self) -> &'static str {
        "faulty"
    }

    fn output_shape(&self, input: Shape) -> Result<Shape, ShapeError> {
        if self.is(Fault::TakesAnyWidth) {
            return Ok(input);
        }
        match self.fault {
            Fault::TooManyLengths | Fault::AnotherWayOut if input.time > self.time => {
                let way_out = self.time + usize::from(self.is(Fault::AnotherWayOut));
                input.expect_time("faulty", way_out, "build it for the longest time")?;
                input.expect_time("faulty", self.time, "build it for the longest time")?;
            }
            Fault::NoWayOut if input.time > self.time => input.expect_time("faulty", self.time, "")?,
            _ => {}
        }
        input.expect_feature("faulty", self.affine.input(), "build it with the width of its input").map(|()| input)
    }

    fn forward(&self, x: Array3<f32>) -> (Array3<f32>, Cache) {
        let mut hinge = x.clone();
        if !self.is_alone() {
            let mut late = hinge.slice_mut(s![.., 1.., ..]);
            late += &x.slice(s![.., ..-1, ..]);
        }
        if self.looks_ahead() {
            let mut early = hinge.slice_mut(s![.., ..-1, ..]);
            early += &x.slice(s![.., 1.., ..]);
        }
        if !self.is_linear() {
            hinge.mapv_inplace(|h| h.max(0.0));
        }
        if self.is(Fault::BatchMean) {
            let batch = hinge.dim().0 as f32;
            hinge /= batch;
        }
        if self.is(Fault::BatchLeak) && x.dim().0 > 1 {
            let first = x[[0, 0, 0]];
            hinge[[1, 0, 0]] += 1e-6 * first;
        }
        let mut y = self.affine.sequences(hinge.view());
        if self.is(Fault::HiddenParameter) {
            y *= self.hidden[[0, 0]];
        }
        if self.is(Fault::HiddenState) && self.calls.fetch_add(1, Ordering::Relaxed) > 0 {
            y[[0, 0, 0]] += 1.0;
        }
        if self.is(Fault::InfiniteAtLargeInputs) && y.iter().any(|y| y.abs() > 1e3) {
            y[[0, 0, 0]] = f32::INFINITY;
        }
        let twice = self.is(Fault::TwiceTheBytes).then(|| hinge.clone());
        (y, Cache::new(Kept { hinge, twice }))
    }

    fn backward(&self, cache: &Cache, d_y: ArrayView3<'_, f32>) -> (Array3<f32>, Gradients) {
        let Kept { hinge, twice } = cache.get();
        assert!(!self.is(Fault::BackwardOfOneLength) || d_y.dim().1 == self.time, "built for another length");
        assert_eq!(twice.is_some(), self.is(Fault::TwiceTheBytes));
        let scale = if self.is(Fault::HiddenParameter) { self.hidden[[0, 0]] } else { 1.0 };
        let d_y = &d_y * scale;
        let (mut d_hinge, gradients) = self.affine.backward_sequences(hinge.view(), d_y.view());
        if !self.is_linear() {
            d_hinge.zip_mut_with(hinge, |d, h| *d *= f32::from(u8::from(*h > 0.0)));
        }
        if self.is(Fault::BatchMean) {
            let batch = d_hinge.dim().0 as f32;
            d_hinge /= batch;
        }
        let mut d_x = d_hinge.clone();
        if !(self.is(Fault::InputGradient) || self.is(Fault::NoTranspose) || self.is_alone()) {
            let mut early = d_x.slice_mut(s![.., ..-1, ..]);
            early += &d_hinge.slice(s![.., 1.., ..]);
        }
        if self.looks_ahead() {
            let mut late = d_x.slice_mut(s![.., 1.., ..]);
            late += &d_hinge.slice(s![.., ..-1, ..]);
        }
        if self.is(Fault::BatchGradientLeak) && d_x.dim().0 > 1 {
            let first = d_y[[0, 0, 0]];
            d_x[[1, 0, 0]] += 1e-6 * first;
        }
        let mut all: Vec<_> = gradients.iter().cloned().collect();
        if self.is(Fault::OneGradientElement) {
            all[0][[2, 1]] *= 1.1;
        }
        if self.is(Fault::BiasGradientOfOneRow) {
            all[1] = d_y.slice(s![0, .., ..]).sum_axis(ndarray::Axis(0)).into_dyn();
        }
        if self.is(Fault::GradientOrder) {
            all.reverse();
        }
        (d_x, all.into_iter().fold(Gradients::none(), Gradients::with))
    }

    fn parameters(&self) -> Vec<Named<ArrayViewD<'_, f32>>> {
        self.affine.parameters("")
    }

    fn parameters_mut(&mut self) -> Vec<Named<ArrayViewMutD<'_, f32>>> {
        let swapped = self.is(Fault::ParametersMutOrder);
        let mut all = self.affine.parameters_mut("");
        if swapped {
            all.reverse();
        }
        all
    }

    fn pace(&self) -> Pace {
        Pace { stride: 1 + usize::from(self.is(Fault::AnotherPace)), lost: 0 }
    }

    fn reach(&self) -> Reach {
        match self.fault {
            Fault::ReachTooNarrow => Reach::lags([0]),
            Fault::ReachTooWide => Reach::lags([0, 1, 2]),
            Fault::ReachHole => Reach::lags([0, 1, 40]),
            Fault::FalselyNotEquivariant => Reach::step(),
            Fault::StreamOfTheFuture => Reach::lags([-1, 0, 1]),
            _ => Reach::lags([0, 1]),
        }
    }

    fn cost(&self, input: Shape) -> Cost {
        let forward = self.affine.flops(input.steps());
        Cost {
            parameters: self.affine.parameter_count() + u64::from(self.is(Fault::OneParameterMore)),
            flops_forward: if self.is(Fault::FlopsOfMultiplyAdds) { forward / 2 } else { forward },
            flops_backward: if self.is(Fault::BackwardFlops) { forward } else { 2 * forward },
            bytes_kept: 4 * input.len() as u64,
        }
    }

    fn is_affine(&self) -> bool {
        matches!(self.fault, Fault::FalselyAffine | Fault::Line | Fault::NoTranspose)
    }

    fn lengths(&self) -> Lengths {
        match self.fault {
            Fault::TooFewLengths | Fault::NoWayOut | Fault::AnotherWayOut => Lengths::AtMost(self.time),
            _ => Lengths::Any,
        }
    }

    fn is_permutation_equivariant(&self) -> bool {
        self.is(Fault::FalselyEquivariant)
    }

    fn stream(&self, batch: usize) -> Option<Box<dyn Stream + '_>> {
        let last = Array2::zeros((batch, self.affine.input()));
        (!self.is_alone()).then(|| Box::new(Remembering { layer: self, last, all: Vec::new() }) as Box<dyn Stream>)
    }

    fn forward_step(&self, x: ArrayView3<'_, f32>, step: usize) -> Array2<f32> {
        let read = if self.is(Fault::AnotherStep) { 0 } else { step };
        self.forward(x.to_owned()).0.index_axis(ndarray::Axis(1), read).to_owned()
    }

    fn match_step(&self, x: ArrayView3<'_, f32>, _: usize) -> Option<Array3<f32>> {
        self.is(Fault::WeightsOfNothing).then(|| Array3::zeros((x.dim().0, 1, x.dim().1)))
    }
}
