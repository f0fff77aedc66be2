//! Loss, optimiser, clipping, schedule and embedding against PyTorch 2.15.0 in float64; `scripts/golden/make.py` made
//! the numbers, and its head says what each field is.

use std::collections::BTreeMap;

use layer::{Gradients, named};
use ndarray::{Array2, Array3, ArrayD, Axis, Ix2, Ix3, stack};
use serde::Deserialize;
use tasks::Target;
use train::adamw::{AdamW, clip};
use train::embedding::Embedding;
use train::loss::Scoring;
use train::schedule::Schedule;

#[derive(Deserialize)]
struct File {
    softmax_cross_entropy: Vec<CrossEntropy>,
    adamw: Vec<Trajectory>,
    clip_by_global_norm: Vec<Clip>,
    schedule: Vec<Rates>,
    embedding: Vec<Lookup>,
}

#[derive(Deserialize)]
struct CrossEntropy {
    name: String,
    logits: Values,
    targets: Vec<usize>,
    loss: f64,
    d_logits: Values,
}

#[derive(Deserialize)]
struct Trajectory {
    name: String,
    parameters: BTreeMap<String, Start>,
    steps: Vec<Step>,
}

#[derive(Deserialize)]
struct Start {
    weight_decay: f32,
    initial: Values,
}

#[derive(Deserialize)]
struct Step {
    learning_rate: f32,
    gradients: BTreeMap<String, Values>,
    parameters: BTreeMap<String, Values>,
}

#[derive(Deserialize)]
struct Clip {
    name: String,
    max_norm: f64,
    gradients: BTreeMap<String, Values>,
    norm: f64,
    clipped: BTreeMap<String, Values>,
}

#[derive(Deserialize)]
struct Rates {
    name: String,
    learning_rate: f64,
    warmup_steps: usize,
    steps: usize,
    floor: f64,
    values: Vec<f64>,
}

#[derive(Deserialize)]
struct Lookup {
    name: String,
    channels: Vec<Channel>,
    y: Values,
    d_y: Values,
}

#[derive(Deserialize)]
struct Channel {
    table: Values,
    tokens: Values<u32>,
    d_table: Values,
}

#[derive(Deserialize)]
struct Values<T = f64> {
    shape: Vec<usize>,
    values: Vec<T>,
}

impl Values {
    fn array(&self) -> ArrayD<f32> {
        let values = self.values.iter().map(|v| *v as f32).collect();
        ArrayD::from_shape_vec(self.shape.clone(), values).expect("as many values as the shape says")
    }
}

fn file() -> File {
    serde_json::from_str(include_str!("golden.json")).expect("a golden file")
}

/// Fails unless every value is within `tolerance` × the largest expected one.
fn assert_near<'a>(what: &str, got: impl ExactSizeIterator<Item = &'a f32>, want: &Values, tolerance: f64) {
    assert_eq!(got.len(), want.values.len(), "{what}: number of values");
    let largest = want.values.iter().fold(0.0, |most: f64, v| v.abs().max(most));
    for (i, (got, want)) in got.zip(&want.values).enumerate() {
        // Written so that NaN fails.
        let near = (f64::from(*got) - want).abs() <= tolerance * largest;
        assert!(near, "{what}, value {i}: got {got}, want {want}");
    }
}

fn gradients(from: &BTreeMap<String, Values>) -> Gradients {
    from.values().fold(Gradients::none(), |all, g| all.with(g.array()))
}

#[test]
fn cross_entropy_agrees() {
    let cases = file().softmax_cross_entropy;
    assert!(!cases.is_empty());
    for case in cases {
        let logits: Array2<f32> = case.logits.array().into_dimensionality::<Ix2>().unwrap();
        let rows = logits.nrows();
        let targets: Vec<_> = case.targets.iter().map(|class| Target::class(0, *class, 0)).collect();
        let scoring = Scoring { classes: logits.ncols(), tolerance: 0.0 };
        let loss = scoring.loss(logits, targets.iter().enumerate(), 1.0 / rows as f32);
        let mean = loss.total / rows as f64;
        assert!((mean - case.loss).abs() <= 1e-6 * (1.0 + case.loss), "{}: got {mean}, want {}", case.name, case.loss);
        assert_near(&case.name, loss.d_readout.iter(), &case.d_logits, 1e-6);
    }
}

