//! What the checks found.

use std::fmt;

use layer::Shape;

use crate::Check;

/// How one measurement came out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Outcome {
    /// Could not be measured here; the detail says why.
    Skipped,
    /// Within the tolerance.
    Passed,
    /// Outside.
    Failed,
}

/// One check on one variant and shape.
#[derive(Clone, Debug)]
pub struct Finding {
    /// Which check.
    pub check: Check,
    /// The variant's options as TOML; empty for the default.
    pub variant: String,
    /// Shape of the input; `None` where the check is not about one.
    pub shape: Option<Shape>,
    /// The number that [`Check::measures`] describes. Infinite when the layer panicked.
    pub measured: f64,
    /// The largest number accepted; the one to be exceeded if `above`.
    pub tolerance: f64,
    /// Whether the number has to lie above the tolerance, as where a layer does *not* say of itself that it is affine.
    pub above: bool,
    /// Whether it was accepted.
    pub outcome: Outcome,
    /// Where the measured number stood (parameter, index, both values), or why it was skipped.
    pub detail: String,
}

impl Finding {
    /// Passes when `measured` is at most `tolerance`, which NaN is not.
    pub(crate) fn new(check: Check, measured: f64, tolerance: f64, detail: impl Into<String>) -> Self {
        let outcome = if measured <= tolerance { Outcome::Passed } else { Outcome::Failed };
        let detail = detail.into();
        Self { check, variant: String::new(), shape: None, measured, tolerance, above: false, outcome, detail }
    }

    /// Passes when `measured` is above `least`, which NaN is not: for a claim that is *not* made.
    pub(crate) fn above(check: Check, measured: f64, least: f64, detail: &str) -> Self {
        let outcome = if measured > least { Outcome::Passed } else { Outcome::Failed };
        Self { outcome, above: true, ..Self::new(check, measured, least, detail) }
    }

    /// Passes when there is no fault; all faults are in the detail.
    pub(crate) fn faults(check: Check, faults: &[String]) -> Self {
        Self::new(check, faults.len() as f64, 0.0, faults.join("; "))
    }

    pub(crate) fn skipped(check: Check, why: &str) -> Self {
        Self { outcome: Outcome::Skipped, ..Self::new(check, 0.0, 0.0, why) }
    }

    /// How near it is to failing, or how far beyond: 1 at the tolerance.
    fn excess(&self) -> f64 {
        let (over, under) = if self.above { (self.tolerance, self.measured) } else { (self.measured, self.tolerance) };
        over / under.max(f64::MIN_POSITIVE)
    }

    /// The variant in one line.
    pub fn variant_in_line(&self) -> String {
        if self.variant.is_empty() { "default".to_owned() } else { self.variant.replace('\n', ", ") }
    }

    pub(crate) fn at(mut self, variant: &str, shape: Option<Shape>) -> Self {
        self.variant = variant.to_owned();
        self.shape = shape;
        self
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let verdict = match self.outcome {
            Outcome::Skipped => "skipped",
            Outcome::Passed => "passed",
            Outcome::Failed => "FAILED",
        };
        write!(f, "{verdict} {} [{}]", self.check, self.variant_in_line())?;
        if let Some(shape) = self.shape {
            write!(f, " at {shape}")?;
        }
        write!(f, ": measured {:.3e}, tolerance {:.1e}", self.measured, self.tolerance)?;
        if !self.detail.is_empty() {
            write!(f, ": {}", self.detail)?;
        }
        Ok(())
    }
}

/// The worst of all findings of one check.
#[derive(Clone, Debug)]
pub struct Summary<'a> {
    /// Which check.
    pub check: Check,
    /// How often it was measured.
    pub measurements: usize,
    /// How many of these failed.
    pub failed: usize,
    /// How often it could not be measured.
    pub skipped: usize,
    /// A failed one if there is any, and among those the furthest from its tolerance.
    pub worst: &'a Finding,
}

/// Everything found about one layer.
#[derive(Clone, Debug)]
pub struct Report {
    /// The layer's name.
    pub layer: String,
    /// In the order in which they were measured.
    pub findings: Vec<Finding>,
}

impl Report {
    /// Whether nothing failed.
    pub fn conforms(&self) -> bool {
        self.failures().next().is_none()
    }

    /// What failed.
    pub fn failures(&self) -> impl Iterator<Item = &Finding> {
        self.findings.iter().filter(|finding| finding.outcome == Outcome::Failed)
    }

    /// One line for each check that has a finding, in the order of [`Check::ALL`].
    pub fn by_check(&self) -> Vec<Summary<'_>> {
        let of = |check: &Check| {
            let all = || self.findings.iter().filter(|finding| finding.check == *check);
            let worst = all().max_by(|a, b| a.outcome.cmp(&b.outcome).then(a.excess().total_cmp(&b.excess())))?;
            let count = |outcome| all().filter(|finding| finding.outcome == outcome).count();
            let (failed, skipped) = (count(Outcome::Failed), count(Outcome::Skipped));
            Some(Summary { check: *check, measurements: failed + count(Outcome::Passed), failed, skipped, worst })
        };
        Check::ALL.iter().filter_map(of).collect()
    }
}

impl fmt::Display for Report {
    /// Every check that failed: how often, its worst finding, and the usual cause.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {} measurements, {} failed", self.layer, self.findings.len(), self.failures().count())?;
        for summary in self.by_check().iter().filter(|summary| summary.worst.outcome == Outcome::Failed) {
            let Summary { check, measurements: all, failed, worst, .. } = summary;
            write!(f, "\n  {check}: {failed} of {all} failed, worst:\n    {worst}")?;
            write!(f, "\n    measured is: {}\n    usual cause: {}", check.measures(), check.usual_cause())?;
        }
        Ok(())
    }
}
