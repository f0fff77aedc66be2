//! What the cells of a folder are cells of: written beside them before the first is run, so that a folder that came from
//! another machine says what it is.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::error::LabError;
use crate::place;
use crate::plan::{Job, Planned};
use crate::request::Request;
use crate::shard::Shard;
use crate::store::write_atomically;

const FILE: &str = "cells/sweep.toml";
const HEAD: &str = "# What the cells of this folder belong to; `lab merge` and `lab status` read it.\n";

/// A sweep, and the shard of it that a folder holds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Manifest {
    /// Name of the experiment, in results.
    pub name: String,
    /// The part of the cells that is run here; all of them if there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shard: Option<Shard>,
    /// Hash of the settings of all cells.
    pub settings: String,
    /// Hash of the sources that decide what these cells measure.
    pub code: String,
    /// Instruction set of the kernels.
    pub instruction_set: String,
    /// Threads that "all" is in timings.
    pub cores: usize,
    /// Version of the lab.
    pub lab: String,
    /// What was asked for.
    pub request: Request,
}

impl Manifest {
    /// Of a sweep on this machine, by this code.
    pub fn new(name: &str, request: &Request, planned: &[Planned], shard: Option<Shard>) -> Self {
        Self {
            name: name.to_owned(),
            shard,
            settings: settings_of(planned),
            code: code_of(planned),
            instruction_set: kernels::isa::in_use().name().to_owned(),
            cores: std::thread::available_parallelism().map_or(1, usize::from),
            lab: env!("CARGO_PKG_VERSION").to_owned(),
            request: request.clone(),
        }
    }

    /// That of a results folder, if it has one.
    ///
    /// # Errors
    /// When it cannot be read, or is none.
    pub fn read(results: &Path) -> Result<Option<Self>, LabError> {
        let path = path(results);
        let text = match std::fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(LabError::file("cannot read", &path, error).refused()),
        };
        toml::from_str(&text).map(Some).map_err(|error| {
            LabError::usage(
                format!("{} is damaged: {}", place::shown(&path), error.message()),
                "run that shard again: its finished cells are kept, and this file is written anew",
            )
        })
    }

    /// Writes it.
    ///
    /// # Errors
    /// When the folder cannot be written.
    pub fn write(&self, results: &Path) -> Result<(), LabError> {
        let text = toml::to_string(self).expect("names and numbers are TOML");
        write_atomically(&path(results), format!("{HEAD}{text}").as_bytes())
    }

    /// Refuses to run a shard where another one, or a whole sweep, keeps its cells: nobody could say then what is missing.
    ///
    /// # Errors
    /// Names both.
    pub fn gives_way(results: &Path, shard: Shard) -> Result<(), LabError> {
        // What is damaged is written anew.
        let Ok(Some(there)) = Self::read(results) else { return Ok(()) };
        if there.shard == Some(shard) {
            return Ok(());
        }
        Err(LabError::usage(
            format!("{} holds {}, and would get shard {shard}", place::shown(results), there.what()),
            "give each shard a folder of its own with --out DIR",
        ))
    }

    /// For messages: `shard 3/8 of long-range`.
    pub fn what(&self) -> String {
        let part = self.shard.map_or_else(|| "all".to_owned(), |shard| format!("shard {shard}"));
        format!("{part} of {}, {} profile", plain(&self.name), self.request.profile.name())
    }

    /// What tells the sweeps of two folders apart, in words: what it is, here and there.
    pub fn differs(&self, other: &Self) -> Option<[String; 3]> {
        let layers = |request: &Request| match &request.layers[..] {
            [] => "all".to_owned(),
            some => some.join(","),
        };
        let seeds = |request: &Request| request.seeds.map_or("as in the file".to_owned(), |seeds| seeds.to_string());
        let overrides = |request: &Request| match &request.overrides[..] {
            [] => "none".to_owned(),
            some => some.join(" "),
        };
        let pair = |what: &str, of: &dyn Fn(&Self) -> String| {
            let (one, two) = (of(self), of(other));
            (one != two).then(|| [what.to_owned(), plain(&one), plain(&two)])
        };
        pair("experiment", &|m| m.name.clone())
            .or_else(|| pair("profile", &|m| m.request.profile.name().to_owned()))
            .or_else(|| pair("overrides", &|m| overrides(&m.request)))
            .or_else(|| pair("layers", &|m| layers(&m.request)))
            .or_else(|| pair("number of seeds", &|m| seeds(&m.request)))
            .or_else(|| pair("code", &|m| m.code.clone()))
            .or_else(|| pair("instruction set", &|m| m.instruction_set.clone()))
            .or_else(|| pair("settings (their hash)", &|m| m.settings.clone()))
    }
}

/// A text from elsewhere, without what a terminal obeys.
pub fn plain(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

/// Where it stands below a results folder.
pub fn path(results: &Path) -> PathBuf {
    results.join(FILE)
}

/// Hash of all that decides what the cells measure, but for code and machine.
pub fn settings_of(planned: &[Planned]) -> String {
    let mut hasher = blake3::Hasher::new();
    planned.iter().for_each(|plan| {
        hasher.update(plan.cell.deciding().as_bytes()).update(b"\n");
    });
    hasher.finalize().to_hex()[..24].to_owned()
}

/// Hash of the sources that are in the names of these cells.
pub fn code_of(planned: &[Planned]) -> String {
    let any = |is: fn(&Job) -> bool| planned.iter().any(|plan| is(&plan.cell.job));
    let probes = any(|job| matches!(job, Job::Probe { .. })).then_some(crate::PROBES_FINGERPRINT);
    let works = any(|job| matches!(job, Job::Time)).then_some(crate::WORKS_FINGERPRINT);
    [Some(crate::CODE_FINGERPRINT), probes, works].into_iter().flatten().collect::<Vec<_>>().join("-")
}
