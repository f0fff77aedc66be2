//! Runs one cell.

use std::collections::BTreeMap;
use std::time::Instant;

use serde::{Deserialize, Serialize};
use train::{Event, TrainError};

use crate::model;
use crate::plan::Cell;

/// What a cell measured; the same cell gives the same scores on one kind of machine, whatever runs beside it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Scores {
    /// Test accuracy by lag.
    pub accuracy: BTreeMap<usize, f64>,
    /// Test cross-entropy, in nats.
    pub loss: f64,
    /// Validation accuracy, mean over lags.
    pub validation_accuracy: f64,
    /// Validation cross-entropy, in nats.
    pub validation_loss: f64,
    /// Training cross-entropy at the end, in nats.
    pub train_loss: f64,
    /// The learning rate that validation picked.
    pub learning_rate: f64,
    /// Steps of the picked training.
    pub steps: usize,
    /// Steps until validation was solved, if it was.
    pub steps_to_solve: Option<usize>,
    /// Mean validation accuracy of each rate that was tried; `None` where it diverged.
    pub tried: Vec<(f64, Option<f64>)>,
}

/// A finished cell.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Finished {
    /// Scores, or why there are none.
    pub outcome: Result<Scores, String>,
    /// Wall-clock seconds of the cell on its core: noisy, and never among the scores.
    pub seconds: f64,
}

/// Runs `cell`; `None` when `watch` asked to stop.
pub fn run(cell: &Cell, watch: &mut dyn FnMut(Event) -> bool) -> Option<Finished> {
    let start = Instant::now();
    let task = match model::task(&cell.task, &cell.settings) {
        Ok(task) => task,
        Err(error) => return Some(Finished { outcome: Err(error.to_string()), seconds: 0.0 }),
    };
    let fresh = || model::build(cell, task.as_ref()).expect("built once when the run was planned");
    let selected = match train::select(fresh, task.as_ref(), &cell.training, cell.seed, watch) {
        Err(TrainError::Stopped) => return None,
        Err(error) => {
            return Some(Finished { outcome: Err(error.to_string()), seconds: start.elapsed().as_secs_f64() });
        }
        Ok(selected) => selected,
    };
    let tried = selected.tried.iter().map(|t| (t.learning_rate, t.outcome.as_ref().ok().map(|f| f.validation.mean())));
    let scores = Scores {
        accuracy: selected.test.by_lag.clone(),
        loss: selected.test.loss,
        validation_accuracy: selected.fitted.validation.mean(),
        validation_loss: selected.fitted.validation.loss,
        train_loss: selected.fitted.train_loss,
        learning_rate: selected.learning_rate,
        steps: selected.fitted.steps,
        steps_to_solve: selected.fitted.steps_to_solve,
        tried: tried.collect(),
    };
    let outcome = if scores.loss.is_finite() { Ok(scores) } else { Err("the test loss is not a number".to_owned()) };
    Some(Finished { outcome, seconds: start.elapsed().as_secs_f64() })
}
