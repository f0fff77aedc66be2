//! Both ways on layers whose connections are known.

use super::*;
use crate::testing::{boxes, reach_of_boxes, zoo};
use layer::{Cache, Cost, Gradients, Named, ShapeError};
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

#[test]
fn one_row_is_the_row_of_the_whole() {
    let shape = Shape::new(2, 5, 1);
    let whole = Support::by_gradient(&Odd, shape, 0..4);
    for output in 0..5 {
        let row = whole.connected().row(output).to_vec();
        assert_eq!(row_by_gradient(&Odd, shape, output, 0..4), row);
        assert_eq!(by_exchange(&Odd, shape, output, &[4, 0, 2], 0..4), [row[4], row[0], row[2]]);
    }
}

#[test]
fn differences_are_counted_pair_by_pair() {
    let declared = Support::declared(&Reach::lags([-1, 2]), Pace::KEPT, 5);
    assert_eq!(declared.lags(), BTreeSet::from([-1, 2]));
    assert_eq!(declared.pairs().count(), 7);
    let measured = Support::by_gradient(&Odd, Shape::new(2, 5, 1), 0..4);
    assert_eq!(measured.differences(&measured), 0);
    // The one pair that no set of lags describes; and Past has 15 pairs, of which (2, 0), (3, 1), (4, 2) are measured.
    assert_eq!(measured.differences(&declared), 1);
    assert_eq!(Support::declared(&Reach::Past, Pace::KEPT, 5).differences(&measured), 12 + 5);
    let shape = Shape::new(1, 12, 1);
    let found = Support::by_gradient(&boxes(3, 3), shape, 0..1);
    assert_eq!(found.differences(&Support::declared(&reach_of_boxes(3, 3), Pace::KEPT, 12)), 0);
    assert_eq!(found.differences(&Support::by_perturbation(&boxes(3, 3), shape, 0..1)), 0);
}

/// A configuration of the TCN paper: eight levels of two causal convolutions with kernel 7, dilation 2^level.
///
/// The gradient shows both ends with the parameters as they start. An exchange there is one path among 7^16 to an f32
/// sum, below its last bit; so the taps at the ends are made to outweigh the others, and signs and biases, which
/// would shut the same ReLUs for every input, are taken away.
#[test]
fn tcn_reaches_its_3061_steps() {
    let dilations: Vec<usize> = (0..8).flat_map(|level| [1 << level; 2]).collect();
    let mut layer = zoo("conv", &format!("kernel = 7\ndilations = {dilations:?}"), 3100, 4);
    let (shape, last) = (Shape::new(4, 3100, 4), 3099);
    let want: Vec<bool> = (0..3100).map(|input| last - input < 3061).collect();
    assert_eq!(row_by_gradient(layer.as_ref(), shape, last, 0..4), want);
    for mut parameter in layer.parameters_mut() {
        let bias = parameter.name.ends_with("bias");
        for (tap, mut weight) in parameter.value.outer_iter_mut().enumerate() {
            let factor = match tap {
                _ if bias => 0.0,
                0 | 6 => 1.0,
                _ => 1.0 / 32.0,
            };
            weight.mapv_inplace(|w| w.abs() * factor);
        }
    }
    let inputs = [0, last - 3061, last - 3060, last - 3059, 1000, last];
    assert_eq!(by_exchange(layer.as_ref(), shape, last, &inputs, 0..2), [false, false, true, true, true, true]);
}
