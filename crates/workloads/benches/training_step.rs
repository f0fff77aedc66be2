//! One whole training step: see `workloads::training_step`.

mod support;

use criterion::{Criterion, criterion_group, criterion_main};

fn training_step(criterion: &mut Criterion) {
    support::bench(criterion, |work| work.name == "step");
}

criterion_group!(benches, training_step);
criterion_main!(benches);
