//! Where each meaning lies and how far it spreads, and the figure in words.

use super::{Cloud, Shown};
use crate::figure::gathered;
use crate::points::Row;
use crate::table::Table;

/// Number, centre and spread of the points of one meaning in one panel.
struct Lump {
    count: usize,
    centre: (f64, f64),
    /// Root mean square distance to the centre.
    spread: f64,
}

fn lump(cloud: &Cloud, meaning: &str) -> Option<Lump> {
    let points: Vec<&Row> = cloud.points.iter().copied().filter(|row| row.series == meaning).collect();
    let centre = (gathered::mean(points.iter().map(|row| row.x))?, gathered::mean(points.iter().map(|row| row.y))?);
    let squares = points.iter().map(|row| (row.x - centre.0).powi(2) + (row.y - centre.1).powi(2));
    Some(Lump { count: points.len(), centre, spread: gathered::mean(squares)?.sqrt() })
}

/// A row for each meaning in each panel.
pub(super) fn table(shown: &Shown) -> Table {
    let mut rows = Vec::new();
    for cloud in &shown.clouds {
        for meaning in &shown.meanings {
            if let Some(Lump { count, centre, spread }) = lump(cloud, meaning) {
                let numbers = [centre.0, centre.1, spread].map(|value| format!("{value:.2}"));
                let start = [(*meaning).to_owned(), cloud.name.clone(), count.to_string()];
                rows.push(start.into_iter().chain(numbers).collect());
            }
        }
    }
    Table {
        title: "Points of each meaning: centre, and root mean square distance to it".to_owned(),
        headers: ["meaning", "series", "points", "centre, PC 1", "centre, PC 2", "spread"].map(str::to_owned).to_vec(),
        rows,
    }
}

/// What the figure shows, in words.
pub(super) fn description(shown: &Shown) -> String {
    let mut text = format!("Points by their first two principal components: {}.", shown.meanings.join(", "));
    for cloud in &shown.clouds {
        let of_meaning = |meaning: &&str| {
            let Lump { count, centre, spread } = lump(cloud, meaning)?;
            Some(format!("{count} of {meaning} around {:.2}, {:.2} within {spread:.2}", centre.0, centre.1))
        };
        let words: Vec<_> = shown.meanings.iter().filter_map(of_meaning).collect();
        text.push_str(&format!(" {}: {}.", cloud.name, words.join("; ")));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lump_has_a_centre_and_a_spread() {
        let row = |series: &str, x, y| Row { series: series.into(), x, y, ..Row::default() };
        let rows = [row("key", 1.0, 1.0), row("key", 7.0, 9.0), row("value", 0.0, 0.0)];
        let cloud = Cloud { name: "a".into(), label: "a", points: rows.iter().collect() };
        let keys = lump(&cloud, "key").unwrap();
        assert_eq!((keys.count, keys.centre, keys.spread), (2, (4.0, 5.0), 5.0));
        assert!(lump(&cloud, "question").is_none());
    }
}
