//! burn's worker, on its CPU backend in Rust alone, flex.

#[path = "../../protocol.rs"]
mod protocol;

mod layers;
mod step;

use burn::tensor::module::attention;
use burn::tensor::ops::AttentionModuleOptions;
use burn::tensor::{Device, Distribution, Tensor};
use protocol::{LONG_WIDTH, Run, Work, refuse_beyond_memory};

/// The lab has it, too: pages that were given back once are given out again.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn device() -> Device {
    Device::flex().autodiff()
}

fn normal<const D: usize>(shape: [usize; D]) -> Tensor<D> {
    Tensor::random(shape, Distribution::Normal(0.0, 1.0), &device())
}

/// burn starts a backward with ones, so a given gradient has to be multiplied in.
fn backward<const D: usize>(y: Tensor<D>, d_y: &Tensor<D>) {
    y.mul(d_y.clone()).backward();
}

fn long(steps: usize, gradients: bool) -> Run {
    let drawn = || normal([1, 1, steps, LONG_WIDTH]);
    if !gradients {
        // Its flash attention, which has no backward and runs on one thread for each head.
        let (query, key, value) = (drawn().inner(), drawn().inner(), drawn().inner());
        let options = AttentionModuleOptions { is_causal: true, ..Default::default() };
        return Box::new(move || {
            attention(query.clone(), key.clone(), value.clone(), None, None, options);
        });
    }
    let (query, key, value, d_y) = (drawn(), drawn(), drawn(), drawn());
    let mask = layers::mask(steps);
    Box::new(move || {
        let [query, key, value] = [&query, &key, &value].map(|tensor| tensor.clone().require_grad());
        backward(layers::mix(query, key, value, &mask), &d_y);
    })
}

fn prepare(work: Work) -> Result<Run, String> {
    match work {
        Work::Step => Ok(step::prepare()),
        Work::Layer { name, shape } => layers::prepare(&name, shape),
        Work::Long { steps, gradients } => {
            if gradients {
                refuse_beyond_memory(steps.saturating_mul(steps), layers::COPIES)?;
            }
            Ok(long(steps, gradients))
        }
    }
}

fn main() {
    protocol::serve("burn 0.23.0-pre.1", prepare);
}
