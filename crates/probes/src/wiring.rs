//! Wiring: how much *where a layer looks* changes with its input.
//!
//! A fixed line looks at the same steps whatever it reads; attention looks where its input tells it to. Two numbers say how
//! much of that there is: one of the places alone, one of the whole Jacobian.

use layer::Layer;
use ndarray::{Array1, Array2, Array3, ArrayView2, Axis};

use crate::jacobian::{Pullback, by_step, to_shares};

/// How much the gradients of one output step differ between inputs.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Wiring {
    /// Mean over inputs of ½·Σ|m(x) − mean m|, from 0 to 1 − 1/inputs, where m(x) are the shares of squared gradient by
    /// input step, without the output's own. An input whose output step looks at its own step alone has no m(x) and is
    /// left out; 0 when that is so for all of them: a layer that looks nowhere else has no wiring.
    pub index: f64,
    /// Σ‖J(x) − mean J‖² / Σ‖J(x)‖² over inputs, from 0 to 1, where J(x) is the gradient along all directions, the own step
    /// included; 0 when every J(x) is 0. An affine layer has 0 exactly. It counts a change of strength too, where the
    /// index asks for places alone.
    pub jacobian_variation: f64,
    /// Share of the squared gradient that falls on other steps than the output's own, mean over inputs: the index speaks of
    /// that share alone, however small it is.
    pub elsewhere: f64,
}

/// The wiring of the step `output`, over the inputs `x`, one in each row of the batch: (batch, time, feature).
///
/// One forward, and a backward for each of the `directions` (see [`jacobian`](crate::jacobian)). All inputs go through the
/// layer as one batch, and one d_x of it in f64 is alive at a time, with its deviations beside it.
///
/// # Panics
/// When `x` has no rows, the layer does not take `x`, or there is no output step `output`.
pub fn wiring(layer: &dyn Layer, x: Array3<f32>, output: usize, directions: usize, seed: u64) -> Wiring {
    let (batch, time, feature) = x.dim();
    let mut energy = Array2::zeros((batch, time));
    let (mut varying, mut whole) = (0.0, 0.0);
    for d_x in Pullback::of(layer, x).along(output, directions, seed) {
        energy += &by_step(&d_x, |d| d * d);
        let jacobian = d_x.mapv(f64::from).into_shape_with_order((batch, time * feature)).expect("sizes of the input");
        whole += squares(&jacobian);
        varying += squares(&(&jacobian - &mean(jacobian.view())));
    }
    let jacobian_variation = if whole == 0.0 { 0.0 } else { varying / whole };
    let elsewhere = elsewhere(&energy, output);
    Wiring { index: index(energy, output), jacobian_variation, elsewhere }
}

/// How much where the step `output` looks follows the *question*: inputs come in groups of `size`, which differ at that
/// step alone. For each group the index over its inputs, as a share of 1 − 1/size, the most that there is: 0 where the
/// same steps are looked at whatever is asked, 1 where each question has a place of its own. The mean over groups.
///
/// Inputs that differ elsewhere, too, cannot tell a layer that matches from one that looks at whatever stands out: pairs
/// that stand elsewhere each time move the gaze of both. Here only a layer that takes its wiring from the question moves.
///
/// # Panics
/// As [`wiring`], and when the rows of `x` are no whole number of groups of two or more.
pub fn question_wiring(
    layer: &dyn Layer,
    x: Array3<f32>,
    size: usize,
    output: usize,
    directions: usize,
    seed: u64,
) -> f64 {
    let (batch, time, _) = x.dim();
    assert!(size > 1 && batch > 0 && batch % size == 0, "{batch} inputs are no groups of {size}");
    let mut energy = Array2::zeros((batch, time));
    for d_x in Pullback::of(layer, x).along(output, directions, seed) {
        energy += &by_step(&d_x, |d| d * d);
    }
    let most = 1.0 - 1.0 / size as f64;
    let groups = energy.axis_chunks_iter(Axis(0), size);
    let count = groups.len() as f64;
    groups.map(|group| index(group.to_owned(), output)).sum::<f64>() / most / count
}

