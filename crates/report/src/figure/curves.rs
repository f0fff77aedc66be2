//! What models make of a function: a grid of small panels, a column for each task and a row for each series. The truth is
//! dotted, each seed a thin line.

mod draw;
mod gather;
mod table;

use std::ops::Range;

use gather::Shown;

use super::accuracy_by_lag::{MARGIN, WIDTH, header};
use super::value_axis::{ValueAxis, extent};
use super::{FigureError, Spec, chosen, gathered};
use crate::Data;
use crate::font;
use crate::scene::{Anchor, Scene, Text};
use crate::series::distinct;
use crate::style::INK;

/// Panels beside each other; more tasks stand in further rows of panels.
const COLUMNS: usize = 5;
const EM: f64 = 12.0;
const TEXT_LINE: f64 = 14.5;
/// The names of series are no wider.
const LIMIT: f64 = 150.0;
/// Left of a panel, for its numbers.
const NUMBERS: f64 = 38.0;
/// Fits leave a panel when they are off by more than this share of the height of the truth.
const BEYOND: f64 = 0.5;

/// A column: where it stands, and what its axes hold.
struct Column {
    task: usize,
    x: ValueAxis,
    /// From 0 to 1: each panel puts it between its own pixels.
    y: ValueAxis,
    /// Right of the panel, for the names of its lines.
    names: f64,
}

/// One scene.
pub(super) fn scenes(data: &Data, spec: &Spec) -> Result<Vec<Scene>, FigureError> {
    let shown = gather::shown(data, spec)?;
    let mut scene = Scene {
        width: WIDTH,
        id: spec.id.clone(),
        title: spec.title.clone(),
        description: table::description(&shown),
        table: table::table(&shown),
        ..Scene::default()
    };
    let mut y = header(&mut scene, &spec.title, &chosen::subtitles(spec, note(&shown)));
    let words: Vec<_> = shown.rows.iter().map(|row| font::wrap(&row.name, EM, false, LIMIT)).collect();
    let left = words.iter().flatten().map(|text| font::width(text, EM, false)).fold(0.0, f64::max) + MARGIN;
    let bands = shown.tasks.len().div_ceil(COLUMNS);
    let columns = shown.tasks.len().div_ceil(bands);
    for band in 0..bands {
        let tasks = band * columns..shown.tasks.len().min((band + 1) * columns);
        let columns = place(&shown, tasks, columns, left);
        y = draw::band(&mut scene, &shown, &columns, &words, y);
    }
    let middle = (left + NUMBERS + WIDTH - MARGIN) / 2.0;
    scene.text(Text::new((middle, y), "x", EM + 1.0, INK, Anchor::Middle));
    y += 26.0;
    let failed: Vec<_> =
        data.scores.iter().filter(|row| row.failed() && shown.tasks.contains(&row.task.as_str())).collect();
    let drawn = distinct(shown.rows.iter().map(|row| row.label));
    let missing = gathered::missing(&spec.layers, &failed, &drawn, |row| format!(", {}", row.task));
    y = chosen::note(&mut scene, &missing, MARGIN, WIDTH - MARGIN, y);
    scene.height = y.ceil();
    Ok(vec![scene])
}

/// Columns from `left` on; all panels are equally wide, whatever stands beside them.
fn place(shown: &Shown, tasks: Range<usize>, columns: usize, mut left: f64) -> Vec<Column> {
    let beside = |task: usize| NUMBERS + draw::names_width(shown, task) + 4.0;
    let taken: f64 = tasks.clone().map(beside).sum::<f64>() + NUMBERS * (columns - tasks.len()) as f64;
    let across = (WIDTH - MARGIN - left - taken) / columns as f64;
    let mut placed = Vec::new();
    for task in tasks {
        placed.push(column(shown, task, (left + NUMBERS, left + NUMBERS + across)));
        left += across + beside(task);
    }
    placed
}

