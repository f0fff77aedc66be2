//! Attention maps: for one sentence, what the query of each word weighs each key with; a panel for each block and head.

mod table;

pub(crate) use table::table;

use super::accuracy_by_lag::{MARGIN, WIDTH, header};
use super::trained::{LONGEST, answered, percent, sequences_of};
use super::{FigureError, Spec, chosen, color_bar};
use crate::scene::{Anchor, Scene, Text};
use crate::style::{CARD, INK, MUTED, ramp};
use crate::traced::{Block, Head, Sequence};
use crate::{Data, font};

/// Words and numbers.
const EM: f64 = 11.5;
const NAME_EM: f64 = 13.0;
const NAME_LINE: f64 = 24.0;
const GAP: f64 = 18.0;
/// A side that a map of few words is stretched to.
const SIDE: f64 = 190.0;
/// A step is never narrower: its word has to fit.
const NARROWEST: f64 = 13.0;
const WIDEST: f64 = 26.0;
/// Longer words are cut.
const WORD: f64 = 96.0;
/// More panels than fit go on in another line.
const LINE: f64 = 1300.0;

/// The scene of the sentence asked for.
pub(super) fn scenes(data: &Data, spec: &Spec) -> Result<Vec<Scene>, FigureError> {
    let sequences = sequences_of(data, spec)?;
    Ok(vec![scene(&sequences[0], spec)])
}

/// Where the panels of a block stand.
struct Grid {
    left: f64,
    cell: f64,
    queries: Vec<usize>,
    keys: Vec<usize>,
}

impl Grid {
    fn width(&self) -> f64 {
        self.cell * self.keys.len() as f64
    }

    fn height(&self) -> f64 {
        self.cell * self.queries.len() as f64
    }

    fn column(&self, index: usize) -> f64 {
        self.left + index as f64 * (self.width() + GAP)
    }

    fn columns(&self) -> usize {
        (((LINE - self.left + GAP) / (self.width() + GAP)) as usize).max(1)
    }
}

/// Lays out the maps of one sequence.
pub(crate) fn scene(sequence: &Sequence, spec: &Spec) -> Scene {
    let words = sequence.blocks.iter().flat_map(|block| block.words.iter().chain(&block.keys));
    let longest = words.map(|word| font::width(&short(word), EM, false)).fold(0.0, f64::max);
    let grid = |block: &Block| {
        let queries = sequence.shown(&block.words, LONGEST);
        let keys = sequence.shown(&block.keys, LONGEST);
        let cell = (SIDE / queries.len().max(keys.len()).max(1) as f64).clamp(NARROWEST, WIDEST);
        Grid { left: MARGIN + longest + 8.0, cell, queries, keys }
    };
    let grids: Vec<_> = sequence.blocks.iter().map(grid).collect();
    let right = sequence.blocks.iter().zip(&grids).map(|(block, grid)| {
        grid.column(block.heads.len().min(grid.columns()).saturating_sub(1)) + grid.width() + MARGIN
    });
    let mut scene = Scene {
        width: right.fold(WIDTH, f64::max).ceil(),
        id: spec.id.clone(),
        title: spec.title.clone(),
        description: description(sequence),
        table: table(sequence),
        ..Scene::default()
    };
    let mut y = header(&mut scene, &spec.title, &chosen::subtitles(spec, numbers(sequence, &grids)));
    for (block, grid) in sequence.blocks.iter().zip(&grids) {
        scene.text(Text::new((MARGIN, y + 8.0), block.name, 14.0, INK, Anchor::Start).bold());
        y += 24.0;
        for heads in block.heads.chunks(grid.columns()) {
            y = line(&mut scene, sequence, (block, heads), grid, y);
        }
    }
    y = scale(&mut scene, y + 10.0);
    scene.height = (y + 8.0).ceil();
    scene
}

/// What the numbers are.
fn numbers(sequence: &Sequence, grids: &[Grid]) -> String {
    let Sequence { label, seed, sequence: number, .. } = sequence;
    let mut text = format!(
        "{label}, trained, seed {seed}, sequence {number} · each row: the weights of one word's query on all keys, \
         100\u{a0}% together · heads count from 0"
    );
    if grids.iter().any(|grid| !marked(sequence, grid).is_empty()) {
        text.push_str(" · outlined: the row that is read out");
    }
    let cut = sequence.blocks.iter().zip(grids);
    if cut.into_iter().any(|(block, grid)| grid.queries.len() < block.words.len() || grid.keys.len() < block.keys.len())
    {
        text.push_str(" · steps whose word is “.” are left out");
    }
    let answered = answered(sequence);
    if !answered.is_empty() {
        text.push_str(&format!(" · {answered}"));
    }
    text
}

