//! What became of a cell.

use serde::{Deserialize, Serialize};

use crate::measure::probe::Found;
use crate::measure::timing::Timed;
use crate::measure::training::Scores;

/// What a cell measured; scores and what probes find are the same on one kind of machine, whatever runs beside it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// Of a training.
    Accuracy(Scores),
    /// Of a probe.
    Reach(Found),
    /// Of a timing.
    Throughput(Timed),
}

/// A finished cell.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Finished {
    /// What was measured, or why there is nothing.
    pub outcome: Result<Outcome, String>,
    /// Wall-clock seconds of the cell on its core: noisy, and never among the scores.
    pub seconds: f64,
    /// Hash of the trained weights, which stand in a file of their own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub weights: Option<String>,
    /// Whether it tells of this run and not of the cell, such as a time limit: not kept, and tried anew next time.
    #[serde(skip)]
    pub passing: bool,
}

/// A finished cell, and the trained weights as a safetensors file if there are any.
pub type Done = (Finished, Option<Vec<u8>>);

impl Finished {
    /// A cell that took so long since `start`.
    pub fn since(start: std::time::Instant, outcome: Result<Outcome, String>) -> Self {
        Self { outcome, seconds: start.elapsed().as_secs_f64(), weights: None, passing: false }
    }

    /// What a file of results cannot say, whatever its checksum.
    ///
    /// # Errors
    /// Says what does not fit.
    pub fn check(&self) -> Result<(), String> {
        match &self.outcome {
            Ok(Outcome::Accuracy(scores)) if scores.asked.keys().any(|lag| !scores.accuracy.contains_key(lag)) => {
                Err("it was asked at a lag that it has no accuracy for".to_owned())
            }
            _ => Ok(()),
        }
    }

    /// A cell that could not even begin.
    pub fn failed(why: String) -> Self {
        Self { outcome: Err(why), seconds: 0.0, weights: None, passing: false }
    }
}
