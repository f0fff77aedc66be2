//! Forward, or forward and backward, of one layer on a batch, split over threads as the lab splits a training step.
//!
//! The batch is cut into micro-batches of whole sequences whose size does not depend on the number of threads, and
//! their gradients are summed in order: so any number of threads gives the same bits. What belongs to a sequence, y and
//! its gradient of x, stays in micro-batches, as it does in training.

use kernels::split;
use layer::{Gradients, Layer};
use ndarray::{Array3, ArrayView3, Axis};

/// Steps of one micro-batch, as in `train`: few enough for what a layer keeps to stay in a core's cache.
const STEPS: usize = 256;

/// What came out of both ways.
pub struct Outcome {
    /// The output of each micro-batch, in order.
    pub y: Vec<Array3<f32>>,
    /// Gradient of the input of each micro-batch.
    pub d_x: Vec<Array3<f32>>,
    /// Gradients of the parameters.
    pub gradients: Gradients,
}

/// Output and all gradients for `x` and `d_y`. On a thread of a rayon pool micro-batches run side by side.
///
/// # Panics
/// When the batch is empty.
pub fn forward_backward(layer: &dyn Layer, x: ArrayView3<'_, f32>, d_y: ArrayView3<'_, f32>) -> Outcome {
    let parts = micro_batches(&x).zip(micro_batches(&d_y)).collect();
    let passes = split::map(parts, |(x, d_y): (ArrayView3<'_, f32>, _)| {
        let (y, cache) = layer.forward(x.to_owned());
        let (d_x, gradients) = layer.backward(&cache, d_y);
        (y, (d_x, gradients))
    });
    let (y, (d_x, gradients)): (Vec<_>, (Vec<_>, Vec<_>)) = passes.into_iter().unzip();
    Outcome { y, d_x, gradients: Gradients::sum(gradients) }
}

/// The output for `x` alone, of each micro-batch in order. What a layer keeps for its backward is made, since every
/// forward makes it, and given back with its micro-batch.
pub fn forward(layer: &dyn Layer, x: ArrayView3<'_, f32>) -> Vec<Array3<f32>> {
    split::map(micro_batches(&x).collect(), |x: ArrayView3<'_, f32>| layer.forward(x.to_owned()).0)
}

/// Whole sequences of [`STEPS`] steps together, or one that is longer.
fn micro_batches<'a>(array: &'a ArrayView3<'_, f32>) -> impl Iterator<Item = ArrayView3<'a, f32>> {
    array.axis_chunks_iter(Axis(0), (STEPS / array.dim().1).max(1))
}

#[cfg(test)]
mod tests {
    use layer::Site;
    use layer::init::normal;

    use super::*;

    fn pool(threads: usize) -> rayon::ThreadPool {
        rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap()
    }

    fn bits<'a>(pass: &'a Outcome) -> Vec<u32> {
        let all: Vec<&'a f32> =
            pass.y.iter().chain(&pass.d_x).flatten().chain(pass.gradients.slices().flatten()).collect();
        all.into_iter().map(|x| x.to_bits()).collect()
    }

    /// 11 sequences make four micro-batches, the last one shorter.
    #[test]
    fn threads_change_no_bit_and_the_whole_batch_gives_the_same() {
        for name in ["linear", "mlp", "conv", "attention"] {
            let site = Site { time: 80, width: 8, seed: 1 };
            let definition = zoo::find(name).unwrap();
            let layer = (definition.build)(&(definition.defaults)(), site).unwrap();
            let [x, d_y] = ["x", "d_y"].map(|purpose| normal((11, 80, 8), 1.0, 0, purpose));
            let run = || forward_backward(layer.as_ref(), x.view(), d_y.view());
            let split = run();
            for threads in [1, 2] {
                assert_eq!(bits(&split), bits(&pool(threads).install(run)), "{name}, {threads} threads");
            }
            assert_eq!(forward(layer.as_ref(), x.view()), split.y, "{name}: a forward alone gives the same output");
            let (y, cache) = layer.forward(x.clone());
            let (d_x, gradients) = layer.backward(&cache, d_y.view());
            let whole = Outcome { y: vec![y], d_x: vec![d_x], gradients };
            let pairs = bits(&split).into_iter().zip(bits(&whole)).map(|(a, b)| (f32::from_bits(a), f32::from_bits(b)));
            for (split, whole) in pairs {
                assert!((split - whole).abs() <= 1e-4 * (1.0 + whole.abs()), "{name}: {split} and {whole}");
            }
        }
    }
}
