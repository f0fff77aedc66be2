//! The whole model: thread counts, floors of closed form, divergence, and the choice of the rate.

use layer::{Definition, Layer, Site};
use tasks::{Batch, CopyAtLag, Polysemy, Split, Task};
use toml::Table;
use train::{Model, Readout, Shell, TrainError, Training, evaluate, fit, select};

fn layers(definition: &Definition, options: &str, site: Site, depth: u64) -> Vec<Box<dyn Layer>> {
    let options: Table = options.parse().unwrap();
    (0..depth).map(|i| (definition.build)(&options, Site { seed: i, ..site }).unwrap()).collect()
}

fn model(definition: &Definition, options: &str, mlp: bool, task: &dyn Task, width: usize) -> Model {
    let site = Site { time: task.time(), width, seed: 0 };
    let mlps = if mlp { layers(&mlp::DEFINITION, "expansion = 2", site, 2) } else { Vec::new() };
    let mixers = layers(definition, options, site, 2);
    Model::new(
        Shell {
            mixers,
            mlps,
            positions: None,
            width,
            embedding: true,
            readout: Readout::Step,
            residual: true,
            norm: true,
            seed: 7,
        },
        task,
    )
    .unwrap()
}

fn training() -> Training {
    Training {
        steps: 200,
        warmup: 10,
        batch: 16,
        learning_rates: vec![1e-2],
        last_rate: 0.1,
        weight_decay: 0.0,
        clip: 1.0,
        evaluate_every: 20,
        solved: 0.99,
        validation: 64,
        test: 128,
    }
}

#[test]
fn threads_change_no_bit() {
    let task = CopyAtLag { n: 64, lag: 3, vocabulary: 8 };
    let model = model(&attention::DEFINITION, "", true, &task, 16);
    let batch = Batch::of(&task, 0, Split::Train, 0, 13);
    let one = model.pass(&batch);
    for threads in [1, 2, 3] {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        let many = pool.install(|| model.pass(&batch));
        assert_eq!(one.loss.to_bits(), many.loss.to_bits());
        assert_eq!(one.correct, many.correct);
        assert!(one.gradients.slices().eq(many.gradients.slices()));
    }
}

#[test]
fn declared_flops_of_the_whole_model_are_counted() {
    let task = CopyAtLag { n: 10, lag: 3, vocabulary: 8 };
    let model = model(&attention::DEFINITION, "", true, &task, 16);
    let batch = Batch::of(&task, 0, Split::Train, 0, 1);
    let (_, counted) = kernels::flops::counted(|| model.pass(&batch));
    assert_eq!(model.cost(1, 10, batch.targets.len()).flops(), counted);
    let parameters: usize = model.parameters().iter().map(|p| p.value.len()).sum();
    assert_eq!(model.cost(1, 10, 7).parameters, parameters as u64);
}

/// Largest |f(a + b) − f(a) − f(b) + f(0)| of the body f, which is 0 where f is affine, and the largest |f|.
fn bend(model: &Model, time: usize, width: usize) -> (f32, f32) {
    let random = |name| layer::init::normal((2, time, width), 1.0, 5, name);
    let (a, b) = (random("a"), random("b"));
    let f = |x: ndarray::Array3<f32>| model.body().forward(x).0;
    let (sum, zero) = (f(&a + &b), f(ndarray::Array3::zeros(a.raw_dim())));
    let largest = |y: &ndarray::Array3<f32>| y.iter().fold(0.0, |most: f32, v| most.max(v.abs()));
    (largest(&(&sum - &f(a) - &f(b) + &zero)), largest(&sum))
}

/// An affine model has no norm anywhere, and its body adds up as a line does; a softmax and a norm do not.
#[test]
fn a_model_of_lines_is_a_line() {
    let task = CopyAtLag { n: 10, lag: 3, vocabulary: 8 };
    let straight = model(&linear::DEFINITION, "over = \"time\"", false, &task, 16);
    assert!(straight.parameters().iter().all(|p| !p.name.contains("norm")));
    assert!(straight.body().is_affine());
    let (off, size) = bend(&straight, task.n, 16);
    assert!(off < 1e-5 * size && size > 1.0, "{off} of {size}");
    let bent = model(&attention::DEFINITION, "", false, &task, 16);
    let (off, size) = bend(&bent, task.n, 16);
    assert!(off > 0.1 * size, "{off} of {size}");
    assert!(bent.parameters().iter().any(|p| p.name == "blocks.1.mixer_norm.gain") && !bent.body().is_affine());
    assert!(bent.parameters().iter().any(|p| p.name == "blocks.0.mixer.query.weight"));
}

/// A line over time reaches any fixed lag, and stops as soon as it has solved it.
#[test]
fn training_solves_a_fixed_lag_and_stops() {
    let task = CopyAtLag { n: 16, lag: 15, vocabulary: 8 };
    let mut line = model(&linear::DEFINITION, "over = \"time\"", false, &task, 16);
    let mut steps = 0;
    let fitted = fit(&mut line, &task, &training(), 1e-2, 0, &mut |event| {
        steps = event.step;
        true
    })
    .unwrap();
    assert_eq!(fitted.steps_to_solve, Some(steps));
    assert!(steps < 200, "never solved");
    assert!(evaluate(&line, &task, 0, Split::Test, 200).worst() > 0.97);
}

