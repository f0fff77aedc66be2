//! What heads have on what is asked for, in numbers.

use super::Shown;
use crate::table::Table;

/// One line for each panel.
pub(super) fn table(shown: &Shown) -> Table {
    let headers = ["series", "heads", "answers", "on all answers, mean head", "on an answer, best head"];
    let lines = shown.lines.iter().flat_map(|(model, all)| {
        all.iter().map(|heads| {
            vec![
                model.name.clone(),
                heads.heads.len().to_string(),
                heads.k.to_string(),
                format!("{:.2}", heads.on_asked()),
                format!("{:.2}", heads.of_best()),
            ]
        })
    });
    Table {
        title: format!("Weights of heads on the answers asked for at once, seed {}", shown.seed),
        headers: headers.map(str::to_owned).into(),
        rows: lines.collect(),
    }
}
