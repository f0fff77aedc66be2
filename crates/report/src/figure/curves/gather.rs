//! Points put together to lines.

use crate::Data;
use crate::figure::{FigureError, Spec, chosen, gathered};
use crate::points;
use crate::series::distinct;
use crate::style::Style;

/// The series of two points that are no line: the x between which models were trained.
const RANGE: &str = "trained-range";

/// One line, its points by x.
pub(super) struct Curve<'a> {
    pub(super) series: &'a str,
    pub(super) seed: Option<u64>,
    pub(super) points: Vec<(f64, f64)>,
}

/// One label in one split.
pub(super) struct Row<'a> {
    pub(super) name: String,
    pub(super) label: &'a str,
    pub(super) style: Style,
    /// By task.
    pub(super) fits: Vec<Vec<Curve<'a>>>,
}

/// All that the figure shows; what is plural goes by task.
pub(super) struct Shown<'a> {
    pub(super) tasks: Vec<&'a str>,
    pub(super) splits: Vec<&'a str>,
    pub(super) rows: Vec<Row<'a>>,
    pub(super) truths: Vec<Vec<Curve<'a>>>,
    pub(super) ranges: Vec<Option<(f64, f64)>>,
}

impl Shown<'_> {
    pub(super) fn fits(&self) -> impl Iterator<Item = &Curve<'_>> {
        self.rows.iter().flat_map(|row| &row.fits).flatten()
    }

    /// Names of the lines of a task; none where there is but the fit.
    pub(super) fn names(&self, task: usize) -> Vec<&str> {
        let names = distinct(self.rows.iter().flat_map(|row| &row.fits[task]).map(|curve| curve.series));
        if names == ["fit"] { Vec::new() } else { names }
    }
}

pub(super) fn shown<'a>(data: &'a Data, spec: &'a Spec) -> Result<Shown<'a>, FigureError> {
    // Vectors stand in the same file, and have no truth.
    let with_truth = distinct(data.points.iter().filter(|row| row.layer.is_empty()).map(|row| row.task.as_str()));
    let tasks = gathered::tasks(spec, with_truth);
    let fits = data.points.iter().filter(|row| !row.layer.is_empty() && row.series != RANGE);
    let of_task: Vec<_> = fits.filter(|row| tasks.contains(&row.task.as_str())).collect();
    let splits = gathered::splits(spec, "trained", of_task.iter().map(|row| row.split.as_str()));
    let found: Vec<_> = of_task.into_iter().filter(|row| splits.contains(&row.split.as_str())).collect();
    let labels = chosen::labels(spec, &distinct(found.iter().map(|row| row.label.as_str())));
    let found: Vec<_> = found.into_iter().filter(|row| labels.contains(&row.label.as_str())).collect();
    if found.is_empty() {
        let what = format!("curves of task `{}`", tasks.join("`, `"));
        let all = distinct(data.points.iter().map(|row| row.task.clone()));
        return Err(chosen::nothing(spec, what, "points.csv", all));
    }
    let tasks: Vec<_> = tasks.into_iter().filter(|task| found.iter().any(|row| row.task == *task)).collect();
    let mut rows = Vec::new();
    for label in labels {
        for split in &splits {
            let here: Vec<_> = found.iter().copied().filter(|row| row.label == label && row.split == *split).collect();
            let Some(first) = here.first() else { continue };
            let name = if splits.len() > 1 { format!("{label}, {split}") } else { label.to_owned() };
            let style = chosen::style(data, &first.layer, label);
            let of_task = |task: &&str| curves(here.iter().copied().filter(|row| row.task == **task));
            rows.push(Row { name, label, style, fits: tasks.iter().map(of_task).collect() });
        }
    }
    let true_rows = |task: &&str| {
        curves(data.points.iter().filter(|row| row.layer.is_empty() && row.series != RANGE && row.task == **task))
    };
    let range = |task: &&str| {
        let ends = data.points.iter().filter(|row| row.series == RANGE && row.task == **task).map(|row| row.x);
        super::extent(ends)
    };
    let (truths, ranges) = (tasks.iter().map(true_rows).collect(), tasks.iter().map(range).collect());
    Ok(Shown { tasks, splits, rows, truths, ranges })
}

/// A line for each series and seed.
fn curves<'a>(rows: impl Iterator<Item = &'a points::Row>) -> Vec<Curve<'a>> {
    let mut curves: Vec<Curve> = Vec::new();
    for row in rows {
        let point = (row.x, row.y);
        match curves.iter_mut().find(|curve| curve.series == row.series && curve.seed == row.seed) {
            Some(curve) => curve.points.push(point),
            None => curves.push(Curve { series: &row.series, seed: row.seed, points: vec![point] }),
        }
    }
    for curve in &mut curves {
        curve.points.sort_by(|a, b| a.0.total_cmp(&b.0));
    }
    curves
}
