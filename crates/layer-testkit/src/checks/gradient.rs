//! Backward against differences of the forward.
//!
//! L = Σ d_y·y is summed in f64, but y is f32: a small step drowns in rounding, a large one crosses the kinks of a
//! ReLU. So each derivative is compared at several steps, from both sides and from each side alone (a kink on one
//! side leaves the other side exact), and the best agreement counts. A wrong gradient agrees nowhere. What is
//! compared is L(p + Δ) − L(p) to gradient·Δ with the Δ that f32 really took, so that rounding of Δ does not count.

use layer::{Gradients, Layer, init};
use ndarray::{Array1, Array3};

use crate::subject::{SEED, Subject, dot, largest};
use crate::{Check, Finding};

/// Largest error of a single derivative, relative to the largest one of the array (see `FLOOR`). Over 40 seeds of every
/// variant the largest was 7e-5.
const ELEMENT_TOLERANCE: f64 = 5e-4;

/// Largest error of a directional derivative, relative to the norm of the gradient (see `FLOOR`): wider, since what a
/// thousand kinks and the rounding of a thousand outputs leave adds up.
const DIRECTION_TOLERANCE: f64 = 2e-3;

/// Share of the layer's largest gradient that is added to the scale: where a gradient is zero by symmetry, what is
/// left is the rounding of the others.
const FLOOR: f64 = 0.05;

/// Steps, on inputs and parameters of size about 1.
const STEPS: [f32; 5] = [1e-2, 3e-3, 1e-3, 3e-4, 1e-4];

/// Inputs tried when the first disagrees: a kink may lie on both sides of one input, a wrong gradient is wrong at most
/// inputs (not at all: where a ReLU is shut, zero is right whatever the formula). The median counts.
const DRAWS: u64 = 3;

/// Directions for each array, of which the median counts: a direction moves every unit at once, so that with a thousand
/// of them some cross their kink on both sides; a wrong gradient is wrong along nearly all.
const DIRECTIONS: u64 = 5;

/// Single derivatives are taken on inputs of at most this many numbers,
const SMALL: usize = 20;

/// and at most this many of one array, evenly spaced.
const ELEMENTS: usize = 400;

/// Directional derivatives: the input and every parameter, each along random directions.
pub(crate) fn directions(subject: &Subject<'_>) -> Vec<Finding> {
    usual_draw(Check::Gradient, subject, DIRECTION_TOLERANCE, |point, worst| {
        let norm = |gradient: &[f32]| dot(gradient, gradient).sqrt();
        let floor = FLOOR * point.slots.iter().map(|slot| norm(&slot.gradient)).fold(0.0, f64::max);
        for place in 0..point.slots.len() {
            let count = point.slots[place].values.len();
            // A unit sums √count of a square weight's entries: so shortened, it moves by about the step.
            let length = (count as f32).powf(-0.25);
            let scale = f64::from(length) * (norm(&point.slots[place].gradient) + floor);
            let mut found: Vec<Comparison> = (0..DIRECTIONS)
                .map(|number| {
                    let purpose = format!("testkit.direction.{place}");
                    let direction: Array1<f32> = init::normal(count, length, number, &purpose);
                    point.compare(place, &direction.to_vec(), scale)
                })
                .collect();
            found.sort_by(|a, b| a.error.total_cmp(&b.error));
            let name = &point.slots[place].name;
            worst.update(found[found.len() / 2], || format!("`{name}` along the median random direction"));
        }
    })
}

/// Single derivatives on small inputs.
pub(crate) fn elements(subject: &Subject<'_>) -> Vec<Finding> {
    if subject.shape.len() > SMALL {
        return Vec::new();
    }
    usual_draw(Check::GradientElements, subject, ELEMENT_TOLERANCE, |point, worst| {
        let floor = FLOOR * point.slots.iter().map(|slot| largest(&slot.gradient)).fold(0.0, f64::max);
        for place in 0..point.slots.len() {
            let count = point.slots[place].values.len();
            let scale = largest(&point.slots[place].gradient) + floor;
            let mut direction = vec![0.0; count];
            for element in (0..count).step_by(count.div_ceil(ELEMENTS).max(1)) {
                direction[element] = 1.0;
                let found = point.compare(place, &direction, scale);
                direction[element] = 0.0;
                let slot = &point.slots[place];
                worst.update(found, || format!("`{}`{:?}", slot.name, unravel(element, &slot.shape)));
            }
        }
    })
}

/// The worst of the first input; if that is too much, the median of the worst of `DRAWS` inputs.
fn usual_draw(
    check: Check,
    subject: &Subject<'_>,
    tolerance: f64,
    measure: impl Fn(&mut Point, &mut Worst),
) -> Vec<Finding> {
    let mut draws = Vec::new();
    for draw in 0..DRAWS {
        let mut worst = Worst { error: 0.0, detail: String::new() };
        measure(&mut Point::new(subject, SEED + draw), &mut worst);
        let passes = worst.error <= tolerance;
        draws.push(worst);
        if passes && draw == 0 {
            break;
        }
    }
    draws.sort_by(|a, b| a.error.total_cmp(&b.error));
    let Worst { error, detail } = draws.swap_remove(draws.len() / 2);
    vec![Finding::new(check, error, tolerance, detail)]
}

