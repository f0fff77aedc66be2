//! From which length on attention costs more than a convolution, and from which its square term rules.

use super::{Table, dash};
use crate::timings::{
    Crossing, Curve, Cut, Missing, PAIRS, PASSES, Row, crossings, curves, labels, most_threads, square_term,
    threads_text, widths,
};

/// For every width and pass, at the largest number of threads: n by the declared FLOPs, and n by the measured times.
///
/// Lines of `A against B`: from which n on a token of A costs more than one of B. Lines of `square term of A`: from which
/// n on the part of the cost that grows with n is the larger one, a/b of a + b·n fitted to the cost of a token at
/// n ≥ 512. Causal attention leaves out the pairs that its mask hides, and so its square term rules later than in the
/// formula of attention without a mask.
///
/// # Errors
/// [`Missing`], where nothing was timed at any width and pass.
pub fn crossover(rows: &[Row]) -> Result<Table, Missing> {
    let threads = most_threads(rows);
    let mut cuts: Vec<(Cut, Vec<Curve>)> = Vec::new();
    let mut missing = Missing::All;
    for (width, pass) in widths(rows).into_iter().flat_map(|width| PASSES.map(|pass| (width, pass))) {
        let cut = Cut { width, pass, threads };
        match curves(rows, cut, &[]) {
            Ok(curves) => cuts.push((cut, curves)),
            Err(error) => missing = error,
        }
    }
    if cuts.is_empty() {
        return Err(missing);
    }
    let line = |what: String, cut: &Cut, predicted: Option<String>, measured: Option<String>| {
        let [predicted, measured] = [predicted, measured].map(|text| text.unwrap_or_else(dash));
        vec![what, cut.width.to_string(), cut.pass.to_owned(), predicted, measured]
    };
    let mut lines = Vec::new();
    for (one, other) in PAIRS {
        for (cut, curves) in &cuts {
            let named = |label: &str| curves.iter().find(|curve| curve.label == label);
            if let (Some(first), Some(second)) = (named(one), named(other)) {
                let text = |crossing: Option<Crossing>| crossing.map(|crossing| crossing.to_string());
                let (predicted, measured) = crossings(first, second);
                lines.push(line(format!("{one} against {other}"), cut, text(predicted), text(measured)));
            }
        }
    }
    for label in labels(rows) {
        for (cut, curves) in &cuts {
            for curve in curves.iter().filter(|curve| curve.layer == "attention" && curve.label == label) {
                let text = |n: Option<f64>| n.map(|n| format!("{n:.0}"));
                let (predicted, measured) = square_term(curve);
                lines.push(line(format!("square term of {label}"), cut, text(predicted), text(measured)));
            }
        }
    }
    let headers = ["costs more from n on", "width", "pass", "n by FLOPs", "n by time"].map(str::to_owned).into();
    Ok(Table { title: format!("Where costs pass each other, {}", threads_text(threads)), headers, rows: lines })
}
