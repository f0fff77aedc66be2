//! What one task of the array asks for, if its user does not say.

use std::collections::HashMap;

use crate::allocation::{Memory, TimeLimit};
use crate::cli::SlurmArgs;
use crate::plan::Planned;

/// Nodes may be so many times slower than the guess that a plan makes.
const ROOM: f64 = 2.0;

/// Seconds to start, to read what is there and to write.
const START: f64 = 300.0;

/// Bytes of the program itself, and of a results folder that is read.
const PROGRAM: f64 = 512e6;

/// What joins the shards has little to do.
const MERGE: (&str, &str) = ("00:10:00", "2G");

/// Resources of a task of the array, and of the merge.
pub struct Needs {
    /// Cores, which are cells side by side; those of the whole node if `None`.
    pub cores: Option<u16>,
    /// Memory of a task; that of the whole node if `None`.
    pub memory: Option<Memory>,
    /// Time of a task.
    pub time: TimeLimit,
    /// Whether a task has its node to itself.
    pub alone: bool,
    /// Memory and time of the merge: no more than was said for a task.
    pub merge: (Memory, TimeLimit),
}

impl Needs {
    /// What was said, and for the rest what the plan costs, with room.
    pub fn of(planned: &[Planned], shards: u32, said: &SlurmArgs, timed: bool) -> Self {
        let cores = said.cpus.or((!timed).then_some(1));
        // What is timed runs one after the other.
        let side_by_side = if timed { 1 } else { usize::from(cores.unwrap_or(1)) };
        let memory = said.mem.or((!timed).then(|| memory(planned, side_by_side)));
        let time =
            said.time.unwrap_or_else(|| TimeLimit::at_least(START + ROOM * seconds(planned, shards, side_by_side)));
        let (merge_time, merge_memory) = MERGE;
        let merge_time = merge_time.parse::<TimeLimit>().expect("a time");
        let merge_memory = merge_memory.parse::<Memory>().expect("an amount");
        let merge = (
            said.mem.map_or(merge_memory, |memory| memory.min(merge_memory)),
            said.time.map_or(merge_time, |time| time.min(merge_time)),
        );
        Self { cores, memory, time, alone: timed, merge }
    }
}

/// Bytes of the largest cells that can run side by side, twice: what a training takes is known only about.
fn memory(planned: &[Planned], side_by_side: usize) -> Memory {
    let mut bytes: Vec<f64> = planned.iter().map(|plan| plan.bytes).collect();
    bytes.sort_by(|a, b| b.total_cmp(a));
    Memory::at_least(PROGRAM + 2.0 * bytes.iter().take(side_by_side).sum::<f64>())
}

/// Seconds that the longest shard takes at the most. The costliest units are dealt first, one to each shard in turn, so no
/// shard has more than an even part and one unit; and of that unit, the last cells may run alone.
fn seconds(planned: &[Planned], shards: u32, side_by_side: usize) -> f64 {
    let keys: Vec<String> = planned.iter().map(|plan| plan.cell.key()).collect();
    let mut units: HashMap<String, f64> = keys.iter().zip(planned).map(|(key, _)| (key.clone(), 0.0)).collect();
    for (key, plan) in keys.iter().zip(planned) {
        let unit = match &plan.trainer {
            None => key.clone(),
            // One that another experiment trains is trained on the way.
            Some(trainer) => {
                let key = trainer.cell.key();
                units.entry(key.clone()).or_insert_with(|| trainer.seconds());
                key
            }
        };
        *units.entry(unit).or_default() += plan.seconds();
    }
    // In order, since sums of floats depend on it.
    let mut units: Vec<f64> = units.into_values().collect();
    units.sort_by(f64::total_cmp);
    let even = units.iter().sum::<f64>() / f64::from(shards) / side_by_side as f64;
    even + units.last().copied().unwrap_or_default()
}
