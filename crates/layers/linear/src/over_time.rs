//! The line over time: a fixed weight from each step to each step.

use std::ops::Range;

use kernels::product::{Into, product_into};
use layer::{Cache, Cost, Gradients, Layer, Lengths, Named, Reach, Shape, ShapeError, Stream, init, named};
use ndarray::{
    Array1, Array2, Array3, ArrayView2, ArrayView3, ArrayViewD, ArrayViewMut2, ArrayViewMutD, Axis, CowArray, Ix2, Zip,
    s,
};

use crate::stream::Past;

/// Output steps of a causal block: small enough that little is multiplied by
/// the zeros above the diagonal, large enough for a product at full speed.
const BLOCK: usize = 64;

/// y\[t\] = Σₛ weight\[t, s\]·x\[s\] + bias\[t\], each feature by itself.
#[derive(Clone, Debug)]
pub struct OverTime {
    /// `(time out, time in)`; stored whole, read only up to the diagonal if causal.
    weight: Array2<f32>,
    bias: Option<Array1<f32>>,
    causal: bool,
}

impl OverTime {
    /// For sequences of `time` steps.
    pub fn new(time: usize, causal: bool, bias: bool, seed: u64) -> Self {
        let mut weight = init::fan_in_uniform((time, time), time, seed, "weight");
        if causal {
            clear_future(weight.view_mut(), 0);
        }
        Self { weight, bias: bias.then(|| init::fan_in_uniform(time, time, seed, "bias")), causal }
    }

    fn time(&self) -> usize {
        self.weight.nrows()
    }

    /// Weights and bias of an output step, (1, time in) and a number; weights past the step are to be skipped.
    pub(crate) fn row(&self, step: usize) -> (ArrayView2<'_, f32>, f32) {
        assert!(step < self.time(), "linear over time: step {step} of a layer built for {}", self.time());
        (self.weight.slice(s![step..=step, ..]), self.bias.as_ref().map_or(0.0, |bias| bias[step]))
    }

    /// Output steps that are computed together, from the input steps before
    /// their end. Without a mask that is one block, with all inputs.
    fn blocks(&self) -> impl Iterator<Item = Range<usize>> + use<> {
        let time = self.time();
        let size = if self.causal { BLOCK } else { time };
        (0..time).step_by(size).map(move |start| start..(start + size).min(time))
    }

    /// The weights of a block, `(steps of the block, steps before its end)`, zero where masked.
    fn weights(&self, block: &Range<usize>) -> CowArray<'_, f32, Ix2> {
        let mut weights = CowArray::from(self.weight.slice(s![block.clone(), ..block.end]));
        if self.causal {
            // The diagonal part is a copy: whatever is stored above the diagonal must not count.
            clear_future(weights.view_mut(), block.start);
        }
        weights
    }
}

/// Zeroes what lies above the diagonal; the first row is that of step `start`.
fn clear_future(mut rows: ArrayViewMut2<'_, f32>, start: usize) {
    for (t, mut row) in (start..).zip(rows.outer_iter_mut()) {
        row.slice_mut(s![t + 1..]).fill(0.0);
    }
}

impl Layer for OverTime {
    fn name(&self) -> &'static str {
        "linear"
    }

    fn output_shape(&self, input: Shape) -> Result<Shape, ShapeError> {
        input.expect_time("linear", self.time(), "over = \"time\" is built for one length: set n to it").map(|()| input)
    }

    fn forward(&self, x: Array3<f32>) -> (Array3<f32>, Cache) {
        let (batch, time, width) = x.dim();
        assert_eq!(time, self.time(), "linear over time: built for another length");
        let mut y = match &self.bias {
            None => Array3::zeros(x.raw_dim()),
            Some(bias) => {
                let bias = bias.view().insert_axis(Axis(1));
                bias.broadcast((batch, time, width)).expect("one bias for each step").to_owned()
            }
        };
        for block in self.blocks() {
            let weights = self.weights(&block);
            Zip::from(x.outer_iter()).and(y.outer_iter_mut()).for_each(|x, mut y| {
                let y = y.slice_mut(s![block.clone(), ..]);
                product_into(1.0, weights.view(), x.slice(s![..block.end, ..]), Into::Add, y);
            });
        }
        (y, Cache::new(x))
    }

    fn backward(&self, cache: &Cache, d_y: ArrayView3<'_, f32>) -> (Array3<f32>, Gradients) {
        let x = cache.get::<Array3<f32>>();
        assert_eq!(d_y.dim(), x.dim(), "linear over time: a gradient of another shape than the output");
        let mut d_x = Array3::zeros(x.raw_dim());
        let mut d_weight = Array2::zeros(self.weight.raw_dim());
        for block in self.blocks() {
            let weights = self.weights(&block);
            let mut d_weights = d_weight.slice_mut(s![block.clone(), ..block.end]);
            Zip::from(x.outer_iter()).and(d_y.outer_iter()).and(d_x.outer_iter_mut()).for_each(|x, d_y, mut d_x| {
                let d_y = d_y.slice(s![block.clone(), ..]);
                product_into(1.0, weights.t(), d_y, Into::Add, d_x.slice_mut(s![..block.end, ..]));
                product_into(1.0, d_y, x.slice(s![..block.end, ..]).t(), Into::Add, d_weights.view_mut());
            });
            if self.causal {
                clear_future(d_weights, block.start);
            }
        }
        let gradients = Gradients::none().with(d_weight);
        let gradients = match &self.bias {
            None => gradients,
            Some(_) => gradients.with(d_y.sum_axis(Axis(2)).sum_axis(Axis(0))),
        };
        (d_x, gradients)
    }

    fn parameters(&self) -> Vec<Named<ArrayViewD<'_, f32>>> {
        let mut all = vec![named("weight", self.weight.view().into_dyn())];
        all.extend(self.bias.as_ref().map(|bias| named("bias", bias.view().into_dyn())));
        all
    }

    fn parameters_mut(&mut self) -> Vec<Named<ArrayViewMutD<'_, f32>>> {
        let mut all = vec![named("weight", self.weight.view_mut().into_dyn())];
        all.extend(self.bias.as_mut().map(|bias| named("bias", bias.view_mut().into_dyn())));
        all
    }

    fn reach(&self) -> Reach {
        if self.causal { Reach::Past } else { Reach::Everywhere }
    }

    fn cost(&self, input: Shape) -> Cost {
        let pairs: usize = self.blocks().map(|block| block.len() * block.end).sum();
        let flops = 2 * (input.batch * input.feature * pairs) as u64;
        Cost {
            parameters: (self.weight.len() + self.bias.as_ref().map_or(0, Array1::len)) as u64,
            flops_forward: flops,
            flops_backward: 2 * flops,
            bytes_kept: 4 * input.len() as u64,
        }
    }

    fn is_affine(&self) -> bool {
        true
    }

    fn stream(&self, batch: usize) -> Option<Box<dyn Stream + '_>> {
        self.causal.then(|| Box::new(Past::new(self, batch)) as Box<dyn Stream>)
    }

    fn lengths(&self) -> Lengths {
        Lengths::Exactly(self.time())
    }
}
