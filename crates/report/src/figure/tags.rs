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
    /// By head: its weight on each of the k answers.
    heads: Vec<&'a [f64]>,
}

impl Heads<'_> {
    /// `4 heads, 8 answers`.
    fn name(&self) -> String {
        let count = |count: usize, word: &str| format!("{count} {word}{}", if count == 1 { "" } else { "s" });
        format!("{}, {}", count(self.heads.len(), "head"), count(self.k, "answer"))
    }

    /// What a head has on all of the answers together, the mean over heads.
    fn on_asked(&self) -> f64 {
        self.heads.iter().flat_map(|weights| weights.iter()).sum::<f64>() / self.heads.len() as f64
    }

    /// What the head that looks at an answer most has on it, the mean over answers.
    fn of_best(&self) -> f64 {
        let best = |answer: usize| self.heads.iter().map(|weights| weights[answer]).fold(0.0, f64::max);
        (0..self.k).map(best).sum::<f64>() / self.k as f64
    }
}

fn tip(model: &Model, heads: &Heads) -> String {
    format!(
        "{}: {}, a head has {:.2} on what is asked for, the best head of an answer {:.2} on that one",
        model.name,
        heads.name(),
        heads.on_asked(),
        heads.of_best()
    )
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
    (k > 0 && k < row.values.len()).then_some(k)
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
        description: format!("Weights of heads on the answers that are asked for at once.{tips}"),
        table: table::table(shown),
        ..Scene::default()
    };
    let note = format!(
        "trained, seed {}, mean over test sequences · each square: a head's weight on the step that holds an answer · \
         a pale row looks at steps that nobody asked for · heads and answers count from 0",
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
