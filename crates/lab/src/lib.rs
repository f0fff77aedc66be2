//! The lab as a library, for its own binary and for what feeds it hostile input: `main` and [`doors`], and nothing else.

mod allocation;
mod asked;
mod cli;
mod commands;
pub mod doors;
mod error;
mod experiment;
mod fault;
mod finished;
mod isolate;
mod manifest;
mod measure;
mod model;
mod overrides;
mod place;
mod plan;
mod progress;
mod provenance;
mod request;
mod results;
mod rows;
mod schedule;
mod shard;
mod sizes;
mod sources;
mod store;

use std::io::Write as _;
use std::process::ExitCode;

use clap::Parser;
use kernels::isa::{Isa, Unsupported};

use crate::cli::Cli;
use crate::error::LabError;

/// Hash of all sources that can change a score.
pub(crate) const CODE_FINGERPRINT: &str = env!("LAB_CODE_FINGERPRINT");
/// Hash of all further sources that can change what a probe finds.
pub(crate) const PROBES_FINGERPRINT: &str = env!("LAB_PROBES_FINGERPRINT");
/// Hash of all further sources that can change what is timed.
pub(crate) const WORKS_FINGERPRINT: &str = env!("LAB_WORKS_FINGERPRINT");

/// The command line: reads the arguments, does what they say, and gives the exit code.
pub fn main() -> ExitCode {
    end_with_the_reader();
    // Whole lines: broken ones tear names and paths apart, which then can neither be searched for nor copied.
    let handler = |_: &_| -> Box<dyn miette::ReportHandler> {
        Box::new(miette::MietteHandlerOpts::new().wrap_lines(false).build())
    };
    let _ = miette::set_hook(Box::new(handler));
    let cli = Cli::parse();
    match instruction_set().and_then(|()| commands::run(&cli)) {
        Ok(code) => ExitCode::from(code),
        Err(error) => {
            // Errors go to stderr as miette draws them; NO_COLOR and pipes are obeyed by it.
            let code = error.code();
            eprintln!("{:?}", miette::Report::new(error.tamed()));
            ExitCode::from(code)
        }
    }
}

/// Refuses a `LAB_ISA` that this machine does not have, rather than to make numbers on another set than was asked for.
fn instruction_set() -> Result<(), LabError> {
    let help = Some("name one of these, or unset LAB_ISA to take the fastest".to_owned());
    let refused = |unsupported: Unsupported| LabError::Usage { message: unsupported.to_string(), help };
    Isa::from_environment().map(|_| ()).map_err(refused)
}

/// `lab list | head` has a reader that leaves early: that is no fault, and no reason for a backtrace. A full disk under
/// stdout is a fault.
fn end_with_the_reader() {
    let usual = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        let text = panic.payload_as_str().unwrap_or_default();
        let Some(why) = text.strip_prefix("failed printing to stdout: ") else { return usual(panic) };
        if why.starts_with("Broken pipe") {
            std::process::exit(error::exit::FINE.into());
        }
        let _ = writeln!(std::io::stderr(), "cannot write to stdout: {why}");
        std::process::exit(error::exit::FAILED.into());
    }));
}
