//! What becomes of each cell of a plan, as the files of several folders tell it.

use std::collections::HashMap;
use std::path::PathBuf;

use crate::plan::Planned;
use crate::store::{Kept, Running, Store};

/// The state of a cell.
pub enum State {
    /// Finished, in so many seconds.
    Done(f64),
    /// Being run.
    Running(Running),
    /// It gave nothing; why, and whether the next run tries it again.
    Failed { why: String, again: bool },
    /// Not there; why its file is none, if it has one.
    Missing { damaged: Option<String> },
}

/// Numbers of cells.
#[derive(Clone, Copy, Default)]
pub struct Count {
    pub done: usize,
    pub running: usize,
    pub failed: usize,
    pub missing: usize,
}

/// All cells of a plan with their states.
pub struct Survey {
    pub cells: Vec<(Planned, State)>,
}

impl Survey {
    /// Looks into every folder; of several states of a cell the one that is furthest counts.
    pub fn of(planned: &[Planned], folders: &[PathBuf], instruction_set: &str) -> Self {
        let mut cells: Vec<(Planned, State)> =
            planned.iter().map(|plan| (plan.clone(), State::Missing { damaged: None })).collect();
        for folder in folders {
            let store = Store::look(folder).of(instruction_set);
            let running: HashMap<String, Running> =
                store.running().into_iter().map(|mark| (mark.key.clone(), mark)).collect();
            for (plan, state) in &mut cells {
                let here = of_cell(plan, &store, &running);
                if here.rank() > state.rank() {
                    *state = here;
                }
            }
        }
        Self { cells }
    }

    /// How many there are of each.
    pub fn count(&self) -> Count {
        let mut count = Count::default();
        for (_, state) in &self.cells {
            match state {
                State::Done(_) => count.done += 1,
                State::Running(_) => count.running += 1,
                State::Failed { .. } => count.failed += 1,
                State::Missing { .. } => count.missing += 1,
            }
        }
        count
    }

    /// Cells that are still to be run, or are being run.
    pub fn waiting(&self) -> impl Iterator<Item = &Planned> {
        let is_open = |state: &State| matches!(state, State::Running(_) | State::Missing { .. });
        self.cells.iter().filter(move |(_, state)| is_open(state)).map(|(plan, _)| plan)
    }
}

impl State {
    fn rank(&self) -> u8 {
        match self {
            Self::Missing { damaged: None } => 0,
            Self::Missing { damaged: Some(_) } => 1,
            Self::Failed { .. } => 2,
            Self::Running(_) => 3,
            Self::Done(_) => 4,
        }
    }
}

fn of_cell(plan: &Planned, store: &Store, running: &HashMap<String, Running>) -> State {
    let damaged = match store.read(&plan.cell) {
        Kept::Finished(finished) => {
            return match finished.outcome {
                Ok(_) => State::Done(finished.seconds),
                Err(why) => State::Failed { why, again: false },
            };
        }
        Kept::Absent => None,
        Kept::Damaged(why) => Some(why),
    };
    if let Some(mark) = running.get(&store.key(&plan.cell)) {
        return State::Running(mark.clone());
    }
    match store.failure(&plan.cell) {
        Some(why) => State::Failed { why, again: true },
        None => State::Missing { damaged },
    }
}

/// Seconds until everything is finished, about, and how many cells are run at a time: as long for each unit of work as
/// what is done took, in part or whole. None while there is nothing to go by, or nothing left.
pub fn left(all: &Survey, models: Option<&Survey>) -> Option<(f64, usize)> {
    let (mut seconds, mut worked, mut rest, mut workers) = (0.0, 0.0, 0.0, 0);
    for (plan, state) in models.into_iter().chain([all]).flat_map(|survey| &survey.cells) {
        let work = plan.work as f64;
        match state {
            State::Done(took) => (seconds, worked) = (seconds + took, worked + work),
            State::Running(mark) => {
                if mark.share > 0.0 {
                    seconds += mark.seen.saturating_sub(mark.began) as f64;
                    worked += work * mark.share;
                }
                (rest, workers) = (rest + work * (1.0 - mark.share), workers + 1);
            }
            State::Missing { .. } => rest += work,
            State::Failed { .. } => {}
        }
    }
    (worked > 0.0 && rest > 0.0).then(|| (rest * seconds / worked / workers.max(1) as f64, workers))
}
