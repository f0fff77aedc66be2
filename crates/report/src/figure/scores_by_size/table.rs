//! The drawn numbers, and the figure in words.

use super::{Line, Panel, Shown};
use crate::figure::gathered;
use crate::table::{Table, dash};

/// A row for each line, one for its law, then floors; a column for each size.
pub(super) fn table(shown: &Shown) -> Table {
    let Shown { metric, x, splits, panels } = shown;
    let sizes = shown.sizes();
    let (titled, several) = (panels.iter().any(|panel| !panel.title.is_empty()), splits.len() > 1);
    let start = |name: String, panel: &Panel, split: Option<&str>| -> Vec<String> {
        let title = if panel.title.is_empty() { dash() } else { panel.title.clone() };
        let split = split.map_or_else(dash, str::to_owned);
        [name].into_iter().chain(titled.then_some(title)).chain(several.then_some(split)).collect()
    };
    let mut rows = Vec::new();
    for panel in panels {
        for line in &panel.lines {
            let cell = |size: &f64| {
                let point = line.points.iter().find(|point| point.x == *size);
                point.map_or_else(dash, |point| gathered::shown(metric, &point.summary))
            };
            let mut row = start(line.name.clone(), panel, Some(line.split));
            row.extend(sizes.iter().map(cell));
            rows.push(row);
            if !line.expected.is_empty() {
                let cell = |size: &f64| {
                    let expected = line.expected.iter().find(|(at, _)| at == size);
                    expected.map_or_else(dash, |(_, value)| gathered::digits(metric, *value))
                };
                let mut row = start(format!("law of {}", line.name), panel, Some(line.split));
                row.extend(sizes.iter().map(cell));
                rows.push(row);
            }
        }
        for mark in &panel.marks {
            let cell = |size: &f64| {
                let point = mark.points.iter().find(|(at, _)| at == size);
                point.map_or_else(dash, |(_, value)| gathered::digits(metric, *value))
            };
            let mut row = start(mark.title(), panel, None);
            row.extend(sizes.iter().map(cell));
            rows.push(row);
        }
        for floor in &panel.floors {
            let at = |size: f64| floor.points.iter().find(|(at, _)| at.is_none_or(|at| at == size));
            let cell = |size: &f64| at(*size).map_or_else(dash, |(_, value)| gathered::digits(metric, *value));
            let mut row = start(format!("floor {}", floor.name), panel, None);
            row.extend(sizes.iter().map(cell));
            rows.push(row);
        }
    }
    let named = [titled.then_some("panel"), several.then_some("split")].into_iter().flatten();
    let headers = ["series"].into_iter().chain(named).map(str::to_owned);
    let headers = headers.chain(sizes.iter().map(|size| format!("{x} = {size}"))).collect();
    let what = gathered::axis_title(metric, splits, false).replace(" (%)", "");
    Table { title: format!("{what} by {x}, mean over seeds ± half the 95\u{a0}% interval"), headers, rows }
}

/// The floors in words, panel by panel.
pub(super) fn floors(shown: &Shown) -> Vec<String> {
    let mut texts = Vec::new();
    for panel in &shown.panels {
        let title = if panel.title.is_empty() { String::new() } else { format!("{}, ", panel.title) };
        for floor in &panel.floors {
            let heights = floor.points.iter().map(|(_, value)| *value);
            let (low, high) =
                heights.fold((f64::MAX, f64::MIN), |(low, high), value| (low.min(value), high.max(value)));
            let height = |value| gathered::height(shown.metric, value);
            let range = if low == high { height(low) } else { format!("{} to {}", height(low), height(high)) };
            texts.push(format!("{title}{}: {range}", floor.name));
        }
    }
    texts
}

/// What the figure shows, in words.
pub(super) fn description(shown: &Shown) -> String {
    let mut text = format!("{} against {}.", gathered::axis_title(shown.metric, &shown.splits, false), shown.x);
    for panel in &shown.panels {
        if !panel.title.is_empty() {
            text.push_str(&format!(" {}:", panel.title));
        }
        for line in &panel.lines {
            text.push_str(&format!(" {}: {}.", line.title(&shown.splits), ends(shown, line)));
        }
    }
    for floor in floors(shown) {
        text.push_str(&format!(" Floor {floor}."));
    }
    text
}

fn ends(shown: &Shown, line: &Line) -> String {
    let word = |index: usize| {
        let point = &line.points[index];
        format!("{} at {} = {}", gathered::shown(shown.metric, &point.summary), shown.x, point.x)
    };
    let last = line.points.len() - 1;
    if last == 0 { word(0) } else { format!("{}, {}", word(0), word(last)) }
}
