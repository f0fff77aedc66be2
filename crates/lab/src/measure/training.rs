//! Trains and scores one cell.

use std::collections::BTreeMap;
use std::time::Instant;

use layer::checkpoint;
use serde::{Deserialize, Serialize};
use train::TrainError;

use crate::finished::{Done, Finished, Outcome};
use crate::model;
use crate::plan::{Cell, Job};
use crate::schedule::Watch;

/// What a training measured.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Scores {
    /// Test accuracy by lag.
    pub accuracy: BTreeMap<usize, f64>,
    /// Number of test questions at each lag.
    pub asked: BTreeMap<usize, usize>,
    /// Test cross-entropy, in nats.
    pub loss: f64,
    /// Share of test sequences all of whose answers are right, where sequences ask for several.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exact: Option<f64>,
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

impl Scores {
    /// Test accuracy, mean over lags.
    pub fn mean(&self) -> f64 {
        self.accuracy.values().sum::<f64>() / self.accuracy.len() as f64
    }
}

/// Runs `cell`; `None` when `watch` asked to stop.
pub fn run(cell: &Cell, watch: &mut Watch<'_>) -> Option<Done> {
    let start = Instant::now();
    let Job::Train(training) = &cell.job else { unreachable!("only trainings come here") };
    let task = match model::task_of(cell) {
        Ok(task) => task,
        Err(error) => return Some((Finished::failed(error.to_string()), None)),
    };
    let fresh = || model::build(cell, task.as_ref()).expect("built once when the run was planned");
    let selected = match train::select(fresh, task.as_ref(), training, cell.seed, &mut |event| watch(Some(event))) {
        Err(TrainError::Stopped) => return None,
        Err(error) => return Some((Finished::since(start, Err(error.to_string())), None)),
        Ok(selected) => selected,
    };
    let tried = selected.tried.iter().map(|t| (t.learning_rate, t.outcome.as_ref().ok().map(|f| f.validation.mean())));
    let scores = Scores {
        accuracy: selected.test.by_lag.clone(),
        asked: selected.test.asked.clone(),
        loss: selected.test.loss,
        exact: selected.test.exact,
        validation_accuracy: selected.fitted.validation.mean(),
        validation_loss: selected.fitted.validation.loss,
        train_loss: selected.fitted.train_loss,
        learning_rate: selected.learning_rate,
        steps: selected.fitted.steps,
        steps_to_solve: selected.fitted.steps_to_solve,
        tried: tried.collect(),
    };
    if !scores.loss.is_finite() {
        return Some((Finished::since(start, Err("the test loss is not a number".to_owned())), None));
    }
    let weights = checkpoint::to_bytes(selected.model.parameters());
    Some((Finished::since(start, Ok(Outcome::Accuracy(scores))), Some(weights)))
}
