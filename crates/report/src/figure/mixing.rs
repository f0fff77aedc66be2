//! The matrix by which a layer mixes steps, for two sequences beside each other, before and after training.
//!
//! One row for each layer. All maps share one scale of colours, so that a difference in colour is one in share.

mod draw;
mod table;

use super::accuracy_by_lag::{MARGIN, WIDTH, header};
use super::mapped::{self, Model};
use super::{FigureError, Spec, chosen, gathered};
use crate::Data;
use crate::maps::Row;
use crate::scene::Scene;
use crate::series::distinct;
use crate::style::{CARD, Color, ramp};

/// The usual task.
const TASK: &str = "mixing recall-at-lag";
const STATES: [(&str, &str); 2] = [("untrained", "before training"), ("trained", "after training")];
/// Steps along a side that have a pixel each; of longer sequences, several steps share one.
const PIXELS: usize = 160;
/// Shares below this have the lightest colour.
const LOWEST: f64 = 1e-3;

/// Where a share stands on the logarithmic scale of colours, 0 to 1.
fn place(share: f64) -> f64 {
    1.0 - (share.max(LOWEST).ln() / LOWEST.ln())
}

/// One sequence: the share of each input step, by output step; a row that was not measured is absent.
type Square<'a> = Vec<Option<&'a [f64]>>;

/// Two sequences, and how far the model's seeds find them apart.
struct Pair<'a> {
    /// Of a sequence that was not measured there is none.
    squares: [Option<Square<'a>>; 2],
    /// Total variation, mean over seeds: 0 is the same matrix, 1 nothing shared.
    apart: Option<f64>,
}

/// One row of the figure.
struct Line<'a> {
    model: Model<'a>,
    /// Before and after training.
    pairs: [Pair<'a>; 2],
}

/// What one picture shows.
struct Shown<'a> {
    n: usize,
    seed: u64,
    /// How many seeds there are of the distances.
    seeds: usize,
    lines: Vec<Line<'a>>,
}

/// Which input step has the most, over the rows of a square.
fn tip(line: &Line, state: usize, sequence: usize) -> String {
    let square = line.pairs[state].squares[sequence].as_deref().unwrap_or_default();
    let rows: Vec<_> = square.iter().flatten().collect();
    let largest = |row: &[f64]| row.iter().copied().fold(0.0, f64::max);
    let mean = rows.iter().map(|row| largest(row)).sum::<f64>() / rows.len().max(1) as f64;
    format!(
        "{}, {}, sequence {}: a step's largest share is {:.1}\u{a0}% in the mean over output steps",
        line.model.name,
        STATES[state].1,
        sequence + 1,
        100.0 * mean
    )
}

/// Pixels, `factor` × `factor` steps in each: the largest of them, so that a thin line stays a line.
fn pixels(square: &Square, factor: usize) -> (usize, Vec<Color>) {
    let side = square.len().div_ceil(factor);
    let mut largest = vec![0.0f64; side * side];
    for (output, row) in square.iter().enumerate() {
        for (input, share) in row.iter().copied().flatten().enumerate() {
            let pixel = &mut largest[output / factor * side + input / factor];
            *pixel = pixel.max(*share);
        }
    }
    (side, largest.into_iter().map(|share| if share > 0.0 { ramp(place(share)) } else { CARD }).collect())
}

/// One scene for each length.
pub(super) fn scenes(data: &Data, spec: &Spec) -> Result<Vec<Scene>, FigureError> {
    let task = chosen::task(spec, TASK);
    let (rows, models) = mapped::models(data, spec, task, |row| column_of(&row.split).is_some())?;
    let lengths = distinct(rows.iter().map(|row| row.n));
    let of_length = |n: &u64| {
        let here: Vec<_> = rows.iter().copied().filter(|row| row.n == *n).collect();
        let stem = if lengths.len() == 1 { spec.id.clone() } else { format!("{}-n{n}", spec.id) };
        scene(data, spec, &shown(data, task, &here, &models), stem)
    };
    Ok(lengths.iter().map(of_length).collect())
}

