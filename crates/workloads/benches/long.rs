//! Attention over 4096 and 16,384 steps; longer ones take minutes, and are for `workloads run`.

mod support;

use criterion::{Criterion, criterion_group, criterion_main};

fn long(criterion: &mut Criterion) {
    support::bench(criterion, |work| work.name.starts_with("long/") && !work.name.contains("65536"));
}

criterion_group!(benches, long);
criterion_main!(benches);
