//! The learning rate, picked on validation data.
//!
//! Rates are tried in the order given, each on a fresh model from the same
//! seed. The first that solves validation is taken; when none does, the one
//! with the best mean validation accuracy is (the lower loss breaks ties). The
//! test split is scored once, by the model that was picked.

use tasks::{Split, Task};

use crate::{Event, Fitted, Model, Scores, TrainError, Training, evaluate, fit};

/// One learning rate's outcome.
#[derive(Clone, Debug, PartialEq)]
pub struct Tried {
    /// Peak learning rate.
    pub learning_rate: f64,
    /// What came of it.
    pub outcome: Result<Fitted, TrainError>,
}

/// The picked training and its test scores.
pub struct Selected {
    /// Peak learning rate that was picked.
    pub learning_rate: f64,
    /// Its record.
    pub fitted: Fitted,
    /// Scores on test data.
    pub test: Scores,
    /// Every rate that was tried, in order.
    pub tried: Vec<Tried>,
    /// The trained model.
    pub model: Model,
}

/// Trains at each rate, picks by validation, scores on test.
///
/// # Errors
/// When every rate diverged, the last one's error; [`TrainError::Stopped`] when `watch` said no.
pub fn select(
    mut fresh: impl FnMut() -> Model,
    task: &dyn Task,
    training: &Training,
    seed: u64,
    watch: &mut dyn FnMut(Event) -> bool,
) -> Result<Selected, TrainError> {
    let mut best: Option<(f64, Fitted, Model)> = None;
    let mut tried = Vec::new();
    for rate in &training.learning_rates {
        let mut model = fresh();
        let outcome = fit(&mut model, task, training, *rate, seed, watch);
        tried.push(Tried { learning_rate: *rate, outcome: outcome.clone() });
        match outcome {
            Err(TrainError::Stopped) => return Err(TrainError::Stopped),
            Err(TrainError::Diverged { .. }) => {}
            Ok(fitted) => {
                let solved = fitted.steps_to_solve.is_some();
                if solved || best.as_ref().is_none_or(|(_, best, _)| better(&fitted.validation, &best.validation)) {
                    best = Some((*rate, fitted, model));
                }
                if solved {
                    break;
                }
            }
        }
    }
    let Some((learning_rate, fitted, model)) = best else {
        let last = tried.pop().expect("at least one learning rate");
        return Err(last.outcome.expect_err("none succeeded"));
    };
    let test = evaluate(&model, task, seed, Split::Test, training.test);
    Ok(Selected { learning_rate, fitted, test, tried, model })
}

fn better(a: &Scores, b: &Scores) -> bool {
    (a.mean(), -a.loss) > (b.mean(), -b.loss)
}
