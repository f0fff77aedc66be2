//! Attention rows: where the read-out of several sentences looks, as shades behind their words.

use super::accuracy_by_lag::{MARGIN, WIDTH, header};
use super::trained::{LONGEST, percent, sequences_of};
use super::{FigureError, Spec, chosen, color_bar};
use crate::scene::{Anchor, Point, Scene, Shape, Text};
use crate::style::{Color, INK, MUTED};
use crate::table::{Table, dash};
use crate::traced::{Block, Sequence};
use crate::{Data, font};

/// More sentences are a page, not a figure.
const MOST: usize = 8;
const EM: f64 = 13.0;
const SMALL_EM: f64 = 11.5;
const LINE: f64 = 26.0;
const BOX: f64 = 22.0;
/// Right edge of the words; the answers stand beside.
const RIGHT: f64 = 660.0;
const ANSWERS: f64 = 676.0;
const SHADE: Color = (0x00, 0x72, 0xB2);
/// A shade that ink is read on, on a light page and on a dark one.
const DARKEST: f64 = 0.55;

/// One scene of up to eight sentences, or of the one asked for.
pub(super) fn scenes(data: &Data, spec: &Spec) -> Result<Vec<Scene>, FigureError> {
    let mut sequences = sequences_of(data, spec)?;
    sequences.truncate(MOST);
    let picked = Picked::new(&sequences[0], spec)?;
    Ok(vec![scene(&sequences, &picked, spec)])
}

/// The block whose weights are drawn, and its head; none for the mean of all.
struct Picked {
    block: String,
    head: Option<u64>,
}

impl Picked {
    fn new(sequence: &Sequence, spec: &Spec) -> Result<Self, FigureError> {
        let heads = || sequence.blocks.iter().filter(|block| sequence.is_read_out(block));
        let found = match &spec.head {
            None => sequence.blocks.last().map(|block| (block, None)),
            Some(wanted) => {
                let all = heads().flat_map(|block| block.heads.iter().map(move |head| (block, Some(head.index))));
                let mut all = all.filter(|(block, head)| Some(wanted) == head.map(|h| name(block, h)).as_ref());
                all.next()
            }
        };
        let there = || heads().flat_map(|block| block.heads.iter().map(move |head| name(block, head.index))).collect();
        let Some((block, head)) = found else {
            let what = format!("head `{}` at the read-out", spec.head.clone().unwrap_or_default());
            return Err(chosen::nothing(spec, what, "traces.csv", there()));
        };
        Ok(Self { block: block.name.to_owned(), head })
    }

    fn words(&self) -> String {
        match self.head {
            Some(head) => format!("{}, head {head}", self.block),
            None => format!("{}, mean over its heads", self.block),
        }
    }

    /// Keys' words and weights at the read-out.
    fn weights<'a>(&self, sequence: &Sequence<'a>) -> (Vec<&'a str>, Vec<f64>) {
        let Some(block) = sequence.blocks.iter().find(|block| block.name == self.block) else {
            return (Vec::new(), Vec::new());
        };
        let heads = block.heads.iter().filter(|head| self.head.is_none_or(|wanted| wanted == head.index));
        let rows: Vec<_> = heads.filter_map(|head| head.weights.get(sequence.read_out())).collect();
        let mean = |key: usize| {
            let all = rows.iter().map(|row| row.get(key).copied().unwrap_or(0.0));
            all.sum::<f64>() / rows.len().max(1) as f64
        };
        (block.keys.clone(), (0..block.keys.len()).map(mean).collect())
    }
}

fn name(block: &Block, head: u64) -> String {
    format!("{}/{head}", block.name)
}

