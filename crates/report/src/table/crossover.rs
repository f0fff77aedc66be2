//! From which length on attention costs more than a convolution, and from which its square term rules.

use super::{Table, dash};
use crate::timings::{
    Crossing, Curve, Cut, Missing, PAIRS, PASSES, Row, SquareTerm, crossings, curves, labels, most_threads,
    square_term, threads_text, widths,
};

/// For every width and pass, at the largest number of threads: n by the declared FLOPs, and n by the measured times.
///
/// Lines of `A against B`: from which n on a token of A costs more than one of B, the difference of the costs taken as a
/// straight line in n between neighbouring lengths; the two lengths themselves, where they are more than a doubling
/// apart. Lines of `square term of A`: from which n on the part of the cost that grows with n is the larger one, a/b of
/// a + b·n fitted to the cost of a token at three or more lengths n ≥ 512. Where that lies below the lengths of the fit,
/// the cell of the times says so; FLOPs are a straight line at every length, and can be followed down. Causal attention leaves out the pairs that its mask hides, and so its square term rules later than in the
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
                let (predicted, measured) = square_term(curve);
                let predicted = predicted.map(|term| format!("{:.0}", term.n));
                lines.push(line(format!("square term of {label}"), cut, predicted, measured.map(text)));
            }
        }
    }
    let headers = ["costs more from n on", "width", "pass", "n by FLOPs", "n by time"].map(str::to_owned).into();
    Ok(Table { title: format!("Where costs pass each other, {}", threads_text(threads)), headers, rows: lines })
}

/// `~111, below the fitted n ≥ 512`.
fn text(SquareTerm { n, fitted_from }: SquareTerm) -> String {
    if n < fitted_from { format!("~{n:.0}, below the fitted n ≥ {fitted_from}") } else { format!("{n:.0}") }
}
