//! The models that probes look at: cells of another experiment, trained there if they are not finished yet.

use std::collections::HashMap;
use std::path::Path;

use crate::error::LabError;
use crate::finished::{Finished, Outcome};
use crate::plan::{Cell, Job, Planned};
use crate::progress::Progress;
use crate::schedule::{self, Runner};
use crate::store::{Kept, Store};

/// Trained models by the key of their cell.
pub struct Trainings<'s> {
    store: Option<Shelf<'s>>,
    finished: HashMap<String, Finished>,
    kept: usize,
}

/// Where their weights are: in a folder of their own, or in that of the run.
enum Shelf<'s> {
    Foreign(Store),
    Own(&'s Store),
}

impl Shelf<'_> {
    fn store(&self) -> &Store {
        match self {
            Self::Foreign(store) => store,
            Self::Own(store) => store,
        }
    }
}

impl<'s> Trainings<'s> {
    /// What this run has trained itself.
    pub fn own(planned: &[Planned], finished: &[Option<Finished>], store: &'s Store) -> Self {
        let done = planned.iter().zip(finished).filter_map(|(plan, finished)| Some((plan, finished.as_ref()?)));
        let trained = done.filter(|(plan, _)| matches!(plan.cell.job, Job::Train(_)));
        let finished = trained.map(|(plan, finished)| (plan.cell.key(), finished.clone())).collect();
        Self { store: Some(Shelf::Own(store)), finished, kept: 0 }
    }

    /// For an experiment that needs none.
    pub fn none() -> Self {
        Self { store: None, finished: HashMap::new(), kept: 0 }
    }

    /// Trains what the plan looks at and `folder` does not have yet.
    ///
    /// # Errors
    /// When the folder cannot be written, or another run holds it.
    pub fn of(
        planned: &[Planned],
        folder: &Path,
        threads: usize,
        progress: &Progress,
        run: &Runner<'_>,
    ) -> Result<Self, LabError> {
        let mut trainers: Vec<Planned> = Vec::new();
        for trainer in planned.iter().filter_map(|plan| plan.trainer.as_deref()) {
            if !trainers.iter().any(|known| known.cell == trainer.cell) {
                trainers.push(trainer.clone());
            }
        }
        if trainers.is_empty() {
            return Ok(Self::none());
        }
        let store = Store::open(folder)?;
        let sweep = schedule::sweep(&trainers, &store, threads, false, progress, run)?;
        let kept = sweep.kept;
        let keyed = trainers.iter().zip(sweep.finished);
        let finished = keyed.filter_map(|(trainer, finished)| Some((trainer.cell.key(), finished?))).collect();
        Ok(Self { store: Some(Shelf::Foreign(store)), finished, kept })
    }

    /// How many there are, and how many were finished before; none where none is needed.
    pub fn count(&self) -> Option<(usize, usize)> {
        self.store.as_ref().map(|_| (self.finished.len(), self.kept))
    }

    /// Whether what became of a training is kept, so that it is not tried anew.
    pub fn is_kept(&self, cell: &Cell) -> bool {
        self.store.as_ref().is_some_and(|shelf| matches!(shelf.store().read(cell), Kept::Finished(_)))
    }

    /// Weights and mean accuracy of a trained cell.
    ///
    /// # Errors
    /// When its training failed, or its weights are not to be had.
    pub fn model(&self, cell: &Cell) -> Result<(Vec<u8>, f64), String> {
        let missing = || {
            let why = if schedule::is_stopping() { "the run was stopped" } else { "its cell is not finished" };
            format!("there is no trained model of {}: {why}", cell.title())
        };
        let (store, finished) = self.store.as_ref().zip(self.finished.get(&cell.key())).ok_or_else(missing)?;
        let scores = match &finished.outcome {
            Ok(Outcome::Accuracy(scores)) => scores,
            Ok(_) => unreachable!("a training gives scores"),
            Err(why) => return Err(format!("the training of {} failed: {why}", cell.title())),
        };
        let weights = store.store().weights_of(cell, finished)?;
        weights.map(|weights| (weights, scores.mean())).ok_or_else(missing)
    }
}
