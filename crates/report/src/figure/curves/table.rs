//! How far fits are from the truth, and the figure in words.

use super::gather::{Curve, Row, Shown};
use crate::figure::gathered;
use crate::stats::Summary;
use crate::table::{Table, dash};

/// A row for each series, task and line.
pub(super) fn table(shown: &Shown) -> Table {
    let mut rows = Vec::new();
    for row in &shown.rows {
        for (task, name) in shown.tasks.iter().enumerate() {
            for series in crate::series::distinct(row.fits[task].iter().map(|curve| curve.series)) {
                let [inside, outside] = errors(shown, row, task, series);
                // The label alone, so that the row goes with its series; the split stands with the line.
                let line = row.name.strip_prefix(row.label).unwrap_or("").to_owned();
                let cell = |error: Option<Summary>| error.map_or_else(dash, |error| gathered::shown("error", &error));
                let start = [row.label.to_owned(), (*name).to_owned(), format!("{series}{line}")];
                rows.push(start.into_iter().chain([cell(inside), cell(outside)]).collect());
            }
        }
    }
    Table {
        title: "Root mean square of fit less truth, mean over seeds ± half the 95\u{a0}% interval".to_owned(),
        headers: ["series", "task", "line", "where it was trained", "beyond"].map(str::to_owned).to_vec(),
        rows,
    }
}

/// Inside the trained range (everywhere, without one) and beyond it.
fn errors(shown: &Shown, row: &Row, task: usize, series: &str) -> [Option<Summary>; 2] {
    let truths = &shown.truths[task];
    let truth = truths.iter().find(|truth| truth.series == series).or(truths.first());
    let (low, high) = shown.ranges[task].unwrap_or((f64::MIN, f64::MAX));
    [true, false].map(|inside| {
        let of_curve = |curve: &Curve| {
            let wanted = |x: f64| (low..=high).contains(&x) == inside;
            let points = curve.points.iter().filter(|(x, _)| wanted(*x));
            let squares: Vec<_> = points.filter_map(|(x, y)| Some((y - at(&truth?.points, *x)?).powi(2))).collect();
            gathered::mean(squares.into_iter()).map(f64::sqrt)
        };
        let of_series = row.fits[task].iter().filter(|curve| curve.series == series);
        Summary::of(&of_series.filter_map(of_curve).collect::<Vec<_>>())
    })
}

/// Height of a line at `x`, straight between its points; none beyond its ends.
fn at(points: &[(f64, f64)], x: f64) -> Option<f64> {
    let place = points.partition_point(|(other, _)| *other < x);
    let after = points.get(place)?;
    if after.0 == x {
        return Some(after.1);
    }
    let before = points.get(place.checked_sub(1)?)?;
    Some(before.1 + (x - before.0) / (after.0 - before.0) * (after.1 - before.1))
}

/// What the figure shows, in words.
pub(super) fn description(shown: &Shown) -> String {
    let mut text = format!("What {} series make of {}.", shown.rows.len(), shown.tasks.join(", "));
    for row in &shown.rows {
        let mut words = Vec::new();
        for (task, name) in shown.tasks.iter().enumerate() {
            for series in crate::series::distinct(row.fits[task].iter().map(|curve| curve.series)) {
                let [inside, outside] = errors(shown, row, task, series);
                let line = if series == "fit" { String::new() } else { format!(", {series}") };
                let parts = [(inside, ""), (outside, " beyond")].into_iter();
                let parts: Vec<_> = parts
                    .filter_map(|(error, place)| Some(format!("{}{place}", gathered::digits("error", error?.mean))))
                    .collect();
                if !parts.is_empty() {
                    words.push(format!("{name}{line} {}", parts.join(", ")));
                }
            }
        }
        let words = if words.is_empty() { "no truth to compare with".to_owned() } else { words.join("; ") };
        text.push_str(&format!(" {}: root mean square error {words}.", row.name));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::at;

    #[test]
    fn between_points_a_line_is_straight() {
        let line = [(0.0, 1.0), (2.0, 5.0), (3.0, 0.0)];
        let heights = [0.0, 0.5, 2.0, 2.5, 3.0, 3.1, -0.1].map(|x| at(&line, x));
        assert_eq!(heights, [Some(1.0), Some(2.0), Some(5.0), Some(2.5), Some(0.0), None, None]);
    }
}
