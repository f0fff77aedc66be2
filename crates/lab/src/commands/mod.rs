//! One file for each sub-command.

mod cell;
mod check;
mod compare;
mod conform;
mod describe;
mod explain;
mod list;
mod merge;
mod new_layer;
mod plot;
mod report;
mod run;
mod show;
mod slurm;
mod status;
mod tables;

use std::path::PathBuf;

use clap::CommandFactory;
use comfy_table::{CellAlignment, ContentArrangement, Table, presets};

use crate::cli::{Cli, Command, Format};
use crate::error::{LabError, exit};
use crate::place;
use crate::progress::Verbosity;

/// What every sub-command needs to know.
pub struct Context {
    /// Folder with `experiments` and `results`.
    pub root: PathBuf,
    /// How results are printed.
    pub format: Format,
    /// How much is told on the way.
    pub verbosity: Verbosity,
}

/// Runs the sub-command; its exit code.
///
/// # Errors
/// Whatever ended it early.
pub fn run(cli: &Cli) -> Result<u8, LabError> {
    match &cli.command {
        Command::Completions { shell } => {
            let mut script = Vec::new();
            clap_complete::generate(*shell, &mut Cli::command(), "lab", &mut script);
            print!("{}", String::from_utf8_lossy(&script));
            return Ok(exit::FINE);
        }
        Command::Man => {
            let mut page = Vec::new();
            clap_mangen::Man::new(Cli::command()).render(&mut page).expect("memory takes everything");
            print!("{}", String::from_utf8_lossy(&page));
            return Ok(exit::FINE);
        }
        _ => {}
    }
    let verbosity = match (cli.quiet, cli.verbose) {
        (true, _) => Verbosity::Quiet,
        (_, true) => Verbosity::Verbose,
        _ => Verbosity::Normal,
    };
    let format = if cli.json { Format::Json } else { cli.format };
    let context = Context { root: place::root(cli.root.as_deref())?, format, verbosity };
    match &cli.command {
        Command::List => list::run(&context),
        Command::Describe { name } => describe::run(&context, name),
        Command::Conform { name } => conform::run(&context, name.as_deref()),
        Command::Show { name, overrides, profile } => show::run(&context, name, profile.profile(), overrides),
        Command::Cell => cell::run(&context),
        Command::Run(arguments) => run::run(&context, arguments),
        Command::Merge(arguments) => merge::run(&context, arguments),
        Command::Status(arguments) => status::run(&context, arguments),
        Command::Slurm(arguments) => slurm::run(&context, arguments),
        Command::Explain(arguments) => explain::run(&context, arguments),
        Command::Plot { name, profile, out } => plot::run(&context, name, profile.profile(), out.as_deref()),
        Command::Compare { first, second, all } => compare::run(&context, first, second, *all),
        Command::Check { names } => check::run(&context, names),
        Command::Report { check } => report::run(&context, *check),
        Command::NewLayer { name, dry_run } => new_layer::run(&context, name, *dry_run),
        Command::Completions { .. } | Command::Man => unreachable!("done above"),
    }
}

/// A table for the terminal.
pub fn table(headers: &[&str], rows: &[Vec<String>]) -> String {
    drawn(Table::new(), headers, rows, &[])
}

/// The same, at most so many columns wide, with the columns of numbers set to the right.
pub fn table_within(width: u16, headers: &[&str], rows: &[Vec<String>], numbers: &[usize]) -> String {
    let mut table = Table::new();
    // A terminal may be narrower.
    table.set_width(table.width().map_or(width, |terminal| terminal.min(width)));
    drawn(table, headers, rows, numbers)
}

fn drawn(mut table: Table, headers: &[&str], rows: &[Vec<String>], numbers: &[usize]) -> String {
    table
        .load_style(presets::UTF8_FULL_CONDENSED)
        .set_content_arrangement(ContentArrangement::Dynamic)
        .set_header(headers);
    rows.iter().for_each(|row| {
        table.add_row(row);
    });
    for column in numbers {
        table.column_mut(*column).expect("a column of the header").set_cell_alignment(CellAlignment::Right);
    }
    table.to_string()
}
