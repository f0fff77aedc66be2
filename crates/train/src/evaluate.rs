//! Accuracy by lag.

use std::collections::{BTreeMap, BTreeSet};

use tasks::{Batch, Split, Task};

use crate::Model;

/// What a model scores on a split.
#[derive(Clone, Debug, PartialEq)]
pub struct Scores {
    /// Accuracy in [0, 1] for each lag that was asked; a split may ask at fewer lags than the task has.
    pub by_lag: BTreeMap<usize, f64>,
    /// Number of questions at each of these lags.
    pub asked: BTreeMap<usize, usize>,
    /// Mean over all questions: of cross-entropy, in nats, or of squared error.
    pub loss: f64,
    /// Share of sequences all of whose questions were answered rightly; `None` where no sequence asks more than one.
    pub exact: Option<f64>,
}

impl Scores {
    /// The lag that is done worst; NaN where nothing was asked, which solves nothing.
    pub fn worst(&self) -> f64 {
        self.by_lag.values().copied().reduce(f64::min).unwrap_or(f64::NAN)
    }

    /// Mean over lags; NaN where nothing was asked.
    pub fn mean(&self) -> f64 {
        self.by_lag.values().sum::<f64>() / self.by_lag.len() as f64
    }
}

/// Steps of one forward: few enough to stay in cache.
const CHUNK_STEPS: usize = 1024;

/// Scores `model` on the first `count` sequences of a split.
pub fn evaluate(model: &Model, task: &dyn Task, seed: u64, split: Split, count: usize) -> Scores {
    let chunk = (CHUNK_STEPS / task.time()).max(1);
    let mut tally: BTreeMap<usize, (usize, usize)> = task.lags().into_iter().map(|lag| (lag, (0, 0))).collect();
    let (mut total, mut targets) = (0.0, 0);
    let mut wrong = BTreeSet::new();
    for first in (0..count).step_by(chunk) {
        let batch = Batch::of(task, seed, split, first as u64, chunk.min(count - first));
        let loss = model.score(&batch);
        total += loss.total;
        targets += batch.targets.len();
        for (target, correct) in batch.targets.iter().zip(loss.correct) {
            let (right, asked) = tally.get_mut(&target.target.lag).expect("a lag of the task");
            *right += usize::from(correct);
            *asked += 1;
            if !correct {
                wrong.insert(first + target.sequence);
            }
        }
    }
    let exact = (targets > count).then(|| 1.0 - wrong.len() as f64 / count as f64);
    tally.retain(|_, (_, asked)| *asked > 0);
    let by_lag = tally.iter().map(|(lag, (right, asked))| (*lag, *right as f64 / *asked as f64)).collect();
    let asked = tally.into_iter().map(|(lag, (_, asked))| (lag, asked)).collect();
    Scores { by_lag, asked, loss: total / targets.max(1) as f64, exact }
}
