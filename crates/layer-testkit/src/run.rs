//! Runs every check on every variant and shape.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};

use layer::{BuildError, Definition, Layer, Shape, Site};
use toml::Table;

use crate::checks::{EACH_SHAPE, EACH_VARIANT, options};
use crate::subject::{SEED, Subject};
use crate::{Check, Finding, Report};

/// Builds a layer for a place.
pub type Builder<'a> = &'a dyn Fn(Site) -> Result<Box<dyn Layer>, BuildError>;

/// Batch, time and width of the inputs: one of each kind of border, and no two equal sizes where it matters. The last
/// is longer than the blocks in which layers work through time, so that their seams are looked at too.
pub const SHAPES: [(usize, usize, usize); 7] =
    [(1, 1, 4), (2, 1, 8), (1, 5, 4), (3, 7, 8), (2, 9, 12), (1, 2, 4), (2, 131, 4)];

/// Runs every check on every variant of a row of the layer table.
pub fn conform(definition: &Definition) -> Report {
    let mut findings = guarded(Check::Options, || vec![options::check(definition)]);
    for variant in definition.variants {
        match variant.parse::<Table>() {
            Err(e) => findings.push(Finding::new(Check::Builds, 1.0, 0.0, format!("no TOML: {e}")).at(variant, None)),
            Ok(options) => examine(variant, &|site| (definition.build)(&options, site), &mut findings),
        }
    }
    Report { layer: definition.name.to_owned(), findings }
}

/// [`conform`] for a layer that stands in no table: every check but [`Check::Options`].
pub fn conform_built(name: &str, builder: Builder<'_>) -> Report {
    let mut findings = Vec::new();
    examine("", builder, &mut findings);
    Report { layer: name.to_owned(), findings }
}

/// [`conform`] as a test.
///
/// # Panics
/// With every failed check, its worst finding and the usual cause.
pub fn assert_conforms(definition: &Definition) {
    assert_report(&conform(definition));
}

/// [`conform_built`] as a test.
///
/// # Panics
/// As [`assert_conforms`].
pub fn assert_built_conforms(name: &str, builder: Builder<'_>) {
    assert_report(&conform_built(name, builder));
}

fn assert_report(report: &Report) {
    assert!(report.conforms(), "{report}");
}

fn examine(variant: &str, builder: Builder<'_>, findings: &mut Vec<Finding>) {
    let mut built = Vec::new();
    for shape in SHAPES.map(Shape::from) {
        let subject = Subject { shape, builder };
        let found = guarded(Check::Builds, || {
            let fault = subject.try_fresh(SEED).err().map(|e| e.to_string());
            vec![Finding::faults(Check::Builds, fault.as_slice())]
        });
        // A length that it does not take is looked at where lengths are.
        if found.iter().all(|finding| finding.measured == 0.0) && takes(&subject) {
            built.push(subject);
        }
        findings.extend(found.into_iter().map(|finding| finding.at(variant, Some(shape))));
    }
    for subject in &built {
        for (blamed, check) in EACH_SHAPE {
            let found = guarded(*blamed, || check(subject));
            findings.extend(found.into_iter().map(|finding| finding.at(variant, Some(subject.shape))));
        }
    }
    if built.is_empty() {
        return;
    }
    for (blamed, check) in EACH_VARIANT {
        let found = guarded(*blamed, || check(&built));
        findings.extend(found.into_iter().map(|finding| {
            let shape = finding.shape;
            finding.at(variant, shape)
        }));
    }
}

fn takes(subject: &Subject<'_>) -> bool {
    catch_unwind(AssertUnwindSafe(|| subject.fresh(SEED).lengths().contains(subject.shape.time))).unwrap_or(true)
}

/// A panic of the layer is a failure of the check that ran into it.
fn guarded(blamed: Check, check: impl FnOnce() -> Vec<Finding>) -> Vec<Finding> {
    catch_unwind(AssertUnwindSafe(check)).unwrap_or_else(|panic| {
        vec![Finding::new(blamed, f64::INFINITY, 0.0, format!("panicked: {}", message(panic.as_ref())))]
    })
}

pub(crate) fn message(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("without a text")
}
