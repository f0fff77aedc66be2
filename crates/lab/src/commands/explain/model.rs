//! The model that is explained: a cell of the experiment `pronoun`, trained when it is first asked for.

use std::io::IsTerminal;
use std::path::Path;

use layer::checkpoint;
use tasks::{Batch, Pronoun, Split};
use train::Model;

use crate::commands::Context;
use crate::error::{LabError, suggestion};
use crate::experiment::{self, Profile};
use crate::finished::{Finished, Outcome};
use crate::measure::{probe, training};
use crate::plan::{self, Cell, Job, Planned, block_of};
use crate::progress::{Progress, Verbosity};
use crate::store::{Kept, Store};
use crate::{model, place, schedule};

/// The experiment whose models these are.
pub const EXPERIMENT: &str = "pronoun";

/// A model of the experiment, with the weights that it begins with until it is [`Subject::trained`].
pub struct Subject {
    /// Its task.
    pub task: Pronoun,
    /// The model.
    pub model: Model,
    planned: Planned,
}

impl Subject {
    /// The model of that label, of the first seed of the quick profile.
    ///
    /// # Errors
    /// When no model with attention has that label, or the experiment cannot be read.
    pub fn find(context: &Context, label: &str) -> Result<Self, LabError> {
        let (_, path) = experiment::find(&context.root, EXPERIMENT)?;
        let loaded = experiment::load(&context.root, &path, Profile::Quick, &[])?;
        let mut all = plan::plan(&context.root, &loaded, Profile::Quick)?;
        // What is called otherwise is trained on another form of the task.
        all.retain(|plan| {
            let cell = &plan.cell;
            matches!(cell.job, Job::Train(_)) && cell.called == EXPERIMENT && cell.seed == 0 && has_heads(cell)
        });
        let Some(at) = all.iter().position(|plan| plan.cell.label == label) else {
            let labels: Vec<&str> = all.iter().map(|plan| plan.cell.label.as_str()).collect();
            let message = format!("--model: no model with attention is called `{label}` in {EXPERIMENT}");
            return Err(LabError::usage(message, suggestion(label, labels)));
        };
        let planned = all.swap_remove(at);
        let task: Pronoun = planned.cell.settings.clone().try_into().map_err(|error: toml::de::Error| {
            LabError::usage(format!("`{label}` is not trained on {EXPERIMENT}: {error}"), "choose another --model")
        })?;
        let model = model::build(&planned.cell, &task)?;
        Ok(Self { task, model, planned })
    }

    /// Takes the trained weights, from where `lab run pronoun` keeps them; trains and keeps them there if they are missing.
    /// The mean accuracy on test sentences; `None` when Ctrl-C stopped the training.
    ///
    /// # Errors
    /// When the folder cannot be written or another run holds it, or the training failed.
    pub fn trained(&mut self, context: &Context, out: Option<&Path>) -> Result<Option<f64>, LabError> {
        let usual = place::results(&context.root, EXPERIMENT, Profile::Quick, "");
        let folder = out.unwrap_or(&usual);
        let cell = &self.planned.cell;
        // What is there is only read: it may be in a folder that nobody can write, or that a run holds.
        let mut store = Store::look(folder);
        let finished = match store.read(cell) {
            Kept::Finished(finished) => finished,
            Kept::Absent | Kept::Damaged(_) => {
                store = Store::open(folder)?;
                match train(&self.planned, &store, context, folder)? {
                    Some(finished) => finished,
                    None => return Ok(None),
                }
            }
        };
        let failed = |why: String| LabError::Incomplete {
            message: format!("there is no trained model of {}: {why}", cell.title()),
            help: Some(format!("see what becomes of it with: lab run {EXPERIMENT}")),
        };
        let scores = match &finished.outcome {
            Ok(Outcome::Accuracy(scores)) => scores,
            Ok(_) => unreachable!("a training gives scores"),
            Err(why) => return Err(failed(why.clone())),
        };
        let weights = store.weights_of(cell, &finished).map_err(failed)?;
        let weights = weights.ok_or_else(|| failed("its cell holds no weights".to_owned()))?;
        checkpoint::from_bytes(self.model.parameters_mut(), &weights).map_err(|error| failed(error.to_string()))?;
        Ok(Some(scores.mean()))
    }

    /// Each head with its mean weight from "it" on the noun that is meant, in validation sentences. The largest is the head
    /// that the experiment shows and takes out.
    pub fn on_the_noun(&self) -> Vec<(probe::Head, f64)> {
        let Job::Train(training) = &self.planned.cell.job else { unreachable!("only trainings were kept") };
        let batch = Batch::of(&self.task, self.planned.cell.seed, Split::Validation, 0, training.validation);
        probe::weights_on_target(&self.model, &batch)
    }
}

/// Whether a layer of the model is attention.
fn has_heads(cell: &Cell) -> bool {
    (0..cell.model.depth).any(|depth| block_of(cell, depth).is_ok_and(|(layer, _)| layer.name == "attention"))
}

fn train(planned: &Planned, store: &Store, context: &Context, folder: &Path) -> Result<Option<Finished>, LabError> {
    if context.verbosity > Verbosity::Quiet {
        eprintln!("training this model once; it is kept in {}", place::shown(folder));
    }
    schedule::stop_on_signals();
    let progress = Progress::new(1, context.verbosity, std::io::stderr().is_terminal());
    let cells = std::slice::from_ref(planned);
    let sweep = schedule::sweep(cells, store, 1, false, &progress, &training::run)?;
    Ok(sweep.finished.into_iter().next().flatten())
}