#[test]
fn adamw_agrees_after_every_step() {
    let cases = file().adamw;
    assert!(!cases.is_empty());
    for case in cases {
        let mut parameters: Vec<_> = case.parameters.iter().map(|(name, p)| (name, p.initial.array())).collect();
        // Which parameters decay is the optimiser's own choice: it is told the rate only.
        let weight_decay = case.parameters.values().map(|p| p.weight_decay).fold(0.0, f32::max);
        let mut optimiser = AdamW::default();
        for (i, step) in case.steps.iter().enumerate() {
            let views = parameters.iter_mut().map(|(name, p)| named(name.as_str(), p.view_mut())).collect();
            optimiser.step(views, &gradients(&step.gradients), step.learning_rate, weight_decay);
            for (name, p) in &parameters {
                assert_near(&format!("{}: {name} after step {i}", case.name), p.iter(), &step.parameters[*name], 1e-6);
            }
        }
    }
}

#[test]
fn clipping_agrees() {
    let cases = file().clip_by_global_norm;
    assert!(!cases.is_empty());
    for case in cases {
        let mut clipped = gradients(&case.gradients);
        let norm = clip(&mut clipped, case.max_norm);
        assert!((norm - case.norm).abs() <= 1e-6 * case.norm, "{}: got {norm}, want {}", case.name, case.norm);
        for (got, (name, want)) in clipped.iter().zip(&case.clipped) {
            // PyTorch divides by the norm + 1e-6, which is why this is no closer.
            assert_near(&format!("{}: {name}", case.name), got.iter(), want, 2e-6);
        }
    }
}

#[test]
fn schedule_agrees_at_every_step() {
    let cases = file().schedule;
    assert!(!cases.is_empty());
    for case in cases {
        let schedule = Schedule { warmup: case.warmup_steps, steps: case.steps, last: case.floor };
        assert_eq!(case.values.len(), case.steps, "{}", case.name);
        for (step, want) in case.values.iter().enumerate() {
            let got = case.learning_rate * schedule.factor(step);
            let near = (got - want).abs() <= 1e-8 * case.learning_rate;
            assert!(near, "{}, step {step}: got {got}, want {want}", case.name);
        }
    }
}

#[test]
fn embedding_agrees() {
    let cases = file().embedding;
    assert!(!cases.is_empty());
    for case in cases {
        let tables = case.channels.iter().map(|c| c.table.array().into_dimensionality::<Ix2>().unwrap()).collect();
        let tokens: Vec<_> = case
            .channels
            .iter()
            .map(|c| ArrayD::from_shape_vec(c.tokens.shape.clone(), c.tokens.values.clone()).unwrap())
            .collect();
        let tokens: Vec<_> = tokens.iter().map(|t| t.view()).collect();
        let tokens = stack(Axis(2), &tokens).unwrap().into_dimensionality::<Ix3>().unwrap();
        let embedding = Embedding::from_tables(tables);
        let none = Array3::zeros((tokens.dim().0, tokens.dim().1, 0));
        assert_near(&case.name, embedding.forward(tokens.view(), none.view()).iter(), &case.y, 1e-6);
        let d_y: Array3<f32> = case.d_y.array().into_dimensionality::<Ix3>().unwrap();
        let d_tables = embedding.backward(tokens.view(), none.view(), d_y.view());
        for (i, (got, channel)) in d_tables.iter().zip(&case.channels).enumerate() {
            assert_near(&format!("{}: d_table {i}", case.name), got.iter(), &channel.d_table, 1e-6);
        }
    }
}
