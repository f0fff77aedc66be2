//! What a probe looks at: layers in a row with fresh weights, or a model before and after its training.

use layer::{Layer, Site, Stack, checkpoint, init};
use ndarray::Array3;
use tasks::{Batch, Sequence, Split};
use train::Model;

use super::{Settings, Weights};
use crate::error::LabError;
use crate::model;
use crate::plan::{Cell, block_of, refused};
use crate::sizes;

/// Weights of a cell that was trained, and its accuracy, mean over lags.
pub type Source<'a> = dyn Fn(&Cell) -> Result<(Vec<u8>, f64), String> + Sync + 'a;

/// A layer to look at, and inputs to look at it with.
pub struct Subject {
    /// `untrained` or `trained`.
    pub split: &'static str,
    body: Body,
    /// `(inputs, time, width)`.
    pub x: Array3<f32>,
    /// Inputs in groups that differ in the question alone, where the task has several, and the size of a group.
    pub questions: Option<(Array3<f32>, usize)>,
    /// Accuracy of a trained model, mean over lags.
    pub accuracy: Option<f64>,
}

enum Body {
    Bare(Stack),
    Model(Box<Model>),
}

impl Subject {
    /// The layer.
    pub fn layer(&self) -> &dyn Layer {
        match &self.body {
            Body::Bare(stack) => stack,
            Body::Model(model) => model.body(),
        }
    }
}

/// What a cell looks at: one subject, or the model before and after training.
///
/// # Errors
/// When the trained model is not to be had.
pub fn subjects(
    cell: &Cell,
    settings: &Settings,
    trained: Option<&Cell>,
    source: &Source<'_>,
) -> Result<Vec<Subject>, String> {
    let Some(trainer) = trained else {
        let stack = bare(cell, settings).map_err(|e| e.to_string())?;
        let shape = (settings.inputs, settings.n, cell.model.width);
        let x = init::normal(shape, 1.0, cell.seed, "probes.input");
        return Ok(vec![Subject { split: "untrained", body: Body::Bare(stack), x, questions: None, accuracy: None }]);
    };
    let task = model::task_of(trainer).map_err(|e| e.to_string())?;
    let build = || model::build(trainer, task.as_ref()).map_err(|e| e.to_string());
    let (weights, accuracy) = source(trainer)?;
    let mut after = build()?;
    checkpoint::from_bytes(after.parameters_mut(), &weights).map_err(|e| e.to_string())?;
    let batch = Batch::of(task.as_ref(), trainer.seed, Split::Test, 0, settings.inputs);
    let asked: Vec<Vec<Sequence>> = (0..settings.inputs as u64)
        .map(|index| task.questions(&task.sequence(trainer.seed, Split::Test, index)))
        .collect();
    let subject = |split, model: Model, accuracy| {
        let x = model.embed(batch.tokens.view(), batch.values.view());
        let size = asked[0].len();
        let questions = (size > 1).then(|| {
            let batch = Batch::from_sequences(task.as_ref(), &asked.concat());
            (model.embed(batch.tokens.view(), batch.values.view()), size)
        });
        Subject { split, body: Body::Model(Box::new(model)), x, questions, accuracy }
    };
    Ok(vec![subject("untrained", build()?, None), subject("trained", after, Some(accuracy))])
}

/// The layers of a cell in a row, without a shell around them.
///
/// # Errors
/// Options that do not fit, or too many weights.
pub fn bare(cell: &Cell, settings: &Settings) -> Result<Stack, LabError> {
    let mut growing = sizes::Growing::default();
    let mut stack = Stack::default();
    for depth in 0..cell.model.depth {
        let seed = cell.seed.wrapping_mul(1_000_003).wrapping_add(depth as u64);
        let site = Site { time: settings.n, width: cell.model.width, seed };
        let (definition, options) = block_of(cell, depth)?;
        let layer = (definition.build)(&options, site).map_err(|e| refused(&cell.label, &e.to_string()))?;
        if depth == 0 {
            let each = layer.parameters().iter().map(|p| p.value.len()).sum();
            sizes::check_weights(cell, "layers", cell.model.depth, each)?;
        }
        growing.add(cell, layer.as_ref())?;
        stack = stack.with(format!("{depth}"), layer);
    }
    if settings.weights == Weights::Box {
        for mut parameter in stack.parameters_mut() {
            // Weights are (…, input, output): all but the last axis are summed over.
            let shape = parameter.value.shape().to_vec();
            let fan_in: usize = shape[..shape.len() - 1].iter().product();
            parameter.value.fill(if shape.len() > 1 { 1.0 / fan_in as f32 } else { 0.0 });
        }
    }
    Ok(stack)
}