/// Steps of the answers, where they are some rows among others: an outline around every row says nothing.
fn marked(sequence: &Sequence, grid: &Grid) -> Vec<usize> {
    let mut steps: Vec<_> = sequence.answers.iter().filter_map(|row| row.step.map(|step| step as usize)).collect();
    steps.sort_unstable();
    steps.dedup();
    if 2 * steps.len() > grid.queries.len() { Vec::new() } else { steps }
}

fn description(sequence: &Sequence) -> String {
    let tips = sequence.blocks.iter().flat_map(|block| block.heads.iter().map(|head| tip(sequence, block, head)));
    let tips = tips.map(|tip| format!(" {tip}.")).collect::<String>();
    format!("Weights of attention on the words “{}”.{tips}", sequence.words().join(" "))
}

/// What a head looks at most, from the read-out where it has one.
fn tip(sequence: &Sequence, block: &Block, head: &Head) -> String {
    let step = if sequence.is_read_out(block) { sequence.read_out() } else { block.words.len().saturating_sub(1) };
    let name = format!("{}, head {}", block.name, head.index);
    let weights = head.weights.get(step).copied().unwrap_or_default();
    let most = weights.iter().enumerate().max_by(|one, other| one.1.total_cmp(other.1));
    match (most, block.words.get(step)) {
        (Some((key, share)), Some(word)) => {
            let other = block.keys.get(key).unwrap_or(&"");
            format!("{name}: “{word}” (step {step}) gives most, {}, to “{other}” (step {key})", percent(*share))
        }
        _ => format!("{name}: no weights"),
    }
}

/// Panels side by side with the words around them; returns the row below.
fn line(scene: &mut Scene, sequence: &Sequence, (block, heads): (&Block, &[Head]), grid: &Grid, top: f64) -> f64 {
    let square = top + NAME_LINE;
    let middle = |index: usize| (index as f64 + 0.5) * grid.cell;
    for (row, step) in grid.queries.iter().enumerate() {
        let at = (grid.left - 7.0, square + middle(row));
        scene.text(Text::new(at, short(block.words[*step]), EM, MUTED, Anchor::End));
    }
    let longest = grid.keys.iter().map(|step| font::width(&short(block.keys[*step]), EM, false)).fold(0.0, f64::max);
    let bottom = square + grid.height() + 7.0 + longest;
    for (column, head) in heads.iter().enumerate() {
        let left = grid.column(column);
        let name = format!("head {}", head.index);
        scene.text(Text::new((left, top + 10.0), name, NAME_EM, INK, Anchor::Start));
        let weight = |query: usize, key: usize| head.weights.get(query).and_then(|row| row.get(key)).copied();
        let color = |share: Option<f64>| share.filter(|share| *share > 0.0).map_or(CARD, ramp);
        let pixels = grid.queries.iter().flat_map(|query| grid.keys.iter().map(|key| color(weight(*query, *key))));
        let size = (grid.width(), grid.height());
        scene.image((left, square), size, grid.keys.len(), pixels.collect(), tip(sequence, block, head));
        color_bar::frame(scene, (left, square), size);
        for (column, step) in grid.keys.iter().enumerate() {
            let word = short(block.keys[*step]);
            // Words end at the map: read upwards, their ends stand in one line.
            let at = (left + middle(column), square + grid.height() + 7.0);
            scene.text(Text::new(at, word, EM, MUTED, Anchor::End).upward());
        }
        if sequence.is_read_out(block) {
            for step in marked(sequence, grid) {
                let Some(row) = grid.queries.iter().position(|query| *query == step) else { continue };
                let (top, bottom) = (square + row as f64 * grid.cell, square + (row + 1) as f64 * grid.cell);
                let (left, right) = (left - 1.5, left + grid.width() + 1.5);
                let corners = vec![(left, top), (right, top), (right, bottom), (left, bottom), (left, top)];
                scene.path(corners, OUTLINE, 2.0, &[]);
            }
        }
    }
    bottom + 14.0
}

/// Dark on the white of a map, and seen on a dark page beside it.
const OUTLINE: crate::style::Color = (0xD5, 0x5E, 0x00);

/// The word, cut where it is too long for the edge of a map.
fn short(word: &str) -> String {
    font::wrap(word, EM, false, WORD).pop().unwrap_or_default()
}

