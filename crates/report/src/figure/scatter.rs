//! Vectors in two dimensions: a panel for each series, a colour and a marker for each meaning.

mod panel;
mod table;

use super::accuracy_by_lag::{MARGIN, WIDTH, header};
use super::{FigureError, Spec, chosen, gathered, legend};
use crate::Data;
use crate::points::{HELD_OUT, Row};
use crate::scene::{Anchor, Scene, Text};
use crate::series::distinct;
use crate::style::{self, INK, MUTED, Marker};

const COLUMNS: usize = 3;
/// Fewer panels are no larger than this.
const LARGEST: f64 = 380.0;
/// Left of a panel, for its numbers.
const NUMBERS: f64 = 44.0;
/// Right of a panel.
const GAP: f64 = 18.0;
const TITLE: f64 = 13.0;
const TITLE_LINE: f64 = 16.0;
const LEGEND: f64 = 12.0;
/// A panel with no more points than this shows every seed.
const FEW: usize = 60;

/// Whether training had nothing like this point.
fn held_out(row: &Row) -> bool {
    row.name.ends_with(HELD_OUT)
}

/// One label in one split.
struct Cloud<'a> {
    name: String,
    label: &'a str,
    points: Vec<&'a Row>,
}

/// All that one picture shows.
struct Shown<'a> {
    meanings: Vec<&'a str>,
    clouds: Vec<Cloud<'a>>,
    /// Seeds of the first, where only that is drawn.
    left_out: usize,
}

/// One scene for each task.
pub(super) fn scenes(data: &Data, spec: &Spec) -> Result<Vec<Scene>, FigureError> {
    // Curves stand in the same file: they have a truth, which has no layer.
    let is_curve = |task: &str| data.points.iter().any(|row| row.task == task && row.layer.is_empty());
    let all = distinct(data.points.iter().map(|row| row.task.as_str()));
    let tasks = gathered::tasks(spec, all.iter().copied().filter(|task| !is_curve(task)).collect());
    let shown: Vec<_> = tasks.iter().filter_map(|task| Some((*task, shown(data, spec, task)?))).collect();
    if shown.is_empty() {
        let what = format!("points of task `{}`", tasks.join("`, `"));
        return Err(chosen::nothing(spec, what, "points.csv", all.into_iter().map(str::to_owned).collect()));
    }
    let plain = |task: &str| -> String {
        task.chars().map(|letter| if letter.is_ascii_alphanumeric() { letter } else { '-' }).collect()
    };
    let stem = |task: &str| if shown.len() == 1 { spec.id.clone() } else { format!("{}-{}", spec.id, plain(task)) };
    Ok(shown.iter().map(|(task, shown)| scene(data, spec, task, shown, stem(task))).collect())
}

fn shown<'a>(data: &'a Data, spec: &'a Spec, task: &str) -> Option<Shown<'a>> {
    let here: Vec<_> = data.points.iter().filter(|row| row.task == task && !row.layer.is_empty()).collect();
    let splits = gathered::splits(spec, "trained", here.iter().map(|row| row.split.as_str()));
    let labels = chosen::labels(spec, &distinct(here.iter().map(|row| row.label.as_str())));
    let mut clouds = Vec::new();
    let mut left_out = 0;
    for label in labels {
        for split in &splits {
            let all: Vec<_> = here.iter().copied().filter(|row| row.label == label && row.split == *split).collect();
            let seeds = distinct(all.iter().map(|row| row.seed));
            let first = seeds.iter().min().copied().flatten();
            let many = all.len() > FEW;
            left_out = left_out.max(if many { seeds.len() - 1 } else { 0 });
            let points: Vec<_> = all.into_iter().filter(|row| !many || row.seed == first).collect();
            let name = if splits.len() > 1 { format!("{label}, {split}") } else { label.to_owned() };
            if !points.is_empty() {
                clouds.push(Cloud { name, label, points });
            }
        }
    }
    let meanings = distinct(clouds.iter().flat_map(|cloud| &cloud.points).map(|row| row.series.as_str()));
    (!clouds.is_empty()).then_some(Shown { meanings, clouds, left_out })
}

