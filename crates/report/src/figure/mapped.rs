//! Which models have rows in `maps.csv`, for figures that show single ones: those of the first seed there is.

use super::{FigureError, Spec, chosen};
use crate::Data;
use crate::maps::Row;
use crate::series::distinct;

/// One label at one depth.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Model<'a> {
    pub(super) label: &'a str,
    pub(super) depth: u64,
    /// The label, and the depth where the label has several.
    pub(super) name: String,
}

/// Rows of one task and of their lowest seed, and the models that they are of, in the order asked for.
///
/// # Errors
/// [`FigureError::Nothing`] if `wanted` takes no row of that task and the labels of the figure.
pub(super) fn models<'a>(
    data: &'a Data,
    spec: &Spec,
    task: &str,
    wanted: impl Fn(&Row) -> bool,
) -> Result<(Vec<&'a Row>, Vec<Model<'a>>), FigureError> {
    let mut rows: Vec<_> = data.maps.iter().filter(|row| row.task == task && wanted(row)).collect();
    let labels = chosen::labels(spec, &distinct(rows.iter().map(|row| row.label.as_str())));
    let any = !rows.is_empty();
    rows.retain(|row| labels.contains(&row.label.as_str()));
    let Some(seed) = rows.iter().map(|row| row.seed).min() else {
        let found = distinct(data.maps.iter().map(|row| row.task.clone()));
        let what = format!("task `{task}`{}", if any { " with the labels of the figure" } else { "" });
        return Err(chosen::nothing(spec, what, "maps.csv", found));
    };
    rows.retain(|row| row.seed == seed);
    let mut models = Vec::new();
    for label in labels {
        let mut depths = distinct(rows.iter().filter(|row| row.label == label).map(|row| row.depth));
        depths.sort_unstable();
        let several = depths.len() > 1;
        models.extend(depths.into_iter().map(|depth| {
            let name = if several { format!("{label}, depth {depth}") } else { label.to_owned() };
            Model { label, depth, name }
        }));
    }
    Ok((rows, models))
}
