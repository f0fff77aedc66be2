//! Each check can fail: one fault at a time is put into an honest layer, and the check that is there for it fails.

mod reference;
mod stream;

use std::collections::BTreeSet;

use layer::definition::NONE;
use layer::{BuildError, Definition, Layer, OptionDoc, Options, Site};
use layer_testkit::{Check, CountingAllocator, Outcome, Report, assert_conforms, conform, conform_built};
use reference::{Fault, Faulty};
use serde::{Deserialize, Serialize};

#[global_allocator]
static ALLOCATOR: CountingAllocator = CountingAllocator::new();

/// Every fault with the check that has to find it.
const FAULTS: &[(Fault, Check)] = &[
    (Fault::DoesNotBuild, Check::Builds),
    (Fault::TakesAnyWidth, Check::Shapes),
    (Fault::GradientOrder, Check::Shapes),
    (Fault::AnotherPace, Check::Shapes),
    (Fault::ParametersMutOrder, Check::Parameters),
    (Fault::OneGradientElement, Check::GradientElements),
    (Fault::InputGradient, Check::Gradient),
    (Fault::InputGradient, Check::GradientElements),
    (Fault::BiasGradientOfOneRow, Check::Gradient),
    (Fault::BatchMean, Check::BatchRows),
    (Fault::BatchLeak, Check::BatchLeak),
    (Fault::BatchGradientLeak, Check::BatchLeak),
    (Fault::Future, Check::FutureLeak),
    (Fault::Future, Check::ReachSound),
    (Fault::ReachTooNarrow, Check::ReachSound),
    (Fault::ReachTooWide, Check::ReachTight),
    (Fault::ReachHole, Check::ReachTight),
    (Fault::AnotherStep, Check::ForwardStep),
    (Fault::WeightsOfNothing, Check::MatchStep),
    (Fault::OneParameterMore, Check::ParameterCount),
    (Fault::FlopsOfMultiplyAdds, Check::Flops),
    (Fault::BackwardFlops, Check::Flops),
    (Fault::TwiceTheBytes, Check::BytesKept),
    (Fault::Unseeded, Check::Seed),
    (Fault::IgnoresSeed, Check::Seed),
    (Fault::HiddenState, Check::Repeat),
    (Fault::HiddenParameter, Check::Checkpoint),
    (Fault::InfiniteAtLargeInputs, Check::Finite),
    (Fault::FalselyAffine, Check::Affine),
    (Fault::FalselyNotAffine, Check::Affine),
    (Fault::NoTranspose, Check::Adjoint),
    (Fault::TooFewLengths, Check::Lengths),
    (Fault::TooManyLengths, Check::Lengths),
    (Fault::NoWayOut, Check::Lengths),
    (Fault::AnotherWayOut, Check::Lengths),
    (Fault::BackwardOfOneLength, Check::Lengths),
    (Fault::FalselyEquivariant, Check::Equivariance),
    (Fault::FalselyNotEquivariant, Check::Equivariance),
    (Fault::ForgetfulStream, Check::Stream),
    (Fault::SharedStream, Check::Stream),
    (Fault::SharedStream, Check::StreamState),
    (Fault::StreamOfTheFuture, Check::Stream),
    (Fault::HiddenMemory, Check::StreamState),
    (Fault::BoastfulStream, Check::StreamState),
];

fn report(fault: Fault) -> Report {
    conform_built("faulty", &|site: Site| Faulty::build(fault, site))
}

fn failed(report: &Report) -> BTreeSet<Check> {
    report.failures().map(|finding| finding.check).collect()
}

/// The honest layer, and the same without its hinge: between them every check is measured, and none of one of them alone is
/// left out but what it says of itself.
#[test]
fn the_honest_layers_pass_and_nothing_is_left_out() {
    for (fault, left_out) in [(Fault::None, &[Check::Options, Check::Adjoint][..]), (Fault::Line, &[Check::Options])] {
        let report = report(fault);
        assert!(report.conforms(), "{report}");
        let measured: BTreeSet<_> = report.by_check().iter().filter(|s| s.measurements > 0).map(|s| s.check).collect();
        let missing: Vec<_> = Check::ALL.iter().copied().filter(|check| !measured.contains(check)).collect();
        assert_eq!(missing, left_out, "only a table row has options, and only a line a transpose");
        let skipped = report.findings.iter().filter(|finding| finding.outcome == Outcome::Skipped);
        assert!(skipped.clone().all(|finding| finding.detail == "not an affine layer"), "{fault:?}");
        assert_eq!(skipped.count() > 0, fault == Fault::None);
    }
    assert_conforms(&NONE);
}

/// What is left out says why.
#[test]
fn a_layer_without_a_stream_is_skipped_and_not_failed() {
    let report = report(Fault::FalselyNotEquivariant);
    for check in [Check::Stream, Check::StreamState] {
        let mut found = report.findings.iter().filter(|finding| finding.check == check).peekable();
        assert!(found.peek().is_some());
        assert!(found.all(|finding| finding.outcome == Outcome::Skipped && finding.detail == "no streaming form"));
    }
}

