//! One whole training step of the model that a lab spends its life on: 2 pre-norm blocks, width 64, 4 causal heads,
//! MLP 4×, batch 32, time 64, vocabulary 64, every step supervised, clipping and AdamW included.
//!
//! Throughput is in elements = FLOPs of the matrix products, so `Gelem/s` reads as GFLOP/s. One row per number of
//! threads; the gradients are the same to the bit.

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use layer::{Definition, Layer, Site};
use tasks::{Batch, CopyAtLag, Split, Task};
use toml::Table;
use train::adamw::clip;
use train::{AdamW, Model, Shell};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const WIDTH: usize = 64;
const BATCH: usize = 32;
const DEPTH: u64 = 2;

fn build(definition: &Definition, seed: u64) -> Box<dyn Layer> {
    (definition.build)(&Table::new(), Site { time: 64, width: WIDTH, seed }).expect("default options build")
}

fn training_step(criterion: &mut Criterion) {
    let task = CopyAtLag { n: 64, lag: 1, vocabulary: 64 };
    let model = || {
        let shell = Shell {
            mixers: (0..DEPTH).map(|i| build(&attention::DEFINITION, i)).collect(),
            mlps: (0..DEPTH).map(|i| build(&mlp::DEFINITION, 10 + i)).collect(),
            positions: None,
            width: WIDTH,
            seed: 0,
        };
        Model::new(shell, &task).expect("the sizes fit")
    };
    let batch = Batch::of(&task, 0, Split::Train, 0, BATCH);
    let flops = model().cost(BATCH, task.time(), batch.targets.len()).flops();
    let mut group = criterion.benchmark_group("training_step");
    group.throughput(Throughput::Elements(flops));
    let cores = std::thread::available_parallelism().map_or(1, Into::into);
    for threads in [1, cores] {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("a pool");
        let (mut model, mut optimiser) = (model(), AdamW::default());
        group.bench_function(format!("threads={threads}"), |bencher| {
            pool.install(|| {
                bencher.iter(|| {
                    let mut pass = model.pass(&batch, threads > 1);
                    clip(&mut pass.gradients, 1.0);
                    optimiser.step(model.parameters_mut(), &pass.gradients, 1e-3, 0.01);
                    pass.loss
                });
            });
        });
    }
    group.finish();
}

criterion_group! {
    name = benches;
    config = Criterion::default().sample_size(30);
    targets = training_step
}
criterion_main!(benches);
