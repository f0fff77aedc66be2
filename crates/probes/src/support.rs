//! Measured support: which input steps touch which output steps.
//!
//! Two ways that share no code of the layer: backward from one output step (what is not zero is connected), and
//! forward after one input step was exchanged (what changed a bit is connected). A declared
//! [`Reach`] has to agree with both.

use std::collections::BTreeSet;
use std::ops::Range;

use layer::{Layer, Pace, Reach, Shape, init};
use ndarray::{Array2, Array3, s};

use crate::jacobian::Pullback;

/// For each pair of an output step and an input step, whether they are connected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Support {
    connected: Array2<bool>,
    pace: Pace,
}

impl Support {
    /// Non-zero gradients of random inputs, one for each seed; they are united, since one input can leave a ReLU shut
    /// on the only path between two steps. Every row of the batch is such an input too.
    ///
    /// One forward and a backward from its cache for each output step, for each seed.
    ///
    /// # Panics
    /// When the layer does not take `shape`.
    pub fn by_gradient(layer: &dyn Layer, shape: Shape, seeds: Range<u64>) -> Self {
        Self { connected: gradients(layer, shape, steps(layer, shape), seeds), pace: layer.pace() }
    }

    /// Outputs that change in any bit when one input step is drawn anew, united over seeds and rows of the batch. A path
    /// that carries less than the last bit of an f32 sum stays hidden here; the gradient has it to itself, and shows it.
    ///
    /// `shape.time` + 1 forwards for each seed.
    ///
    /// # Panics
    /// When the layer does not take `shape`.
    pub fn by_perturbation(layer: &dyn Layer, shape: Shape, seeds: Range<u64>) -> Self {
        let inputs: Vec<usize> = (0..shape.time).collect();
        Self { connected: exchanges(layer, shape, steps(layer, shape), &inputs, seeds), pace: layer.pace() }
    }

    /// What a declared reach connects in a sequence of `time` steps, at a declared pace.
    pub fn declared(reach: &Reach, pace: Pace, time: usize) -> Self {
        let lag = |output, input| pace.home(output) as isize - input as isize;
        let connected =
            Array2::from_shape_fn((pace.output(time), time), |(output, input)| reach.contains(lag(output, input)));
        Self { connected, pace }
    }

    /// Number of pairs that are connected in one of the two and not in the other.
    ///
    /// # Panics
    /// When the two are of different times.
    pub fn differences(&self, other: &Self) -> usize {
        let sizes = [self, other].map(|support| support.connected.dim());
        assert_eq!(sizes[0], sizes[1], "supports of sequences of different length");
        self.connected.iter().zip(&other.connected).filter(|(a, b)| a != b).count()
    }

    /// Input steps of the sequence.
    pub fn time(&self) -> usize {
        self.connected.ncols()
    }

    /// How many steps back an input step lies from where an output step stands.
    pub fn lag(&self, output: usize, input: usize) -> isize {
        self.pace.home(output) as isize - input as isize
    }

    /// The matrix (output step, input step).
    pub fn connected(&self) -> &Array2<bool> {
        &self.connected
    }

    /// Every connected pair: output step, input step.
    pub fn pairs(&self) -> impl Iterator<Item = (usize, usize)> {
        self.connected.indexed_iter().filter(|(_, connected)| **connected).map(|(pair, _)| pair)
    }

    /// The lag of every connected pair.
    pub fn lags(&self) -> BTreeSet<isize> {
        self.pairs().map(|(output, input)| self.lag(output, input)).collect()
    }
}

/// One row of [`Support::by_gradient`], for sequences too long for all of them: whether the step `output` is connected to
/// each input step. One forward and one backward for each seed.
///
/// # Panics
/// When the layer does not take `shape`, or has no step `output`.
pub fn row_by_gradient(layer: &dyn Layer, shape: Shape, output: usize, seeds: Range<u64>) -> Vec<bool> {
    gradients(layer, shape, output..output + 1, seeds).into_iter().collect()
}

/// A part of one row of [`Support::by_perturbation`]: whether the step `output` is connected to each of `inputs`, in their
/// order. One forward for each seed and input, and one more for each seed.
///
/// # Panics
/// When the layer does not take `shape`, or has no step `output` or one of `inputs`.
pub fn by_exchange(layer: &dyn Layer, shape: Shape, output: usize, inputs: &[usize], seeds: Range<u64>) -> Vec<bool> {
    exchanges(layer, shape, output..output + 1, inputs, seeds).into_iter().collect()
}

/// All steps that come out.
fn steps(layer: &dyn Layer, shape: Shape) -> Range<usize> {
    0..layer.output_shape(shape).expect("a shape that the layer takes").time
}

/// Whether gradients connect each of `outputs` to each input step: (output, input step).
fn gradients(layer: &dyn Layer, shape: Shape, outputs: Range<usize>, seeds: Range<u64>) -> Array2<bool> {
    let mut connected = Array2::from_elem((outputs.len(), shape.time), false);
    for seed in seeds {
        let pullback = Pullback::of(layer, input(shape, seed, "x"));
        let cotangent: Array3<f32> = init::normal(pullback.output, 1.0, seed, "probes.support.d_y");
        for (output, mut row) in outputs.clone().zip(connected.rows_mut()) {
            let d_x = pullback.back(output, cotangent.slice(s![.., output, ..]));
            for (input, connected) in row.iter_mut().enumerate() {
                // NaN counts as connected: it is not zero.
                *connected |= d_x.slice(s![.., input, ..]).iter().any(|d| *d != 0.0);
            }
        }
    }
    connected
}

/// Whether each of `outputs` changes when each of `inputs` is exchanged: (output, input).
fn exchanges(
    layer: &dyn Layer,
    shape: Shape,
    outputs: Range<usize>,
    inputs: &[usize],
    seeds: Range<u64>,
) -> Array2<bool> {
    let mut connected = Array2::from_elem((outputs.len(), inputs.len()), false);
    for seed in seeds {
        let (x, other) = (input(shape, seed, "x"), input(shape, seed, "other"));
        let (y, _) = layer.forward(x.clone());
        for (&input, mut column) in inputs.iter().zip(connected.columns_mut()) {
            let mut changed = x.clone();
            changed.slice_mut(s![.., input, ..]).assign(&other.slice(s![.., input, ..]));
            let (moved, _) = layer.forward(changed);
            for (output, connected) in outputs.clone().zip(&mut column) {
                let (a, b) = (y.slice(s![.., output, ..]), moved.slice(s![.., output, ..]));
                *connected |= a.iter().zip(&b).any(|(a, b)| a.to_bits() != b.to_bits());
            }
        }
    }
    connected
}

fn input(shape: Shape, seed: u64, what: &str) -> Array3<f32> {
    init::normal(shape.dim(), 1.0, seed, &format!("probes.support.{what}"))
}

#[cfg(test)]
mod tests;
