//! What each map amounts to, in numbers.

use super::{Map, chosen};
use crate::table::{Table, dash};

/// One line for each map; steps and pairs that are connected in any seed.
pub(super) fn table(maps: &[Map]) -> Table {
    let n = maps[0].n;
    let headers = ["series", "depth", "state", "steps that the last step sees", "connected pairs, %", "seeds"];
    let line = |map: &Map| {
        vec![
            map.label.to_owned(),
            map.depth.to_string(),
            if map.split.is_empty() { dash() } else { map.split.to_owned() },
            map.seen().to_string(),
            format!("{:.1}", map.connected()),
            map.seeds.to_string(),
        ]
    };
    let most = maps.iter().map(|map| map.seeds).max().unwrap_or(1);
    Table {
        title: format!("What is connected, of n = {n} steps and {n} × {n} pairs, {}", chosen::seeds(most)),
        headers: headers.map(str::to_owned).into(),
        rows: maps.iter().map(line).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::scenes;
    use crate::figure::Spec;
    use crate::reach_fixture;

    /// Seven lags of 64 steps: 64 + 63 + … + 58 pairs of 64².
    #[test]
    fn a_line_counts_what_its_map_shows() {
        let spec = Spec { layers: vec!["conv, 3 × k3".into(), "none".into()], ..Spec::default() };
        let table = &scenes(&reach_fixture::data(), &spec).unwrap()[0].table;
        let pairs = format!("{:.1}", 100.0 * f64::from((58..=64).sum::<i32>()) / 4096.0);
        assert_eq!(table.rows.len(), 4);
        assert_eq!(table.rows[1], ["conv, 3 × k3", "3", "trained", "7", &pairs, "3"]);
        assert_eq!(table.rows[2], ["none", "1", "untrained", "1", "1.6", "3"]);
        assert!(table.title.contains("n = 64 steps and 64 × 64 pairs, mean of 3 seeds"), "{}", table.title);
    }
}
