//! Shares of the gradient at the lags that the axis numbers.

use super::{Curve, chosen, digits};
use crate::table::{Table, dash};

/// One line for each series and state.
pub(super) fn table(curves: &[Curve], lags: &[u64]) -> Table {
    let line = |curve: &Curve| {
        let share = |lag: &u64| match curve.shares.get(*lag as usize) {
            // A bare 0 is exactly 0: not connected.
            Some([0.0, ..]) => "0".to_owned(),
            Some([mean, ..]) => digits(*mean),
            None => dash(),
        };
        let state = if curve.split.is_empty() { dash() } else { curve.split.to_owned() };
        [curve.name.clone(), state].into_iter().chain(lags.iter().map(share)).collect()
    };
    let most = curves.iter().map(|curve| curve.seeds).max().unwrap_or(1);
    let headers = ["series", "state"].map(str::to_owned).into_iter();
    Table {
        title: format!("Share of the squared gradient of one output step by lag, %, {}", chosen::seeds(most)),
        headers: headers.chain(lags.iter().map(|lag| format!("lag {lag}"))).collect(),
        rows: curves.iter().map(line).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::scenes;
    use crate::figure::Spec;
    use crate::reach_fixture;

    #[test]
    fn shares_stand_under_their_lags() {
        let mut data = reach_fixture::data();
        let spec = Spec { layers: vec!["line, per step".into(), "conv, 3 × k3".into()], ..Spec::default() };
        data.maps.retain(|row| row.task == "field" && row.split == "trained");
        for row in data.maps.iter_mut().filter(|row| row.label == "conv, 3 × k3") {
            // Lags 0 and 2; the second seed has another share at lag 2.
            row.values = vec![0.0; 64];
            row.values[61] = if row.seed == 1 { 0.28 } else { 0.25 };
            row.values[63] = 1.0 - row.values[61];
        }
        let table = &scenes(&data, &spec).unwrap()[0].table;
        assert_eq!(table.headers.join(" "), "series state lag 0 lag 1 lag 2 lag 4 lag 8 lag 16 lag 32 lag 63");
        assert_eq!(table.rows[0][..4], ["line, per step", "trained", "100", "0"]);
        assert_eq!(table.rows[1][..6], ["conv, 3 × k3", "trained", "74.0", "0", "26.0", "0"]);
        assert!(table.title.ends_with("%, mean of 3 seeds"), "{}", table.title);
    }
}