#[test]
fn every_fault_is_found_by_its_check() {
    for (fault, check) in FAULTS {
        let report = report(*fault);
        assert!(failed(&report).contains(check), "{fault:?} was not found by {check}:\n{report}");
    }
}

/// A fault in a declaration is no fault of the arithmetic: nothing else may fail.
#[test]
fn a_false_declaration_fails_its_check_alone() {
    for fault in [
        Fault::AnotherStep,
        Fault::WeightsOfNothing,
        Fault::OneParameterMore,
        Fault::FlopsOfMultiplyAdds,
        Fault::TwiceTheBytes,
        Fault::FalselyAffine,
        Fault::FalselyNotAffine,
        Fault::ReachTooWide,
        Fault::OneGradientElement,
        Fault::IgnoresSeed,
        Fault::TooFewLengths,
        Fault::TooManyLengths,
        Fault::NoWayOut,
        Fault::AnotherWayOut,
        Fault::BackwardOfOneLength,
        Fault::FalselyEquivariant,
        Fault::FalselyNotEquivariant,
        Fault::ForgetfulStream,
        Fault::StreamOfTheFuture,
        Fault::HiddenMemory,
        Fault::BoastfulStream,
    ] {
        let wanted: BTreeSet<_> = FAULTS.iter().filter(|(f, _)| *f == fault).map(|(_, check)| *check).collect();
        let mut found = failed(&report(fault));
        // One wrong element of a small array also shows in a direction.
        if fault == Fault::OneGradientElement {
            found.remove(&Check::Gradient);
        }
        assert_eq!(found, wanted, "{fault:?}");
    }
}

#[test]
fn every_check_has_a_fault_that_it_finds() {
    let covered: BTreeSet<_> = FAULTS.iter().map(|(_, check)| *check).chain([Check::Options]).collect();
    assert_eq!(covered, Check::ALL.iter().copied().collect());
}

#[test]
fn a_failure_names_parameter_index_and_both_numbers() {
    let report = report(Fault::OneGradientElement);
    let worst = report.failures().find(|finding| finding.check == Check::GradientElements).expect("found above");
    assert!(worst.detail.starts_with("`weight`[2, 1]: backward says "), "{worst}");
    assert!(worst.detail.contains("differences say "), "{worst}");
    assert!(report.to_string().contains(Check::GradientElements.usual_cause()), "{report}");
}

/// Options as a layer crate has them.
#[derive(Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Strict {
    depth: usize,
}

/// Options that swallow unknown keys.
#[derive(Default, Serialize, Deserialize)]
#[serde(default)]
struct Lax {
    depth: usize,
}

impl Options for Strict {
    fn build(&self, site: Site) -> Result<Box<dyn Layer>, BuildError> {
        Faulty::build(Fault::None, site)
    }
}

impl Options for Lax {
    fn build(&self, site: Site) -> Result<Box<dyn Layer>, BuildError> {
        Faulty::build(Fault::None, site)
    }
}

const DEPTH: OptionDoc = OptionDoc { name: "depth", values: "a number", meaning: "nothing" };
const BREADTH: OptionDoc = OptionDoc { name: "breadth", values: "a number", meaning: "nothing" };

#[test]
fn rows_of_the_table_are_held_too() {
    let row = |options, variants| Definition::of::<Strict>("faulty", "a reference", options, variants);
    assert_conforms(&row(&[DEPTH], &["", "depth = 2"]));

    let fault = |definition: Definition| {
        let report = conform(&definition);
        assert_eq!(failed(&report), BTreeSet::from([Check::Options]), "{report}");
        report.failures().next().expect("one").detail.clone()
    };
    assert_eq!(fault(row(&[], &[""])), "option `depth` has no OptionDoc");
    assert_eq!(fault(row(&[DEPTH, BREADTH], &[""])), "OptionDoc `breadth` is no option");
    assert_eq!(fault(row(&[DEPTH, DEPTH], &[""])), "an option is documented twice");
    assert_eq!(fault(row(&[DEPTH], &["depth = 1"])), "`variants` lacks \"\", the default");
    let lax = Definition::of::<Lax>("faulty", "a reference", &[DEPTH], &[""]);
    assert_eq!(fault(lax), "the unknown option `no-such-option` is taken");
    let renamed = Definition::of::<Strict>("flawless", "a reference", &[DEPTH], &[""]);
    assert_eq!(fault(renamed), "the layer says its name is `faulty`");

    for variant in ["depth = \"two\"", "depth =", "dept = 2"] {
        let variants: &'static [&'static str] = Box::leak(Box::new(["", variant]));
        assert_eq!(failed(&conform(&row(&[DEPTH], variants))), BTreeSet::from([Check::Builds]), "{variant}");
    }
}
