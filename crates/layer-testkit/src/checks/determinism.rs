//! The same seed, input and parameters give the same bits.

use layer::{Layer, checkpoint as file};
use ndarray::Array3;

use crate::subject::{SEED, Subject, changed_bits};
use crate::{Check, Finding};

/// Two builds of one seed are equal, two of different seeds are not.
pub(crate) fn seed(subject: &Subject<'_>) -> Vec<Finding> {
    let (one, same, other) = (subject.fresh(SEED), subject.fresh(SEED), subject.fresh(SEED + 1));
    let output = |layer: &dyn Layer| layer.forward(subject.input(SEED, "seed.x")).0;
    let mut faults = Vec::new();
    for (a, b) in one.parameters().iter().zip(same.parameters()) {
        if a.name != b.name || changed_bits(&a.value, &b.value) > 0 {
            faults.push(format!("`{}` differs between two builds of one seed", a.name));
        }
    }
    if changed_bits(&output(one.as_ref()), &output(same.as_ref())) > 0 {
        faults.push("outputs differ between two builds of one seed".to_owned());
    }
    // An array of one value over and over (a gain of ones) is not random, and need not depend on the seed.
    let is_random = one.parameters().iter().any(|p| p.value.iter().any(|v| Some(v) != p.value.first()));
    let (a, b) = (one.parameters(), other.parameters());
    if is_random && a.iter().zip(&b).all(|(a, b)| changed_bits(&a.value, &b.value) == 0) {
        faults.push("another seed gives the same parameters".to_owned());
    }
    vec![Finding::faults(Check::Seed, &faults)]
}

/// Forward twice; two backwards from one cache, with another forward in between.
pub(crate) fn repeat(subject: &Subject<'_>) -> Vec<Finding> {
    let layer = subject.layer(SEED);
    let (x, d_y) = (subject.input(SEED, "repeat.x"), subject.cotangent(layer.as_ref(), SEED, "repeat.d_y"));
    let (y, cache) = layer.forward(x.clone());
    let (d_x, gradients) = layer.backward(&cache, d_y.view());
    layer.forward(subject.input(SEED, "repeat.other"));
    let (d_x_again, gradients_again) = layer.backward(&cache, d_y.view());
    let (y_again, _) = layer.forward(x);

    let forward = changed_bits(&y, &y_again);
    let mut backward = changed_bits(&d_x, &d_x_again);
    backward += gradients.iter().zip(gradients_again.iter()).map(|(a, b)| changed_bits(a, b)).sum::<usize>();
    let detail = format!("{forward} outputs, {backward} gradients");
    vec![Finding::new(Check::Repeat, (forward + backward) as f64, 0.0, detail)]
}

/// Saved, and loaded into a layer of another seed.
pub(crate) fn checkpoint(subject: &Subject<'_>) -> Vec<Finding> {
    let layer = subject.layer(SEED);
    let mut loaded = subject.fresh(SEED + 1);
    if let Err(e) = file::from_bytes(loaded.parameters_mut(), &file::to_bytes(layer.parameters())) {
        return vec![Finding::faults(Check::Checkpoint, &[e.to_string()])];
    }
    let output = |layer: &dyn Layer| -> Array3<f32> { layer.forward(subject.input(SEED, "checkpoint.x")).0 };
    let changed = changed_bits(&output(layer.as_ref()), &output(loaded.as_ref()));
    vec![Finding::new(Check::Checkpoint, changed as f64, 0.0, "")]
}
