//! The declared reach, held as a set against what is measured.

use std::collections::BTreeSet;

use layer::{Layer, Reach, Shape};
use ndarray::s;
use probes::Support;

use crate::subject::{SEED, Subject, changed_bits};
use crate::{Check, Finding};

/// Inputs: this many seeds of this many rows, since one input can leave a ReLU shut.
const SEEDS: u64 = 4;
const ROWS: usize = 4;

/// A declared span up to this many steps is also measured on a sequence that is longer than it.
const LONGEST: usize = 96;

/// Outputs before a changed step keep their bits, whatever comes: here very large numbers.
pub(crate) fn future(subject: &Subject<'_>) -> Vec<Finding> {
    let layer = subject.layer(SEED);
    if !layer.reach().is_causal() {
        return vec![Finding::skipped(Check::FutureLeak, "later steps are seen")];
    }
    if subject.shape.time == 1 {
        return Vec::new();
    }
    let x = subject.input(SEED, "future.x");
    let (y, _) = layer.forward(x.clone());
    let other = subject.input(SEED, "future.other") * 100.0;
    let (pace, last) = (layer.pace(), y.dim().1);
    let (mut changed, mut detail) = (0, String::new());
    for step in 1..subject.shape.time {
        let mut later = x.clone();
        later.slice_mut(s![.., step.., ..]).assign(&other.slice(s![.., step.., ..]));
        let (moved, _) = layer.forward(later);
        // Output steps that stand before the changed one.
        let early = s![.., ..(pace.last_at(step - 1) + 1).min(last), ..];
        let leaks = changed_bits(&y.slice(early), &moved.slice(early));
        if leaks > 0 && detail.is_empty() {
            detail = format!("first when steps {step} and later are changed");
        }
        changed += leaks;
    }
    vec![Finding::new(Check::FutureLeak, changed as f64, 0.0, detail)]
}

/// Sound everywhere, and tight where the sequence is long enough to show it.
pub(crate) fn reach(subject: &Subject<'_>) -> Vec<Finding> {
    findings(subject.layer(SEED).as_ref(), subject.shape)
}

/// A span that no shape of the kit exceeds is measured once on a sequence that does.
pub(crate) fn long(subjects: &[Subject<'_>]) -> Vec<Finding> {
    let first = subjects[0];
    let Some(span) = span(&first.layer(SEED).reach()) else { return Vec::new() };
    let longest = subjects.iter().map(|subject| subject.shape.time).max().unwrap_or(0);
    if span < longest || span >= LONGEST {
        return Vec::new();
    }
    let shape = Shape { time: span + 1, ..first.shape };
    let subject = Subject { shape, ..first };
    findings(subject.layer(SEED).as_ref(), shape).into_iter().map(|finding| finding.at("", Some(shape))).collect()
}

fn findings(layer: &dyn Layer, shape: Shape) -> Vec<Finding> {
    let (declared, shape) = (layer.reach(), Shape { batch: ROWS, ..shape });
    let within = declared.within(shape.time);
    let (mut outside, mut missing) = (Vec::new(), Vec::new());
    for (way, support) in [
        ("gradient", Support::by_gradient(layer, shape, 0..SEEDS)),
        ("perturbation", Support::by_perturbation(layer, shape, 0..SEEDS)),
    ] {
        let strays = support.pairs().filter(|(output, input)| !within.contains(&support.lag(*output, *input)));
        outside.extend(strays.map(|(output, input)| format!("output {output} sees input {input} by {way}")));
        let measured: BTreeSet<isize> = support.lags();
        missing.extend(within.difference(&measured).map(|lag| format!("lag {lag} by {way}")));
    }
    let told = |faults: &[String]| match faults {
        [] => String::new(),
        [first, ..] => format!("declared {declared}; first: {first}"),
    };
    let mut found = vec![Finding::new(Check::ReachSound, outside.len() as f64, 0.0, told(&outside))];
    if shows_every_lag(layer, &declared, shape.time) {
        found.push(Finding::new(Check::ReachTight, missing.len() as f64, 0.0, told(&missing)));
    }
    found
}

/// Last lag less first, when there are finitely many.
fn span(reach: &Reach) -> Option<usize> {
    match reach {
        Reach::Lags(lags) => Some(lags.last()?.abs_diff(lags.first()?)),
        Reach::Past | Reach::Everywhere => None,
    }
}

/// In a short sequence, a lag that is a sum of steps back and ahead may lack the step in between; and where not every step is
/// one that comes out, the one that would show it.
fn shows_every_lag(layer: &dyn Layer, reach: &Reach, time: usize) -> bool {
    let Reach::Lags(lags) = reach else { return layer.pace().keeps() };
    let pace = layer.pace();
    if !pace.keeps() {
        return span(reach).is_some_and(|span| time > 2 * (span + pace.stride) + pace.lost);
    }
    let one_sided = lags.iter().all(|lag| lag >= 0) || lags.iter().all(|lag| lag <= 0);
    one_sided || span(reach).is_some_and(|span| time > span)
}
