//! Position maps: the vector that is added at each step.

use super::accuracy_by_lag::{MARGIN, WIDTH, header};
use super::{FigureError, Spec, chosen, color_bar};
use crate::Data;
use crate::scene::{Anchor, Scene, Text};
use crate::style::{Color, INK, MUTED};
use crate::table::Table;
use crate::traces::Row;

const LEFT: f64 = 78.0;
const EM: f64 = 11.5;
/// Edges of a cell: small tables are stretched, large ones shrink until they fit.
const WIDEST: f64 = 20.0;
const ROOM: f64 = WIDTH - LEFT - MARGIN;
const HIGHEST: f64 = 420.0;
/// What stands beside a map of few steps needs this height.
const LOWEST: f64 = 120.0;
/// Rows of the table: more can only be skimmed.
const LINES: usize = 12;

/// From negative to positive, darker the further from 0: RdBu of ColorBrewer (Brewer and Harrower, 2003).
const COLORS: [Color; 7] = [
    (0xB2, 0x18, 0x2B),
    (0xEF, 0x8A, 0x62),
    (0xFD, 0xDB, 0xC7),
    (0xF7, 0xF7, 0xF7),
    (0xD1, 0xE5, 0xF0),
    (0x67, 0xA9, 0xCF),
    (0x21, 0x66, 0xAC),
];

/// The colour of a number −1 to 1.
fn color(value: f64) -> Color {
    let place = (value.clamp(-1.0, 1.0) + 1.0) / 2.0 * (COLORS.len() - 1) as f64;
    let below = (place as usize).min(COLORS.len() - 2);
    let (from, to, part) = (COLORS[below], COLORS[below + 1], place - below as f64);
    let mix = |from: u8, to: u8| (f64::from(from) + part * (f64::from(to) - f64::from(from))).round() as u8;
    (mix(from.0, to.0), mix(from.1, to.1), mix(from.2, to.2))
}

/// One scene: the vectors of the first model that has some, those of its first block.
pub(super) fn scenes(data: &Data, spec: &Spec) -> Result<Vec<Scene>, FigureError> {
    let sequences = super::trained::sequences_of(data, spec)?;
    let rows = sequences.iter().find(|sequence| !sequence.positions.is_empty());
    let mut rows = rows.map_or(Vec::new(), |sequence| sequence.positions.clone());
    let Some(first) = rows.first().copied() else {
        let what = format!("position vectors of label `{}`", sequences[0].label);
        return Err(chosen::nothing(spec, what, "traces.csv", vec![sequences[0].task.to_owned()]));
    };
    rows.retain(|row| (&row.block, row.head) == (&first.block, first.head) && !row.values.is_empty());
    rows.sort_by_key(|row| row.step);
    Ok(vec![scene(&rows, spec)])
}

fn scene(rows: &[&Row], spec: &Spec) -> Scene {
    let features = rows.iter().map(|row| row.values.len()).max().unwrap_or(1);
    let largest = rows.iter().flat_map(|row| &row.values).fold(1.0, |most: f64, value| most.max(value.abs()));
    let mut scene = Scene {
        width: WIDTH,
        id: spec.id.clone(),
        title: spec.title.clone(),
        description: format!(
            "Position vectors of {} steps and {features} features, from −{largest} to {largest} at most. {}",
            rows.len(),
            told(rows)
        ),
        table: table(rows, features),
        ..Scene::default()
    };
    let block = if rows[0].block.is_empty() { String::new() } else { format!(", {}", rows[0].block) };
    let numbers = format!(
        "{}{block} · the vector that is added at each of {} steps, {features} features",
        rows[0].label,
        rows.len()
    );
    let top = header(&mut scene, &spec.title, &chosen::subtitles(spec, numbers)) + 4.0;
    let cell = (
        (ROOM / features as f64).min(WIDEST),
        (HIGHEST / rows.len() as f64).min(WIDEST.max(LOWEST / rows.len() as f64)),
    );
    let size = (cell.0 * features as f64, cell.1 * rows.len() as f64);
    let pixel = |value: Option<&f64>| color(value.map_or(0.0, |value| value / largest));
    let pixels = rows.iter().flat_map(|row| (0..features).map(|feature| pixel(row.values.get(feature)))).collect();
    scene.image((LEFT, top), size, features, pixels, told(rows));
    color_bar::frame(&mut scene, (LEFT, top), size);
    let step = |row: &Row| row.step.unwrap_or(0).to_string();
    let mut y = top;
    // Numbers stand as close as they can be read, the last one always.
    let apart = (18.0 / cell.1).ceil().max(1.0) as usize;
    for (index, row) in rows.iter().enumerate() {
        if index + 1 == rows.len() || (index % apart == 0 && index + apart < rows.len()) {
            y = top + (index as f64 + 0.5) * cell.1;
            scene.text(Text::new((LEFT - 7.0, y), step(row), EM, MUTED, Anchor::End));
        }
    }
    let middle = (LEFT - 46.0, top + size.1 / 2.0);
    scene.text(Text::new(middle, "step (downwards)", 12.0, INK, Anchor::Middle).upward());
    y = (top + size.1).max(y);
    let apart = (34.0 / cell.0).ceil().max(1.0) as usize;
    for feature in (0..features).filter(|at| at + 1 == features || (at % apart == 0 && at + apart < features)) {
        let at = (LEFT + (feature as f64 + 0.5) * cell.0, y + 13.0);
        scene.text(Text::new(at, feature.to_string(), EM, MUTED, Anchor::Middle));
    }
    let middle = (LEFT + (size.0 / 2.0).max(30.0), y + 31.0);
    scene.text(Text::new(middle, "feature", 12.0, INK, Anchor::Middle));
    y = bar(&mut scene, largest, y + 58.0);
    scene.height = (y + 8.0).ceil();
    scene
}