fn elsewhere(energy: &Array2<f64>, output: usize) -> f64 {
    let share = |row: ndarray::ArrayView1<'_, f64>| if row.sum() == 0.0 { 0.0 } else { 1.0 - row[output] / row.sum() };
    energy.rows().into_iter().map(share).sum::<f64>() / energy.nrows() as f64
}

/// [`Wiring::index`] from energies (input, input step).
fn index(mut energy: Array2<f64>, output: usize) -> f64 {
    energy.column_mut(output).fill(0.0);
    let looks: Vec<usize> = (0..energy.nrows()).filter(|row| energy.row(*row).sum() != 0.0).collect();
    if looks.is_empty() {
        return 0.0;
    }
    let mut shares = energy.select(Axis(0), &looks);
    shares.rows_mut().into_iter().for_each(to_shares);
    let mean = mean(shares.view());
    (&shares - &mean).mapv(f64::abs).sum() / (2 * looks.len()) as f64
}

/// Mean of the rows, as the first plus the mean difference from it: rows that agree to the bit have exactly that mean, so
/// that a layer which never changes gets 0 and no rounding.
fn mean(rows: ArrayView2<'_, f64>) -> Array1<f64> {
    let first = rows.row(0);
    (&rows - &first).mean_axis(Axis(0)).expect("a first row") + first
}

