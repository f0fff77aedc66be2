//! Every line of the figure by depth: what was measured, and what was computed beside it.

use super::{Curve, Line, chosen, depths};
use crate::figure::words::value;
use crate::table::{Table, dash};

/// The measured series, each with its exponent of the depth, then the computed lines among `lines` by their names.
pub(super) fn table(curves: &[Curve], lines: &[Line]) -> Table {
    let depths = depths(curves);
    let measured = curves.iter().map(|curve| {
        let at =
            |depth: &u64| curve.measured.iter().find(|(other, _)| other == depth).map(|(_, summary)| value(summary));
        let exponent = curve.exponent.as_ref().map_or_else(dash, value);
        let cells = depths.iter().map(|depth| at(depth).unwrap_or_else(dash));
        [curve.label.to_owned()].into_iter().chain(cells).chain([exponent]).collect()
    });
    let computed = lines.iter().filter(|(end, _)| end.marker.is_none()).map(|(end, points)| {
        let at = |depth: &u64| points.iter().find(|(other, _)| other == depth).map(|(_, value)| format!("{value:.2}"));
        let cells = depths.iter().map(|depth| at(depth).unwrap_or_else(dash));
        [end.text()].into_iter().chain(cells).chain([dash()]).collect()
    });
    let most = curves.iter().flat_map(|curve| &curve.measured).map(|(_, summary)| summary.count).max().unwrap_or(1);
    let half = if most > 1 { " ± half the 95\u{a0}% interval" } else { "" };
    let headers = depths.iter().map(|depth| format!("depth {depth}"));
    let headers = ["series".to_owned()].into_iter().chain(headers).chain(["exponent of depth".to_owned()]).collect();
    Table {
        title: format!("Standard deviation of the lag by depth, steps, untrained, {}{half}", chosen::seeds(most)),
        headers,
        rows: measured.chain(computed).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::scenes;
    use crate::figure::Spec;
    use crate::reach_fixture;

    /// Box kernels follow the √ law of kernel 3; a field of 2·depth + 1 steps used evenly has √((w² − 1)/12).
    #[test]
    fn every_line_has_its_numbers() {
        let mut data = reach_fixture::data();
        data.scores.retain(|row| row.label != "box kernel k3" || row.depth != Some(16));
        let spec = Spec { layers: vec!["box kernel k3".into(), "conv k3".into()], ..Spec::default() };
        let table = &scenes(&data, &spec).unwrap()[0].table;
        let names: Vec<_> = table.rows.iter().map(|row| row[0].as_str()).collect();
        assert_eq!(names[..2], ["box kernel k3", "conv k3"]);
        assert!(names[2].starts_with("declared field, if used evenly") && names.iter().any(|name| name.contains("√")));
        assert_eq!(table.headers[1..3], ["depth 1", "depth 2"]);
        assert_eq!(table.headers.last().unwrap(), "exponent of depth");
        let law = |depth: f64| format!("{:.2}", (depth * 8.0 / 12.0).sqrt());
        assert_eq!(
            table.rows[0],
            ["box kernel k3", &law(1.0), &law(2.0), &law(4.0), &law(8.0), "–", &law(32.0), "0.50"]
        );
        let [first, .., exponent] = &table.rows[1][1..] else { panic!("seven columns") };
        assert!(first.starts_with("0.76 ± 0.1"), "{first}");
        assert!(exponent.starts_with("0.50 ± 0.0"), "{exponent}");
        let even =
            |depth: f64| format!("{:.2}", ((2.0 * depth + 1.0) * (2.0 * depth + 1.0) / 12.0 - 1.0 / 12.0).sqrt());
        assert_eq!(table.rows[2][3], even(4.0));
        assert!(table.rows[2..].iter().all(|row| row.last().unwrap() == "–" && row.len() == table.headers.len()));
    }
}
