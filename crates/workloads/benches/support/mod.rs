//! Works as criterion groups: a row for one thread, and one for all cores.

use criterion::{Criterion, SamplingMode, Throughput};
use rayon::ThreadPoolBuilder;
use workloads::{Amount, Work, all};

/// As in the `lab` binary: the system's allocator gives pages back between steps and faults them in again.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Times every work that is wanted. A FLOP is an element of the throughput, so that `Gelem/s` reads as GFLOP/s.
pub fn bench(criterion: &mut Criterion, wanted: impl Fn(&Work) -> bool) {
    let cores = std::thread::available_parallelism().map_or(1, Into::into);
    for work in all().into_iter().filter(wanted) {
        let mut group = criterion.benchmark_group(&work.name);
        group.sample_size(10).sampling_mode(SamplingMode::Flat);
        for threads in if cores > 1 { vec![1, cores] } else { vec![1] } {
            let pool = ThreadPoolBuilder::new().num_threads(threads).build().expect("a pool");
            group.throughput(match work.amount(threads) {
                Amount::Flops(flops) => Throughput::Elements(flops),
                Amount::Bytes(bytes) => Throughput::Bytes(bytes),
            });
            // Made inside, where criterion comes only for what its filter lets through.
            group.bench_function(format!("threads={threads}"), |bencher| {
                let mut prepared = work.prepare(&pool);
                bencher.iter_custom(|runs| prepared.time(runs));
            });
        }
        group.finish();
    }
}
