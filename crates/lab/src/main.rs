//! `lab`: the command line where layers, tasks, training and reports meet.

mod cli;
mod commands;
mod error;
mod experiment;
mod model;
mod overrides;
mod place;
mod plan;
mod progress;
mod provenance;
mod rows;
mod schedule;
mod store;
mod work;

use std::process::ExitCode;

use clap::Parser;

use crate::cli::Cli;

/// The system allocator returns freed buffers to the kernel and faults them in again at every training step, which
/// costs a quarter of the time.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Hash of all sources that can change a score.
pub(crate) const CODE_FINGERPRINT: &str = env!("LAB_CODE_FINGERPRINT");

fn main() -> ExitCode {
    let cli = Cli::parse();
    // Errors go to stderr as miette draws them; NO_COLOR and pipes are obeyed by it.
    match commands::run(&cli) {
        Ok(code) => ExitCode::from(code),
        Err(error) => {
            let code = error.code();
            eprintln!("{:?}", miette::Report::new(error));
            ExitCode::from(code)
        }
    }
}
