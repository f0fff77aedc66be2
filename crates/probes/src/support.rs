//! Measured support: which input steps touch which output steps.
//!
//! Two ways that share no code of the layer: backward from one output step (what is not zero is connected), and
//! forward after one input step was exchanged (what changed a bit is connected). A declared
//! [`Reach`](layer::Reach) has to agree with both.

use std::collections::BTreeSet;
use std::ops::Range;

use layer::{Layer, Shape, init};
use ndarray::{Array2, Array3, s};

/// For each pair of an output step and an input step, whether they are connected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Support(Array2<bool>);

impl Support {
    /// Non-zero gradients of random inputs, one for each seed; they are united, since one input can leave a ReLU shut
    /// on the only path between two steps. Every row of the batch is such an input too.
    ///
    /// One forward and `shape.time` backwards from its cache, for each seed.
    ///
    /// # Panics
    /// When the layer does not take `shape`, or changes the time.
    pub fn by_gradient(layer: &dyn Layer, shape: Shape, seeds: Range<u64>) -> Self {
        let mut connected = Array2::from_elem((shape.time, shape.time), false);
        for seed in seeds {
            let (y, cache) = layer.forward(input(shape, seed, "x"));
            assert_eq!(y.dim().1, shape.time, "support is defined for layers that keep the time");
            let cotangent: Array3<f32> = init::normal(y.dim(), 1.0, seed, "probes.support.d_y");
            for output in 0..shape.time {
                let mut d_y = Array3::zeros(y.dim());
                d_y.slice_mut(s![.., output, ..]).assign(&cotangent.slice(s![.., output, ..]));
                let (d_x, _) = layer.backward(&cache, d_y.view());
                for input in 0..shape.time {
                    // NaN counts as connected: it is not zero.
                    connected[[output, input]] |= d_x.slice(s![.., input, ..]).iter().any(|d| *d != 0.0);
                }
            }
        }
        Self(connected)
    }

    /// Outputs that change in any bit when one input step is drawn anew, united over seeds and rows of the batch.
    ///
    /// `shape.time` + 1 forwards for each seed.
    ///
    /// # Panics
    /// When the layer does not take `shape`, or changes the time.
    pub fn by_perturbation(layer: &dyn Layer, shape: Shape, seeds: Range<u64>) -> Self {
        let mut connected = Array2::from_elem((shape.time, shape.time), false);
        for seed in seeds {
            let (x, other) = (input(shape, seed, "x"), input(shape, seed, "other"));
            let (y, _) = layer.forward(x.clone());
            assert_eq!(y.dim().1, shape.time, "support is defined for layers that keep the time");
            for input in 0..shape.time {
                let mut changed = x.clone();
                changed.slice_mut(s![.., input, ..]).assign(&other.slice(s![.., input, ..]));
                let (moved, _) = layer.forward(changed);
                for output in 0..shape.time {
                    let (a, b) = (y.slice(s![.., output, ..]), moved.slice(s![.., output, ..]));
                    connected[[output, input]] |= a.iter().zip(&b).any(|(a, b)| a.to_bits() != b.to_bits());
                }
            }
        }
        Self(connected)
    }

    /// Steps of the sequence.
    pub fn time(&self) -> usize {
        self.0.nrows()
    }

    /// The matrix (output step, input step).
    pub fn connected(&self) -> &Array2<bool> {
        &self.0
    }

    /// Every connected pair: output step, input step.
    pub fn pairs(&self) -> impl Iterator<Item = (usize, usize)> {
        self.0.indexed_iter().filter(|(_, connected)| **connected).map(|(pair, _)| pair)
    }

    /// Output step minus input step of every connected pair.
    pub fn lags(&self) -> BTreeSet<isize> {
        self.pairs().map(|(output, input)| output as isize - input as isize).collect()
    }
}

fn input(shape: Shape, seed: u64, what: &str) -> Array3<f32> {
    init::normal(shape.dim(), 1.0, seed, &format!("probes.support.{what}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use layer::{Cache, Cost, Gradients, Named, Reach, ShapeError};
    use ndarray::{ArrayView3, ArrayViewD, ArrayViewMutD};

    /// y[t] = relu(x[t + 1]) + x[t − 2], and y[0] also sees the last step: one path behind a ReLU, one pair that no
    /// set of lags describes.
    struct Odd;

    impl Layer for Odd {
        fn name(&self) -> &'static str {
            "odd"
        }

        fn output_shape(&self, input: Shape) -> Result<Shape, ShapeError> {
            Ok(input)
        }

        fn forward(&self, x: Array3<f32>) -> (Array3<f32>, Cache) {
            let time = x.dim().1;
            let mut y = Array3::zeros(x.dim());
            y.slice_mut(s![.., ..time - 1, ..]).assign(&x.slice(s![.., 1.., ..]).mapv(|x| x.max(0.0)));
            let mut late = y.slice_mut(s![.., 2.., ..]);
            late += &x.slice(s![.., ..time - 2, ..]);
            let mut first = y.slice_mut(s![.., 0, ..]);
            first += &x.slice(s![.., time - 1, ..]);
            (y, Cache::new(x))
        }

        fn backward(&self, cache: &Cache, d_y: ArrayView3<'_, f32>) -> (Array3<f32>, Gradients) {
            let x: &Array3<f32> = cache.get();
            let time = x.dim().1;
            let mut d_x = Array3::zeros(x.dim());
            let open = x.slice(s![.., 1.., ..]).mapv(|x| f32::from(u8::from(x > 0.0)));
            d_x.slice_mut(s![.., 1.., ..]).assign(&(&open * &d_y.slice(s![.., ..time - 1, ..])));
            let mut early = d_x.slice_mut(s![.., ..time - 2, ..]);
            early += &d_y.slice(s![.., 2.., ..]);
            let mut last = d_x.slice_mut(s![.., time - 1, ..]);
            last += &d_y.slice(s![.., 0, ..]);
            (d_x, Gradients::none())
        }

        fn parameters(&self) -> Vec<Named<ArrayViewD<'_, f32>>> {
            Vec::new()
        }

        fn parameters_mut(&mut self) -> Vec<Named<ArrayViewMutD<'_, f32>>> {
            Vec::new()
        }

        fn reach(&self) -> Reach {
            Reach::Everywhere
        }

        fn cost(&self, _: Shape) -> Cost {
            Cost::default()
        }
    }

    #[test]
    fn both_ways_find_every_pair_and_no_other() {
        let shape = Shape::new(2, 5, 1);
        let want: BTreeSet<_> = [(0, 1), (1, 2), (2, 3), (3, 4), (2, 0), (3, 1), (4, 2), (0, 4)].into();
        let gradient = Support::by_gradient(&Odd, shape, 0..4);
        assert_eq!(gradient.pairs().collect::<BTreeSet<_>>(), want);
        assert_eq!(Support::by_perturbation(&Odd, shape, 0..4), gradient);
        assert_eq!(gradient.lags(), BTreeSet::from([-4, -1, 2]));
        assert_eq!(gradient.time(), 5);
    }

    /// Why several inputs are needed: with one, a shut ReLU hides a path.
    #[test]
    fn one_input_is_not_enough() {
        let pairs = |seeds| Support::by_gradient(&Odd, Shape::new(1, 5, 1), seeds).pairs().count();
        assert!((0..4).any(|seed| pairs(seed..seed + 1) < 8));
        assert_eq!(pairs(0..16), 8);
    }
}
