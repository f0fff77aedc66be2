//! A whole map: 512 output steps of four layers of width 64, one input, one direction, on one thread.

use criterion::{Criterion, SamplingMode, criterion_group, criterion_main};
use layer::{Layer, Norm, Residual, Site, Stack, init};
use ndarray::Array3;

/// As in the `lab` binary: the system's allocator gives pages back between backwards and faults them in again.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const TIME: usize = 512;
const WIDTH: usize = 64;
const DEPTH: u64 = 4;

/// x + mixer(norm(x)), `DEPTH` times, as in a model.
fn stack(name: &str) -> Stack {
    let definition = zoo::find(name).expect("a layer of the table");
    (0..DEPTH).fold(Stack::default(), |stack, seed| {
        let site = Site { time: TIME, width: WIDTH, seed };
        let mixer = (definition.build)(&(definition.defaults)(), site).expect("the default options fit");
        let block = Stack::default().with("norm", Box::new(Norm::new(WIDTH))).with("mixer", mixer);
        stack.with(format!("blocks.{seed}"), Box::new(Residual(Box::new(block))))
    })
}

fn map(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("map");
    group.sample_size(10).sampling_mode(SamplingMode::Flat);
    for name in ["attention", "conv"] {
        let layer = stack(name);
        let layer: &dyn Layer = &layer;
        group.bench_function(name, |bencher| {
            let x: Array3<f32> = init::normal((1, TIME, WIDTH), 1.0, 1, "x");
            bencher.iter(|| probes::map(layer, x.clone(), 1, 1));
        });
    }
    group.finish();
}

criterion_group!(benches, map);
criterion_main!(benches);