fn note(shown: &Shown) -> String {
    let rows = || shown.clouds.iter().flat_map(|cloud| &cloud.points);
    let seeds = distinct(rows().filter_map(|row| row.seed));
    let splits = distinct(rows().map(|row| row.split.as_str()).filter(|split| !split.is_empty()));
    let mut parts = Vec::new();
    parts.extend(Some(format!("{} models", splits.join(" and "))).filter(|_| !splits.is_empty()));
    parts.push(match (&seeds[..], shown.left_out) {
        ([seed], 1..) => format!("seed {seed}, the first of {}", shown.left_out + 1),
        (_, 1..) => "of panels with many points the first seed".to_owned(),
        ([seed], _) => format!("seed {seed}"),
        ([], _) => "1 seed".to_owned(),
        (several, _) => format!("{} seeds", several.len()),
    });
    parts.push("both axes of a panel have the same scale".to_owned());
    parts.join(" · ")
}

/// What full and hollow markers mean.
fn filling(scene: &mut Scene, y: f64) -> f64 {
    let mut x = MARGIN;
    for (index, name) in ["full: as in training", "hollow: held out of training"].into_iter().enumerate() {
        scene.marker((x + 6.0, y), Marker::Circle, 8.0, MUTED, String::new());
        if index == 1 {
            panel::hollow(scene, (x + 6.0, y), Marker::Circle, 8.0);
        }
        scene.text(Text::new((x + 18.0, y), name, LEGEND, MUTED, Anchor::Start));
        x += 18.0 + crate::font::width(name, LEGEND, false) + 22.0;
    }
    y + 22.0
}

