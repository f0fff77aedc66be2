//! The layers, each in the fastest of the ways that candle offers for it.

use candle_core::{D, Device, Result, Tensor, Var};

use crate::protocol::{HEADS, Run, refuse_beyond_memory};
use crate::{backward, normal};

/// Tensors of the size of all scores that attention holds at once, as measured: with a backward, and without.
pub const COPIES: usize = 15;
pub const FORWARD_COPIES: usize = 4;

/// y = x·W + b on the last axis, as one product of two matrices.
pub struct Affine {
    pub weight: Var,
    pub bias: Var,
}

impl Affine {
    pub fn new(inputs: usize, outputs: usize) -> Result<Affine> {
        let weight = Var::from_tensor(&(normal(&[inputs, outputs])? / (inputs as f64).sqrt())?)?;
        Ok(Affine { weight, bias: Var::from_tensor(&normal(&[outputs])?)? })
    }

    pub fn forward(&self, x: &Tensor) -> Result<Tensor> {
        let (batch, time, width) = x.dims3()?;
        let flat = x.reshape((batch * time, width))?;
        flat.matmul(&self.weight)?.broadcast_add(&self.bias)?.reshape((batch, time, ()))
    }

    pub fn vars(&self) -> Vec<Var> {
        vec![self.weight.clone(), self.bias.clone()]
    }
}

pub struct Mlp {
    up: Affine,
    down: Affine,
}

impl Mlp {
    pub fn new(width: usize) -> Result<Mlp> {
        Ok(Mlp { up: Affine::new(width, 4 * width)?, down: Affine::new(4 * width, width)? })
    }

    pub fn forward(&self, x: &Tensor) -> Result<Tensor> {
        self.down.forward(&self.up.forward(x)?.relu()?)
    }

    pub fn vars(&self) -> Vec<Var> {
        [self.up.vars(), self.down.vars()].concat()
    }
}

/// 0 where a step may look, -∞ where it may not.
pub fn mask(time: usize) -> Result<Tensor> {
    let entry = |at: usize| if at % time <= at / time { 0.0 } else { f32::NEG_INFINITY };
    Tensor::from_vec((0..time * time).map(entry).collect(), (time, time), &Device::Cpu)
}

/// Softmax attention on (batch, heads, time, head width). candle_nn's softmax would also differentiate its maximum.
pub fn mix(query: &Tensor, key: &Tensor, value: &Tensor, mask: &Tensor) -> Result<Tensor> {
    let scale = 1.0 / (query.dim(D::Minus1)? as f64).sqrt();
    let scores = (query * scale)?.matmul(&key.t()?)?.broadcast_add(mask)?;
    let shares = scores.broadcast_sub(&scores.max_keepdim(D::Minus1)?.detach())?.exp()?;
    shares.matmul(value)?.broadcast_div(&shares.sum_keepdim(D::Minus1)?)
}

pub struct Attention {
    inner: Affine,
    output: Affine,
    mask: Tensor,
}

impl Attention {
    pub fn new(width: usize, time: usize) -> Result<Attention> {
        Ok(Attention { inner: Affine::new(width, 3 * width)?, output: Affine::new(width, width)?, mask: mask(time)? })
    }

    pub fn forward(&self, x: &Tensor) -> Result<Tensor> {
        let (batch, time, width) = x.dims3()?;
        let inner =
            self.inner.forward(x)?.reshape(&[batch, time, 3, HEADS, width / HEADS])?.permute([2, 0, 3, 1, 4])?;
        let part = |at| inner.get(at)?.contiguous();
        let mixed = mix(&part(0)?, &part(1)?, &part(2)?, &self.mask)?;
        self.output.forward(&mixed.transpose(1, 2)?.reshape((batch, time, width))?)
    }

    pub fn vars(&self) -> Vec<Var> {
        [self.inner.vars(), self.output.vars()].concat()
    }
}

/// A product for each tap and their sum; faster than conv1d, whose layout is another, and than the taps side by side.
struct Conv {
    taps: Vec<Var>,
    bias: Var,
}

impl Conv {
    fn new(width: usize, kernel: usize) -> Result<Conv> {
        let tap = |_| Var::from_tensor(&normal(&[width, width])?);
        Ok(Conv { taps: (0..kernel).map(tap).collect::<Result<_>>()?, bias: Var::from_tensor(&normal(&[width])?)? })
    }

    fn forward(&self, x: &Tensor) -> Result<Tensor> {
        let (batch, time, width) = x.dims3()?;
        let padded = x.pad_with_zeros(1, self.taps.len() - 1, 0)?;
        let product =
            |(lag, tap): (usize, &Var)| padded.narrow(1, lag, time)?.reshape((batch * time, width))?.matmul(tap);
        let sum = self.taps.iter().enumerate().map(product).reduce(|sum, next| sum? + next?);
        sum.expect("a kernel has taps")?.broadcast_add(&self.bias)?.reshape((batch, time, width))
    }
}

fn once(shape: [usize; 3], layer: impl Fn(&Tensor) -> Result<Tensor> + 'static) -> Result<Run> {
    let (x, d_y) = (Var::from_tensor(&normal(&shape)?)?, normal(&shape)?);
    Ok(Box::new(move || {
        layer(&x).and_then(|y| backward(&y, &d_y)).expect("the layer has its shapes");
    }))
}

fn layer(name: &str, shape: [usize; 3]) -> Result<Run> {
    let [_, time, width] = shape;
    match name {
        "linear" => {
            let affine = Affine::new(width, width)?;
            once(shape, move |x| affine.forward(x))
        }
        "mlp" => {
            let mlp = Mlp::new(width)?;
            once(shape, move |x| mlp.forward(x))
        }
        "attention" => {
            let attention = Attention::new(width, time)?;
            once(shape, move |x| attention.forward(x))
        }
        name => {
            let conv = Conv::new(width, if name == "conv3" { 3 } else { 7 })?;
            once(shape, move |x| conv.forward(x))
        }
    }
}

pub fn prepare(name: &str, shape: [usize; 3]) -> std::result::Result<Result<Run>, String> {
    if !["linear", "mlp", "conv3", "conv7", "attention"].contains(&name) {
        return Err(format!("knows no layer {name}"));
    }
    if name == "attention" {
        let [batch, time, _] = shape;
        refuse_beyond_memory(batch.saturating_mul(HEADS).saturating_mul(time).saturating_mul(time), COPIES)?;
    }
    Ok(layer(name, shape))
}
