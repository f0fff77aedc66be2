//! One training step.

use burn::module::{Module, ModuleVisitor, Param};
use burn::nn::loss::{CrossEntropyLoss, CrossEntropyLossConfig};
use burn::nn::{Embedding, EmbeddingConfig, LayerNorm, LayerNormConfig, Linear};
use burn::optim::{AdamWConfig, GradientsParams};
use burn::tensor::{Int, Tensor, TensorData};

use crate::device;
use crate::layers::{Attention, Mlp, affine, mask};
use crate::protocol::{BATCH, BLOCKS, Run, TIME, VOCABULARY, WIDTH};

fn norm() -> LayerNorm {
    LayerNormConfig::new(WIDTH).init(&device())
}

#[derive(Module, Debug)]
struct Block {
    norms: [LayerNorm; 2],
    attention: Attention,
    mlp: Mlp,
}

impl Block {
    fn new() -> Block {
        Block { norms: [norm(), norm()], attention: Attention::new(WIDTH), mlp: Mlp::new(WIDTH) }
    }

    fn forward(&self, x: Tensor<3>, mask: &Tensor<4>) -> Tensor<3> {
        let x = x.clone() + self.attention.forward(self.norms[0].forward(x), mask);
        x.clone() + self.mlp.forward(self.norms[1].forward(x))
    }
}

#[derive(Module, Debug)]
struct Model {
    embedding: Embedding,
    blocks: Vec<Block>,
    norm: LayerNorm,
    read_out: Linear,
}

impl Model {
    fn new() -> Model {
        Model {
            embedding: EmbeddingConfig::new(VOCABULARY, WIDTH).init(&device()),
            blocks: (0..BLOCKS).map(|_| Block::new()).collect(),
            norm: norm(),
            read_out: affine(WIDTH, VOCABULARY),
        }
    }

    fn forward(&self, tokens: Tensor<2, Int>, mask: &Tensor<4>) -> Tensor<2> {
        let embedded = self.embedding.forward(tokens);
        let x = self.blocks.iter().fold(embedded, |x, block| block.forward(x, mask));
        self.read_out.forward(self.norm.forward(x)).flatten(0, 1)
    }
}

/// burn clips each tensor by itself; the global norm takes a walk over all of them.
struct Squares<'a> {
    gradients: &'a GradientsParams,
    sum: f32,
}

impl ModuleVisitor for Squares<'_> {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        let gradient = self.gradients.get::<D>(param.id).expect("every parameter has a gradient");
        self.sum += gradient.square().sum().into_scalar::<f32>();
    }
}

struct Shorten<'a> {
    gradients: &'a mut GradientsParams,
    factor: f32,
}

impl ModuleVisitor for Shorten<'_> {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        let gradient = self.gradients.remove::<D>(param.id).expect("every parameter has a gradient");
        self.gradients.register(param.id, gradient.mul_scalar(self.factor));
    }
}

/// Gradients shortened to a global norm of 1 at most.
fn clip(gradients: &mut GradientsParams, model: &Model) {
    let mut squares = Squares { gradients, sum: 0.0 };
    model.visit(&mut squares);
    let factor = 1.0 / (squares.sum.sqrt() + 1e-6);
    if factor < 1.0 {
        model.visit(&mut Shorten { gradients, factor });
    }
}

fn tokens<const D: usize>(shape: [usize; D], factor: usize) -> Tensor<D, Int> {
    let drawn: Vec<i64> = (0..BATCH * TIME).map(|at| (at * factor % 1009 % VOCABULARY) as i64).collect();
    Tensor::from_data(TensorData::new(drawn, shape), &device())
}

pub fn prepare() -> Run {
    let (tokens, targets) = (tokens([BATCH, TIME], 617), tokens([BATCH * TIME], 433));
    let (loss, mask): (CrossEntropyLoss, _) = (CrossEntropyLossConfig::new().init(&device()), mask(TIME));
    let mut adamw = AdamWConfig::new().with_weight_decay(0.01).with_epsilon(1e-8).init();
    let mut kept = Some(Model::new());
    Box::new(move || {
        let model = kept.take().expect("each run puts the model back");
        let gradients = loss.forward(model.forward(tokens.clone(), &mask), targets.clone()).backward();
        let mut gradients = GradientsParams::from_grads(gradients, &model);
        clip(&mut gradients, &model);
        kept = Some(adamw.step(1e-3, model, gradients));
    })
}