/// State and sequence, as positions, of `trained, sequence 2`.
fn column_of(split: &str) -> Option<(usize, usize)> {
    let (state, sequence) = split.split_once(", sequence ")?;
    let state = STATES.iter().position(|(name, _)| *name == state)?;
    sequence.parse::<usize>().ok()?.checked_sub(1).filter(|sequence| *sequence < 2).map(|sequence| (state, sequence))
}

/// Of rows of one length and seed.
fn shown<'a>(data: &Data, task: &str, rows: &[&'a Row], models: &[Model<'a>]) -> Shown<'a> {
    let n = rows[0].n as usize;
    let mut seeds = 0;
    let mut lines = Vec::new();
    for model in models {
        let of_model = |row: &&&Row| row.label == model.label && row.depth == model.depth;
        let here: Vec<_> = rows.iter().filter(of_model).copied().collect();
        if here.is_empty() {
            continue;
        }
        let square = |state, sequence| {
            let mut square = vec![None; n];
            for row in here.iter().filter(|row| column_of(&row.split) == Some((state, sequence))) {
                square[row.output as usize] = Some(row.values.as_slice());
            }
            square.iter().any(Option::is_some).then_some(square)
        };
        let pairs = [0, 1].map(|state| {
            let scores: Vec<_> = data
                .scores
                .iter()
                .filter(|row| {
                    let of_model = row.task == task && row.label == model.label && row.depth == Some(model.depth);
                    let of_size = row.n == Some(n as u64) && row.split == STATES[state].0;
                    of_model && of_size && row.metric == "readout_apart" && !row.failed()
                })
                .collect();
            let apart = gathered::seeds(&scores);
            seeds = seeds.max(apart.len());
            let apart = gathered::mean(apart.into_iter());
            Pair { squares: [square(state, 0), square(state, 1)], apart }
        });
        lines.push(Line { model: model.clone(), pairs });
    }
    Shown { n, seed: rows[0].seed, seeds, lines }
}

fn note(shown: &Shown, factor: usize) -> String {
    let Shown { n, seed, seeds, .. } = shown;
    let mut text = format!(
        "share of the squared gradient of each output step (downwards) on each input step (across) · n = {n} steps · \
         seed {seed}"
    );
    if *seeds > 0 {
        text.push_str(&format!(
            " · differ by: total variation of the row that is read out, its own step left out, {} (0: the same, 1: nothing shared)",
            chosen::seeds(*seeds)
        ));
    }
    if factor > 1 {
        text.push_str(&format!(" · a pixel is the largest of {factor} × {factor} steps"));
    }
    text
}

fn scene(data: &Data, spec: &Spec, shown: &Shown, stem: String) -> Scene {
    let factor = shown.n.div_ceil(PIXELS);
    let mut scene = Scene {
        width: WIDTH,
        id: stem,
        title: spec.title.clone(),
        description: description(shown),
        table: table::table(shown),
        ..Scene::default()
    };
    let mut y = header(&mut scene, &spec.title, &chosen::subtitles(spec, note(shown, factor)));
    y = draw::draw(&mut scene, shown, factor, y);
    let drawn = distinct(shown.lines.iter().map(|line| line.model.label));
    let missing = chosen::gaps(data, spec, (chosen::task(spec, TASK), &[]), &drawn);
    y = chosen::note(&mut scene, &missing, MARGIN, WIDTH - MARGIN, y);
    scene.height = (y + 8.0).ceil();
    scene
}

fn description(shown: &Shown) -> String {
    let mut text = "Which input steps each output step depends on, for two sequences.".to_owned();
    for line in &shown.lines {
        for (state, pair) in line.pairs.iter().enumerate() {
            for sequence in [0, 1].into_iter().filter(|sequence| pair.squares[*sequence].is_some()) {
                text.push_str(&format!(" {}.", tip(line, state, sequence)));
            }
            if let Some(apart) = pair.apart {
                let (name, state) = (&line.model.name, STATES[state].1);
                text.push_str(&format!(" {name}, {state}: the two sequences differ by {}.", distance(apart)));
            }
        }
    }
    text
}

/// Two digits; what is little and not nothing is not called nothing.
fn distance(apart: f64) -> String {
    if apart > 0.0 && apart < 0.01 { "< 0.01".to_owned() } else { format!("{apart:.2}") }
}

#[cfg(test)]
mod tests;
