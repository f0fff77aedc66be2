//! Where each series stands in the plane, and what stands beside it in the tips.

use super::{Point, State, chosen, log_axis};
use crate::figure::words::value;
use crate::stats::Summary;
use crate::table::{Table, dash};

/// One line for each series; lags are those of the trained state where there is one.
pub(super) fn table(points: &[Point], n: u64) -> Table {
    let name = points[0].name;
    let headers = [
        "series",
        "layer",
        "lags seen",
        &format!("{name}, untrained"),
        &format!("{name}, trained"),
        "Jacobian variation",
        "recall, %",
    ];
    let line = |point: &Point| {
        let wiring = |state: &Option<State>| shown(state.as_ref().map(|state| &state.wiring));
        let [before, after] = &point.variation;
        let variation = match (before, after) {
            (None, None) => dash(),
            _ => format!("{} → {}", shown(before.as_ref()), shown(after.as_ref())),
        };
        vec![
            point.label.to_owned(),
            point.layer.to_owned(),
            point.main().map_or_else(dash, |state| log_axis::number(state.lags)),
            wiring(&point.untrained),
            wiring(&point.trained),
            variation,
            point.accuracy.as_ref().map_or_else(dash, percent),
        ]
    };
    let most = points.iter().filter_map(Point::main).map(|state| state.wiring.count).max().unwrap_or(1);
    let half = if most > 1 { " ± half the 95\u{a0}% interval" } else { "" };
    Table {
        title: format!(
            "Lags seen of n = {n}, {name}, Jacobian variation before → after training, recall after it, {}{half}",
            chosen::seeds(most)
        ),
        headers: headers.map(str::to_owned).into(),
        rows: points.iter().map(line).collect(),
    }
}

/// A bare `0` is exactly 0, as the wiring of a straight line is.
fn shown(summary: Option<&Summary>) -> String {
    match summary {
        Some(all) if all.mean == 0.0 && all.half.unwrap_or(0.0) == 0.0 => "0".to_owned(),
        _ => summary.map_or_else(dash, value),
    }
}

fn percent(accuracy: &Summary) -> String {
    let half = accuracy.half.map_or_else(String::new, |half| format!(" ± {:.1}", 100.0 * half));
    format!("{:.1}{half}", 100.0 * accuracy.mean)
}

#[cfg(test)]
mod tests {
    use super::super::scenes;
    use crate::figure::Spec;
    use crate::reach_fixture;

    #[test]
    fn both_states_and_both_variations_are_told() {
        let mut data = reach_fixture::data();
        data.scores.retain(|row| row.label != "attention, rotary" || row.split != "trained");
        let drawn = |metric: &str, label: &str| {
            let spec = Spec { metric: metric.into(), layers: vec![label.into()], ..Spec::default() };
            scenes(&data, &spec).unwrap()[0].table.clone()
        };
        let table = drawn("question_wiring", "attention, no positions");
        assert_eq!(table.headers[3..5], ["question wiring, untrained", "question wiring, trained"]);
        assert!(table.title.starts_with("Lags seen of n = 64, question wiring, ") && table.title.contains("3 seeds"));
        let words = ["attention, no positions", "attention", "64", "0.02 ± 0.05", "0.79 ± 0.05"];
        assert_eq!(table.rows[0][..5], words);
        assert_eq!(table.rows[0][5..], ["0.03 ± 0.00 → 0.77 ± 0.04", "99.9 ± 0.4"]);
        let line = &drawn("", "attention, rotary").rows[0];
        assert_eq!(line[2..], ["64", "0.15 ± 0.05", "–", "0.02 ± 0.00 → –", "–"]);
        assert_eq!(drawn("", "none").rows[0][1..6], ["none", "1", "0", "0", "0 → 0"]);
    }
}