fn scene(sequences: &[Sequence], picked: &Picked, spec: &Spec) -> Scene {
    let told = sequences.iter().map(|sequence| format!(" {}.", told(sequence, picked))).collect::<String>();
    let mut scene = Scene {
        width: WIDTH,
        id: spec.id.clone(),
        title: spec.title.clone(),
        description: format!("Weights of the query that is read out, {}.{told}", picked.words()),
        table: table(sequences, picked),
        ..Scene::default()
    };
    let Sequence { label, seed, .. } = &sequences[0];
    let mut numbers = format!(
        "{label}, trained, seed {seed} · {} · behind each word: the weight that the query of the framed word, which is \
         read out, has on it",
        picked.words()
    );
    let shown: Vec<_> = sequences.iter().map(|sequence| steps(sequence, picked)).collect();
    if sequences.iter().zip(&shown).any(|(sequence, shown)| shown.len() < picked.weights(sequence).0.len()) {
        numbers.push_str(" · steps whose word is “.” are left out");
    }
    let mut y = header(&mut scene, &spec.title, &chosen::subtitles(spec, numbers)) + 6.0;
    scene.text(Text::new((MARGIN, y), "words, in order", SMALL_EM, MUTED, Anchor::Start));
    scene.text(Text::new((ANSWERS, y), "answer", SMALL_EM, MUTED, Anchor::Start));
    y += 26.0;
    for (sequence, shown) in sequences.iter().zip(&shown) {
        y = row(&mut scene, sequence, picked, shown, y);
    }
    y = scale(&mut scene, y);
    scene.height = (y + 8.0).ceil();
    scene
}

/// Steps of the keys that are drawn.
fn steps(sequence: &Sequence, picked: &Picked) -> Vec<usize> {
    sequence.shown(&picked.weights(sequence).0, LONGEST)
}

/// The words of one sentence, broken into lines, and its answers beside them; returns the row of the next.
fn row(scene: &mut Scene, sequence: &Sequence, picked: &Picked, shown: &[usize], top: f64) -> f64 {
    let (keys, weights) = picked.weights(sequence);
    let own = keys == sequence.words();
    let (mut x, mut y) = (MARGIN, top);
    for step in shown {
        let word = font::wrap(keys[*step], EM, false, RIGHT - MARGIN - 10.0).pop().unwrap_or_default();
        let width = font::width(&word, EM, false) + 10.0;
        if x + width > RIGHT {
            (x, y) = (MARGIN, y + LINE);
        }
        let tip = format!("“{word}” (step {step}): {}", percent(weights[*step]));
        shade(scene, (x, y - BOX / 2.0), (width, BOX), weights[*step], tip);
        if own && *step == sequence.read_out() {
            let (right, top, bottom) = (x + width, y - BOX / 2.0, y + BOX / 2.0);
            let corners = vec![(x, top), (right, top), (right, bottom), (x, bottom), (x, top)];
            scene.path(corners, INK, 1.6, &[]);
        }
        scene.text(Text::new((x + 5.0, y), word, EM, INK, Anchor::Start));
        x += width + 3.0;
    }
    let mut beside = top;
    if let Some(answer) = sequence.answers.first() {
        let sure = answer.values.first().map_or(String::new(), |share| format!(", {}", percent(*share)));
        let verdict = if answer.answer == answer.text { "right" } else { "wrong" };
        let model = format!("model: {} ({verdict}{sure})", answer.text);
        for text in [format!("right: {}", answer.answer), model] {
            for line in font::wrap(&text, 12.0, false, WIDTH - MARGIN - ANSWERS) {
                scene.text(Text::new((ANSWERS, beside), line, 12.0, INK, Anchor::Start));
                beside += 18.0;
            }
        }
    }
    (y + LINE).max(beside) + 12.0
}

/// A box whose opacity is the weight: the page's own background stays below it, dark or light.
fn shade(scene: &mut Scene, (left, top): Point, (width, height): Point, weight: f64, tip: String) {
    let (right, bottom) = (left + width, top + height);
    let points = vec![(left, top), (right, top), (right, bottom), (left, bottom)];
    let opacity = DARKEST * weight.clamp(0.0, 1.0);
    let shape = Shape::Polygon { points, color: SHADE, opacity };
    scene.items.push(crate::scene::Item { shape, tip, series: String::new() });
}

fn scale(scene: &mut Scene, top: f64) -> f64 {
    color_bar::title(scene, (MARGIN, top + 6.0), "weight of the word");
    let (y, width) = (top + 20.0, 40.0);
    for tenth in 0..=10 {
        let share = f64::from(tenth) / 10.0;
        let left = MARGIN + f64::from(tenth) * width;
        shade(scene, (left, y), (width, color_bar::HEIGHT), share, String::new());
        if tenth % 2 == 0 {
            let at = (left + width / 2.0, y + color_bar::HEIGHT + 12.0);
            scene.text(Text::new(at, format!("{:.0}\u{a0}%", 100.0 * share), SMALL_EM, MUTED, Anchor::Middle));
        }
    }
    color_bar::frame(scene, (MARGIN, y), (11.0 * width, color_bar::HEIGHT));
    y + color_bar::HEIGHT + 30.0
}

