//! One training step.

use candle_core::backprop::GradStore;
use candle_core::{Device, Result, Tensor, Var};
use candle_nn::ops::layer_norm_slow;
use candle_nn::optim::{AdamW, Optimizer, ParamsAdamW};

use crate::layers::{Affine, Attention, Mlp};
use crate::normal;
use crate::protocol::{BATCH, BLOCKS, Run, TIME, VOCABULARY, WIDTH};

/// candle's fast layer norm has no backward, so training takes the slow one.
struct Norm {
    gain: Var,
    bias: Var,
}

impl Norm {
    fn new() -> Result<Norm> {
        let gain = Var::ones(WIDTH, candle_core::DType::F32, &Device::Cpu)?;
        Ok(Norm { gain, bias: Var::zeros(WIDTH, candle_core::DType::F32, &Device::Cpu)? })
    }

    fn forward(&self, x: &Tensor) -> Result<Tensor> {
        layer_norm_slow(x, &self.gain, &self.bias, 1e-5)
    }

    fn vars(&self) -> Vec<Var> {
        vec![self.gain.clone(), self.bias.clone()]
    }
}

struct Block {
    norms: [Norm; 2],
    attention: Attention,
    mlp: Mlp,
}

impl Block {
    fn new() -> Result<Block> {
        Ok(Block {
            norms: [Norm::new()?, Norm::new()?],
            attention: Attention::new(WIDTH, TIME)?,
            mlp: Mlp::new(WIDTH)?,
        })
    }

    fn forward(&self, x: &Tensor) -> Result<Tensor> {
        let x = (x + self.attention.forward(&self.norms[0].forward(x)?)?)?;
        &x + self.mlp.forward(&self.norms[1].forward(&x)?)?
    }

    fn vars(&self) -> Vec<Var> {
        [self.norms[0].vars(), self.norms[1].vars(), self.attention.vars(), self.mlp.vars()].concat()
    }
}

struct Model {
    embedding: Var,
    blocks: Vec<Block>,
    norm: Norm,
    read_out: Affine,
}

impl Model {
    fn new() -> Result<Model> {
        Ok(Model {
            embedding: Var::from_tensor(&normal(&[VOCABULARY, WIDTH])?)?,
            blocks: (0..BLOCKS).map(|_| Block::new()).collect::<Result<_>>()?,
            norm: Norm::new()?,
            read_out: Affine::new(WIDTH, VOCABULARY)?,
        })
    }

    fn loss(&self, tokens: &Tensor, targets: &Tensor) -> Result<Tensor> {
        let mut x = self.embedding.index_select(tokens, 0)?.reshape((BATCH, TIME, WIDTH))?;
        for block in &self.blocks {
            x = block.forward(&x)?;
        }
        let logits = self.read_out.forward(&self.norm.forward(&x)?)?;
        candle_nn::loss::cross_entropy(&logits.flatten_to(1)?, targets)
    }

    fn vars(&self) -> Vec<Var> {
        let blocks = self.blocks.iter().flat_map(Block::vars);
        let ends = [vec![self.embedding.clone()], self.norm.vars(), self.read_out.vars()].concat();
        blocks.chain(ends).collect()
    }
}

/// Gradients shortened to a global norm of 1 at most.
fn clip(gradients: &mut GradStore, vars: &[Var]) -> Result<()> {
    let mut squares = 0.0;
    for var in vars {
        let gradient = gradients.get(var).expect("every parameter has a gradient");
        squares += gradient.sqr()?.sum_all()?.to_scalar::<f32>()?;
    }
    let factor = 1.0 / (f64::from(squares).sqrt() + 1e-6);
    if factor < 1.0 {
        for var in vars {
            let shorter = (gradients.get(var).expect("every parameter has a gradient") * factor)?;
            gradients.insert(var, shorter);
        }
    }
    Ok(())
}

pub fn prepare() -> Result<Run> {
    let model = Model::new()?;
    let vars = model.vars();
    let mut adamw = AdamW::new(vars.clone(), ParamsAdamW { weight_decay: 0.01, ..Default::default() })?;
    let tokens = |factor| {
        let drawn = (0..BATCH * TIME).map(|at| (at * factor % 1009 % VOCABULARY) as u32).collect();
        Tensor::from_vec(drawn, BATCH * TIME, &Device::Cpu)
    };
    let (tokens, targets) = (tokens(617)?, tokens(433)?);
    let mut step = move || -> Result<()> {
        let mut gradients = model.loss(&tokens, &targets)?.backward()?;
        clip(&mut gradients, &vars)?;
        adamw.step(&gradients)
    };
    Ok(Box::new(move || step().expect("the model has its shapes")))
}