fn scene(data: &Data, spec: &Spec, task: &str, shown: &Shown, stem: String) -> Scene {
    let mut scene = Scene {
        width: WIDTH,
        id: stem,
        title: spec.title.clone(),
        description: table::description(shown),
        table: table::table(shown),
        ..Scene::default()
    };
    let mut y = header(&mut scene, &spec.title, &chosen::subtitles(spec, note(shown)));
    let names: Vec<_> =
        shown.meanings.iter().enumerate().map(|(index, meaning)| (*meaning, style::series(index))).collect();
    y = legend::draw(&mut scene, &names, true, y + 2.0) + 4.0;
    if shown.clouds.iter().flat_map(|cloud| &cloud.points).any(|row| held_out(row)) {
        y = filling(&mut scene, y);
    }
    let columns = COLUMNS.min(shown.clouds.len());
    let across = ((WIDTH - 2.0 * MARGIN) / columns as f64).min(LARGEST + NUMBERS);
    for row in shown.clouds.chunks(columns) {
        let left = |column: usize| MARGIN + column as f64 * across + NUMBERS;
        let side = across - NUMBERS - GAP;
        let titles: Vec<_> = row.iter().map(|cloud| crate::font::wrap(&cloud.name, TITLE, true, side)).collect();
        for (column, lines) in titles.iter().enumerate() {
            for (index, text) in lines.iter().enumerate() {
                let at = (left(column), y + 8.0 + TITLE_LINE * index as f64);
                scene.text(Text::new(at, text, TITLE, INK, Anchor::Start).bold());
            }
        }
        y += TITLE_LINE * titles.iter().map(Vec::len).max().unwrap_or(0) as f64 + 8.0;
        for (column, cloud) in row.iter().enumerate() {
            panel::draw(&mut scene, shown, cloud, (left(column), y), side);
        }
        y += side + 58.0;
    }
    let failed: Vec<_> = data.scores.iter().filter(|row| row.failed() && row.task == task).collect();
    let drawn = distinct(shown.clouds.iter().map(|cloud| cloud.label));
    let missing = gathered::missing(&spec.layers, &failed, &drawn, |_| String::new());
    y = chosen::note(&mut scene, &missing, MARGIN, WIDTH - MARGIN, y);
    scene.height = y.ceil();
    scene
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::figure::apart::{assert_texts_apart, assert_tips_name_their_series};
    use crate::scores_fixture;

    #[test]
    fn texts_never_overlap() {
        let data = scores_fixture::data();
        let one = vec!["attention, rotary, and four heads that share their keys and values".to_owned()];
        let two = vec!["none".to_owned(), "attention, sinusoidal".to_owned(), "a layer that was never run".to_owned()];
        for layers in [vec![], one, two] {
            let scenes = assert_texts_apart(scenes, &data, Spec { id: "scatter".into(), layers, ..Spec::default() });
            assert_tips_name_their_series(&scenes);
            assert_eq!(scenes[0].labels(), ["key that is asked for", "another key", "value", "question"]);
        }
    }

    #[test]
    fn few_points_show_every_seed_and_many_the_first() {
        let mut data = scores_fixture::data();
        let spec = Spec { id: "scatter".into(), layers: vec!["none".into(), "nobody".into()], ..Spec::default() };
        let words = |data: &Data| scenes(data, &spec).unwrap()[0].words();
        assert!(words(&data).contains("seed 0, the first of 3"), "{}", words(&data));
        assert!(words(&data).contains("missing: nobody (no rows)"));
        let all = scenes(&data, &spec).unwrap()[0].items.iter().filter(|item| !item.tip.is_empty()).count();
        assert_eq!(all, 4 * 40);
        data.points.retain(|row| row.name.ends_with('7'));
        assert!(words(&data).contains("3 seeds"), "{}", words(&data));
        data.points.retain(|row| row.task != "vectors");
        let error = scenes(&data, &spec).unwrap_err();
        assert!(error.is_of_absence() && error.to_string().contains("points.csv"), "{error}");
    }

    #[test]
    fn what_was_held_out_is_hollow() {
        let mut data = scores_fixture::data();
        let spec = Spec { id: "scatter".into(), layers: vec!["none".into()], ..Spec::default() };
        let drawn = |data: &Data| scenes(data, &spec).unwrap().remove(0);
        let before = drawn(&data);
        assert!(!before.words().contains("hollow"));
        data.points.iter_mut().filter(|row| row.name.ends_with('7')).for_each(|row| row.name.push_str(HELD_OUT));
        let after = drawn(&data);
        assert!(after.words().contains("full: as in training hollow: held out of training"), "{}", after.words());
        let tips = after.items.iter().filter(|item| item.tip.contains("held out")).count();
        assert_eq!(tips, 4 * 4);
        // Two markers of the legend, with their edges, two words, and a middle for each that was held out.
        assert_eq!(after.items.len() - before.items.len(), 4 + 2 + 1 + tips);
        assert_texts_apart(scenes, &data, spec);
    }

    #[test]
    fn one_seed_is_named() {
        let mut data = scores_fixture::data();
        data.points.retain(|row| row.seed == Some(1));
        let words = scenes(&data, &Spec { id: "scatter".into(), ..Spec::default() }).unwrap()[0].words();
        assert!(words.contains("trained models · seed 1 ·"), "{words}");
    }

    #[test]
    fn tasks_have_a_picture_each() {
        let mut data = scores_fixture::data();
        let more: Vec<_> = data.points.iter().filter(|row| row.task == "vectors").cloned().collect();
        data.points.extend(more.into_iter().map(|row| Row { task: "vectors, later".into(), ..row }));
        let stems: Vec<_> = scenes(&data, &Spec { id: "scatter".into(), ..Spec::default() }).unwrap();
        let stems: Vec<_> = stems.iter().map(|scene| scene.id.as_str()).collect();
        assert_eq!(stems, ["scatter-vectors", "scatter-vectors--later"]);
    }
}
