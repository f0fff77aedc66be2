//! A question at one step is answered without the other steps, in memory that grows with the length and no faster.

use layer::Site;
use layer_testkit::{PeakAllocator, peak};
use ndarray::Axis;
use tasks::{Batch, RecallVectors, Split, Task};
use toml::Table;
use train::{Model, Readout, Shell};

#[global_allocator]
static ALLOCATOR: PeakAllocator = PeakAllocator::new();

const WIDTH: usize = 64;

fn task(n: usize) -> RecallVectors {
    let text = format!("n = {n}\nfiller = \"pairs\"\nkey_width = 16\nvalues = 8");
    toml::from_str::<RecallVectors>(&text).unwrap().check().unwrap()
}

fn model(task: &dyn Task, depth: u64) -> Model {
    let options: Table = "heads = 2".parse().unwrap();
    let build = |seed| (attention::DEFINITION.build)(&options, Site { time: task.time(), width: WIDTH, seed }).unwrap();
    let mixers = (0..depth).map(build).collect();
    Model::new(
        Shell {
            mixers,
            mlps: Vec::new(),
            positions: None,
            width: WIDTH,
            embedding: true,
            readout: Readout::Step,
            norm: true,
            residual: true,
            seed: 7,
        },
        task,
    )
    .unwrap()
}

#[test]
fn one_step_is_scored_as_among_all() {
    let task = task(40);
    for depth in [1, 2] {
        let model = model(&task, depth);
        let batch = Batch::of(&task, 0, Split::Test, 0, 20);
        let (all, (one, weights)) = (model.score(&batch), model.score_step(&batch));
        assert!((all.total - one.total).abs() < 1e-5 * all.total, "{} and {}", all.total, one.total);
        assert_eq!(all.correct, one.correct);
        let weights = weights.expect("attention has weights");
        assert_eq!(weights.dim(), (20, 2, 40));
        assert!(weights.sum_axis(Axis(2)).iter().all(|sum| (sum - 1.0).abs() < 1e-5));
    }
}

/// Data, embedding, norm and all.
#[test]
fn a_long_sequence_is_scored_in_little_memory() {
    let n = 1 << 16;
    let task = task(n);
    let model = model(&task, 1);
    let mut score = || {
        let batch = Batch::of(&task, 0, Split::Test, 0, 1);
        drop(std::hint::black_box(model.score_step(&batch)));
    };
    let bytes = peak::of(&mut score).expect("the allocator is installed");
    assert!(bytes < 16 * (n * WIDTH * 4) as u64, "{bytes} bytes, {:.2} arrays", bytes as f64 / (n * WIDTH * 4) as f64);
}
