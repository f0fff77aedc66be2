//! The training loop.

use serde::{Deserialize, Serialize};
use tasks::{Batch, Split, Task};

use crate::adamw::clip;
use crate::{AdamW, Model, Schedule, Scores, evaluate};

/// Budget and settings of one training.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Training {
    /// Steps at the most.
    pub steps: usize,
    /// Steps of linear warm-up.
    pub warmup: usize,
    /// Sequences of a step.
    pub batch: usize,
    /// Learning rates to try, in order; validation data picks.
    pub learning_rates: Vec<f64>,
    /// Share of the peak learning rate that the cosine ends at.
    pub last_rate: f64,
    /// Decoupled weight decay of matrices.
    pub weight_decay: f64,
    /// Global gradient norm is cut to this.
    pub clip: f64,
    /// Steps between validations.
    pub evaluate_every: usize,
    /// Solved once the worst lag reaches this accuracy on validation data; training then stops.
    pub solved: f64,
    /// Sequences of validation.
    pub validation: usize,
    /// Sequences of test.
    pub test: usize,
}

/// Why a training gave no model.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TrainError {
    /// Loss or gradient is no longer a number.
    #[error("diverged at step {step}: the loss is {loss}; lower the learning rate (it was {rate})")]
    Diverged {
        /// The step, counted from 1.
        step: usize,
        /// What the loss was.
        loss: String,
        /// The peak learning rate.
        rate: String,
    },
    /// The caller asked to stop.
    #[error("stopped")]
    Stopped,
}

/// What the loop tells while it runs.
#[derive(Clone, Copy, Debug)]
pub struct Event {
    /// Steps done.
    pub step: usize,
    /// Mean training loss of that step, in nats.
    pub loss: f64,
}

/// A trained model's record.
#[derive(Clone, Debug, PartialEq)]
pub struct Fitted {
    /// Steps done.
    pub steps: usize,
    /// Steps until validation was solved, if it was.
    pub steps_to_solve: Option<usize>,
    /// Scores on validation data at the end.
    pub validation: Scores,
    /// Mean training loss over the last validation interval, in nats.
    pub train_loss: f64,
}

/// Trains `model` on `task` at one learning rate, in place.
///
/// `watch` is told of every step and says whether to go on.
///
/// # Errors
/// [`TrainError::Diverged`] when the loss is no number, [`TrainError::Stopped`] when `watch` said no.
pub fn fit(
    model: &mut Model,
    task: &dyn Task,
    training: &Training,
    learning_rate: f64,
    seed: u64,
    watch: &mut dyn FnMut(Event) -> bool,
) -> Result<Fitted, TrainError> {
    let schedule = Schedule { warmup: training.warmup, steps: training.steps, last: training.last_rate };
    let mut optimiser = AdamW::default();
    let mut train_loss = 0.0;
    for step in 0..training.steps {
        let first = (step * training.batch) as u64;
        let batch = Batch::of(task, seed, Split::Train, first, training.batch);
        let mut pass = model.pass(&batch);
        let norm = clip(&mut pass.gradients, training.clip);
        if !pass.loss.is_finite() || !norm.is_finite() {
            let rate = format!("{learning_rate}");
            return Err(TrainError::Diverged { step: step + 1, loss: format!("{:.3}", pass.loss), rate });
        }
        let rate = learning_rate * schedule.factor(step);
        optimiser.step(model.parameters_mut(), &pass.gradients, rate as f32, training.weight_decay as f32);
        if !watch(Event { step: step + 1, loss: pass.loss }) {
            return Err(TrainError::Stopped);
        }
        train_loss += pass.loss;
        let last = step + 1 == training.steps;
        if last || (step + 1) % training.evaluate_every == 0 {
            let validation = evaluate(model, task, seed, Split::Validation, training.validation);
            let solved = validation.worst() >= training.solved;
            if last || solved {
                let interval = if last { (step % training.evaluate_every) + 1 } else { training.evaluate_every };
                let steps_to_solve = solved.then_some(step + 1);
                let train_loss = train_loss / interval as f64;
                return Ok(Fitted { steps: step + 1, steps_to_solve, validation, train_loss });
            }
            train_loss = 0.0;
        }
    }
    unreachable!("the last step returns; zero steps are refused when settings are read")
}
