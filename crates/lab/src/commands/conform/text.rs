//! A report for people, at most 110 columns wide.

use layer::Shape;
use layer_testkit::{Check, Finding, Outcome, Report, Summary};

use super::super::table_within;

/// Columns of a line.
const WIDTH: u16 = 110;

/// Columns before what is said of a failure.
const INDENT: usize = 12;

/// Column titles over [`line`].
pub const HEAD: &str = "layer               measurements   failed  skipped";

/// One layer in a line.
pub fn line(report: &Report) -> String {
    let found = report.by_check();
    let sum = |number: fn(&Summary<'_>) -> usize| found.iter().map(number).sum::<usize>();
    let (all, failed, skipped) = (sum(|s| s.measurements), sum(|s| s.failed), sum(|s| s.skipped));
    let verdict = if failed == 0 { "conforms" } else { "FAILS" };
    format!("{:<20}{all:>12}{failed:>9}{skipped:>9}   {verdict}", report.layer)
}

/// What is said below the lines of all layers.
pub fn end(reports: &[Report], all: bool) -> String {
    let failing: Vec<&Report> = reports.iter().filter(|report| !report.conforms()).collect();
    if failing.is_empty() {
        return format!("\nAll {} conform. More about one of them: lab conform NAME\n", reports.len());
    }
    let told = failing.iter().map(|report| format!("\n{}\n{}", report.layer, failures(report, all)));
    let count = format!("\n{} of {} layers fail\n", failing.len(), reports.len());
    told.collect::<String>() + &count
}

/// One layer, check by check, with what failed below.
pub fn report(report: &Report, variants: usize, all: bool) -> String {
    let found = report.by_check();
    let measurements: usize = found.iter().map(|summary| summary.measurements).sum();
    let rows: Vec<Vec<String>> = Check::ALL
        .iter()
        .map(|check| match found.iter().find(|summary| summary.check == *check) {
            Some(summary) => row(summary, reason(report, *check)),
            None => [check.name(), "0", "", "", "skipped", "no variant could be built"].map(str::to_owned).to_vec(),
        })
        .collect();
    let headers = ["check", "measured", "worst", "tolerance", "result", "where (batch×time×width), or why not"];
    let table = table_within(WIDTH, &headers, &rows, &[1, 2, 3]);
    let options = if variants == 1 { "1 variant".to_owned() } else { format!("{variants} variants of its options") };
    let head = format!("{}: {measurements} measurements of {options}\n", report.layer);
    let failed = found.iter().filter(|summary| summary.failed > 0).count();
    let verdict = match failed {
        0 => format!("{} conforms\n", report.layer),
        _ => format!("{}\n{} does not conform: {failed} checks fail\n", failures(report, all), report.layer),
    };
    format!("{head}{table}\n{verdict}")
}

/// Why it was not measured where it was not.
fn reason(report: &Report, check: Check) -> &str {
    let mut skipped = report.findings.iter().filter(|found| found.check == check && found.outcome == Outcome::Skipped);
    skipped.next().map_or("", |found| &found.detail)
}

/// The row of a check, with the reason why some of it may have been skipped.
fn row(summary: &Summary<'_>, reason: &str) -> Vec<String> {
    let worst = summary.worst;
    let (result, note) = match worst.outcome {
        Outcome::Skipped => ("skipped", reason.to_owned()),
        Outcome::Passed if worst.measured == 0.0 => ("passed", String::new()),
        Outcome::Passed => ("passed", place(worst.shape)),
        Outcome::Failed => ("FAILED", format!("{} failed, see below", summary.failed)),
    };
    let note = match summary.skipped {
        0 => note,
        _ if worst.outcome == Outcome::Skipped => note,
        skipped if note.is_empty() => format!("{skipped} skipped: {reason}"),
        skipped => format!("{note}; {skipped} skipped: {reason}"),
    };
    let (measured, tolerance) = match worst.outcome {
        Outcome::Skipped => Default::default(),
        _ => (number(worst.measured, worst.tolerance), limit(worst)),
    };
    vec![summary.check.name().to_owned(), summary.measurements.to_string(), measured, tolerance, result.into(), note]
}

/// A count in full; an error, which is small, as a power of ten.
fn number(value: f64, tolerance: f64) -> String {
    match value {
        _ if value.is_nan() => "NaN".to_owned(),
        _ if value.is_infinite() => "∞".to_owned(),
        _ if value == 0.0 || tolerance == 0.0 || tolerance >= 1.0 => format!("{value:.0}"),
        _ => format!("{value:.1e}"),
    }
}

fn limit(finding: &Finding) -> String {
    let tolerance = number(finding.tolerance, finding.tolerance);
    if finding.above { format!("> {tolerance}") } else { tolerance }
}

fn place(shape: Option<Shape>) -> String {
    shape.map_or_else(String::new, |shape| format!("{}×{}×{}", shape.batch, shape.time, shape.feature))
}

/// Every check that failed: its worst finding, or all of them, and what usually causes it.
fn failures(report: &Report, all: bool) -> String {
    let of_check = |summary: &Summary<'_>| {
        let check = summary.check;
        let mut text = format!("\nFAILED {check}: {} of {} measurements\n", summary.failed, summary.measurements);
        text += &said("number", check.measures());
        text += &said("usually", check.usual_cause());
        match all {
            false => text += &finding("worst", summary.worst),
            true => report.failures().filter(|failure| failure.check == check).for_each(|failure| {
                text += &finding("found", failure);
            }),
        }
        text
    };
    report.by_check().iter().filter(|summary| summary.failed > 0).map(of_check).collect()
}

