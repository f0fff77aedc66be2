//! How many answers a head looks at, in numbers.

use super::Shown;
use crate::table::{Table, dash};

/// One line for each panel.
pub(super) fn table(shown: &Shown) -> Table {
    let headers = ["series", "heads", "answers", "answers per head", "answers that some head looks at most"];
    let lines = shown.lines.iter().flat_map(|(model, all)| {
        all.iter().map(|heads| {
            vec![
                model.name.clone(),
                heads.heads.len().to_string(),
                heads.k.to_string(),
                heads.per_head().map_or_else(dash, |per_head| format!("{per_head:.2}")),
                heads.preferred().to_string(),
            ]
        })
    });
    Table {
        title: format!("How many of the answers asked for at once a head looks at, seed {}", shown.seed),
        headers: headers.map(str::to_owned).into(),
        rows: lines.collect(),
    }
}