/// Steps with the largest weights, largest first.
fn largest(weights: &[f64]) -> Vec<usize> {
    let mut steps: Vec<usize> = (0..weights.len()).collect();
    steps.sort_by(|one, other| weights[*other].total_cmp(&weights[*one]));
    steps
}

fn told(sequence: &Sequence, picked: &Picked) -> String {
    let (keys, weights) = picked.weights(sequence);
    let most = largest(&weights)
        .first()
        .map_or(String::new(), |step| format!("most, {}, on “{}” (step {step})", percent(weights[*step]), keys[*step]));
    format!("Sequence {}: {most}", sequence.sequence)
}

/// A line for each sentence: answers, and the three words with the largest weights.
fn table(sequences: &[Sequence], picked: &Picked) -> Table {
    let line = |sequence: &Sequence| {
        let (keys, weights) = picked.weights(sequence);
        let answer = sequence.answers.first();
        let text = |text: Option<&str>| text.filter(|text| !text.is_empty()).map_or_else(dash, str::to_owned);
        let most = |place: usize| {
            let step = largest(&weights).get(place).copied();
            step.map_or_else(dash, |step| format!("{} (step {step}): {:.1}", keys[step], 100.0 * weights[step]))
        };
        let sure = answer.and_then(|row| row.values.first()).map(|share| format!("{:.1}", 100.0 * share));
        vec![
            sequence.sequence.to_string(),
            text(answer.map(|row| row.answer.as_str())),
            text(answer.map(|row| row.text.as_str())),
            text(sure.as_deref()),
            most(0),
            most(1),
            most(2),
        ]
    };
    let headers =
        ["sequence", "right answer", "model's answer", "its probability, %", "largest weight, %", "second", "third"];
    Table {
        title: format!("Weights of the query that is read out, {}", picked.words()),
        headers: headers.map(str::to_owned).into(),
        rows: sequences.iter().map(line).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trace_fixture;

    fn of(spec: &Spec) -> Result<Scene, FigureError> {
        let data = Data { traces: trace_fixture::rows(), ..Data::default() };
        scenes(&data, spec).map(|mut scenes| scenes.remove(0))
    }

    #[test]
    fn texts_never_overlap() {
        for layer in ["two blocks", "encoder and decoder"] {
            let title = "A title of many words ".repeat(6);
            of(&Spec { title, layers: vec![layer.into()], ..Spec::default() }).unwrap().assert_texts_apart();
        }
    }

    /// A trained head looks at the answer, the last head never does; the mean is between them.
    #[test]
    fn the_head_asked_for_is_drawn_and_never_the_best_one() {
        let weight = |head: Option<&str>| {
            let table = of(&Spec { head: head.map(Into::into), ..Spec::default() }).unwrap().table;
            assert_eq!(table.rows.len(), 3);
            table.rows[0][4].clone()
        };
        let share = |text: &str| text.rsplit(' ').next().unwrap().parse::<f64>().unwrap();
        let looks = weight(Some("blocks.1.mixer/2"));
        assert!(looks.starts_with("robot (step 1)") && share(&looks) > 60.0, "{looks}");
        let never = weight(Some("blocks.1.mixer/3"));
        assert!(share(&never) < share(&looks), "{never}");
        let mean = weight(None);
        assert!(share(&mean) < share(&looks) && mean.starts_with("robot"), "{mean}");
        let error = of(&Spec { head: Some("blocks.7.mixer/0".into()), ..Spec::default() }).unwrap_err().to_string();
        assert!(error.contains("blocks.7.mixer/0") && error.contains("blocks.1.mixer/3"), "{error}");
    }

    #[test]
    fn a_wrong_answer_is_called_wrong() {
        let words = |number| of(&Spec { sequence: Some(number), ..Spec::default() }).unwrap().words();
        assert!(words(0).contains("model: robot (right, 97.3\u{a0}%)"), "{}", words(0));
        assert!(words(1).contains("model: mat (wrong, 97.3\u{a0}%)"), "{}", words(1));
    }
}
