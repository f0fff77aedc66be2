//! Forward and backward of each layer at each size.

mod support;

use criterion::{Criterion, criterion_group, criterion_main};

fn layers(criterion: &mut Criterion) {
    support::bench(criterion, |work| work.name.starts_with("layer/"));
}

criterion_group!(benches, layers);
criterion_main!(benches);