struct Worst {
    error: f64,
    detail: String,
}

impl Worst {
    fn update(&mut self, found: Comparison, place: impl Fn() -> String) {
        if found.error > self.error {
            self.error = found.error;
            let Comparison { backward, difference, .. } = found;
            self.detail = format!("{}: backward says {backward:.6}, differences say {difference:.6}", place());
        }
    }
}

/// The input or a parameter.
struct Slot {
    name: String,
    shape: Vec<usize>,
    values: Vec<f32>,
    gradient: Vec<f32>,
}

#[derive(Clone, Copy)]
struct Comparison {
    error: f64,
    backward: f64,
    difference: f64,
}

/// A layer, an input and a cotangent, with the gradient there. Slot 0 is the input.
struct Point {
    layer: Box<dyn Layer>,
    x: Array3<f32>,
    d_y: Array3<f32>,
    loss: f64,
    slots: Vec<Slot>,
}

impl Point {
    fn new(subject: &Subject<'_>, seed: u64) -> Self {
        let layer = subject.layer(seed);
        let x = subject.input(seed, "gradient.x");
        let (y, cache) = layer.forward(x.clone());
        let d_y: Array3<f32> = init::normal(y.dim(), 1.0, seed, "testkit.gradient.d_y");
        let (d_x, gradients) = layer.backward(&cache, d_y.view());
        let slots = slots(layer.as_ref(), &x, &d_x, &gradients);
        Self { loss: dot(&y, &d_y), layer, x, d_y, slots }
    }

    /// Writes a slot's values into the input or the parameter.
    fn set(&mut self, place: usize, values: &[f32]) {
        if place == 0 {
            self.x.iter_mut().zip(values).for_each(|(x, v)| *x = *v);
        } else {
            let mut p = self.layer.parameters_mut().swap_remove(place - 1);
            p.value.iter_mut().zip(values).for_each(|(p, v)| *p = *v);
        }
    }

    fn loss_with(&mut self, place: usize, values: &[f32]) -> f64 {
        self.set(place, values);
        dot(&self.layer.forward(self.x.clone()).0, &self.d_y)
    }

    /// The best agreement along `direction`, over steps and sides; the error is divided by `scale`.
    fn compare(&mut self, place: usize, direction: &[f32], scale: f64) -> Comparison {
        let here = self.slots[place].values.clone();
        let moved = |step: f32| -> Vec<f32> { here.iter().zip(direction).map(|(v, d)| v + step * d).collect() };
        let mut best = Comparison { error: f64::INFINITY, backward: f64::NAN, difference: f64::NAN };
        for step in STEPS {
            let (before, after) = (moved(-step), moved(step));
            let (low, high) = (self.loss_with(place, &before), self.loss_with(place, &after));
            let gradient = &self.slots[place].gradient;
            let along = |from: &[f32], to: &[f32]| -> f64 {
                let moves = from.iter().zip(to).map(|(from, to)| f64::from(*to) - f64::from(*from));
                gradient.iter().zip(moves).map(|(g, d)| f64::from(*g) * d).sum()
            };
            let step = f64::from(step);
            for (difference, backward, width) in [
                (high - low, along(&before, &after), 2.0 * step),
                (high - self.loss, along(&here, &after), step),
                (self.loss - low, along(&before, &here), step),
            ] {
                let error = (difference - backward).abs() / width / scale.max(f64::MIN_POSITIVE);
                if error < best.error || best.backward.is_nan() {
                    best = Comparison { error, backward: backward / width, difference: difference / width };
                }
            }
            // Good enough: the other steps could only show the same.
            if best.error <= ELEMENT_TOLERANCE / 10.0 {
                break;
            }
        }
        self.set(place, &here);
        best
    }
}

fn slots(layer: &dyn Layer, x: &Array3<f32>, d_x: &Array3<f32>, gradients: &Gradients) -> Vec<Slot> {
    let parameters = layer.parameters();
    assert_eq!(parameters.len(), gradients.len(), "one gradient for each parameter");
    let slot = |name: &str, shape: &[usize], values: Vec<f32>, gradient: Vec<f32>| {
        assert_eq!(values.len(), gradient.len(), "the gradient of `{name}` has another size");
        Slot { name: name.to_owned(), shape: shape.to_vec(), values, gradient }
    };
    let input = slot("x", x.shape(), x.iter().copied().collect(), d_x.iter().copied().collect());
    let others = parameters.iter().zip(gradients.iter()).map(|(p, gradient)| {
        slot(&p.name, p.value.shape(), p.value.iter().copied().collect(), gradient.iter().copied().collect())
    });
    std::iter::once(input).chain(others).collect()
}

/// The index of the `element`-th number of a row-major array.
fn unravel(mut element: usize, shape: &[usize]) -> Vec<usize> {
    let mut index: Vec<usize> = shape
        .iter()
        .rev()
        .map(|size| {
            let i = element % size;
            element /= size;
            i
        })
        .collect();
    index.reverse();
    index
}
