//! Maps of squared gradients: how much each input step moves an output step.
//!
//! A map needs the gradients of every output step at one and the same input. A forward is done once, and each output step
//! is then one backward from its cache. The gradient is that of a random read-out of the output step, with normal
//! weights; a few such **directions** stand for all of them.

use layer::{Cache, Layer, init};
use ndarray::{Array2, Array3, ArrayView2, ArrayViewMut1, Axis, s};

/// Squared gradients of one output step, by input step.
///
/// `x` is (batch, time, feature); the result is (batch, time): for each sequence and input step, the sum over features and
/// `directions` of d_x². All sequences get the same directions. One forward, and a backward for each direction.
///
/// # Panics
/// When the layer does not take `x`, there is no output step `output`, or `directions` is 0.
pub fn energy_of(layer: &dyn Layer, x: Array3<f32>, output: usize, directions: usize, seed: u64) -> Array2<f64> {
    Pullback::of(layer, x).masses(output, directions, seed, |d| d * d)
}

/// Shares of squared gradients: (output step, input step), each row by [`energy_of`], summed over the batch and divided by
/// its sum. A row without any gradient stays 0.
///
/// `x` is (batch, time, feature). One forward, and time × `directions` backwards. Output steps share their directions, so
/// a layer that does the same at every step gives rows that are shifts of each other.
///
/// # Panics
/// When the layer does not take `x`, or `directions` is 0.
pub fn map(layer: &dyn Layer, x: Array3<f32>, directions: usize, seed: u64) -> Array2<f64> {
    let input_time = x.dim().1;
    let pullback = Pullback::of(layer, x);
    let mut map = Array2::zeros((pullback.output.1, input_time));
    for (output, mut row) in map.rows_mut().into_iter().enumerate() {
        row.assign(&pullback.masses(output, directions, seed, |d| d * d).sum_axis(Axis(0)));
        to_shares(row);
    }
    map
}

/// Divides by the sum, unless there is none.
pub(crate) fn to_shares(mut masses: ArrayViewMut1<'_, f64>) {
    let total = masses.sum();
    if total != 0.0 {
        masses /= total;
    }
}

/// A layer after one forward, ready for any number of backwards.
pub(crate) struct Pullback<'a> {
    layer: &'a dyn Layer,
    cache: Cache,
    /// Shape of the output: (batch, time, feature).
    pub output: (usize, usize, usize),
}

impl<'a> Pullback<'a> {
    pub fn of(layer: &'a dyn Layer, x: Array3<f32>) -> Self {
        let (y, cache) = layer.forward(x);
        Self { layer, cache, output: y.dim() }
    }

    /// d_x (batch, time, feature) from a gradient of the step `output` alone, (batch, feature).
    pub fn back(&self, output: usize, d_step: ArrayView2<'_, f32>) -> Array3<f32> {
        let mut d_y = Array3::zeros(self.output);
        d_y.slice_mut(s![.., output, ..]).assign(&d_step);
        self.layer.backward(&self.cache, d_y.view()).0
    }

    /// d_x for each direction, which is the same for every sequence of the batch.
    pub fn along(&self, output: usize, directions: usize, seed: u64) -> impl Iterator<Item = Array3<f32>> {
        let (batch, _, feature) = self.output;
        // Drawn direction by direction: asking for more of them keeps the first ones.
        let drawn: Array2<f32> = init::normal((directions, feature), 1.0, seed, "probes.jacobian.d_y");
        (0..directions).map(move |direction| {
            let direction = drawn.row(direction);
            self.back(output, direction.broadcast((batch, feature)).expect("the same for each sequence"))
        })
    }

    /// Σ over directions and features of `mass`(d_x), (batch, time).
    pub fn masses(&self, output: usize, directions: usize, seed: u64, mass: impl Fn(f64) -> f64) -> Array2<f64> {
        self.along(output, directions, seed).map(|d_x| by_step(&d_x, &mass)).reduce(|a, b| a + b).expect("a direction")
    }
}

/// Σ over features of `mass`(d_x), (batch, time).
pub(crate) fn by_step(d_x: &Array3<f32>, mass: impl Fn(f64) -> f64) -> Array2<f64> {
    d_x.map_axis(Axis(2), |features| features.iter().map(|d| mass(f64::from(*d))).sum())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{boxes, zoo};
    use layer::init::normal;

    /// The gradient of a direction v at output step t is W[t, s]·v at input step s: the energy is W[t, s]²·|v|².
    #[test]
    fn a_line_over_time_has_its_squared_weights_as_energy() {
        let layer = zoo("linear", "over = \"time\"", 6, 4);
        let x: Array3<f32> = normal((3, 6, 4), 1.0, 1, "x");
        let parameters = layer.parameters();
        let weight = &parameters[0].value;
        let directions: Array2<f32> = normal((5, 4), 1.0, 7, "probes.jacobian.d_y");
        let length: f64 = directions.iter().map(|v| f64::from(*v).powi(2)).sum();
        let energy = energy_of(layer.as_ref(), x.clone(), 2, 5, 7);
        let rows = map(layer.as_ref(), x, 5, 7);
        let squares: Vec<f64> = (0..6).map(|input| f64::from(weight[[2, input]]).powi(2)).collect();
        for (input, square) in squares.iter().enumerate() {
            for row in 0..3 {
                assert!((energy[[row, input]] / (square * length) - 1.0).abs() < 1e-5, "{row} {input}");
            }
            assert!((rows[[2, input]] - square / squares.iter().sum::<f64>()).abs() < 1e-6, "{input}");
        }
    }

    #[test]
    fn a_row_of_the_map_is_the_energy_of_its_step() {
        let layer = zoo("attention", "heads = 2", 7, 8);
        let x: Array3<f32> = normal((3, 7, 8), 1.0, 2, "x");
        let map = map(layer.as_ref(), x.clone(), 2, 3);
        for output in 0..7 {
            let energy = energy_of(layer.as_ref(), x.clone(), output, 2, 3).sum_axis(Axis(0));
            assert_eq!(map.row(output), &energy / energy.sum());
            assert!((map.row(output).sum() - 1.0).abs() < 1e-12);
            assert!(map.row(output).iter().skip(output + 1).all(|share| *share == 0.0), "a look ahead at {output}");
        }
    }

    #[test]
    fn a_layer_that_is_the_same_at_every_step_has_shifted_rows() {
        let map = map(&boxes(3, 3), normal((1, 16, 1), 1.0, 1, "x"), 2, 1);
        for output in 6..15 {
            assert_eq!(map.slice(s![output, ..15]), map.slice(s![output + 1, 1..]), "{output}");
        }
    }

    #[test]
    fn a_layer_that_sees_nothing_has_a_map_of_zeros() {
        let mut layer = zoo("linear", "", 3, 2);
        layer.parameters_mut().into_iter().for_each(|mut p| p.value.fill(0.0));
        assert!(map(layer.as_ref(), Array3::ones((1, 3, 2)), 1, 0).iter().all(|share| *share == 0.0));
    }
}
