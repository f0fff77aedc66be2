//! The layers, each in the fastest of the ways that burn offers for it.

use burn::module::Module;
use burn::nn::{Linear, LinearConfig};
use burn::tensor::activation::relu;
use burn::tensor::{Tensor, TensorData};

use crate::protocol::{HEADS, Run, refuse_beyond_memory};
use crate::{backward, device, normal};

/// Tensors of the size of all scores that attention holds at once, as measured.
pub const COPIES: usize = 9;

pub fn affine(inputs: usize, outputs: usize) -> Linear {
    LinearConfig::new(inputs, outputs).init(&device())
}

#[derive(Module, Debug)]
pub struct Mlp {
    up: Linear,
    down: Linear,
}

impl Mlp {
    pub fn new(width: usize) -> Mlp {
        Mlp { up: affine(width, 4 * width), down: affine(4 * width, width) }
    }

    pub fn forward(&self, x: Tensor<3>) -> Tensor<3> {
        self.down.forward(relu(self.up.forward(x)))
    }
}

/// 0 where a step may look, -∞ where it may not.
pub fn mask(time: usize) -> Tensor<4> {
    let entry = |at: usize| if at % time <= at / time { 0.0 } else { f32::NEG_INFINITY };
    let entries: Vec<f32> = (0..time * time).map(entry).collect();
    Tensor::from_data(TensorData::new(entries, [1, 1, time, time]), &device())
}

/// Softmax attention on (batch, heads, time, head width). With gradients, burn's own would write out all scores, too.
pub fn mix(query: Tensor<4>, key: Tensor<4>, value: Tensor<4>, mask: &Tensor<4>) -> Tensor<4> {
    let scale = 1.0 / (query.dims()[3] as f64).sqrt();
    let scores = query.mul_scalar(scale).matmul(key.swap_dims(2, 3)) + mask.clone();
    let most = scores.clone().detach().max_dim(3);
    let shares = (scores - most).exp();
    shares.clone().matmul(value) / shares.sum_dim(3)
}

#[derive(Module, Debug)]
pub struct Attention {
    inner: Linear,
    output: Linear,
}

impl Attention {
    pub fn new(width: usize) -> Attention {
        Attention { inner: affine(width, 3 * width), output: affine(width, width) }
    }

    pub fn forward(&self, x: Tensor<3>, mask: &Tensor<4>) -> Tensor<3> {
        let [batch, time, width] = x.dims();
        let inner = self.inner.forward(x).reshape([batch, time, 3, HEADS, width / HEADS]).permute([2, 0, 3, 1, 4]);
        let part = |at: usize| inner.clone().narrow(0, at, 1).squeeze_dim::<4>(0);
        let mixed = mix(part(0), part(1), part(2), mask);
        self.output.forward(mixed.swap_dims(1, 2).reshape([batch, time, width]))
    }
}

/// A product for each tap and their sum; faster than conv1d, whose layout is another, and than the taps side by side.
struct Conv {
    taps: Vec<Linear>,
}

impl Conv {
    fn new(width: usize, kernel: usize) -> Conv {
        let tap = |lag| LinearConfig::new(width, width).with_bias(lag == 0).init(&device());
        Conv { taps: (0..kernel).map(tap).collect() }
    }

    fn forward(&self, x: Tensor<3>) -> Tensor<3> {
        let time = x.dims()[1];
        let padded = x.pad([(self.taps.len() - 1, 0), (0, 0)], 0.0);
        let product = |(lag, tap): (usize, &Linear)| tap.forward(padded.clone().narrow(1, lag, time));
        self.taps.iter().enumerate().map(product).reduce(|sum, next| sum + next).expect("a kernel has taps")
    }
}

fn once(shape: [usize; 3], layer: impl Fn(Tensor<3>) -> Tensor<3> + 'static) -> Run {
    let (x, d_y) = (normal(shape), normal(shape));
    Box::new(move || backward(layer(x.clone().require_grad()), &d_y))
}

pub fn prepare(name: &str, shape: [usize; 3]) -> Result<Run, String> {
    let [batch, time, width] = shape;
    match name {
        "linear" => {
            let affine = affine(width, width);
            Ok(once(shape, move |x| affine.forward(x)))
        }
        "mlp" => {
            let mlp = Mlp::new(width);
            Ok(once(shape, move |x| mlp.forward(x)))
        }
        "conv3" | "conv7" => {
            let conv = Conv::new(width, if name == "conv3" { 3 } else { 7 });
            Ok(once(shape, move |x| conv.forward(x)))
        }
        "attention" => {
            refuse_beyond_memory(batch.saturating_mul(HEADS).saturating_mul(time).saturating_mul(time), COPIES)?;
            let (attention, mask) = (Attention::new(width), mask(time));
            Ok(once(shape, move |x| attention.forward(x, &mask)))
        }
        other => Err(format!("knows no layer {other}")),
    }
}