fn column(shown: &Shown, task: usize, ends: (f64, f64)) -> Column {
    let truth = || shown.truths[task].iter().flat_map(|curve| &curve.points);
    let fits = || shown.rows.iter().flat_map(|row| &row.fits[task]).flat_map(|curve| &curve.points);
    let (first, last) = extent(truth().chain(fits()).map(|(x, _)| *x)).unwrap_or((0.0, 1.0));
    let all = extent(fits().map(|(_, y)| *y)).unwrap_or((0.0, 1.0));
    let (low, high) = match extent(truth().map(|(_, y)| *y)) {
        Some((low, high)) => {
            let beyond = BEYOND * if high > low { high - low } else { high.abs().max(1.0) };
            (low.min(all.0).max(low - beyond), high.max(all.1).min(high + beyond))
        }
        None => all,
    };
    let room = 0.06 * (high - low);
    let y = ValueAxis::even(low - room, high + room, (0.0, 1.0));
    Column { task, x: ValueAxis::even(first, last, ends), y, names: draw::names_width(shown, task) }
}

fn note(shown: &Shown) -> String {
    let seeds = distinct(shown.fits().map(|curve| curve.seed)).len();
    let mut parts = vec!["y against x".to_owned()];
    let splits = shown.splits.join(" and ");
    parts.extend(Some(format!("{splits} models")).filter(|_| !splits.is_empty()));
    parts.push(if seeds == 1 { "1 seed".to_owned() } else { format!("{seeds} seeds, a line for each") });
    if shown.truths.iter().any(|truths| !truths.is_empty()) {
        parts.push("dotted: the truth".to_owned());
        parts.push("what is far from it leaves the panel".to_owned());
    }
    if shown.ranges.iter().any(Option::is_some) {
        parts.push("grey zone: what was trained on".to_owned());
    }
    parts.join(" · ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::figure::apart::assert_texts_apart;
    use crate::scores_fixture;

    #[test]
    fn texts_never_overlap() {
        let mut data = scores_fixture::data();
        // More tasks than stand beside each other.
        let more = data.points.iter().filter(|row| row.task == "curve sin").cloned();
        let more: Vec<_> =
            more.map(|row| crate::points::Row { task: "curve-with-a-long-name".into(), ..row }).collect();
        let layers = ["attention, no positions", "line, over time"].map(str::to_owned).to_vec();
        for tasks in ["", "curve sin", "curve abs, curve product"] {
            let spec = Spec { id: "curves".into(), task: tasks.into(), ..Spec::default() };
            assert_texts_apart(scenes, &data, spec.clone());
            let splits = ["untrained", "trained"].map(str::to_owned).to_vec();
            assert_texts_apart(scenes, &data, Spec { layers: layers.clone(), splits, ..spec });
        }
        data.points.extend(more);
        assert_texts_apart(scenes, &data, Spec::default());
    }

    #[test]
    fn errors_inside_and_outside_of_the_range_are_told_apart() {
        let data = scores_fixture::data();
        let scene = &scenes(&data, &Spec::default()).unwrap()[0];
        assert!(scene.words().contains("grey zone: what was trained on"));
        let row = |label: &str, task: &str| {
            scene.table.rows.iter().find(|row| row[0] == label && row[1] == task).unwrap().clone()
        };
        // Of the fixture's formulas: nothing is wrong inside, and the first row never is.
        assert_eq!(row("none", "curve abs")[3..], ["0.00 ± 0.00", "0.00 ± 0.00"]);
        let far = row("attention, sinusoidal", "curve sin");
        assert_eq!(far[3], "0.00 ± 0.00");
        assert!(far[4].contains(" ± ") && !far[4].starts_with("0.00"), "{far:?}");
        assert_eq!(scene.table.rows.iter().filter(|row| row[1] == "curve product" && row[0] == "none").count(), 3);
    }

    #[test]
    fn what_is_not_there_is_named() {
        let data = scores_fixture::data();
        let layers = ["none", "a layer that was never run"].map(str::to_owned).to_vec();
        let scene = &scenes(&data, &Spec { layers, ..Spec::default() }).unwrap()[0];
        assert!(scene.words().contains("missing: a layer that was never run (no rows)"));
        let error = scenes(&data, &Spec { task: "curve cosine".into(), ..Spec::default() }).unwrap_err();
        assert!(error.is_of_absence() && error.to_string().contains("points.csv"), "{error}");
    }
}