fn finding(title: &str, finding: &Finding) -> String {
    let accepted = if finding.above { "has to be above" } else { "accepted up to" };
    let tolerance = number(finding.tolerance, finding.tolerance);
    let shape = finding.shape.map_or_else(String::new, |shape| format!(" at {shape}"));
    let told = format!(
        "{}, {accepted} {tolerance}: {}{shape}",
        number(finding.measured, finding.tolerance),
        finding.variant_in_line()
    );
    said(title, &told) + &if finding.detail.is_empty() { String::new() } else { said("", &finding.detail) }
}

/// Words in lines of at most [`WIDTH`] columns, behind a title.
fn said(title: &str, words: &str) -> String {
    let mut lines = vec![format!("  {title:<width$}", width = INDENT - 2)];
    for word in words.split_whitespace() {
        let line = lines.last_mut().expect("never empty");
        let columns = line.chars().count();
        if columns > INDENT && columns + 1 + word.chars().count() > usize::from(WIDTH) {
            lines.push(format!("{}{word}", " ".repeat(INDENT)));
        } else {
            line.push_str(if columns > INDENT { " " } else { "" });
            line.push_str(word);
        }
    }
    lines.join("\n") + "\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    fn finding(check: Check, measured: f64, tolerance: f64, outcome: Outcome, detail: &str) -> Finding {
        let (variant, shape) = ("heads = 2\nmask = \"none\"".to_owned(), Some(Shape::new(2, 131, 4)));
        Finding { check, variant, shape, measured, tolerance, above: false, outcome, detail: detail.to_owned() }
    }

    fn broken() -> Report {
        let long = "`query.weight`[2, 1]: backward says 1.234567, differences say 2.345678 ".repeat(4);
        let straight = finding(Check::Affine, 1e-9, 1e-3, Outcome::Failed, "not declared affine");
        Report {
            layer: "crooked".to_owned(),
            findings: vec![
                finding(Check::Gradient, 1e-5, 2e-3, Outcome::Passed, ""),
                finding(Check::Gradient, 0.25, 2e-3, Outcome::Failed, &long),
                finding(Check::Gradient, 0.125, 2e-3, Outcome::Failed, "the lesser one"),
                finding(Check::BytesKept, 464.0, 1439.0, Outcome::Passed, ""),
                finding(Check::Shapes, f64::INFINITY, 0.0, Outcome::Failed, "panicked: index out of bounds"),
                finding(Check::Finite, f64::NAN, 0.0, Outcome::Failed, ""),
                finding(Check::Stream, 5.6e-7, 1e-5, Outcome::Passed, ""),
                finding(Check::Stream, 0.0, 0.0, Outcome::Skipped, "no streaming form"),
                finding(Check::Adjoint, 0.0, 0.0, Outcome::Skipped, "not an affine layer"),
                Finding { above: true, shape: None, ..straight },
            ],
        }
    }

    /// The cells of a check's row.
    fn cells(text: &str, check: &str) -> Vec<String> {
        let line = text.lines().find(|line| line.contains(&format!("│ {check} "))).unwrap_or_else(|| panic!("{text}"));
        line.trim_matches('│').split('┆').map(|cell| cell.trim().to_owned()).collect()
    }

    #[test]
    fn every_check_has_a_row_and_a_failure_says_where_and_why() {
        let text = report(&broken(), 12, false);
        assert_eq!(cells(&text, "gradient")[1..], ["3", "2.5e-1", "2.0e-3", "FAILED", "2 failed, see below"]);
        assert_eq!(cells(&text, "bytes-kept")[1..], ["1", "464", "1439", "passed", "2×131×4"]);
        assert_eq!(
            cells(&text, "stream")[1..],
            ["1", "5.6e-7", "1.0e-5", "passed", "2×131×4; 1 skipped: no streaming form"]
        );
        assert_eq!(cells(&text, "adjoint")[1..], ["0", "", "", "skipped", "not an affine layer"]);
        assert_eq!(cells(&text, "affine")[1..4], ["1", "1.0e-9", "> 1.0e-3"]);
        assert_eq!(cells(&text, "shapes")[1..4], ["1", "∞", "0"]);
        assert_eq!(cells(&text, "finite")[2], "NaN");
        assert_eq!(cells(&text, "flops")[4..], ["skipped", "no variant could be built"]);
        let flat = text.split_whitespace().collect::<Vec<_>>().join(" ");
        for said in [
            Check::Gradient.usual_cause(),
            "worst 2.5e-1, accepted up to 2.0e-3: heads = 2, mask = \"none\" at (batch 2, time 131, feature 4)",
            "differences say 2.345678",
            "panicked: index out of bounds",
            "1.0e-9, has to be above 1.0e-3",
            "crooked does not conform: 4 checks fail",
        ] {
            assert!(flat.contains(said), "{said}:\n{text}");
        }
        assert!(!flat.contains("the lesser one"));
        assert!(report(&broken(), 12, true).contains("the lesser one"), "--verbose tells every finding");
    }

    #[test]
    fn all_layers_stand_in_a_line_each_and_failures_below() {
        let broken = broken();
        assert_eq!(line(&broken).split_whitespace().collect::<Vec<_>>(), ["crooked", "8", "5", "2", "FAILS"]);
        let fine = Report { layer: "fine".to_owned(), findings: broken.findings[..1].to_vec() };
        assert!(line(&fine).ends_with("conforms"));
        let text = end(&[broken, fine.clone()], false);
        assert!(text.contains("FAILED gradient") && text.ends_with("1 of 2 layers fail\n"), "{text}");
        assert!(end(&[fine], false).contains("All 1 conform"));
    }

    #[test]
    fn nothing_is_wider_than_the_page() {
        for text in [report(&broken(), 12, true), end(&[broken()], true), line(&broken()), HEAD.to_owned()] {
            let widest = text.lines().max_by_key(|line| line.chars().count()).unwrap();
            assert!(widest.chars().count() <= usize::from(WIDTH), "{widest}");
        }
    }
}