fn bar(scene: &mut Scene, largest: f64, y: f64) -> f64 {
    let (width, count) = (360.0, 180);
    color_bar::title(scene, (LEFT, y), "what is added");
    let at = (LEFT, y + 12.0);
    let pixel = |index: usize| color(2.0 * (index as f64 + 0.5) / count as f64 - 1.0);
    scene.image(at, (width, color_bar::HEIGHT), count, (0..count).map(pixel).collect(), String::new());
    color_bar::frame(scene, at, (width, color_bar::HEIGHT));
    for share in [-1.0, -0.5, 0.0, 0.5, 1.0] {
        let text = shown(share * largest);
        let at = (LEFT + (share + 1.0) / 2.0 * width, at.1 + color_bar::HEIGHT + 12.0);
        scene.text(Text::new(at, text, EM, MUTED, Anchor::Middle));
    }
    at.1 + color_bar::HEIGHT + 30.0
}

/// With a minus sign, and no zeros at the end.
fn shown(value: f64) -> String {
    let text = format!("{value:.2}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    if text == "-0" { "0".to_owned() } else { text.replace('-', "−") }
}

fn told(rows: &[&Row]) -> String {
    let repeated = (1..rows.len()).filter(|step| rows[..*step].iter().any(|row| row.values == rows[*step].values));
    match repeated.count() {
        0 => format!("No two of the {} steps have the same vector.", rows.len()),
        count => format!("{count} of the {} steps have the vector of an earlier one.", rows.len()),
    }
}

/// Evenly spread steps, the first and the last among them.
fn table(rows: &[&Row], features: usize) -> Table {
    let lines = rows.len().min(LINES);
    let index = |line: usize| if lines == 1 { 0 } else { line * (rows.len() - 1) / (lines - 1) };
    let line = |line: usize| {
        let row = rows[index(line)];
        let cell = |feature: usize| row.values.get(feature).map_or_else(crate::table::dash, |value| shown(*value));
        [row.step.unwrap_or(0).to_string()].into_iter().chain((0..features).map(cell)).collect()
    };
    let of = if lines < rows.len() { format!(", {lines} of {} steps", rows.len()) } else { String::new() };
    Table {
        title: format!("The vector that is added at each step{of}"),
        headers: ["step".to_owned()].into_iter().chain((0..features).map(|at| format!("feature {at}"))).collect(),
        rows: (0..lines).map(line).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{scene::Shape, trace_fixture, traces::Part};

    fn data(steps: u64, features: usize) -> Data {
        let row = |step| {
            let values = (0..features).map(|feature| ((step as usize * 7 + feature) as f64).sin()).collect();
            Row { split: "trained".into(), part: Part::Position, step: Some(step), values, ..Row::default() }
        };
        Data { traces: (0..steps).map(row).collect(), ..Data::default() }
    }

    #[test]
    fn texts_never_overlap() {
        let spec = Spec { title: "A title of many words ".repeat(6), ..Spec::default() };
        let fixture = Data { traces: trace_fixture::rows(), ..Data::default() };
        for data in [fixture, data(1, 1), data(2, 64), data(300, 128), data(64, 4)] {
            scenes(&data, &spec).unwrap()[0].assert_texts_apart();
        }
    }

    /// A row is a step and a column a feature; numbers of either sign differ in lightness from 0.
    #[test]
    fn pixels_are_the_numbers() {
        let mut data = data(2, 3);
        data.traces[0].values = vec![-1.0, 0.0, 1.0];
        data.traces[1].values = vec![0.0, 4.0, 2.0];
        let scene = &scenes(&data, &Spec::default()).unwrap()[0];
        let Some(Shape::Image { columns: 3, pixels, .. }) =
            scene.items.iter().map(|item| &item.shape).find(|shape| matches!(shape, Shape::Image { .. }))
        else {
            panic!("a map of three features")
        };
        let wanted = [-0.25, 0.0, 0.25, 0.0, 1.0, 0.5].map(color);
        assert_eq!(pixels[..], wanted);
        assert_eq!((color(-1.0), color(0.0), color(9.0)), (COLORS[0], COLORS[3], COLORS[6]));
        assert!(scene.words().contains("−4") && scene.description.contains("No two of the 2 steps"));
    }
}
