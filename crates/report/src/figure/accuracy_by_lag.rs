//! The main figure: test accuracy against the exact lag, one panel for each family of layers.
//!
//! A dozen lines in one frame lie on top of each other at the floor; in panels that share the lag axis each keeps its
//! own few, and the eye compares down the columns.

use super::axis::{AccuracyAxis, LagAxis};
use super::lag_bins::{self, LagBins};
use super::panel::{self, Frame};
use super::{FigureError, Spec, words};
use crate::font;
use crate::scene::{Anchor, Scene, Text};
use crate::scores::Row;
use crate::series::{self, Group, NONE, Series};
use crate::style::{INK, MUTED};

pub(super) const WIDTH: f64 = 900.0;
pub(super) const MARGIN: f64 = 20.0;
/// Column of accuracy numbers and their title.
const LEFT: f64 = 76.0;
const TITLE_EM: f64 = 18.0;
const SUBTITLE_EM: f64 = 12.5;
const NUMBER_EM: f64 = 12.0;
/// A panel is at least this high, and higher where its labels need it.
const PANEL: f64 = 150.0;
const GAP: f64 = 18.0;

/// One scene for each length, number of pairs and width that the task was measured at.
pub(super) fn scenes(rows: &[Row], spec: &Spec) -> Result<Vec<Scene>, FigureError> {
    let Spec { id, task, .. } = spec;
    let groups: Vec<_> = series::groups(rows, task).into_iter().filter(|group| !group.lags.is_empty()).collect();
    if groups.is_empty() {
        let found = series::tasks(rows);
        return Err(FigureError::NoRows { id: id.clone(), task: task.clone(), found });
    }
    let stem = |group: &Group| if groups.len() == 1 { id.clone() } else { stem(id, group) };
    Ok(groups.iter().map(|group| scene(group, spec, &stem(group))).collect())
}

fn stem(id: &str, group: &Group) -> String {
    let parts = group.setting.named().map(|(name, value)| format!("-{}{value}", name[..1].to_lowercase()));
    format!("{id}{}", parts.collect::<String>())
}

fn scene(group: &Group, spec: &Spec, stem: &str) -> Scene {
    let bins = LagBins::of(group);
    let mut scene = Scene {
        width: WIDTH,
        height: 0.0,
        id: stem.to_owned(),
        title: spec.title.clone(),
        description: words::description(group, &bins),
        notes: vec![words::note(group, &bins)],
        table: words::table(group, &bins),
        ..Scene::default()
    };
    let question = spec.question.trim();
    let question = (!question.is_empty()).then(|| question.to_owned());
    let subtitles: Vec<_> = question.into_iter().chain(scene.notes.clone()).collect();
    let mut y = header(&mut scene, &spec.title, &subtitles);
    let floors = group.merged_floors();
    scene.floors = floors.iter().filter_map(|floor| words::floor(floor, &group.lags)).collect();
    let panels: Vec<_> = panels(group, spec)
        .into_iter()
        .map(|(title, series)| {
            let floors: Vec<_> = floors.iter().filter(|floor| floor.concerns(&series)).cloned().collect();
            let labels = panel::labels(&series, &floors, &bins);
            (title, series, floors, labels)
        })
        .collect();
    let column = panels.iter().flat_map(|(.., labels)| labels).map(panel::Label::width).fold(0.0, f64::max);
    let lags = bins.iter().map(lag_bins::middle).collect();
    let axis = LagAxis { lags, left: LEFT, right: WIDTH - MARGIN - column - panel::LEADER };
    let top = y;
    for (title, series, floors, labels) in panels {
        let marks = panel::reach_marks(&series, &axis);
        y += panel::title(&mut scene, &title, y, !marks.is_empty(), &axis);
        let stacked: f64 = labels.iter().map(panel::Label::height).sum();
        let accuracy = AccuracyAxis { top: y, bottom: y + PANEL.max(stacked) };
        let frame = Frame { lag: &axis, accuracy };
        panel::draw(&mut scene, &frame, &bins, &series, &floors, labels, &marks);
        y = accuracy.bottom + GAP;
    }
    y = y - GAP + 16.0;
    for lag in axis.numbered(NUMBER_EM) {
        scene.text(Text::new((axis.x(lag), y), lag.to_string(), NUMBER_EM, MUTED, Anchor::Middle));
    }
    y += 22.0;
    let middle = (axis.left + axis.right) / 2.0;
    scene.text(Text::new((middle, y), "lag (steps back, logarithmic)", NUMBER_EM + 1.0, INK, Anchor::Middle));
    let middle = (top + y - 38.0) / 2.0;
    scene.text(Text::new((MARGIN + 6.0, middle), "test accuracy (%)", NUMBER_EM + 1.0, INK, Anchor::Middle).upward());
    scene.height = (y + 20.0).ceil();
    scene
}

