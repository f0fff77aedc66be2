//! What a shard says when its cells are finished: no scores, which are those of the whole, but how to come to these.

use std::path::Path;

use serde_json::json;

use crate::cli::Format;
use crate::commands::Context;
use crate::error::exit;
use crate::finished::Finished;
use crate::place;
use crate::plan::Planned;
use crate::shard::Shard;

/// A shard that was run.
pub struct Ran<'a> {
    pub shard: Shard,
    pub name: &'a str,
    pub folder: &'a Path,
    /// Whether the folder is the usual one, beside those of the other shards.
    pub usual: bool,
}

/// Prints what became of its cells, and what is next; the exit code.
pub fn tell(context: &Context, ran: &Ran<'_>, planned: &[Planned], finished: &[Option<Finished>]) -> u8 {
    let Ran { shard, name, folder, usual } = ran;
    let failed: Vec<_> = planned.iter().zip(finished).filter_map(|(plan, f)| Some((plan, error_of(f)?))).collect();
    match context.format {
        Format::Json => println!(
            "{:#}",
            json!({"folder": folder, "shard": shard, "cells": planned.len(), "failed_cells": failed.len()})
        ),
        Format::Human => {
            match planned.len() {
                0 => println!(
                    "shard {shard} of {name} has no cells: there are fewer models to train or look at than shards"
                ),
                cells if failed.is_empty() => {
                    println!("shard {shard} of {name}: all of its {cells} cells are finished")
                }
                cells => println!("shard {shard} of {name}: {} of its {cells} cells failed", failed.len()),
            }
            println!("In {}", place::shown(folder));
            let all = folder.parent().filter(|_| *usual).map(|shards| place::shown(&shards.join("*")));
            let all = all.unwrap_or_else(|| "DIR…, with the folders of all".to_owned());
            match shard.of() {
                1 => println!("For CSV and figures: lab merge {}", place::shown(folder)),
                n => println!("When all {n} shards are finished: lab merge {all}"),
            }
        }
    }
    for (plan, why) in &failed {
        eprintln!("failed: {}: {why}", plan.cell.title());
    }
    if failed.is_empty() { exit::FINE } else { exit::FAILED }
}

/// Why a cell gave nothing, if it did not.
fn error_of(finished: &Option<Finished>) -> Option<&str> {
    finished.as_ref()?.outcome.as_ref().err().map(String::as_str)
}
