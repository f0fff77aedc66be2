//! Probes that tell a story of one kind of model: what a trained attention looks at, what it loses without a head, how
//! far from its training it still answers. Each has a file of its own below.

mod ablation;
mod attention;
mod curve;
mod decode;
mod length;
mod look;
mod mixing;
mod softmax;
mod tags;
mod vectors;

use layer::checkpoint;
use tasks::{Batch, Split, Task};
use train::Model;

pub use look::{Head, weights_on_target};

use super::{Definition, Found, Settings, Source};
use crate::error::LabError;
use crate::model;
use crate::plan::Cell;

/// One such probe.
pub struct Story {
    /// Its name, what it measures and its settings.
    pub definition: Definition,
    /// Whether it looks at other lengths than the model was trained at.
    pub other_lengths: bool,
    /// Refuses models that it has nothing to say of.
    pub fits: fn(&Cell) -> Result<(), String>,
    /// Refuses settings that the common checks let pass, of this model or, where it looks at layers as they are built, of
    /// this cell.
    pub check: fn(&Settings, &Cell) -> Result<(), LabError>,
    /// Runs it.
    pub run: Run,
}

/// What a probe looks at.
#[derive(Clone, Copy)]
pub enum Run {
    /// A layer as it is built.
    Bare(fn(&Cell, &Settings, &mut Found) -> Result<(), String>),
    /// A model before and after its training.
    Trained(fn(&Trained<'_>, &mut Found) -> Result<(), String>),
}

/// Every one of them.
pub const STORIES: &[Story] = &[
    curve::STORY,
    mixing::STORY,
    attention::STORY,
    ablation::STORY,
    vectors::STORY,
    tags::STORY,
    decode::STORY,
    length::STORY,
    softmax::STORY,
];

/// Whether a probe looks at other lengths than its model was trained at.
pub fn other_lengths(name: &str) -> bool {
    find(name).is_some_and(|story| story.other_lengths)
}

/// The story of that name, if the probe is one.
fn find(name: &str) -> Option<&'static Story> {
    STORIES.iter().find(|story| story.definition.name == name)
}

/// Whether a probe has to be told which trained models to look at.
pub fn is_of_trained(name: &str) -> bool {
    find(name).is_some_and(|story| matches!(story.run, Run::Trained(_)))
}

/// Refuses a model of which the probe of that name has nothing to say.
///
/// # Errors
/// Says why.
pub fn fits(name: &str, trainer: &Cell) -> Result<(), String> {
    match find(name) {
        None => Ok(()),
        Some(Story { run: Run::Bare(_), .. }) => {
            Err("it looks at layers as they are built; take `of` and `trained` out".to_owned())
        }
        Some(story) => (story.fits)(trainer),
    }
}

/// Refuses settings of the probe of that name that do not suit the trained model or the layer that it looks at.
///
/// # Errors
/// Names the setting and what would do.
pub fn check(name: &str, settings: &Settings, of: &Cell) -> Result<(), LabError> {
    find(name).map_or(Ok(()), |story| (story.check)(settings, of))
}

/// For stories whose settings are all checked where they are read.
fn nothing_more(_: &Settings, _: &Cell) -> Result<(), LabError> {
    Ok(())
}

/// Refuses what has no heads to look at.
fn matches(trainer: &Cell) -> Result<(), String> {
    let has_heads = trainer.layer == "attention" || trainer.layer == "transformer";
    if has_heads { Ok(()) } else { Err(format!("`{}` has no heads to look at", trainer.layer)) }
}

/// A model before and after its training, and the task it was trained on.
pub struct Trained<'a> {
    /// The cell that looks.
    pub cell: &'a Cell,
    /// Its settings.
    pub settings: &'a Settings,
    /// The cell that trained.
    pub trainer: &'a Cell,
    /// The task.
    pub task: Box<dyn Task>,
    /// With the weights it began with.
    pub before: Model,
    /// With those it was scored with.
    pub after: Model,
    weights: Vec<u8>,
}

impl<'a> Trained<'a> {
    /// Of a cell that was trained.
    ///
    /// # Errors
    /// When its weights are not to be had.
    pub fn of(cell: &'a Cell, settings: &'a Settings, trainer: &'a Cell, source: &Source<'_>) -> Result<Self, String> {
        let task = model::task_of(trainer).map_err(|e| e.to_string())?;
        let (weights, _) = source(trainer)?;
        let before = model::build(trainer, task.as_ref()).map_err(|e| e.to_string())?;
        let after = loaded(trainer, task.as_ref(), &weights)?;
        Ok(Self { cell, settings, trainer, task, before, after, weights })
    }

    /// The trained model once more, to be changed.
    ///
    /// # Errors
    /// When its weights do not fit.
    pub fn trained(&self) -> Result<Model, String> {
        loaded(self.trainer, self.task.as_ref(), &self.weights)
    }

    /// Heads of an attention of the model.
    ///
    /// # Errors
    /// When there is none of that name.
    pub fn heads(&self, block: &str) -> Result<usize, String> {
        let batch = Batch::of(self.task.as_ref(), self.trainer.seed, Split::Test, 0, 1);
        let of_block = self.after.matchings(&batch).into_iter().find(|matching| matching.name == block);
        of_block.map(|matching| matching.weights.dim().1).ok_or_else(|| format!("there is no attention `{block}`"))
    }
}

/// The model of a cell with these weights.
fn loaded(trainer: &Cell, task: &dyn Task, weights: &[u8]) -> Result<Model, String> {
    let mut model = model::build(trainer, task).map_err(|e| e.to_string())?;
    checkpoint::from_bytes(model.parameters_mut(), weights).map_err(|e| e.to_string())?;
    Ok(model)
}
