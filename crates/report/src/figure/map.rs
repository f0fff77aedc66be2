//! Gradient maps: for each output step, on which input steps it depends and how much, layer beside layer.
//!
//! Each row of a map is scaled by its own largest entry: what is compared is where a step looks, and a step that
//! spreads over many shall not look paler than one that has a single one.

mod table;

use super::accuracy_by_lag::{MARGIN, WIDTH, header};
use super::{FigureError, Spec, chosen, color_bar};
use crate::maps::Row;
use crate::scene::{Anchor, Scene, Text};
use crate::series::distinct;
use crate::style::{CARD, Color, INK, MUTED, ramp};
use crate::{Data, font};

const COLUMNS: usize = 4;
const SIDE: f64 = 192.0;
const GAP: f64 = 18.0;
const LEFT: f64 = 58.0;
const NAME_EM: f64 = 13.0;
const NAME_LINE: f64 = 16.0;
const SMALL_EM: f64 = 11.0;
const SMALL_LINE: f64 = 15.0;
/// Steps and words along the edges.
const EDGE: f64 = 24.0;

/// Shares below this have the lightest colour: four powers of ten are what a reader can tell apart.
const LOWEST: f64 = 1e-4;

/// Where a share stands on the logarithmic scale of colours, 0 to 1.
fn place(share: f64) -> f64 {
    1.0 - (share.max(LOWEST).ln() / LOWEST.ln())
}

/// All rows of one square, averaged over seeds.
struct Map<'a> {
    label: &'a str,
    layer: &'a str,
    depth: u64,
    split: &'a str,
    seeds: usize,
    n: usize,
    /// Row by row, each relative to its largest entry; rows that were not measured are absent.
    rows: Vec<Option<Vec<f64>>>,
}

impl Map<'_> {
    /// What is written in small under its name.
    fn state(&self) -> String {
        let depth = format!("depth {}", self.depth);
        if self.split.is_empty() { depth } else { format!("{depth}, {}", self.split) }
    }

    /// How many input steps the last measured output step depends on.
    fn seen(&self) -> usize {
        self.rows.iter().rev().flatten().next().map_or(0, |row| row.iter().filter(|share| **share > 0.0).count())
    }

    /// How many of the pairs of steps are connected, per cent.
    fn connected(&self) -> f64 {
        let pairs = self.rows.iter().flatten().flatten().filter(|share| **share > 0.0).count();
        100.0 * pairs as f64 / (self.n * self.n) as f64
    }

    fn tip(&self) -> String {
        let Self { label, n, .. } = self;
        format!(
            "{label}, {}: {:.1}\u{a0}% of the {n} × {n} pairs are connected, the last step sees {} of {n} steps \
             ({})",
            self.state(),
            self.connected(),
            self.seen(),
            chosen::seeds(self.seeds)
        )
    }

    /// Pixels, `factor` × `factor` steps in each: the largest of them, so that a thin line stays a line.
    fn pixels(&self, factor: usize) -> (usize, Vec<Color>) {
        let side = self.n.div_ceil(factor);
        let mut largest = vec![0.0f64; side * side];
        for (output, row) in self.rows.iter().enumerate() {
            for (input, share) in row.iter().flatten().enumerate() {
                let pixel = &mut largest[output / factor * side + input / factor];
                *pixel = pixel.max(*share);
            }
        }
        let color = |share: f64| if share > 0.0 { ramp(place(share)) } else { CARD };
        (side, largest.into_iter().map(color).collect())
    }
}

/// One scene for each length.
pub(super) fn scenes(data: &Data, spec: &Spec) -> Result<Vec<Scene>, FigureError> {
    let task = chosen::task(spec, "map");
    let rows: Vec<_> = data.maps.iter().filter(|row| row.task == task).collect();
    let labels = chosen::labels(spec, &distinct(rows.iter().map(|row| row.label.as_str())));
    let lengths = distinct(rows.iter().filter(|row| labels.contains(&row.label.as_str())).map(|row| row.n));
    if lengths.is_empty() {
        let found = distinct(data.maps.iter().map(|row| row.task.clone()));
        let what = format!("task `{task}`{}", if rows.is_empty() { "" } else { " with the labels of the figure" });
        return Err(chosen::nothing(spec, what, "maps.csv", found));
    }
    let of_length = |n: &u64| {
        let here: Vec<_> = rows.iter().copied().filter(|row| row.n == *n).collect();
        let stem = if lengths.len() == 1 { spec.id.clone() } else { format!("{}-n{n}", spec.id) };
        scene(data, spec, &maps(&here, &labels), &stem)
    };
    Ok(lengths.iter().map(of_length).collect())
}

