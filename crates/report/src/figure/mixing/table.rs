//! How far two sequences are apart, in numbers.

use super::{STATES, Shown, chosen};
use crate::table::{Table, dash};

/// One line for each layer: total variation before and after training.
pub(super) fn table(shown: &Shown) -> Table {
    let mut headers = vec!["series".to_owned()];
    headers.extend(STATES.iter().map(|(_, words)| format!("differ by, {words}")));
    let lines = shown.lines.iter().map(|line| {
        let apart = line.pairs.iter().map(|pair| pair.apart.map_or_else(dash, |apart| format!("{apart:.3}")));
        std::iter::once(line.model.name.clone()).chain(apart).collect()
    });
    Table {
        title: format!(
            "How far the matrices of two sequences are apart (0: the same, 1: nothing shared), n = {}, {}",
            shown.n,
            chosen::seeds(shown.seeds.max(1))
        ),
        headers,
        rows: lines.collect(),
    }
}
