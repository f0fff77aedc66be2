//! One whole training step of the model that a lab spends its life on: 2 pre-norm blocks, width 64, 4 causal heads,
//! MLP 4×, batch 32, time 64, vocabulary 64, every step supervised, clipping and AdamW included.

use std::hint::black_box;

use layer::{Layer, Site};
use tasks::{Batch, CopyAtLag, Split, Task};
use toml::Table;
use train::adamw::clip;
use train::{AdamW, Model, Readout, Shell};

const TASK: CopyAtLag = CopyAtLag { n: 64, lag: 0, vocabulary: 64 };
const WIDTH: usize = 64;
const BATCH: usize = 32;
const DEPTH: u64 = 2;

fn layer(name: &str, options: &str, seed: u64) -> Box<dyn Layer> {
    let definition = zoo::find(name).expect("a row of the zoo");
    let options: Table = options.parse().expect("options are TOML");
    (definition.build)(&options, Site { time: TASK.time(), width: WIDTH, seed }).expect("options that fit")
}

fn model() -> Model {
    let shell = Shell {
        embedding: true,
        readout: Readout::Step,
        residual: true,
        norm: true,
        mixers: (0..DEPTH).map(|i| layer("attention", "heads = 4", i)).collect(),
        mlps: (0..DEPTH).map(|i| layer("mlp", "expansion = 4", 10 + i)).collect(),
        positions: None,
        width: WIDTH,
        seed: 0,
    };
    Model::new(shell, &TASK).expect("the sizes fit")
}

/// At lag 0 every step is supervised. The answers are those of other sequences: there is nothing to learn from them but
/// the batch itself, so that gradients stay of ordinary size however often the step is repeated.
fn batch() -> Batch {
    let [mut batch, other] = [0, BATCH as u64].map(|first| Batch::of(&TASK, 0, Split::Train, first, BATCH));
    batch.targets.iter_mut().zip(other.targets).for_each(|(target, other)| target.target.answer = other.target.answer);
    batch
}

/// FLOPs of the matrix products of a step.
pub fn flops() -> u64 {
    model().cost(BATCH, TASK.time(), batch().targets.len()).flops()
}

/// Makes model, optimiser and batch; the closure does one step, always on the same batch.
pub(crate) fn run() -> Box<dyn FnMut() + Send> {
    let (mut model, mut optimiser, batch) = (model(), AdamW::default(), batch());
    Box::new(move || {
        let mut pass = model.pass(&batch);
        clip(&mut pass.gradients, 1.0);
        optimiser.step(model.parameters_mut(), &pass.gradients, 1e-3, 0.01);
        black_box(pass.loss);
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_the_step_that_is_described() {
        assert_eq!((batch().targets.len(), TASK.time(), TASK.classes()), (32 * 64, 64, 64));
        run()();
    }
}