/// Independent of training: what a model that sees nothing can reach is ln V, and it does not beat it.
#[test]
fn what_cannot_be_seen_costs_ln_v() {
    let task = CopyAtLag { n: 16, lag: 9, vocabulary: 8 };
    let mut blind = model(&layer::definition::NONE, "", false, &task, 16);
    fit(&mut blind, &task, &training(), 1e-2, 0, &mut |_| true).unwrap();
    let scores = evaluate(&blind, &task, 0, Split::Test, 400);
    assert!((scores.loss - 8f64.ln()).abs() < 0.03, "{}", scores.loss);
    assert!((scores.mean() - 0.125).abs() < 0.03, "{}", scores.mean());
}

#[test]
fn divergence_is_an_error_that_names_step_and_rate() {
    let task = CopyAtLag { n: 16, lag: 3, vocabulary: 8 };
    let fresh = || model(&linear::DEFINITION, "over = \"time\"", false, &task, 16);
    let error = fit(&mut fresh(), &task, &training(), 1e30, 0, &mut |_| true).unwrap_err();
    assert!(
        matches!(error, TrainError::Diverged { .. }) && error.to_string().contains("lower the learning rate"),
        "{error}"
    );
    // One rate that diverges does not lose the other.
    let both = Training { learning_rates: vec![1e30, 1e-2], ..training() };
    let selected = select(fresh, &task, &both, 0, &mut |_| true).unwrap();
    assert_eq!((selected.learning_rate, selected.tried.len()), (1e-2, 2));
    let none = Training { learning_rates: vec![1e30, 2e30], ..training() };
    assert!(matches!(select(fresh, &task, &none, 0, &mut |_| true), Err(TrainError::Diverged { .. })));
}

#[test]
fn a_caller_can_stop_it_at_any_step() {
    let task = CopyAtLag { n: 16, lag: 3, vocabulary: 8 };
    let fresh = || model(&linear::DEFINITION, "over = \"time\"", false, &task, 16);
    let stopped = select(fresh, &task, &training(), 0, &mut |event| event.step < 5);
    assert_eq!(stopped.err(), Some(TrainError::Stopped));
}

/// The rate is picked by validation alone: other test sequences leave the choice as it is.
#[test]
fn the_test_split_takes_no_part_in_the_choice() {
    let task = CopyAtLag { n: 16, lag: 3, vocabulary: 8 };
    let fresh = || model(&linear::DEFINITION, "over = \"time\"", false, &task, 16);
    let pick = |test| {
        let rates = Training { steps: 10, learning_rates: vec![1e-4, 1e-2, 1e-3], test, ..training() };
        let selected = select(fresh, &task, &rates, 0, &mut |_| true).unwrap();
        let best = selected.tried.iter().map(|t| t.outcome.as_ref().unwrap().validation.mean()).fold(0.0, f64::max);
        assert_eq!(selected.fitted.validation.mean(), best);
        selected.learning_rate
    };
    assert_eq!(pick(1), pick(300));
}

/// A lag that a split never asks for is no lag done badly: it would hold the worst and the mean down for ever.
#[test]
fn lags_that_are_not_asked_are_not_scored() {
    let task = toml::from_str::<Polysemy>("n = 16\nwords = 4\ncues = 1").unwrap().check().unwrap();
    let model = model(&attention::DEFINITION, "heads = 2", false, &task, 8);
    let scores = |split| evaluate(&model, &task, 0, split, 64).by_lag;
    assert!(scores(Split::Validation).into_keys().eq(task.grid(Split::Validation)));
    assert!(scores(Split::Test).into_keys().eq(task.lags()));
    assert!(task.grid(Split::Validation).len() < task.lags().len());

    let all = evaluate(&model, &task, 0, Split::Validation, 64);
    let asked = Batch::of(&task, 0, Split::Validation, 0, 64).targets;
    let right = model.score(&Batch::of(&task, 0, Split::Validation, 0, 64)).correct;
    for (lag, accuracy) in &all.by_lag {
        let of_lag: Vec<bool> =
            asked.iter().zip(&right).filter(|(target, _)| target.target.lag == *lag).map(|(_, right)| *right).collect();
        assert_eq!(*accuracy, of_lag.iter().filter(|right| **right).count() as f64 / of_lag.len() as f64);
    }
    assert_eq!(all.mean(), all.by_lag.values().sum::<f64>() / task.grid(Split::Validation).len() as f64);
    let none = evaluate(&model, &task, 0, Split::Validation, 0);
    assert!(none.worst().is_nan() && none.mean().is_nan());
}

/// A sequence is right where all of its answers are; one question asked alone has nothing to be exact about.
#[test]
fn exact_counts_whole_sequences() {
    let task = CopyAtLag { n: 6, lag: 3, vocabulary: 2 }.check().unwrap();
    let model = model(&attention::DEFINITION, "heads = 2", false, &task, 8);
    let scores = evaluate(&model, &task, 0, Split::Test, 500);
    let batch = Batch::of(&task, 0, Split::Test, 0, 500);
    let right = model.score(&batch).correct;
    let whole = right.chunks(3).filter(|answers| answers.iter().all(|right| *right)).count() as f64 / 500.0;
    assert!(whole > 0.0 && whole < scores.mean(), "{whole} of {}", scores.mean());
    assert!((scores.exact.unwrap() - whole).abs() < 1e-12, "{:?} for {whole}", scores.exact);
    let alone = toml::from_str::<Polysemy>("n = 16\nwords = 4\ncues = 1").unwrap().check().unwrap();
    let model = self::model(&attention::DEFINITION, "heads = 2", false, &alone, 8);
    assert_eq!(evaluate(&model, &alone, 0, Split::Test, 20).exact, None);
}
