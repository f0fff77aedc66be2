//! The layer: convolutions in a row, with a ReLU between one and the next, and one after the last if asked for.

use kernels::elementwise::{relu_backward_in_place, relu_in_place};
use layer::{Cache, Cost, Gradients, Layer, Lengths, Named, Pace, Reach, Shape, ShapeError, Stream, named};
use ndarray::{Array3, ArrayView3, ArrayViewD, ArrayViewMutD, CowArray};

use crate::stream::Fed;
use crate::{Convolution, Kernel, Settings, taps};

/// conv · ReLU · conv · … · conv.
#[derive(Clone, Debug)]
pub struct Conv {
    convs: Vec<Convolution>,
    final_relu: bool,
}

/// The input of each convolution, in order; all but the first are after a ReLU. With a final ReLU, its output too.
type Kept = Vec<Array3<f32>>;

impl Conv {
    /// For `width` features in. `settings` must have passed the checks of its `build`.
    pub(crate) fn new(settings: &Settings, width: usize, seed: u64) -> Self {
        let output = settings.output(width);
        let conv = |(i, kernel): (usize, Kernel)| {
            let input = if i == 0 { width } else { output };
            Convolution::new(kernel, input, output, seed, &format!("convs.{i}"))
        };
        Self { convs: settings.kernels().enumerate().map(conv).collect(), final_relu: settings.final_relu }
    }
}

impl Conv {
    pub(crate) fn convs(&self) -> &[Convolution] {
        &self.convs
    }

    pub(crate) fn final_relu(&self) -> bool {
        self.final_relu
    }
}

impl Layer for Conv {
    fn name(&self) -> &'static str {
        "conv"
    }

    fn output_shape(&self, input: Shape) -> Result<Shape, ShapeError> {
        let fix = "build it with the width of its input";
        input.expect_feature("conv", self.convs[0].input(), fix)?;
        let shortest = self.pace().lost + 1;
        if input.time < shortest {
            input.expect_time(
                "conv",
                shortest,
                "that is the shortest: choose more steps, a smaller kernel or more padding",
            )?;
        }
        Ok(Shape::new(input.batch, self.pace().output(input.time), self.convs.last().expect("at least one").output()))
    }

    fn forward(&self, x: Array3<f32>) -> (Array3<f32>, Cache) {
        let mut kept = Kept::with_capacity(self.convs.len());
        let mut signal = x;
        for conv in &self.convs {
            if !kept.is_empty() {
                relu_in_place(signal.as_slice_mut().expect("row-major"));
            }
            let y = conv.forward(signal.view());
            kept.push(std::mem::replace(&mut signal, y));
        }
        if self.final_relu {
            relu_in_place(signal.as_slice_mut().expect("row-major"));
            kept.push(signal.clone());
        }
        (signal, Cache::new(kept))
    }

    fn backward(&self, cache: &Cache, d_y: ArrayView3<'_, f32>) -> (Array3<f32>, Gradients) {
        let kept = cache.get::<Kept>();
        let mut parts = Vec::with_capacity(self.convs.len());
        let mut d = CowArray::from(d_y);
        if self.final_relu {
            let y = kept.last().expect("kept by the forward");
            let mut masked = d.into_owned();
            relu_backward_in_place(masked.as_slice_mut().expect("row-major"), y.as_slice().expect("row-major"));
            d = CowArray::from(masked);
        }
        for (i, (conv, x)) in self.convs.iter().zip(kept).enumerate().rev() {
            let (mut d_x, gradients) = conv.backward(x.view(), d.view());
            if i > 0 {
                relu_backward_in_place(d_x.as_slice_mut().expect("row-major"), x.as_slice().expect("row-major"));
            }
            parts.push(gradients);
            d = CowArray::from(d_x);
        }
        (d.into_owned(), parts.into_iter().rev().fold(Gradients::none(), Gradients::and))
    }

    fn parameters(&self) -> Vec<Named<ArrayViewD<'_, f32>>> {
        let mut all = Vec::with_capacity(2 * self.convs.len());
        for (i, conv) in self.convs.iter().enumerate() {
            all.push(named(format!("convs.{i}.weight"), conv.weight.view().into_dyn()));
            all.push(named(format!("convs.{i}.bias"), conv.bias.view().into_dyn()));
        }
        all
    }

    fn parameters_mut(&mut self) -> Vec<Named<ArrayViewMutD<'_, f32>>> {
        let mut all = Vec::with_capacity(2 * self.convs.len());
        for (i, conv) in self.convs.iter_mut().enumerate() {
            all.push(named(format!("convs.{i}.weight"), conv.weight.view_mut().into_dyn()));
            all.push(named(format!("convs.{i}.bias"), conv.bias.view_mut().into_dyn()));
        }
        all
    }

    fn reach(&self) -> Reach {
        let next = |(reach, pace): (Reach, Pace), conv: &Convolution| {
            (taps::then(&reach, pace, conv.lags()), pace.then(conv.pace()))
        };
        self.convs.iter().fold((Reach::step(), Pace::KEPT), next).0
    }

    fn pace(&self) -> Pace {
        self.convs.iter().fold(Pace::KEPT, |pace, conv| pace.then(conv.pace()))
    }

    fn lengths(&self) -> Lengths {
        self.pace().before(Lengths::Any)
    }

    fn cost(&self, input: Shape) -> Cost {
        let (mut flops, mut kept, mut time) = (0, 0, input.time);
        for conv in &self.convs {
            flops += conv.flops(input.batch, time);
            kept += input.batch * time * conv.input();
            time = conv.pace().output(time);
        }
        if self.final_relu {
            kept += input.batch * time * self.convs.last().expect("at least one").output();
        }
        Cost {
            parameters: self.convs.iter().map(Convolution::parameter_count).sum(),
            flops_forward: flops,
            flops_backward: 2 * flops,
            bytes_kept: 4 * kept as u64,
        }
    }

    fn is_affine(&self) -> bool {
        self.convs.len() == 1 && !self.final_relu
    }

    /// None when a tap looks ahead, or the time changes.
    fn stream(&self, batch: usize) -> Option<Box<dyn Stream + '_>> {
        (self.reach().is_causal() && self.pace().keeps()).then(|| Box::new(Fed::new(self, batch)) as Box<dyn Stream>)
    }

    /// With one tap each, convolutions do the same to every step.
    fn is_permutation_equivariant(&self) -> bool {
        self.pace().keeps() && self.convs.iter().all(|conv| conv.lags() == [0])
    }
}
