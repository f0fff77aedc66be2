//! A report for tools.

use layer_testkit::{Check, Finding, Outcome, Report};
use serde_json::{Value, json};

/// Every check, measured or not, and every finding that failed. Numbers that JSON does not have (a panic has none, NaN)
/// are null.
pub fn report(report: &Report) -> Value {
    let found = report.by_check();
    let check = |check: &Check| {
        let Some(summary) = found.iter().find(|summary| summary.check == *check) else {
            return json!({"check": check.name(), "measures": check.measures(), "outcome": "skipped", "measurements": 0});
        };
        let mut all = json!({
            "check": check.name(), "measures": check.measures(), "outcome": outcome(summary.worst.outcome),
            "measurements": summary.measurements, "failed": summary.failed, "skipped": summary.skipped,
            "worst": finding(summary.worst),
        });
        if summary.failed > 0 {
            all["usual_cause"] = check.usual_cause().into();
            let failures = report.failures().filter(|failure| failure.check == *check);
            all["failures"] = failures.map(finding).collect();
        }
        all
    };
    json!({
        "layer": report.layer, "conforms": report.conforms(),
        "checks": Check::ALL.iter().map(check).collect::<Vec<_>>(),
    })
}

fn finding(finding: &Finding) -> Value {
    let shape = finding.shape.map(|shape| json!([shape.batch, shape.time, shape.feature]));
    let measured = (finding.outcome != Outcome::Skipped).then_some(finding.measured);
    let tolerance = (finding.outcome != Outcome::Skipped).then_some(finding.tolerance);
    json!({
        "variant": finding.variant, "shape": shape, "measured": measured, "tolerance": tolerance,
        "has_to_exceed": finding.above, "detail": finding.detail,
    })
}

fn outcome(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Passed => "passed",
        Outcome::Failed => "failed",
        Outcome::Skipped => "skipped",
    }
}
