//! Which head fetches which of the answers that are asked for at once: a row for each model, a column for each number of
//! answers.

mod draw;
mod table;

use super::accuracy_by_lag::{MARGIN, WIDTH, header};
use super::mapped::{self, Model};
use super::{FigureError, Spec, chosen};
use crate::Data;
use crate::maps::Row;
use crate::scene::Scene;
use crate::series::distinct;

/// The usual task.
const TASK: &str = "tags recall-many";

/// One model that was asked for k answers at once.
struct Heads<'a> {
    /// How many answers.
    k: usize,
    /// By head: the share of each of the k answers.
    heads: Vec<&'a [f64]>,
}

impl Heads<'_> {
    /// `4 heads, 8 answers`.
    fn name(&self) -> String {
        let count = |count: usize, word: &str| format!("{count} {word}{}", if count == 1 { "" } else { "s" });
        format!("{}, {}", count(self.heads.len(), "head"), count(self.k, "answer"))
    }

    /// Heads that look at any answer.
    fn looking(&self) -> impl Iterator<Item = &[f64]> {
        self.heads.iter().copied().filter(|shares| shares.iter().any(|share| *share > 0.0))
    }

    /// At how many answers a head looks: e to the entropy of its shares, the mean over heads that look at any.
    fn per_head(&self) -> Option<f64> {
        let entropy = |shares: &[f64]| -> f64 {
            shares.iter().filter(|share| **share > 0.0).map(|share| -share * share.ln()).sum()
        };
        let (sum, count) = self.looking().fold((0.0, 0), |(sum, count), head| (sum + entropy(head).exp(), count + 1));
        (count > 0).then(|| sum / f64::from(count))
    }

    /// How many of the answers are looked at most by some head.
    fn preferred(&self) -> usize {
        let most = |shares: &[f64]| (0..shares.len()).max_by(|one, other| shares[*one].total_cmp(&shares[*other]));
        distinct(self.looking().filter_map(most)).len()
    }
}

fn tip(model: &Model, heads: &Heads) -> String {
    let per_head = heads.per_head().map_or("no head looks at any".to_owned(), |per_head| {
        let preferred = heads.preferred();
        format!("a head looks at {per_head:.1} of them, {preferred} of {} are the first of some head", heads.k)
    });
    format!("{}: {}, {per_head}", model.name, heads.name())
}

/// What the picture shows.
struct Shown<'a> {
    seed: u64,
    /// Numbers of answers, from the smallest: the columns.
    numbers: Vec<usize>,
    /// Each with what there is of it, by number of answers.
    lines: Vec<(Model<'a>, Vec<Heads<'a>>)>,
}

/// How many answers were asked for, of `trained, k = 8`.
fn answers(row: &Row) -> Option<usize> {
    let k = row.split.strip_prefix("trained, k = ")?.parse().ok()?;
    (k > 0 && k <= row.values.len()).then_some(k)
}

/// The one scene.
pub(super) fn scenes(data: &Data, spec: &Spec) -> Result<Vec<Scene>, FigureError> {
    let task = chosen::task(spec, TASK);
    let (rows, models) = mapped::models(data, spec, task, |row| answers(row).is_some())?;
    let mut numbers = distinct(rows.iter().filter_map(|row| answers(row)));
    numbers.sort_unstable();
    let line = |model: &Model<'_>| -> Vec<Heads<'_>> {
        let heads = numbers.iter().map(|k| {
            let of_model =
                |row: &&&Row| row.label == model.label && row.depth == model.depth && answers(row) == Some(*k);
            let mut here: Vec<_> = rows.iter().filter(of_model).copied().collect();
            here.sort_by_key(|row| row.output);
            Heads { k: *k, heads: here.iter().map(|row| &row.values[..*k]).collect() }
        });
        heads.filter(|heads| !heads.heads.is_empty()).collect()
    };
    let lines = models.into_iter().map(|model| {
        let heads = line(&model);
        (model, heads)
    });
    let shown = Shown { seed: rows[0].seed, lines: lines.collect(), numbers: numbers.clone() };
    Ok(vec![scene(data, spec, &shown)])
}

fn scene(data: &Data, spec: &Spec, shown: &Shown) -> Scene {
    let tips = shown.lines.iter().flat_map(|(model, all)| all.iter().map(|heads| tip(model, heads)));
    let tips = tips.map(|tip| format!(" {tip}.")).collect::<String>();
    let mut scene = Scene {
        width: draw::width(shown.numbers.len()).max(WIDTH),
        id: spec.id.clone(),
        title: spec.title.clone(),
        description: format!("Which head looks at which of the answers that are asked for at once.{tips}"),
        table: table::table(shown),
        ..Scene::default()
    };
    let note = format!(
        "trained, seed {} · each row: what a head looks at, of the answers that are asked for at once, 100\u{a0}% \
         together · heads count from 0",
        shown.seed
    );
    let mut y = header(&mut scene, &spec.title, &chosen::subtitles(spec, note));
    y = draw::draw(&mut scene, shown, y);
    let drawn = distinct(shown.lines.iter().map(|(model, _)| model.label));
    let missing = chosen::gaps(data, spec, (chosen::task(spec, TASK), &[]), &drawn);
    y = chosen::note(&mut scene, &missing, MARGIN, WIDTH - MARGIN, y);
    scene.height = (y + 8.0).ceil();
    scene
}

#[cfg(test)]
mod tests;
