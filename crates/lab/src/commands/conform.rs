//! `lab conform [NAME]`: the conformance kit as a tool.

mod data;
mod text;

use std::sync::Arc;
use std::{panic, thread};

use layer::Definition;
use layer_testkit::{Report, conform};
use serde_json::json;

use super::Context;
use crate::cli::Format;
use crate::error::{LabError, exit, suggestion};
use crate::progress::Verbosity;

/// Measures one layer, or all, and prints what was found; fails if a layer does not conform.
pub fn run(context: &Context, name: Option<&str>) -> Result<u8, LabError> {
    let all = context.verbosity == Verbosity::Verbose;
    let conform = match name {
        Some(name) => one(context, find(name)?, all),
        None => every(context, all),
    };
    Ok(if conform { exit::FINE } else { exit::FAILED })
}

/// The row of that name.
fn find(name: &str) -> Result<&'static Definition, LabError> {
    if let Some(row) = zoo::LAYERS.iter().find(|row| row.name == name) {
        return Ok(row);
    }
    if zoo::STACKS.iter().any(|row| row.name == name) {
        return Err(LabError::usage(
            format!(
                "`{name}` is a stack and no layer: it has steps of two kinds along one time, so no set of lags says what \
                 it reaches, and the kit holds every layer to one"
            ),
            format!("its crate holds it to all else: cargo test -p {name} --test conformance"),
        ));
    }
    let known = zoo::LAYERS.iter().map(|row| row.name);
    Err(LabError::usage(format!("no layer is called `{name}`"), suggestion(name, known)))
}

/// One layer, check by check.
fn one(context: &Context, row: &Definition, all: bool) -> bool {
    let report = quietly(|| conform(row));
    match context.format {
        Format::Json => println!("{:#}", data::report(&report)),
        Format::Human => print!("{}", text::report(&report, row.variants.len(), all)),
    }
    report.conforms()
}

/// Every layer in a line, as soon as it is measured; then what failed.
fn every(context: &Context, all: bool) -> bool {
    let human = context.format == Format::Human;
    if human {
        println!("{}", text::HEAD);
    }
    let measure = |row: &Definition| {
        let report = quietly(|| conform(row));
        if human {
            println!("{}", text::line(&report));
        }
        report
    };
    // One after the other: while the bytes of one are counted, another's would count, too.
    let reports: Vec<Report> = zoo::LAYERS.iter().map(measure).collect();
    if human {
        print!("{}", text::end(&reports, all));
    } else {
        println!("{:#}", json!({"layers": reports.iter().map(data::report).collect::<Vec<_>>()}));
    }
    reports.iter().all(Report::conforms)
}

/// A layer that panics is a finding, with the panic's text: no backtrace has to tell of it as well. Panics of other threads
/// are told as ever.
fn quietly<T>(work: impl FnOnce() -> T) -> T {
    let usual = Arc::new(panic::take_hook());
    let (here, elsewhere) = (thread::current().id(), usual.clone());
    panic::set_hook(Box::new(move |panic| {
        if thread::current().id() != here {
            elsewhere(panic);
        }
    }));
    let out = work();
    panic::set_hook(Box::new(move |panic| usual(panic)));
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering};

    static TOLD: AtomicUsize = AtomicUsize::new(0);

    #[test]
    fn what_panics_in_a_check_is_not_told_and_what_panics_later_is() {
        let usual = Arc::new(panic::take_hook());
        let (here, others) = (thread::current().id(), usual.clone());
        panic::set_hook(Box::new(move |panic| {
            if thread::current().id() != here {
                return others(panic);
            }
            TOLD.fetch_add(1, Ordering::SeqCst);
        }));
        let panics = || panic::catch_unwind(|| panic!("as asked")).is_err();
        let found = quietly(panics);
        let told = TOLD.load(Ordering::SeqCst);
        assert!(panics());
        panic::set_hook(Box::new(move |panic| usual(panic)));
        assert!(found);
        assert_eq!((told, TOLD.load(Ordering::SeqCst)), (0, 1));
    }
}
