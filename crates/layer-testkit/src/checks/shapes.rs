//! Shapes, and the list of parameters.

use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};

use layer::{Layer, Shape};
use ndarray::Array3;

use crate::subject::{SEED, Subject};
use crate::{Check, Finding};

/// What comes out has the shapes promised; what `output_shape` takes, `forward` takes.
pub(crate) fn shapes(subject: &Subject<'_>) -> Vec<Finding> {
    let layer = subject.layer(SEED);
    let mut faults = Vec::new();
    match layer.output_shape(subject.shape) {
        Err(e) => faults.push(format!("output_shape refuses the shape it was built for: {e}")),
        Ok(output) => {
            let time = layer.pace().output(subject.shape.time);
            if (output.batch, output.time) != (subject.shape.batch, time) {
                faults.push(format!(
                    "output_shape says {output}: a layer keeps the batch, and its pace makes {time} steps"
                ));
            }
            let (y, cache) = layer.forward(subject.input(SEED, "x"));
            if y.dim() != output.dim() {
                faults.push(format!("output_shape says {output}, forward gives {:?}", y.dim()));
            }
            let (d_x, gradients) = layer.backward(&cache, Array3::ones(y.dim()).view());
            if d_x.dim() != subject.shape.dim() {
                faults.push(format!("d_x is {:?} for an input of {}", d_x.dim(), subject.shape));
            }
            let parameters = layer.parameters();
            if gradients.len() != parameters.len() {
                faults.push(format!("{} gradients for {} parameters", gradients.len(), parameters.len()));
            }
            let pairs = parameters.iter().zip(gradients.iter()).filter(|(p, d)| p.value.shape() != d.shape());
            faults.extend(
                pairs.map(|(p, d)| format!("`{}` is {:?}, its gradient {:?}", p.name, p.value.shape(), d.shape())),
            );
        }
    }
    let Shape { batch, time, feature } = subject.shape;
    let others = [
        (batch, time, feature + 1),
        (batch, time, feature - 1),
        (batch, time + 1, feature),
        (batch + 1, time, feature),
    ];
    faults.extend(others.into_iter().filter_map(|shape| taken_but_impossible(layer.as_ref(), shape.into())));
    vec![Finding::faults(Check::Shapes, &faults)]
}

/// A layer with a fixed width refuses another; one without takes it, and then has to be able to.
fn taken_but_impossible(layer: &dyn Layer, shape: Shape) -> Option<String> {
    let output = layer.output_shape(shape).ok()?;
    match catch_unwind(AssertUnwindSafe(|| layer.forward(Array3::zeros(shape.dim())).0.dim())) {
        Ok(dim) if dim == output.dim() => None,
        Ok(dim) => Some(format!("output_shape says {output} for {shape}, forward gives {dim:?}")),
        Err(_) => Some(format!("output_shape takes {shape}, forward panics on it")),
    }
}

/// `parameters` and `parameters_mut` are the same list.
pub(crate) fn parameters(subject: &Subject<'_>) -> Vec<Finding> {
    let mut layer = subject.layer(SEED);
    let read: Vec<_> =
        layer.parameters().into_iter().map(|p| (p.name, p.value.shape().to_vec(), p.value.sum())).collect();
    let write: Vec<_> =
        layer.parameters_mut().into_iter().map(|p| (p.name, p.value.shape().to_vec(), p.value.sum())).collect();
    let mut faults = Vec::new();
    if read.len() != write.len() {
        faults.push(format!("parameters has {} entries, parameters_mut {}", read.len(), write.len()));
    }
    for (place, (a, b)) in read.iter().zip(&write).enumerate() {
        if (&a.0, &a.1) != (&b.0, &b.1) {
            faults
                .push(format!("entry {place}: parameters has `{}` {:?}, parameters_mut `{}` {:?}", a.0, a.1, b.0, b.1));
        } else if a.2.to_bits() != b.2.to_bits() {
            faults.push(format!("`{}` is not the same array in the two lists", a.0));
        }
    }
    let names: BTreeSet<_> = read.iter().map(|p| &p.0).collect();
    if names.len() != read.len() {
        faults.push("two parameters have one name".to_owned());
    }
    let odd = |name: &&String| name.split('.').any(|part| part.is_empty() || part.contains(char::is_whitespace));
    faults.extend(names.into_iter().filter(odd).map(|name| format!("`{name}` is not a dotted name")));
    vec![Finding::faults(Check::Parameters, &faults)]
}