/// Label by label, each by depth.
fn maps<'a>(rows: &[&'a Row], labels: &[&'a str]) -> Vec<Map<'a>> {
    let mut maps = Vec::new();
    for label in labels {
        let of_label = || rows.iter().copied().filter(|row| row.label == *label);
        let mut kinds = distinct(of_label().map(|row| (row.depth, row.split.as_str())));
        kinds.sort_by_key(|(depth, _)| *depth);
        for (depth, split) in kinds {
            let here: Vec<_> = of_label().filter(|row| row.depth == depth && row.split == split).collect();
            let n = here[0].n as usize;
            let relative = |output: usize| {
                let mut sum = vec![0.0; n];
                let mut any = false;
                for row in here.iter().filter(|row| row.output == output as u64) {
                    any = true;
                    sum.iter_mut().zip(&row.values).for_each(|(sum, value)| *sum += value);
                }
                let largest = sum.iter().copied().fold(0.0, f64::max);
                let scaled = || sum.iter().map(|share| if largest > 0.0 { share / largest } else { 0.0 }).collect();
                any.then(scaled)
            };
            let rows = (0..n).map(relative).collect();
            let seeds = distinct(here.iter().map(|row| row.seed)).len();
            maps.push(Map { label, layer: &here[0].layer, depth, split, seeds, n, rows });
        }
    }
    maps
}

fn scene(data: &Data, spec: &Spec, maps: &[Map], stem: &str) -> Scene {
    let n = maps[0].n;
    let factor = n.div_ceil(SIDE as usize);
    let described = maps.iter().map(|map| format!(" {}.", map.tip())).collect::<String>();
    let mut scene = Scene {
        width: WIDTH,
        id: stem.to_owned(),
        title: spec.title.clone(),
        description: format!("For each output step, the share of its squared gradient on each input step.{described}"),
        table: table::table(maps),
        ..Scene::default()
    };
    let most = maps.iter().map(|map| map.seeds).max().unwrap_or(1);
    let mut numbers = format!(
        "squared gradient of each output step with respect to each input step · n = {n} steps · {}",
        chosen::seeds(most)
    );
    if factor > 1 {
        numbers.push_str(&format!(" · a pixel is the largest of {factor} × {factor} steps"));
    }
    if maps.iter().any(|map| map.split == "trained") {
        numbers.push_str(" · trained models are read at the last step: no other row was ever asked for anything");
    }
    let mut y = header(&mut scene, &spec.title, &chosen::subtitles(spec, numbers));
    let members: Vec<_> = maps.iter().map(|map| (map.layer, map.label)).collect();
    let mut placed: Vec<(usize, f64)> = Vec::new();
    for (title, members) in chosen::panels(spec, &members) {
        if !title.is_empty() {
            scene.text(Text::new((LEFT, y + 8.0), title, 14.0, INK, Anchor::Start).bold());
            y += 28.0;
        }
        for row in members.chunks(COLUMNS) {
            let row: Vec<_> = row.iter().map(|member| &maps[*member]).collect();
            y = draw_row(&mut scene, &row, factor, y, &mut placed);
        }
    }
    // The input steps are numbered once in each column, under its last map.
    for column in 0..COLUMNS {
        if let Some((_, bottom)) = placed.iter().rev().find(|(other, _)| *other == column) {
            edge_below(&mut scene, column, *bottom, n);
        }
    }
    let missing =
        chosen::gaps(data, spec, (chosen::task(spec, "map"), &[]), &distinct(maps.iter().map(|map| map.label)));
    y = scale(&mut scene, y + 6.0);
    let part: Vec<_> = maps.iter().filter(|map| map.rows.iter().any(Option::is_none)).map(|map| map.label).collect();
    let part =
        if part.is_empty() { String::new() } else { format!("some output steps are missing: {}", part.join("; ")) };
    for line in [missing, part].iter().filter(|line| !line.is_empty()) {
        y = chosen::note(&mut scene, line, LEFT, WIDTH - MARGIN, y);
    }
    scene.height = (y + 8.0).ceil();
    scene
}

fn left_of(column: usize) -> f64 {
    LEFT + column as f64 * (SIDE + GAP)
}

/// Up to four maps with their names; returns the row below them, and adds column and lower edge of each to `placed`.
fn draw_row(scene: &mut Scene, maps: &[&Map], factor: usize, top: f64, placed: &mut Vec<(usize, f64)>) -> f64 {
    let names: Vec<_> = maps.iter().map(|map| font::wrap(map.label, NAME_EM, true, SIDE)).collect();
    let lines = names.iter().map(Vec::len).max().unwrap_or(1);
    let square = top + lines as f64 * NAME_LINE + 2.0 * SMALL_LINE + 4.0;
    for (column, (map, name)) in maps.iter().zip(&names).enumerate() {
        let left = left_of(column);
        scene.series = map.label.to_owned();
        let small = [map.state(), format!("last step sees {} of {} steps", map.seen(), map.n)];
        // Names stand on the squares, so that one of a single line is not torn from its own.
        let mut y = square - 4.0 - 2.0 * SMALL_LINE - NAME_LINE * name.len() as f64 + NAME_LINE / 2.0;
        for line in name {
            scene.text(Text::new((left, y), line, NAME_EM, INK, Anchor::Start).bold());
            y += NAME_LINE;
        }
        for line in small {
            scene.text(Text::new((left, y - 1.0), line, SMALL_EM, MUTED, Anchor::Start));
            y += SMALL_LINE;
        }
        let (columns, pixels) = map.pixels(factor);
        scene.image((left, square), (SIDE, SIDE), columns, pixels, map.tip());
        color_bar::frame(scene, (left, square), (SIDE, SIDE));
        scene.series.clear();
        placed.push((column, square + SIDE));
    }
    edge_left(scene, square, maps[0].n);
    square + SIDE + EDGE
}

fn edge_left(scene: &mut Scene, top: f64, n: usize) {
    let x = LEFT - 7.0;
    for (y, step) in [(top + 6.0, 0), (top + SIDE - 6.0, n - 1)] {
        scene.text(Text::new((x, y), step.to_string(), SMALL_EM, MUTED, Anchor::End));
    }
    let middle = (x - 7.0, top + SIDE / 2.0);
    scene.text(Text::new(middle, "output step (downwards)", 12.0, INK, Anchor::Middle).upward());
}

fn edge_below(scene: &mut Scene, column: usize, bottom: f64, n: usize) {
    let (left, y) = (left_of(column), bottom + 13.0);
    scene.text(Text::new((left + 1.0, y), "0", SMALL_EM, MUTED, Anchor::Start));
    scene.text(Text::new((left + SIDE - 1.0, y), (n - 1).to_string(), SMALL_EM, MUTED, Anchor::End));
    scene.text(Text::new((left + SIDE / 2.0, y), "input step", 12.0, INK, Anchor::Middle));
}

/// The bar, and the white that no bar has: exactly 0.
fn scale(scene: &mut Scene, top: f64) -> f64 {
    let y = top + 12.0;
    let words = "share of the squared gradient, relative to the largest in its row (logarithmic)";
    color_bar::title(scene, (LEFT, y), words);
    let bar = (LEFT, y + 12.0);
    let ticks = [1e-4, 1e-3, 0.01, 0.1, 1.0].map(|share| (place(share), share.to_string()));
    let width = 2.0 * SIDE + GAP;
    // The lowest number starts at the corner: centred there, it would stand left of the maps.
    color_bar::draw(scene, bar, width, &ticks[1..]);
    let lowest = format!("≤ {LOWEST}");
    scene.text(Text::new((LEFT, bar.1 + color_bar::HEIGHT + 12.0), lowest, 11.5, MUTED, Anchor::Start));
    let swatch = (left_of(2) + 10.0, bar.1);
    // Pixels, as in the maps: they stay white on a dark page.
    scene.image(swatch, (2.0 * color_bar::HEIGHT, color_bar::HEIGHT), 1, vec![CARD], String::new());
    color_bar::frame(scene, swatch, (2.0 * color_bar::HEIGHT, color_bar::HEIGHT));
    let at = (swatch.0 + 2.0 * color_bar::HEIGHT + 8.0, bar.1 + color_bar::HEIGHT / 2.0);
    scene.text(Text::new(at, "white: exactly 0, not connected", 12.0, MUTED, Anchor::Start));
    bar.1 + color_bar::HEIGHT + 32.0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::figure::apart::assert_texts_apart;
    use crate::reach_fixture;

    #[test]
    fn texts_never_overlap() {
        let data = reach_fixture::data();
        for (panels, layers) in reach_fixture::ways() {
            assert_texts_apart(scenes, &data, Spec { panels, layers, ..Spec::default() });
        }
    }

    /// Of a trained model one row of the map was trained; of plain stacks none was.
    #[test]
    fn trained_maps_say_which_row_was_trained() {
        let data = reach_fixture::data();
        let says = |task: &str| {
            let scene = &scenes(&data, &Spec { task: task.into(), ..Spec::default() }).unwrap()[0];
            scene.words().contains("trained models are read at the last step: no other row was ever asked for anything")
        };
        assert!(says("map") && !says("stack"));
    }

    /// White where nothing is connected, the darkest at the largest of a row, and a row is compared with itself alone.
    #[test]
    fn pixels_are_shares_of_the_largest_in_the_row() {
        let row = |seed, output, values: &[f64]| Row {
            task: "map".into(),
            layer: "conv".into(),
            label: "conv".into(),
            depth: 1,
            seed,
            n: 2,
            output,
            values: values.to_vec(),
            ..Row::default()
        };
        let rows = [row(0, 0, &[1.0, 0.0]), row(0, 1, &[0.2, 0.8]), row(1, 0, &[1.0, 0.0]), row(1, 1, &[0.2, 0.8])];
        let rows: Vec<_> = rows.iter().collect();
        let map = &maps(&rows, &["conv"])[0];
        assert_eq!((map.seeds, map.seen()), (2, 2));
        assert_eq!(map.pixels(1), (2, vec![ramp(1.0), CARD, ramp(place(0.25)), ramp(1.0)]));
        assert_eq!([place(1.0), place(0.01), place(1e-9)], [1.0, 0.5, 0.0]);
        assert_ne!(ramp(place(1e-30)), CARD, "whatever is connected differs from what is not");
        assert_eq!(map.pixels(2), (1, vec![ramp(1.0)]));
        assert!(map.tip().contains("75.0\u{a0}% of the 2 × 2 pairs"), "{}", map.tip());
    }
}
