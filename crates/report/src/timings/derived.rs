//! What follows from timings, as scores: so that claims can be held against it.

use super::Row;
use super::ceilings::Ceilings;
use super::crossing::{PAIRS, crossings};
use super::cut::{Curve, Cut, PASSES, WIDTH, curves, most_threads};
use super::growth::{SquareTerm, flops_growth, square_term, time_growth};
use crate::scores;

/// Task of all these rows, which is that of measured paths too.
pub const TASK: &str = "pass";

/// Rows of task `pass` at width 64 and the largest number of threads; the split is the pass, `forward` or `both`.
///
/// | metric | label | n | value |
/// |---|---|---|---|
/// | `exponent_time` | the layer | – | exponent of n in the time of a sequence, on the last four of n = 512 … 8192; expected: `exponent_flops` |
/// | `exponent_flops` | the layer | – | the same of the declared FLOPs |
/// | `share_of_ceiling` | the layer | yes | FLOP/s over min(peak, copy · FLOPs for each byte), 0 to about 1 |
/// | `crossover_predicted` | `A against B` | – | steps from which on A costs more FLOPs for a token than B |
/// | `crossover_measured` | `A against B` | – | the same in time; expected: `crossover_predicted` |
/// | both crossovers | an attention | – | steps from which on the square term is the larger part |
///
/// A number that does not exist has no row: an exponent without two long sequences, a square term without three, costs
/// that do not pass each other, or pass between lengths more than a doubling apart. The width stands among the options.
/// Nothing is set against the times of peers: theirs are of another run, and absolute times of two runs are not divided.
pub fn derived(rows: &[Row]) -> Vec<scores::Row> {
    let threads = most_threads(rows);
    let ceilings = Ceilings::of(rows, threads).ok();
    let mut all = Vec::new();
    for pass in PASSES {
        let cut = Cut { width: WIDTH, pass, threads };
        let Ok(curves) = curves(rows, cut, &[]) else { continue };
        for curve in &curves {
            let mut add =
                |metric: &str, n, value, expected| all.extend(score(curve, cut, (metric, n, value, expected)));
            let flops = flops_growth(curve).map(|fit| fit.slope);
            add("exponent_time", None, time_growth(curve).map(|fit| fit.slope), flops);
            add("exponent_flops", None, flops, None);
            for sample in &curve.samples {
                let share = ceilings.and_then(|ceilings| ceilings.share(sample));
                add("share_of_ceiling", Some(sample.n), share, None);
            }
            if curve.layer == "attention" {
                let n = |term: Option<SquareTerm>| term.map(|term| term.n);
                let (predicted, measured) = square_term(curve);
                let (predicted, measured) = (n(predicted), n(measured));
                add("crossover_predicted", None, predicted, None);
                add("crossover_measured", None, measured, predicted);
            }
        }
        let named = |label: &str| curves.iter().find(|curve| curve.label == label);
        for (one, other) in PAIRS.iter().filter_map(|(one, other)| Some((named(one)?, named(other)?))) {
            let label = format!("{} against {}", one.label, other.label);
            let pair = Curve { label: &label, options: "", ..one.clone() };
            let (predicted, measured) = crossings(one, other);
            let [predicted, measured] = [predicted, measured].map(|crossing| crossing.and_then(|it| it.single()));
            all.extend(score(&pair, cut, ("crossover_predicted", None, predicted, None)));
            all.extend(score(&pair, cut, ("crossover_measured", None, measured, predicted)));
        }
    }
    all
}

/// A row, if there is a value.
fn score(
    curve: &Curve,
    cut: Cut,
    (metric, n, value, expected): (&str, Option<u64>, Option<f64>, Option<f64>),
) -> Option<scores::Row> {
    let comma = if curve.options.is_empty() { "" } else { ", " };
    Some(scores::Row {
        experiment: curve.samples.first().map_or_else(String::new, |sample| sample.row.experiment.clone()),
        task: TASK.into(),
        layer: curve.layer.into(),
        label: curve.label.into(),
        options: format!("{}{comma}width = {}", curve.options, cut.width),
        n,
        metric: metric.into(),
        value: Some(value?),
        expected,
        split: cut.pass.into(),
        ..scores::Row::default()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::timing_fixture;

    /// What the formulas of the fixture say: attention passes conv k7 at n = 3·64 − 1, its square term rules beyond
    /// n = 4·64 + 1, and never is it cheaper than conv k3.
    #[test]
    fn numbers_follow_from_the_formulas_behind_the_rows() {
        let all = derived(&timing_fixture::rows());
        let find = |metric: &str, label: &str, n: Option<u64>| {
            let wanted =
                |row: &&scores::Row| row.metric == metric && row.label == label && row.n == n && row.split == "forward";
            all.iter().find(wanted).cloned()
        };
        let value = |metric, label, n| find(metric, label, n).unwrap().value.unwrap();
        let near = |found: f64, expected: f64, by: f64| assert!((found - expected).abs() < by, "{found}, {expected}");
        near(value("exponent_flops", "conv k7", None), 1.0, 1e-9);
        near(value("exponent_flops", "linear over time", None), 2.0, 1e-9);
        assert_eq!(find("exponent_flops", "none", None), None);
        let time = find("exponent_time", "attention, one head", None).unwrap();
        assert_eq!(time.expected, find("exponent_flops", "attention, one head", None).unwrap().value);
        // It is timed up to 65,536, and fitted on the lengths of the one with four heads.
        near(time.expected.unwrap(), value("exponent_flops", "attention", None), 1e-12);
        near(time.value.unwrap(), 1.9, 0.1);
        near(value("crossover_predicted", "attention against conv k7", None), 191.0, 1e-6);
        near(value("crossover_predicted", "attention", None), 257.0, 1e-6);
        assert_eq!(find("crossover_predicted", "attention against conv k3", None), None);
        assert!(value("crossover_measured", "attention", None) > 100.0);
        assert!(all.iter().all(|row| !row.metric.contains("ratio")), "times of two runs are not divided");
        near(value("share_of_ceiling", "mlp", Some(1024)), 0.5, 0.1);
        let mlp = find("share_of_ceiling", "mlp over time", Some(1024)).unwrap();
        assert_eq!((mlp.options.as_str(), mlp.layer.as_str()), ("over = \"time\", width = 64", "mlp"));
        assert_eq!(find("share_of_ceiling", "mlp over time", Some(8192)), None, "it was not timed");
        assert!(all.iter().all(|row| row.task == TASK && row.value.is_some_and(f64::is_finite)));
        assert_eq!(derived(&[]), []);
    }

    #[test]
    fn they_read_back_as_scores() {
        let all = derived(&timing_fixture::rows());
        assert_eq!(scores::parse(&scores::write(&all), std::path::Path::new("scores.csv")).unwrap(), all);
    }
}