/// The bar, and the white that no bar has: exactly 0.
fn scale(scene: &mut Scene, top: f64) -> f64 {
    let y = top + 12.0;
    let left = MARGIN + 10.0;
    color_bar::title(scene, (left, y), "weight of the key in its row");
    let bar = (left, y + 12.0);
    let ticks = [0.0, 0.25, 0.5, 0.75, 1.0].map(|share| (share, format!("{:.0}\u{a0}%", 100.0 * share)));
    let width = 360.0;
    color_bar::draw(scene, bar, width, &ticks);
    let swatch = (left + width + 40.0, bar.1);
    scene.image(swatch, (2.0 * color_bar::HEIGHT, color_bar::HEIGHT), 1, vec![CARD], String::new());
    color_bar::frame(scene, swatch, (2.0 * color_bar::HEIGHT, color_bar::HEIGHT));
    let at = (swatch.0 + 2.0 * color_bar::HEIGHT + 8.0, bar.1 + color_bar::HEIGHT / 2.0);
    scene.text(Text::new(at, "white: exactly 0, masked", 12.0, MUTED, Anchor::Start));
    bar.1 + color_bar::HEIGHT + 32.0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{scene::Shape, trace_fixture, traces::Part};

    fn data() -> Data {
        Data { traces: trace_fixture::rows(), ..Data::default() }
    }

    /// A map without words has no pixels, and is no reason to give up the others.
    #[test]
    fn weights_without_words_draw_nothing() {
        let mut data = data();
        data.traces.retain(|row| !matches!(row.part, Part::Words | Part::KeyWords));
        let spec = Spec { task: data.traces[0].task.clone(), ..Spec::default() };
        let images = |data: &Data| {
            let items = scenes(data, &spec).unwrap().into_iter().flat_map(|scene| scene.items);
            items.filter(|item| is_image(&item.shape)).count()
        };
        assert!(images(&data) < images(&self::data()), "the bar of colours is left");
    }

    fn is_image(shape: &Shape) -> bool {
        matches!(shape, Shape::Image { .. })
    }

    #[test]
    fn texts_never_overlap() {
        let data = data();
        let title = "A title of many words ".repeat(6);
        for (label, sequences) in [("two blocks", 0..3), ("encoder and decoder", 0..1)] {
            for number in sequences {
                let spec = Spec {
                    title: title.clone(),
                    layers: vec![label.into()],
                    sequence: Some(number),
                    ..Spec::default()
                };
                scenes(&data, &spec).unwrap()[0].assert_texts_apart();
            }
        }
    }

    #[test]
    fn long_sentences_leave_fillers_out_and_masked_keys_stay_white() {
        let data = data();
        let of = |number| scenes(&data, &Spec { sequence: Some(number), ..Spec::default() }).unwrap().remove(0);
        assert!(!of(0).words().contains("are left out") && of(2).words().contains("are left out"));
        let scene = of(0);
        let images = scene.items.iter().filter_map(|item| match &item.shape {
            Shape::Image { columns: 11, pixels, .. } => Some(pixels),
            _ => None,
        });
        let images: Vec<_> = images.collect();
        assert_eq!(images.len(), 8, "two blocks of four heads");
        for pixels in images {
            assert!(pixels[1..11].iter().all(|pixel| *pixel == CARD), "the first word sees itself alone");
            assert_eq!(pixels[0], ramp(1.0));
        }
    }

    /// Steps of a decoder are all read out: an outline would be around each.
    #[test]
    fn the_read_out_is_outlined_unless_all_are() {
        let outlined = |layer: &str| {
            let spec = Spec { layers: vec![layer.into()], ..Spec::default() };
            let scene = scenes(&data(), &spec).unwrap().remove(0);
            let outlines = scene.items.iter().filter(|item| match &item.shape {
                Shape::Path { color, .. } => *color == OUTLINE,
                _ => false,
            });
            (outlines.count(), scene.words().contains("outlined"))
        };
        assert_eq!(outlined("two blocks"), (8, true));
        assert_eq!(outlined("encoder and decoder"), (0, false));
    }

    #[test]
    fn what_is_not_there_is_named() {
        let error = scenes(&data(), &Spec { sequence: Some(9), ..Spec::default() }).unwrap_err();
        assert!(error.is_of_absence() && error.to_string().contains("sequence 9"), "{error}");
        assert!(scenes(&data(), &Spec { layers: vec!["nobody".into()], ..Spec::default() }).is_err());
        assert!(scenes(&Data::default(), &Spec::default()).unwrap_err().is_of_absence());
    }
}
