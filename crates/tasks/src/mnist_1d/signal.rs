//! One sample: a template of 12 points, padded, stretched, scaled, moved, made noisy, sheared, and read at 40 points.
//!
//! What NumPy and SciPy do on the way (`linspace`, `interp1d`, `gaussian_filter`) is done here in the same order of
//! operations where a last bit decides something: whether a point is exactly 0, and so takes the noise of the background.

use super::STEPS;
use super::random_state::RandomState;

/// Points of a template.
const TEMPLATE: usize = 12;
/// Zeros that are put behind it: from the first number to the second, both included.
const PADDING: (usize, usize) = (36, 60);
/// Points of the padded template, stretched to one length.
const STRETCHED: usize = TEMPLATE + PADDING.1;
/// The sample is scaled by 1 ± half of this.
const SCALE: f64 = 0.4;
/// It is moved to the right by fewer points than this, around the end.
const MOVED: u32 = 48;
/// Size of the noise of the background, before it is smoothed.
const BACKGROUND_NOISE: f64 = 0.25;
/// Deviation of that smoothing, in points.
const SMOOTHING: f64 = 2.0;
/// Size of the noise of every point.
const NOISE: f64 = 2e-2;
/// The line that is taken off rises by less than half of this over the sample.
const SHEAR: f64 = 0.75;
/// Added to the template, so that its zeros are none.
const EPSILON: f64 = 1e-8;

/// The ten digits as heights, drawn from top to bottom.
const DIGITS: [[f64; TEMPLATE]; 10] = [
    [5.0, 6.0, 6.5, 6.75, 7.0, 7.0, 7.0, 7.0, 6.75, 6.5, 6.0, 5.0],
    [5.0, 3.0, 3.0, 3.4, 3.8, 4.2, 4.6, 5.0, 5.4, 5.8, 5.0, 5.0],
    [5.0, 6.0, 6.5, 6.5, 6.0, 5.25, 4.75, 4.0, 3.5, 3.5, 4.0, 5.0],
    [5.0, 6.0, 6.5, 6.5, 6.0, 5.0, 5.0, 6.0, 6.5, 6.5, 6.0, 5.0],
    [5.0, 4.4, 3.8, 3.2, 2.6, 2.6, 5.0, 5.0, 5.0, 5.0, 5.0, 5.0],
    [5.0, 3.0, 3.0, 3.0, 3.0, 5.0, 6.0, 6.5, 6.5, 6.0, 4.5, 5.0],
    [5.0, 4.0, 3.5, 3.25, 3.0, 3.0, 3.0, 3.0, 3.25, 3.5, 4.0, 5.0],
    [5.0, 7.0, 7.0, 6.6, 6.2, 5.8, 5.4, 5.0, 4.6, 4.2, 5.0, 5.0],
    [5.0, 4.0, 3.5, 3.5, 4.0, 5.0, 5.0, 4.0, 3.5, 3.5, 4.0, 5.0],
    [5.0, 4.0, 3.5, 3.5, 4.0, 5.0, 5.0, 5.0, 5.0, 4.7, 4.3, 5.0],
];

/// The template of a digit: deviation 1/6, beginning at 0.
pub(super) fn template(digit: usize) -> [f64; TEMPLATE] {
    let (mean, deviation) = mean_and_deviation(&DIGITS[digit]);
    let whitened = DIGITS[digit].map(|height| (height - mean) / deviation);
    whitened.map(|height| (height - whitened[0]) / 6.0)
}

/// Mean and deviation (of the numbers themselves, not of what they are drawn from).
pub(super) fn mean_and_deviation(numbers: &[f64]) -> (f64, f64) {
    let count = numbers.len() as f64;
    let mean = numbers.iter().sum::<f64>() / count;
    let variance = numbers.iter().map(|number| (number - mean).powi(2)).sum::<f64>() / count;
    (mean, variance.sqrt())
}

/// A sample of a template; draws in the order of the package.
pub(super) fn sample(template: &[f64; TEMPLATE], random: &mut RandomState) -> Vec<f64> {
    let padded = PADDING.0 + (random.uniform() * (PADDING.1 - PADDING.0 + 1) as f64) as usize;
    let mut x: Vec<f64> = template.iter().map(|height| height + EPSILON).collect();
    x.resize(TEMPLATE + padded, 0.0);
    let mut x = interpolate(&x, STRETCHED);
    let scale = 1.0 + SCALE * (random.uniform() - 0.5);
    x.iter_mut().for_each(|height| *height *= scale);
    x.rotate_right(random.below(MOVED));
    let background = smooth(&noise(random, BACKGROUND_NOISE));
    let is_zero = |height: &f64| *height == 0.0;
    x.iter_mut().zip(background).filter(|(height, _)| is_zero(height)).for_each(|(height, noise)| *height = noise);
    x.iter_mut().zip(noise(random, NOISE)).for_each(|(height, noise)| *height += noise);
    let slope = SHEAR * (random.uniform() - 0.5);
    x.iter_mut().zip(linspace(-0.5, 0.5, STRETCHED)).for_each(|(height, at)| *height -= slope * at);
    interpolate(&x, STEPS)
}

fn noise(random: &mut RandomState, size: f64) -> Vec<f64> {
    (0..STRETCHED).map(|_| size * random.normal()).collect()
}

/// `np.linspace`.
fn linspace(first: f64, last: f64, count: usize) -> Vec<f64> {
    let step = (last - first) / (count - 1) as f64;
    let mut points: Vec<f64> = (0..count).map(|i| i as f64 * step + first).collect();
    points[count - 1] = last;
    points
}

/// Linear interpolation at `count` evenly spaced points, the ends included.
fn interpolate(x: &[f64], count: usize) -> Vec<f64> {
    let places = linspace(0.0, 1.0, x.len());
    let at = |place: f64| {
        let left = places.partition_point(|other| *other <= place) - 1;
        // A point of x is given as it is: to the left of a 0 would be almost 0.
        if left == x.len() - 1 || places[left] == place {
            return x[left];
        }
        let slope = (x[left + 1] - x[left]) / (places[left + 1] - places[left]);
        slope * (place - places[left]) + x[left]
    };
    linspace(0.0, 1.0, count).into_iter().map(at).collect()
}

/// `gaussian_filter`: a window of ± 4 deviations, and beyond its ends x is mirrored, the outermost point twice.
fn smooth(x: &[f64]) -> Vec<f64> {
    let radius = (4.0 * SMOOTHING + 0.5) as isize;
    let weights: Vec<f64> =
        (-radius..=radius).map(|lag| (-0.5 / (SMOOTHING * SMOOTHING) * (lag * lag) as f64).exp()).collect();
    let sum: f64 = weights.iter().sum();
    let last = x.len() as isize - 1;
    let mirrored = |at: isize| {
        x[if at < 0 {
            -at - 1
        } else if at > last {
            2 * last + 1 - at
        } else {
            at
        } as usize]
    };
    let around = |at: isize| (-radius..=radius).map(move |lag| at + lag);
    (0..=last).map(|at| around(at).zip(&weights).map(|(at, weight)| mirrored(at) * weight / sum).sum()).collect()
}
