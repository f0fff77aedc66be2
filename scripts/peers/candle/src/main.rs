//! candle's worker.

#[path = "../../protocol.rs"]
mod protocol;

mod layers;
mod step;

use candle_core::{Device, Result, Tensor, Var};
use candle_nn::attention::{AttnMask, flash_attn};
use protocol::{LONG_WIDTH, Run, Work, refuse_beyond_memory};

/// The lab has it, too: pages that were given back once are given out again.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn normal(shape: &[usize]) -> Result<Tensor> {
    Tensor::randn(0_f32, 1.0, shape, &Device::Cpu)
}

/// candle starts a backward at a scalar only, so a given gradient has to be multiplied in.
fn backward(y: &Tensor, d_y: &Tensor) -> Result<()> {
    y.mul(d_y)?.sum_all()?.backward().map(drop)
}

/// Its flash attention: no backward, slower than products of matrices, but with no scores to hold.
fn long_by_flash(steps: usize) -> Result<Run> {
    let shape = [1, steps, 1, LONG_WIDTH];
    let (query, key, value) = (normal(&shape)?, normal(&shape)?, normal(&shape)?);
    let scale = 1.0 / (LONG_WIDTH as f32).sqrt();
    Ok(Box::new(move || {
        let made = flash_attn::<f32>(&query, &key, &value, scale, AttnMask::causal(), None, None);
        made.expect("attention has its shapes");
    }))
}

fn long(steps: usize, gradients: bool) -> Result<Run> {
    let shape = [1, 1, steps, LONG_WIDTH];
    let (query, key, value, d_y) = (normal(&shape)?, normal(&shape)?, normal(&shape)?, normal(&shape)?);
    let mask = layers::mask(steps)?;
    if !gradients {
        return Ok(Box::new(move || {
            layers::mix(&query, &key, &value, &mask).expect("attention has its shapes");
        }));
    }
    let (query, key, value) = (Var::from_tensor(&query)?, Var::from_tensor(&key)?, Var::from_tensor(&value)?);
    Ok(Box::new(move || {
        let mixed = layers::mix(&query, &key, &value, &mask);
        mixed.and_then(|mixed| backward(&mixed, &d_y)).expect("attention has its shapes");
    }))
}

fn prepare(work: Work) -> std::result::Result<Run, String> {
    let made = match work {
        Work::Step => step::prepare(),
        Work::Layer { name, shape } => layers::prepare(&name, shape)?,
        Work::Long { steps, gradients } => {
            let copies = if gradients { layers::COPIES } else { layers::FORWARD_COPIES };
            match refuse_beyond_memory(steps.saturating_mul(steps), copies) {
                Ok(()) => long(steps, gradients),
                Err(_) if !gradients => long_by_flash(steps),
                Err(reason) => return Err(reason),
            }
        }
    };
    made.map_err(|error| error.to_string())
}

fn main() {
    protocol::serve("candle 0.11.1", prepare);
}
