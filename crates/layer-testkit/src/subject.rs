//! A layer under examination, and the inputs it is given.

use layer::{BuildError, Layer, Shape, Site, init};
use ndarray::{Array3, ArrayD};

use crate::run::Builder;

/// Seed of the layer that most checks look at.
pub(crate) const SEED: u64 = 1;

/// One variant at one shape.
#[derive(Clone, Copy)]
pub(crate) struct Subject<'a> {
    pub(crate) shape: Shape,
    pub(crate) builder: Builder<'a>,
}

impl Subject<'_> {
    /// As its builder makes it.
    pub(crate) fn try_fresh(&self, seed: u64) -> Result<Box<dyn Layer>, BuildError> {
        (self.builder)(Site { time: self.shape.time, width: self.shape.feature, seed })
    }

    /// As its builder makes it.
    pub(crate) fn fresh(&self, seed: u64) -> Box<dyn Layer> {
        self.try_fresh(seed).unwrap_or_else(|e| panic!("does not build with seed {seed}: {e}"))
    }

    /// With noise on every parameter: a gain that starts at 1 or a weight that starts at 0 would hide faults.
    pub(crate) fn layer(&self, seed: u64) -> Box<dyn Layer> {
        let mut layer = self.fresh(seed);
        for (place, mut p) in layer.parameters_mut().into_iter().enumerate() {
            let noise: ArrayD<f32> = init::normal(p.value.shape(), 0.2, seed, &format!("testkit.parameter.{place}"));
            p.value += &noise;
        }
        layer
    }

    /// What comes out of `layer`, which was built for this place.
    pub(crate) fn output(&self, layer: &dyn Layer) -> Shape {
        layer.output_shape(self.shape).unwrap_or_else(|e| panic!("does not take the shape it was built for: {e}"))
    }

    /// A normal gradient of what comes out of `layer`; `purpose` names its random stream.
    pub(crate) fn cotangent(&self, layer: &dyn Layer, seed: u64, purpose: &str) -> Array3<f32> {
        init::normal(self.output(layer).dim(), 1.0, seed, &format!("testkit.{purpose}"))
    }

    /// A normal input; `purpose` names its random stream.
    pub(crate) fn input(&self, seed: u64, purpose: &str) -> Array3<f32> {
        init::normal(self.shape.dim(), 1.0, seed, &format!("testkit.{purpose}"))
    }
}

/// Numbers that are not the same bits; all of them when the lengths differ.
pub(crate) fn changed_bits<'a>(
    a: impl IntoIterator<Item = &'a f32, IntoIter: ExactSizeIterator>,
    b: impl IntoIterator<Item = &'a f32, IntoIter: ExactSizeIterator>,
) -> usize {
    let (a, b) = (a.into_iter(), b.into_iter());
    if a.len() != b.len() {
        return a.len().max(b.len());
    }
    a.zip(b).filter(|(a, b)| a.to_bits() != b.to_bits()).count()
}

/// Σ a·b in f64.
pub(crate) fn dot<'a>(a: impl IntoIterator<Item = &'a f32>, b: impl IntoIterator<Item = &'a f32>) -> f64 {
    a.into_iter().zip(b).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum()
}

/// Largest absolute value; NaN when there is one.
pub(crate) fn largest<'a>(x: impl IntoIterator<Item = &'a f32>) -> f64 {
    x.into_iter().map(|x| f64::from(x.abs())).fold(0.0, |most, x| if x > most || x.is_nan() { x } else { most })
}
