//! Published numbers that belong into a panel.

use crate::figure::gathered;
use crate::published::Published;
use crate::scores::Row;

/// The numbers of one row of somebody else's table or figure.
pub(super) struct Mark {
    what: String,
    /// Size and value, by size.
    pub(super) points: Vec<(f64, f64)>,
}

impl Mark {
    /// For a legend.
    pub(super) fn title(&self) -> String {
        format!("published: {}", self.what)
    }
}

/// What was published of the task, metric and sizes of `rows`, at sizes that ours has, too: a number elsewhere on the axis would be
/// held against nothing. Of several values the mean.
pub(super) fn of(published: &[Published], rows: &[&Row], metric: &str, x: &str, sizes: &[f64]) -> Vec<Mark> {
    let mut marks: Vec<Mark> = Vec::new();
    for it in published.iter().filter(|it| it.metric == metric) {
        let own = [("n", it.n), ("k", it.k), ("width", it.width)];
        let fits = |row: &&Row| {
            let size = |(key, own): (&str, Option<u64>)| {
                key == x || own.is_none_or(|own| gathered::size(row, key) == Some(own as f64))
            };
            row.task == it.task && row.split == it.split && own.into_iter().all(size)
        };
        let at = own.into_iter().find(|(key, _)| *key == x).and_then(|(_, own)| own).map(|own| own as f64);
        let Some(at) = at.filter(|at| sizes.contains(at) && rows.iter().any(fits)) else { continue };
        let Some(value) = gathered::mean(it.values.iter().copied()) else { continue };
        match marks.iter_mut().find(|mark| mark.what == it.what) {
            Some(mark) => mark.points.push((at, value)),
            None => marks.push(Mark { what: it.what.clone(), points: vec![(at, value)] }),
        }
    }
    for mark in &mut marks {
        mark.points.sort_by(|a, b| a.0.total_cmp(&b.0));
    }
    marks
}
