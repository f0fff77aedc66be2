//! Forward, and forward with backward; throughput in FLOP/s.

use std::hint::black_box;

use conv::DEFINITION;
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use layer::{Shape, Site};
use ndarray::Array3;

/// As in the `lab` binary: the system's allocator gives pages back between steps and faults them in again.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn bench(criterion: &mut Criterion) {
    for variant in ["", "kernel = 7", "dilations = [1, 2, 4]"] {
        for (batch, time, width) in [(32, 128, 64), (8, 512, 64), (2, 2048, 64)] {
            let site = Site { time, width, seed: 1 };
            let layer = (DEFINITION.build)(&DEFINITION.variant(variant), site).expect("a valid variant");
            let x = Array3::from_elem((batch, time, width), 0.5);
            let cost = layer.cost(Shape::new(batch, time, width));
            let options = if variant.is_empty() { "default".to_owned() } else { variant.replace('\n', ", ") };
            let mut group = criterion.benchmark_group(format!("conv/{options}/{batch}x{time}x{width}"));
            group.sample_size(10);
            group.throughput(Throughput::Elements(cost.flops_forward));
            group.bench_function("forward", |b| b.iter(|| layer.forward(black_box(x.clone()))));
            group.throughput(Throughput::Elements(cost.flops()));
            group.bench_function("forward+backward", |b| {
                b.iter(|| {
                    let (y, cache) = layer.forward(black_box(x.clone()));
                    layer.backward(&cache, y.view())
                });
            });
        }
    }
}

criterion_group!(benches, bench);
criterion_main!(benches);