/// Draws title and subtitles; returns the row below them.
pub(super) fn header(scene: &mut Scene, title: &str, subtitles: &[String]) -> f64 {
    let mut y = 30.0;
    for line in font::wrap(title, TITLE_EM, true, WIDTH - 2.0 * MARGIN) {
        scene.text(Text::new((MARGIN, y), line, TITLE_EM, INK, Anchor::Start).bold());
        y += 24.0;
    }
    let wrapped = |text: &String| font::wrap(text, SUBTITLE_EM, false, WIDTH - 2.0 * MARGIN);
    for line in subtitles.iter().flat_map(wrapped) {
        scene.text(Text::new((MARGIN, y), line, SUBTITLE_EM, MUTED, Anchor::Start));
        y += 18.0;
    }
    scene.header = y + 8.0;
    if scene.notes.is_empty() {
        scene.notes = subtitles.to_vec();
    }
    scene.header
}

/// Title and series of each panel: as specified, by label or by layer, then one for each layer of which some are in no panel.
fn panels<'a, 'b>(group: &'b Group<'a>, spec: &Spec) -> Vec<(String, Vec<&'b Series<'a>>)> {
    let names = |panel: &super::Panel, name: &str| panel.layers.iter().any(|other| other == name);
    // A label stands for itself alone, so that a series is not drawn once more with those of its layer.
    let place = |series: &Series| {
        let of = |name: &str| spec.panels.iter().position(|panel| names(panel, name));
        of(series.label).or_else(|| of(series.layer))
    };
    let drawn = || group.series.iter().filter(|series| series.layer != NONE);
    let in_panel = |wanted: &dyn Fn(&Series) -> bool| -> Vec<&'b Series<'a>> {
        group.series.iter().filter(|series| series.layer == NONE || wanted(series)).collect()
    };
    let mut panels: Vec<(String, Vec<&Series>)> = Vec::new();
    for (index, panel) in spec.panels.iter().enumerate() {
        if drawn().any(|series| place(series) == Some(index)) {
            panels.push((panel.title.clone(), in_panel(&|series| place(series) == Some(index))));
        }
    }
    for layer in series::distinct(drawn().filter(|series| place(series).is_none()).map(|series| series.layer)) {
        panels.push((layer.to_owned(), in_panel(&|series| series.layer == layer && place(series).is_none())));
    }
    if panels.is_empty() {
        panels.push((NONE.to_owned(), in_panel(&|_| false)));
    }
    panels
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::figure::Panel;
    use crate::fixture;

    /// A label may stand in another panel than the rest of its layer.
    #[test]
    fn a_panel_is_of_labels_or_of_layers() {
        let rows = fixture::recall();
        let spec = |panels: Vec<Panel>| Spec { task: "recall-at-lag".into(), panels, ..Spec::default() };
        let groups = series::groups(&rows, "recall-at-lag");
        let group = &groups[0];
        let attention: Vec<&str> = group.series.iter().filter(|s| s.layer == "attention").map(|s| s.label).collect();
        let (first, rest) = attention.split_first().unwrap();
        let of = |names: &[&str]| Panel { title: names.join("+"), layers: names.iter().map(|n| (*n).into()).collect() };
        let drawn = |panels: Vec<Panel>| -> Vec<(String, Vec<String>)> {
            let named = |(title, series): (String, Vec<&Series>)| {
                (title, series.iter().filter(|s| s.layer != NONE).map(|s| s.label.to_owned()).collect())
            };
            super::panels(group, &spec(panels)).into_iter().map(named).collect()
        };
        let parted = drawn(vec![of(&[first]), of(&["attention"])]);
        assert_eq!(parted[0], ((*first).to_owned(), vec![(*first).to_owned()]));
        assert_eq!(parted[1].1, rest);
        // What no panel names has one by layer; every series is drawn once.
        let all: usize = parted.iter().map(|(_, series)| series.len()).sum();
        assert_eq!(all, group.series.iter().filter(|s| s.layer != NONE).count());
        assert_eq!(drawn(vec![of(&[first])]).iter().find(|(title, _)| title == "attention").unwrap().1, rest);
    }

    /// Over every way to put the layers into panels: no text on another, none outside the figure.
    #[test]
    fn texts_never_overlap() {
        let panel = |layers: &[&str]| Panel {
            title: "a panel".into(),
            layers: layers.iter().map(|layer| (*layer).into()).collect(),
        };
        let ways = [
            vec![],
            vec![panel(&["linear", "mlp"])],
            vec![panel(&["linear", "mlp", "conv", "attention"])],
            vec![panel(&["conv", "attention"]), panel(&["mlp"])],
        ];
        let rows = [fixture::recall(), fixture::copy()].concat();
        for (task, panels) in ["recall-at-lag", "copy-at-lag"]
            .into_iter()
            .flat_map(|task| ways.clone().into_iter().map(move |way| (task, way)))
        {
            let title = "A title of many words that does not fit into one line of the figure and must be broken";
            let spec = Spec { title: title.into(), question: title.repeat(2), panels, ..Spec::default() };
            let scene = scene(&series::groups(&rows, task)[0], &spec, "stem");
            let boxes = scene.boxes();
            assert!(boxes.len() > 20);
            for (index, (text, [left, top, right, bottom])) in boxes.iter().enumerate() {
                assert!(
                    *left >= 0.0 && *top >= 0.0 && *right <= scene.width && *bottom <= scene.height,
                    "{text} is cut"
                );
                for (other, area) in &boxes[..index] {
                    let apart = *right <= area[0] || area[2] <= *left || *bottom <= area[1] || area[3] <= *top;
                    assert!(apart, "{task}: `{text}` on `{other}`");
                }
            }
        }
    }
}
