//! The drawn numbers, and the figure in words.

use super::Shown;
use crate::figure::gathered;
use crate::table::{Table, dash};

/// Series, then floors; a column for each task and split, with what was expected where something was.
pub(super) fn table(shown: &Shown) -> Table {
    let Shown { metric, splits, tasks, lines, floors } = shown;
    let columns: Vec<(usize, usize)> =
        (0..tasks.len()).flat_map(|task| (0..splits.len()).map(move |split| (task, split))).collect();
    let expects = |(task, split): (usize, usize)| {
        lines.iter().any(|line| line.dots[task][split].as_ref().is_some_and(|dot| dot.expected.is_some()))
    };
    let mut headers = vec!["series".to_owned()];
    for column in &columns {
        let task = (tasks.len() > 1).then_some(tasks[column.0]);
        let split = Some(splits[column.1]).filter(|split| !split.is_empty());
        let name = task.into_iter().chain(split).collect::<Vec<_>>().join(", ");
        let name = if name.is_empty() { (*metric).to_owned() } else { name };
        headers.push(name.clone());
        headers.extend(expects(*column).then(|| format!("{name}, expected")));
    }
    let mut rows = Vec::new();
    for line in lines {
        let mut row = vec![line.name.clone()];
        for column in &columns {
            let dot = line.dots[column.0][column.1].as_ref();
            row.push(dot.map_or_else(dash, |dot| gathered::shown(metric, &dot.summary)));
            let expected =
                || dot.and_then(|dot| dot.expected).map_or_else(dash, |value| gathered::digits(metric, value));
            row.extend(expects(*column).then(expected));
        }
        rows.push(row);
    }
    for name in crate::series::distinct(floors.iter().flatten().map(|floor| floor.name.as_str())) {
        let mut row = vec![format!("floor {name}")];
        for column in &columns {
            let floor = floors[column.0].iter().find(|floor| floor.name == name);
            let height = floor.and_then(|floor| gathered::mean(floor.points.iter().map(|(_, height)| *height)));
            row.push(height.map_or_else(dash, |height| gathered::digits(metric, height)));
            row.extend(expects(*column).then(dash));
        }
        rows.push(row);
    }
    let title =
        format!("{}, mean over seeds ± half the 95\u{a0}% interval", gathered::axis_title(metric, splits, false));
    Table { title: title.replace(" (%)", ""), headers, rows }
}

/// The floors in words, task by task.
pub(super) fn floors(shown: &Shown) -> Vec<String> {
    let mut texts = Vec::new();
    for (task, floors) in shown.tasks.iter().zip(&shown.floors) {
        let task = if shown.tasks.len() > 1 { format!("{task}, ") } else { String::new() };
        for floor in floors {
            if let Some(mean) = gathered::mean(floor.points.iter().map(|(_, height)| *height)) {
                texts.push(format!("{task}{}: {}", floor.name, gathered::height(shown.metric, mean)));
            }
        }
    }
    texts
}

/// What the figure shows, in words.
pub(super) fn description(shown: &Shown) -> String {
    let mut text =
        format!("{} of {} series.", gathered::axis_title(shown.metric, &shown.splits, false), shown.lines.len());
    for line in &shown.lines {
        let mut words = Vec::new();
        for (task, dots) in shown.tasks.iter().zip(&line.dots) {
            for (split, dot) in shown.splits.iter().zip(dots) {
                let task = (shown.tasks.len() > 1).then_some(*task);
                let split = (shown.splits.len() > 1).then_some(*split);
                let place = task.into_iter().chain(split).map(|word| format!("{word} ")).collect::<String>();
                words.extend(dot.as_ref().map(|dot| format!("{place}{}", gathered::shown(shown.metric, &dot.summary))));
            }
        }
        text.push_str(&format!(" {}: {}.", line.name, words.join(", ")));
    }
    for floor in floors(shown) {
        text.push_str(&format!(" Floor {floor}."));
    }
    text
}