fn squares(values: &Array2<f64>) -> f64 {
    values.iter().map(|value| value * value).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::zoo;
    use layer::init::normal;
    use layer::{Cache, Cost, Gradients, Layer, Named, Reach, Shape, ShapeError};
    use ndarray::{ArrayView3, ArrayViewD, ArrayViewMutD, Axis, s};

    /// y at the last step is x[0] where the last input is positive, else `other`·x[1]; plus `own`·x at every step.
    struct Switch {
        other: f32,
        own: f32,
    }

    impl Switch {
        /// Which step each sequence looks at, and how strongly.
        fn looks(&self, x: &Array3<f32>) -> Vec<(usize, f32)> {
            let last = x.index_axis(Axis(1), x.dim().1 - 1);
            last.column(0).iter().map(|x| if *x > 0.0 { (0, 1.0) } else { (1, self.other) }).collect()
        }
    }

    impl Layer for Switch {
        fn name(&self) -> &'static str {
            "switch"
        }

        fn output_shape(&self, input: Shape) -> Result<Shape, ShapeError> {
            Ok(input)
        }

        fn forward(&self, x: Array3<f32>) -> (Array3<f32>, Cache) {
            let mut y = &x * self.own;
            for (row, (step, weight)) in self.looks(&x).into_iter().enumerate() {
                y.slice_mut(s![row, -1, ..]).scaled_add(weight, &x.slice(s![row, step, ..]));
            }
            (y, Cache::new(x))
        }

        fn backward(&self, cache: &Cache, d_y: ArrayView3<'_, f32>) -> (Array3<f32>, Gradients) {
            let mut d_x = &d_y * self.own;
            for (row, (step, weight)) in self.looks(cache.get()).into_iter().enumerate() {
                d_x.slice_mut(s![row, step, ..]).scaled_add(weight, &d_y.slice(s![row, -1, ..]));
            }
            (d_x, Gradients::none())
        }

        fn parameters(&self) -> Vec<Named<ArrayViewD<'_, f32>>> {
            Vec::new()
        }

        fn parameters_mut(&mut self) -> Vec<Named<ArrayViewMutD<'_, f32>>> {
            Vec::new()
        }

        fn reach(&self) -> Reach {
            Reach::Past
        }

        fn cost(&self, _: Shape) -> Cost {
            Cost::default()
        }
    }

    /// Inputs of which exactly the first `positive` of `batch` end above 0.
    fn inputs(batch: usize, positive: usize) -> Array3<f32> {
        let mut x: Array3<f32> = normal((batch, 5, 3), 1.0, 1, "x");
        for (row, mut x) in x.outer_iter_mut().enumerate() {
            x[[4, 0]] = if row < positive { 1.0 } else { -1.0 };
        }
        x
    }

    fn close(got: Wiring, index: f64, jacobian_variation: f64) {
        let off = (got.index - index).abs().max((got.jacobian_variation - jacobian_variation).abs());
        assert!(off < 1e-12, "{got:?} for {index} and {jacobian_variation}");
    }

    /// Half the inputs look at step 0 and half at step 1: m differs from its mean by ½, and J by half of its square.
    /// What the index of places can and cannot tell, on inputs whose four marked steps stand elsewhere each time: a gaze
    /// that matches, and three that copy blindly, have high indices all; over questions of one input, only the first has.
    #[test]
    fn only_questions_tell_matching_from_copying() {
        const TIME: usize = 64;
        let grid = [1usize, 2, 3, 4, 6, 8, 11, 16, 23, 32, 45, 63];
        let mut state = 1u64;
        let mut random = move |below: usize| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) as usize % below
        };
        let (mut matched, mut nearest, mut all) =
            (Array2::zeros((256, TIME)), Array2::zeros((256, TIME)), Array2::zeros((256, TIME)));
        for group in 0..64 {
            let mut places: Vec<usize> = Vec::new();
            while places.len() < 4 {
                let place = TIME - 1 - grid[random(12)];
                if !places.contains(&place) {
                    places.push(place);
                }
            }
            for question in 0..4 {
                let row = 4 * group + question;
                matched[[row, places[question]]] = 1.0;
                nearest[[row, *places.iter().max().unwrap()]] = 1.0;
                places.iter().for_each(|place| all[[row, *place]] = 1.0);
            }
        }
        let over_all = |energy: &Array2<f64>| index(energy.clone(), TIME - 1);
        assert!((over_all(&matched) - 0.917).abs() < 0.01, "{}", over_all(&matched));
        assert!((over_all(&nearest) - 0.75).abs() < 0.05, "{}", over_all(&nearest));
        assert!((over_all(&all) - 0.66).abs() < 0.02, "{}", over_all(&all));
        let of_groups = |energy: &Array2<f64>| {
            let groups = energy.axis_chunks_iter(Axis(0), 4);
            groups.map(|group| index(group.to_owned(), TIME - 1)).sum::<f64>() / 64.0
        };
        assert_eq!([of_groups(&matched), of_groups(&nearest), of_groups(&all)], [0.75, 0.0, 0.0]);
    }

    /// A line takes nothing from the question; random attention takes a little.
    #[test]
    fn a_line_follows_no_question() {
        let (groups, size, time) = (3, 4, 8);
        let mut x: Array3<f32> = normal((groups * size, time, 8), 1.0, 0, "x");
        for group in 0..groups {
            for row in 1..size {
                let first = x.slice(s![group * size, ..time - 1, ..]).to_owned();
                x.slice_mut(s![group * size + row, ..time - 1, ..]).assign(&first);
            }
        }
        let of = |name: &str, options: &str| {
            let layer = zoo(name, options, time, 8);
            (
                question_wiring(layer.as_ref(), x.clone(), size, time - 1, 3, 0),
                wiring(layer.as_ref(), x.clone(), time - 1, 3, 0),
            )
        };
        let (line, of_line) = of("linear", "over = \"time\"");
        assert!(line == 0.0 && of_line.elsewhere > 0.5 && of_line.elsewhere < 1.0, "{line} {of_line:?}");
        let (attention, _) = of("attention", "");
        assert!(attention > 0.001 && attention < 0.9, "{attention}");
        let (none, of_none) = of("none", "");
        assert_eq!((none, of_none.elsewhere), (0.0, 0.0));
    }

    #[test]
    fn a_balanced_switch_has_a_half() {
        close(wiring(&Switch { other: 1.0, own: 0.0 }, inputs(8, 4), 4, 3, 5), 0.5, 0.5);
    }

    /// A share p at one step: the index is 2p(1 − p), and so is the variation.
    #[test]
    fn an_unbalanced_switch_has_less() {
        close(wiring(&Switch { other: 1.0, own: 0.0 }, inputs(8, 2), 4, 3, 5), 0.375, 0.375);
    }

    /// The own step is in J alone, where it never varies: with weight 1 it is half of ‖J‖².
    #[test]
    fn the_own_step_counts_in_the_jacobian_alone() {
        close(wiring(&Switch { other: 1.0, own: 1.0 }, inputs(8, 4), 4, 3, 5), 0.5, 0.25);
    }

    /// Half the inputs look at step 0, half at nothing: those that look do so at one place; J is all or nothing.
    #[test]
    fn inputs_that_look_nowhere_else_are_left_out() {
        close(wiring(&Switch { other: 0.0, own: 0.0 }, inputs(8, 4), 4, 3, 5), 0.0, 0.5);
    }

    #[test]
    fn affine_layers_have_none_at_all() {
        for (name, options) in [
            ("none", ""),
            ("linear", ""),
            ("linear", "over = \"time\""),
            ("linear", "over = \"time\"\ncausal = true"),
            ("conv", "kernel = 3"),
            ("conv", "kernel = 3\npadding = \"centred\""),
        ] {
            for (batch, time, width) in [(7, 13, 5), (64, 64, 64)] {
                let x: Array3<f32> = normal((batch, time, width), 1.0, 4, "x");
                let layer = zoo(name, options, time, width);
                let got = wiring(layer.as_ref(), x, time / 2, 3, 6);
                assert_eq!([got.index, got.jacobian_variation], [0.0; 2], "{name} {options}, {batch} rows");
            }
        }
    }

    /// A look at the own step alone is no wiring, however it varies.
    #[test]
    fn a_hinge_at_each_step_varies_but_looks_nowhere_else() {
        let layer = zoo("mlp", "", 9, 8);
        let got = wiring(layer.as_ref(), normal((16, 9, 8), 1.0, 4, "x"), 5, 3, 6);
        assert_eq!(got.index, 0.0);
        assert!(got.jacobian_variation > 0.0 && got.jacobian_variation < 1.0, "{got:?}");
    }

    /// The index once more, from the formula and the energies of all directions.
    #[test]
    fn the_index_is_that_of_the_energies() {
        let layer = zoo("attention", "heads = 2", 6, 8);
        let x: Array3<f32> = normal((5, 6, 8), 1.0, 4, "x");
        let energy = crate::energy_of(layer.as_ref(), x.clone(), 5, 3, 6);
        let share = |row: usize, step: usize| energy[[row, step]] / energy.slice(s![row, ..5]).sum();
        let mean = |step| (0..5).map(|row| share(row, step)).sum::<f64>() / 5.0;
        let distance = |row| (0..5).map(|step| (share(row, step) - mean(step)).abs()).sum::<f64>() / 2.0;
        let want = (0..5).map(distance).sum::<f64>() / 5.0;
        assert!((wiring(layer.as_ref(), x, 5, 3, 6).index - want).abs() < 1e-12);
    }

    #[test]
    fn attention_has_both_before_it_is_trained() {
        let layer = zoo("attention", "heads = 2", 16, 16);
        let got = wiring(layer.as_ref(), normal((32, 16, 16), 1.0, 4, "x"), 15, 4, 6);
        assert!(got.index > 0.01 && got.index < 1.0, "{got:?}");
        assert!(got.jacobian_variation > 0.001 && got.jacobian_variation < 1.0, "{got:?}");
        assert_eq!(wiring(layer.as_ref(), normal((32, 16, 16), 1.0, 4, "x"), 15, 4, 6), got);
    }
}
