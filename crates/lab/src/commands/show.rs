//! `lab show NAME`.

use super::Context;
use crate::cli::Format;
use crate::error::{LabError, exit};
use crate::experiment::{self, Profile};
use crate::plan;

/// Prints the resolved settings; they can be saved and run again by their path.
pub fn run(context: &Context, name: &str, profile: Profile, overrides: &[String]) -> Result<u8, LabError> {
    let (_, path) = experiment::find(&context.root, name)?;
    let experiment = experiment::load(&context.root, &path, profile, overrides)?;
    plan::plan(&context.root, &experiment, profile)?;
    match context.format {
        Format::Human => print!("{}", toml::to_string(&experiment).expect("settings are TOML")),
        Format::Json => println!("{:#}", serde_json::to_value(&experiment).expect("settings are data")),
    }
    Ok(exit::FINE)
}
