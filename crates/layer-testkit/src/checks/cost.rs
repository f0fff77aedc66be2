//! Declared cost against what is counted.

use kernels::flops::counted;
use layer::Shape;

use crate::live::held;
use crate::subject::{SEED, Subject};
use crate::{Check, Finding};

/// Large enough that no array which a layer keeps fits into the tolerance.
const BYTES_AT: (usize, usize, usize) = (4, 32, 16);

/// Boxes, vectors of strides and the like: 1 KiB, and 1 % of the declaration.
const BYTES_TOLERANCE: (f64, f64) = (1024.0, 0.01);

pub(crate) fn parameters(subject: &Subject<'_>) -> Vec<Finding> {
    let layer = subject.layer(SEED);
    let counted: usize = layer.parameters().iter().map(|p| p.value.len()).sum();
    let declared = layer.cost(subject.shape).parameters;
    vec![difference(Check::ParameterCount, &[("parameters", declared, counted as u64)])]
}

pub(crate) fn flops(subject: &Subject<'_>) -> Vec<Finding> {
    let layer = subject.layer(SEED);
    let declared = layer.cost(subject.shape);
    let ((_, cache), forward) = counted(|| layer.forward(subject.input(SEED, "flops.x")));
    let d_y = subject.cotangent(layer.as_ref(), SEED, "flops.d_y");
    let (_, backward) = counted(|| layer.backward(&cache, d_y.view()));
    let both = [("forward", declared.flops_forward, forward), ("backward", declared.flops_backward, backward)];
    vec![difference(Check::Flops, &both)]
}

fn difference(check: Check, numbers: &[(&str, u64, u64)]) -> Finding {
    let measured: u64 = numbers.iter().map(|(_, declared, counted)| declared.abs_diff(*counted)).sum();
    let told = |(what, declared, counted): &(&str, u64, u64)| format!("{what}: declared {declared}, counted {counted}");
    Finding::new(check, measured as f64, 0.0, numbers.iter().map(told).collect::<Vec<_>>().join("; "))
}

/// Bytes alive after a forward whose output was dropped: what the cache holds.
pub(crate) fn bytes(subjects: &[Subject<'_>]) -> Vec<Finding> {
    let shape = Shape::from(BYTES_AT);
    let subject = Subject { shape, ..subjects[0] };
    let layer = subject.layer(SEED);
    let declared = layer.cost(shape).bytes_kept as f64;
    // The first forward of a thread may set up scratch space that stays.
    drop(layer.forward(subject.input(SEED, "bytes.x")));
    let (_cache, kept) = held(|| layer.forward(subject.input(SEED, "bytes.x")).1);
    let Some(kept) = kept else {
        return vec![Finding::skipped(Check::BytesKept, "this program has not installed an allocator that counts")];
    };
    let kept = kept as f64;
    let tolerance = BYTES_TOLERANCE.0 + BYTES_TOLERANCE.1 * declared;
    let detail = format!("declared {declared}, kept {kept}");
    vec![Finding::new(Check::BytesKept, (declared - kept).abs(), tolerance, detail).at("", Some(shape))]
}
