//! The layer.

use layer::{Affine, BuildError, Cache, Cost, Gradients, Layer, Named, Reach, Shape, ShapeError, Site, Stream, init};
use ndarray::{Array1, Array2, Array3, ArrayView3, ArrayViewD, ArrayViewMutD, Axis, s};

use crate::Settings;
use crate::backward::backward;
use crate::recurrence::Recurrence;
use crate::stream::Unrolled;

/// A gated recurrent unit; formula and shapes stand at the head of the crate.
#[derive(Clone, Debug)]
pub struct Gru {
    /// (width, 3·width), columns r, z, n.
    pub(crate) input: Affine,
    /// (width, 3·width), columns r, z, n; the bias, (width), is that of n.
    pub(crate) hidden: Affine,
}

/// What a forward keeps.
pub(crate) struct Kept {
    /// The input, (batch, time, width).
    pub(crate) x: Array3<f32>,
    /// r, u = 1 − z and n, (batch, time, 3·width).
    pub(crate) gates: Array3<f32>,
    /// m, (batch, time, width).
    pub(crate) recalled: Array3<f32>,
    /// h, the state before each step, (batch, time, width).
    pub(crate) before: Array3<f32>,
}

impl Gru {
    /// For `site.width` features; with the default memory, for sequences of some `site.time` steps.
    ///
    /// # Errors
    /// When the width takes too many weights, or the memory is out of range.
    pub fn new(settings: Settings, site: Site) -> Result<Self, BuildError> {
        let memory = settings.check(site)?;
        let Site { width, seed, .. } = site;
        let mut input = Affine::new(width, 3 * width, seed, "input");
        let update = input.bias.as_mut().expect("made with one").slice_mut(s![width..2 * width]);
        ages(memory, width, seed).mapv_into(f32::ln).assign_to(update);
        let weight = init::fan_in_uniform((width, 3 * width), width, seed, "hidden.weight");
        let bias = init::fan_in_uniform(width, width, seed, "hidden.bias");
        Ok(Self { input, hidden: Affine { weight, bias: Some(bias) } })
    }

    /// From h = 0, for `batch` sequences.
    pub(crate) fn recurrence(&self, batch: usize) -> Recurrence<'_> {
        let bias = self.hidden.bias.as_ref().expect("made with one");
        Recurrence::new(self.hidden.weight.view(), bias.view(), batch)
    }

    fn width(&self) -> usize {
        self.input.input()
    }
}

/// Mean ages to start with, (width): one of each of as many equal parts of 1 … `memory`.
fn ages(memory: usize, width: usize, seed: u64) -> Array1<f32> {
    // Uniform on ±1, so (1 + draw)/2 on 0 … 1.
    let draws: Array1<f32> = init::fan_in_uniform(width, 1, seed, "memory");
    let part = (memory - 1) as f32 / width as f32;
    Array1::from_shape_fn(width, |unit| 1.0 + part * (unit as f32 + (1.0 + draws[unit]) / 2.0))
}

impl Layer for Gru {
    fn name(&self) -> &'static str {
        "gru"
    }

    fn output_shape(&self, input: Shape) -> Result<Shape, ShapeError> {
        input.expect_feature("gru", self.width(), "build it with the width of its input").map(|()| input)
    }

    fn forward(&self, x: Array3<f32>) -> (Array3<f32>, Cache) {
        let (batch, time, width) = x.dim();
        let mut gates = self.input.sequences(x.view());
        let [mut recalled, mut before, mut y] = [(); 3].map(|()| Array3::zeros((batch, time, width)));
        let mut recurrence = self.recurrence(batch);
        for step in 0..time {
            before.index_axis_mut(Axis(1), step).assign(&recurrence.state);
            recurrence.step(gates.index_axis_mut(Axis(1), step), recalled.index_axis_mut(Axis(1), step));
            y.index_axis_mut(Axis(1), step).assign(&recurrence.state);
        }
        (y, Cache::new(Kept { x, gates, recalled, before }))
    }

    fn backward(&self, cache: &Cache, d_y: ArrayView3<'_, f32>) -> (Array3<f32>, Gradients) {
        backward(self, cache.get(), d_y)
    }

    fn parameters(&self) -> Vec<Named<ArrayViewD<'_, f32>>> {
        [("input", &self.input), ("hidden", &self.hidden)]
            .into_iter()
            .flat_map(|(n, part)| part.parameters(n))
            .collect()
    }

    fn parameters_mut(&mut self) -> Vec<Named<ArrayViewMutD<'_, f32>>> {
        let parts = [("input", &mut self.input), ("hidden", &mut self.hidden)];
        parts.into_iter().flat_map(|(name, part)| part.parameters_mut(name)).collect()
    }

    fn reach(&self) -> Reach {
        Reach::Past
    }

    fn cost(&self, input: Shape) -> Cost {
        let steps = self.input.flops(input.steps());
        let states = self.hidden.flops(input.batch * input.time.saturating_sub(1));
        Cost {
            parameters: self.input.parameter_count() + self.hidden.parameter_count(),
            flops_forward: steps + states,
            flops_backward: 3 * steps + states,
            bytes_kept: 4 * 6 * input.len() as u64,
        }
    }

    fn stream(&self, batch: usize) -> Option<Box<dyn Stream + '_>> {
        Some(Box::new(Unrolled::new(self, batch)))
    }

    /// The steps up to this one, with nothing kept of them but the state.
    fn forward_step(&self, x: ArrayView3<'_, f32>, step: usize) -> Array2<f32> {
        self.output_shape(x.dim().into()).unwrap_or_else(|refused| panic!("{refused}"));
        assert!(step < x.dim().1, "gru: step {step} of a sequence of {}", x.dim().1);
        let mut unrolled = Unrolled::new(self, x.dim().0);
        x.axis_iter(Axis(1)).take(step + 1).for_each(|x| unrolled.read(x));
        unrolled.into_state()
    }
}
