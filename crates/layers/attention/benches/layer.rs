//! Forward, and forward + backward, at the shapes that peers were measured at; throughput in FLOPs.

use attention::{Attention, Settings};
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use layer::{Layer, Shape, Site};
use ndarray::Array3;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn layer(c: &mut Criterion) {
    let mut group = c.benchmark_group("attention");
    group.sample_size(20);
    for (batch, time, width) in [(32, 128, 64), (8, 512, 64), (2, 2048, 64)] {
        let attention = Attention::new(Settings::default(), Site { time, width, seed: 0 }).expect("valid settings");
        let x = Array3::from_shape_fn((batch, time, width), |(b, t, f)| {
            ((b * 31 + t * 17 + f * 7) % 23) as f32 / 11.0 - 1.0
        });
        let d_y = x.mapv(|v| 0.5 - v);
        let cost = attention.cost(Shape::new(batch, time, width));
        let size = format!("{batch}x{time}x{width}");
        group.throughput(Throughput::Elements(cost.flops_forward));
        group.bench_function(BenchmarkId::new("forward", &size), |b| b.iter(|| attention.forward(x.clone())));
        group.throughput(Throughput::Elements(cost.flops()));
        group.bench_function(BenchmarkId::new("forward+backward", &size), |b| {
            b.iter(|| {
                let (y, cache) = attention.forward(x.clone());
                (y, attention.backward(&cache, d_y.view()))
            });
        });
    }
    group.finish();
}

criterion_group!(benches, layer);
criterion_main!(benches);
