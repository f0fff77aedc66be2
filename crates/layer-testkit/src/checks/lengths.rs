//! Which numbers of steps are taken.

use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};

use layer::{Layer, Lengths, Shape, init};
use ndarray::Array3;

use crate::subject::{SEED, Subject};
use crate::{Check, Finding};

/// A length that is far from most others, and longer than the blocks in which layers work through time.
const FAR: usize = 131;

/// What is declared is what `output_shape` takes, forward and backward can do what it takes, and what it refuses it
/// refuses with a way out.
pub(crate) fn lengths(subject: &Subject<'_>) -> Vec<Finding> {
    let layer = subject.layer(SEED);
    let time = subject.shape.time;
    let probed = BTreeSet::from([1, 2, time - 1, time, time + 1, 2 * time, FAR]);
    let shapes = probed.into_iter().filter(|time| *time > 0).map(|time| Shape { time, ..subject.shape });
    let faults: Vec<String> = shapes.filter_map(|shape| fault(layer.as_ref(), layer.lengths(), shape)).collect();
    vec![Finding::faults(Check::Lengths, &faults)]
}

fn fault(layer: &dyn Layer, declared: Lengths, shape: Shape) -> Option<String> {
    let time = shape.time;
    match (declared.contains(time), layer.output_shape(shape)) {
        (true, Err(refused)) => Some(format!("declared {declared}, and output_shape refuses {time}: {refused}")),
        (false, Ok(_)) => Some(format!("declared {declared}, and output_shape takes {time}")),
        (false, Err(refused)) if refused.axis != "time" || refused.fix.trim().is_empty() => {
            Some(format!("{time} is refused without a word about the time or the setting to change: {refused}"))
        }
        (false, Err(refused)) if !declared.contains(refused.expected) => {
            Some(format!("{time} is refused, and {} named, which is not taken either", refused.expected))
        }
        (false, Err(_)) => None,
        (true, Ok(output)) => impossible(layer, shape, output),
    }
}

/// What was taken and cannot be done.
fn impossible(layer: &dyn Layer, shape: Shape, output: Shape) -> Option<String> {
    let draw = |dim, name: &str| -> Array3<f32> { init::normal(dim, 1.0, SEED, &format!("testkit.lengths.{name}")) };
    let work = || {
        let (y, cache) = layer.forward(draw(shape.dim(), "x"));
        let (d_x, _) = layer.backward(&cache, draw(y.dim(), "d_y").view());
        (y.dim(), d_x.dim())
    };
    let time = shape.time;
    match catch_unwind(AssertUnwindSafe(work)) {
        Err(_) => Some(format!("output_shape takes {time}, and forward or backward panics there")),
        Ok((y, _)) if y != output.dim() => Some(format!("at {time}, output_shape says {output}, forward gives {y:?}")),
        Ok((_, d_x)) if d_x != shape.dim() => Some(format!("at {time}, d_x is {d_x:?} for an input of {shape}")),
        Ok(_) => None,
    }
}
