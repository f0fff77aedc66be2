//! Gradients of whole models, embedding to read-out, against their loss; and what an answer is read from.

use layer::{Definition, Layer, Named, Reach, Site};
use ndarray::ArrayViewMutD;
use tasks::{Batch, Mnist1d, RecallAtLag, Split, Task};
use train::{Model, Readout, Shell};

/// Mixers by their options; the first stands where the task's input, embedded or not, goes in.
fn mixers(rows: &[(&Definition, &str)], mut site: Site) -> Vec<Box<dyn Layer>> {
    let build = |(definition, options): &(&Definition, &str)| {
        let layer = (definition.build)(&definition.variant(options), site).unwrap();
        let output = layer.output_shape((1, site.time, site.width).into()).unwrap();
        site = Site { time: output.time, width: output.feature, seed: site.seed + 1 };
        layer
    };
    rows.iter().map(build).collect()
}

fn shell(mixers: Vec<Box<dyn Layer>>) -> Shell {
    Shell {
        mixers,
        mlps: Vec::new(),
        positions: None,
        width: 8,
        embedding: true,
        readout: Readout::Step,
        residual: true,
        norm: true,
        seed: 7,
    }
}

fn recall() -> RecallAtLag {
    toml::from_str::<RecallAtLag>("n = 9\nk = 2\nkeys = 8\nvalues = 8").unwrap().check().unwrap()
}

/// A task of numbers alone.
fn numbers() -> Mnist1d {
    toml::from_str("").unwrap()
}

/// Directional derivatives of the mean loss along random directions in all parameters.
fn holds(mut model: Model, task: &dyn Task) {
    let batch = Batch::of(task, 0, Split::Train, 0, 6);
    let gradients = model.pass(&batch).gradients;
    let sizes: Vec<usize> = gradients.slices().map(<[f32]>::len).collect();
    assert_eq!(sizes, model.parameters().iter().map(|p| p.value.len()).collect::<Vec<_>>());
    for direction in 0..4u64 {
        let draw = |(i, len): (usize, &usize)| layer::init::normal(*len, 1.0, direction, &format!("{i}")).to_vec();
        let steps: Vec<Vec<f32>> = sizes.iter().enumerate().map(draw).collect();
        let products = gradients.slices().zip(&steps).flat_map(|(g, s)| g.iter().zip(s));
        let analytic: f64 = products.map(|(g, s)| f64::from(*g) * f64::from(*s)).sum();
        let mut at = |size: f32| {
            shift(model.parameters_mut(), &steps, size);
            let loss = model.pass(&batch).loss;
            shift(model.parameters_mut(), &steps, -size);
            loss
        };
        let numeric = (at(1e-3) - at(-1e-3)) / 2e-3;
        let near = (analytic - numeric).abs() < 2e-2 * (1.0 + analytic.abs());
        assert!(near, "direction {direction}: {analytic} {numeric}");
    }
}

fn shift(parameters: Vec<Named<ArrayViewMutD<'_, f32>>>, steps: &[Vec<f32>], size: f32) {
    for (mut p, step) in parameters.into_iter().zip(steps) {
        p.value.iter_mut().zip(step).for_each(|(v, s)| *v += size * s);
    }
}

#[test]
fn gradients_of_the_whole_model_are_those_of_its_loss() {
    let site = Site { time: 9, width: 8, seed: 0 };
    let attention = (&attention::DEFINITION, "heads = 2");
    let mlps = mixers(&[(&mlp::DEFINITION, "expansion = 2"); 2], site);
    let with = Shell { mlps, ..shell(mixers(&[attention; 2], site)) };
    holds(Model::new(with, &recall()).unwrap(), &recall());
}

/// A body that changes time and width, read from its last step, from all, and from their mean.
#[test]
fn answers_are_read_from_a_step_from_all_or_from_their_mean() {
    let strided = (&conv::DEFINITION, "kernel = 3\nstride = 2\nfeatures = 5\nfinal_relu = true");
    let attention = (&attention::DEFINITION, "");
    for (readout, numbers) in [(Readout::Step, 5), (Readout::Sequence, 5 * 5), (Readout::Mean, 5)] {
        let site = Site { time: 9, width: 8, seed: 0 };
        let with = Shell { readout, residual: false, ..shell(mixers(&[strided], site)) };
        let model = Model::new(with, &recall()).unwrap();
        let batch = Batch::of(&recall(), 0, Split::Train, 0, 6);
        assert_eq!(model.hidden(&batch).0.dim(), (6, numbers), "{readout:?}");
        let reach = if readout == Readout::Step { Reach::lags([0, 1, 2]) } else { Reach::Everywhere };
        assert_eq!(model.reach(), reach);
        holds(model, &recall());
        let with = Shell { readout, ..shell(mixers(&[attention], site)) };
        holds(Model::new(with, &recall()).unwrap(), &recall());
    }
}

/// The numbers of the task go in as they are: nothing is learned before the first mixer.
#[test]
fn without_embedding_the_first_mixer_sees_the_numbers() {
    let task = numbers();
    let strided = (&conv::DEFINITION, "kernel = 3\nstride = 2\nfeatures = 5\nfinal_relu = true");
    let dense = (&conv::DEFINITION, "kernel = 20\npadding = 0\nfeatures = 4\nfinal_relu = true");
    let site = Site { time: task.time(), width: task.values(), seed: 0 };
    let with = Shell {
        embedding: false,
        readout: Readout::Sequence,
        residual: false,
        norm: false,
        ..shell(mixers(&[strided, dense], site))
    };
    let model = Model::new(with, &task).unwrap();
    // Two kernels with their biases, and a read-out of the four numbers that are left, for ten classes.
    let counted: usize = model.parameters().iter().map(|p| p.value.len()).sum();
    assert_eq!(counted, (3 * 5 + 5) + (20 * 5 * 4 + 4) + (4 + 1) * 10);
    assert_eq!(model.cost(1, task.time(), 1).parameters as usize, counted);
    holds(model, &task);
}

/// Attention without positions and a mean over steps: nothing in it knows their order.
#[test]
fn a_mean_of_attention_does_not_know_the_order_of_steps() {
    let task = numbers();
    let site = Site { time: task.time(), width: 8, seed: 0 };
    let attention = (&attention::DEFINITION, "mask = \"none\"");
    let read = |readout| {
        let with = Shell { readout, ..shell(mixers(&[attention; 2], site)) };
        let model = Model::new(with, &task).unwrap();
        let mut batch = Batch::of(&task, 0, Split::Test, 0, 8);
        let (before, _) = model.read(&batch);
        batch.values = batch.values.slice(ndarray::s![.., ..;-1, ..]).as_standard_layout().into_owned();
        (model.read(&batch).0 - before).iter().map(|d| d.abs()).fold(0.0_f32, f32::max)
    };
    assert!(read(Readout::Mean) < 1e-5, "{}", read(Readout::Mean));
    assert!(read(Readout::Sequence) > 1e-2, "{}", read(Readout::Sequence));
}
