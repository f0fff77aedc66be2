//! Rows of scores gathered by metric, split and size, for figures that know nothing of the task.

use super::Spec;
use crate::Data;
use crate::counted::Counted;
use crate::scores::Row;
use crate::series::distinct;
use crate::stats::Summary;

/// Longest piece of an error's text that a figure repeats.
const REASON: usize = 60;

/// Whether a number is a share of something, from 0 to 1: it is shown in per cent, and its interval ends there.
pub(super) fn is_share(metric: &str) -> bool {
    const SHARES: [&str; 16] = [
        "accuracy",
        "exact",
        "micro_accuracy",
        "exact_greedy",
        "exact_beam",
        "weight",
        "target_weight",
        "target_first",
        "context_share",
        "context_share_in_plane",
        "weight_on_asked",
        "weight_of_best_head",
        "weight_of_any_head",
        "wiring",
        "question_wiring",
        "largest_weight",
    ];
    SHARES.contains(&metric)
}

/// The metric that is drawn.
pub(super) fn metric(spec: &Spec) -> &str {
    if spec.metric.is_empty() { "accuracy" } else { &spec.metric }
}

/// The tasks of a list with commas between; those of `all` if none is named.
pub(super) fn tasks<'a>(spec: &'a Spec, all: Vec<&'a str>) -> Vec<&'a str> {
    let named: Vec<_> = spec.task.split(',').map(str::trim).filter(|task| !task.is_empty()).collect();
    if named.is_empty() { all } else { named }
}

/// The splits that are drawn: those asked for; else `usual` where there is such a split, else all.
pub(super) fn splits<'a>(spec: &'a Spec, usual: &str, found: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    let found = distinct(found);
    if !spec.splits.is_empty() {
        return spec.splits.iter().map(String::as_str).filter(|split| found.contains(split)).collect();
    }
    match found.iter().find(|split| **split == usual) {
        Some(usual) => vec![*usual],
        None => found,
    }
}

/// What a row has of a column or an option: `n`, `k`, `lag`, `depth`, `width`, or a key of `options`.
pub(super) fn text(row: &Row, key: &str) -> Option<String> {
    let whole = |value: Option<u64>| value.map(|value| value.to_string());
    match key {
        "n" => whole(row.n),
        "k" => whole(row.k),
        "lag" => whole(row.lag),
        "depth" => whole(row.depth),
        "width" => whole(row.width),
        _ => options(&row.options).into_iter().find(|(name, _)| *name == key).map(|(_, value)| value.to_owned()),
    }
}

/// As [`text`], where it is a number.
pub(super) fn size(row: &Row, key: &str) -> Option<f64> {
    text(row, key)?.parse().ok().filter(|value: &f64| value.is_finite())
}

/// Names and values of one line of TOML without its braces. Options of several blocks, each in brackets, have no one
/// value, and give none.
fn options(line: &str) -> Vec<(&str, &str)> {
    let (mut depth, mut quoted, mut start) = (0, false, 0);
    let mut pieces = Vec::new();
    for (at, letter) in line.char_indices() {
        match letter {
            '"' => quoted = !quoted,
            '[' | '{' if !quoted => depth += 1,
            ']' | '}' if !quoted => depth -= 1,
            ',' if !quoted && depth == 0 => {
                pieces.push(&line[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    pieces.push(&line[start..]);
    let pairs = pieces.into_iter().filter(|piece| !piece.trim_start().starts_with('['));
    pairs.filter_map(|piece| piece.split_once('=')).map(|(name, value)| (name.trim(), value.trim())).collect()
}

/// Whether rows that share their `x` (all of them, without one) differ in `key`: they must not be averaged.
pub(super) fn differ(rows: &[&Row], key: &str, x: Option<&str>) -> bool {
    if Some(key) == x {
        return false;
    }
    let pairs = distinct(rows.iter().map(|row| (x.map(|x| text(row, x)), text(row, key))));
    pairs.iter().enumerate().any(|(index, (x, _))| pairs[..index].iter().any(|(other, _)| other == x))
}

/// The rows of a label, those of different size or options apart: each with its name, `conv, depth = 2`.
pub(super) fn variants<'a>(rows: &[&'a Row], label: &str, x: Option<&str>) -> Vec<(String, Vec<&'a Row>)> {
    let here: Vec<_> = rows.iter().copied().filter(|row| row.label == label).collect();
    let texts = distinct(here.iter().map(|row| row.options.as_str()));
    let of_options = texts.iter().flat_map(|text| options(text)).map(|(name, _)| name);
    let keys = distinct(["n", "k", "depth", "width"].into_iter().chain(of_options));
    let keys: Vec<_> = keys.into_iter().filter(|key| differ(&here, key, x)).collect();
    let name = |row: &Row| {
        let parts = keys.iter().filter_map(|key| Some(format!(", {key} = {}", text(row, key)?.trim_matches('"'))));
        label.to_owned() + &parts.collect::<String>()
    };
    let names = distinct(here.iter().map(|row| name(row)));
    names
        .into_iter()
        .map(|wanted| (wanted.clone(), here.iter().copied().filter(|row| name(row) == wanted).collect()))
        .collect()
}

/// Whether a row says of a try to solve a task whether it did, where `metric` is the steps that took.
pub(super) fn is_try(metric: &str, row: &Row) -> bool {
    metric == "steps_to_solve" && row.metric == "solved" && row.value.is_some()
}

/// ` (3 of 5 solved)`, where not all tries of these rows' series did; `metric` is the steps that it took.
pub(super) fn solved(data: &Data, metric: &str, tasks: &[&str], rows: &[&Row]) -> String {
    let same = |row: &&Row| {
        let like = |own: &&Row| {
            (&own.label, &own.options, own.depth, own.width) == (&row.label, &row.options, row.depth, row.width)
        };
        is_try(metric, row) && tasks.contains(&row.task.as_str()) && rows.iter().any(like)
    };
    let tries: Vec<f64> = data.scores.iter().filter(same).filter_map(|row| row.value).collect();
    let solved = tries.iter().filter(|value| **value > 0.5).count();
    if solved == tries.len() { String::new() } else { format!(" ({solved} of {} solved)", tries.len()) }
}

/// One number for each seed: the mean over its rows, which differ in lag alone; [`averaged`] says so in words.
pub(super) fn seeds(rows: &[&Row]) -> Vec<f64> {
    let seeds = distinct(rows.iter().filter(|row| row.value.is_some()).map(|row| row.seed));
    let mean = |seed| mean(rows.iter().filter(|row| row.seed == seed).filter_map(|row| row.value));
    seeds.into_iter().filter_map(mean).collect()
}

/// What the mean of a seed is over: `each seed: mean over lags`; nothing where it has one number. `all` are the rows of the
/// file, `here` those that are drawn.
pub(super) fn averaged(all: &[Row], here: &[&Row], metric: &str) -> Option<String> {
    let several = |task: &&str| {
        let of_task = here.iter().filter(|row| row.task == *task);
        distinct(of_task.map(|row| row.lag)).len() > 1
    };
    let tasks: Vec<_> = distinct(here.iter().map(|row| row.task.as_str())).into_iter().filter(several).collect();
    let is_of_answers = |task: &str| Counted::of(all, task, metric) == Counted::Answers;
    let (answers, lags): (Vec<&str>, Vec<&str>) = tasks.iter().partition(|task| is_of_answers(task));
    match (answers.is_empty(), lags.is_empty()) {
        (true, true) => None,
        (true, false) => Some("each seed: mean over lags".to_owned()),
        (false, true) => Some("each seed: mean over answers".to_owned()),
        (false, false) => Some(format!("each seed: mean over lags, of {} over answers", answers.join(", "))),
    }
}

/// Mean and interval; that of an accuracy stays between 0 and 1.
pub(super) fn summary(metric: &str, values: &[f64]) -> Option<Summary> {
    if is_share(metric) { Summary::of_accuracies(values) } else { Summary::of(values) }
}

pub(super) fn mean(values: impl Iterator<Item = f64>) -> Option<f64> {
    Some(Summary::of(&values.collect::<Vec<_>>())?.mean)
}

/// A floor: its names, and its height by x; without an x where it is the same everywhere.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Floor {
    pub(super) name: String,
    pub(super) points: Vec<(Option<f64>, f64)>,
}

impl Floor {
    /// Its one height; none where it has several.
    pub(super) fn height(&self) -> Option<f64> {
        let heights = distinct(self.points.iter().map(|(_, height)| *height));
        if let [height] = heights[..] { Some(height) } else { None }
    }

    fn coincides(&self, other: &Self, metric: &str) -> bool {
        let near = |a: f64, b: f64| {
            let least = if is_share(metric) { 0.015 } else { 0.01 * a.abs().max(b.abs()) };
            (a - b).abs() < least || a == b
        };
        let pairs = || self.points.iter().zip(&other.points);
        self.points.len() == other.points.len() && pairs().all(|(a, b)| a.0 == b.0 && near(a.1, b.1))
    }
}

/// The floors among `rows`; if they are `joined`, those of the same height are one with all their names. Heights are means
/// over lags where `x` is not the lag.
pub(super) fn floors(rows: &[&Row], metric: &str, x: Option<&str>, joined: bool) -> Vec<Floor> {
    let rows: Vec<_> = rows.iter().filter(|row| row.is_floor() && row.value.is_some()).collect();
    let mut merged: Vec<Floor> = Vec::new();
    for label in distinct(rows.iter().map(|row| row.label.as_str())) {
        let here = || rows.iter().filter(|row| row.label == label);
        let place = |row: &Row| x.and_then(|x| size(row, x));
        let mut places = distinct(here().map(|row| place(row)));
        places.sort_by(|a, b| a.partial_cmp(b).unwrap_or(std::cmp::Ordering::Equal));
        let height = |at: Option<f64>| mean(here().filter(|row| place(row) == at).filter_map(|row| row.value));
        let points = places.into_iter().filter_map(|at| Some((at, height(at)?))).collect();
        let floor = Floor { name: label.to_owned(), points };
        match merged.iter_mut().find(|other| joined && other.coincides(&floor, metric)) {
            Some(other) => other.name = format!("{} = {label}", other.name),
            None => merged.push(floor),
        }
    }
    merged
}

/// The sentence that names cells which failed, and labels asked for that have no rows. Empty if all is there.
pub(super) fn missing(wanted: &[String], failed: &[&Row], drawn: &[&str], at: impl Fn(&Row) -> String) -> String {
    let asked = |label: &str| wanted.is_empty() || wanted.iter().any(|other| other == label);
    let mut parts = Vec::new();
    for (label, at_place) in distinct(failed.iter().map(|row| (row.label.as_str(), at(row)))) {
        let cells: Vec<_> = failed.iter().filter(|row| row.label == label && at(row) == at_place).collect();
        if asked(label) {
            let count = distinct(cells.iter().map(|row| (row.seed, row.n, row.k, row.lag, row.depth))).len();
            let reason: String = cells[0].error.chars().take(REASON).collect();
            let more = if cells[0].error.chars().count() > REASON { "…" } else { "" };
            parts.push(format!("{label}{at_place} ({count} failed: {reason}{more})"));
        }
    }
    let absent = wanted.iter().filter(|label| !drawn.contains(&label.as_str()));
    let absent = absent.filter(|label| failed.iter().all(|row| row.label != **label));
    parts.extend(absent.map(|label| format!("{label} (no rows)")));
    if parts.is_empty() { String::new() } else { format!("missing: {}", parts.join("; ")) }
}

/// `0.88 ± 0.02`; what is not an accuracy has three digits.
pub(super) fn shown(metric: &str, summary: &Summary) -> String {
    match summary.half {
        Some(half) => format!("{} ± {}", digits(metric, summary.mean), digits(metric, half)),
        None => digits(metric, summary.mean),
    }
}

pub(super) fn digits(metric: &str, value: f64) -> String {
    match value.abs() {
        _ if metric == "accuracy" => format!("{value:.2}"),
        1e-3..1e6 | 0.0 => super::timing::three_digits(value),
        _ => format!("{value:.2e}"),
    }
}

/// The height of a floor in words: `25 %`.
pub(super) fn height(metric: &str, value: f64) -> String {
    if is_share(metric) { format!("{}\u{a0}%", (1000.0 * value).round() / 10.0) } else { digits(metric, value) }
}

/// `test accuracy (%)`; a split that is no part of the data is said elsewhere.
pub(super) fn axis_title(metric: &str, splits: &[&str], log: bool) -> String {
    let split = match splits {
        _ if metric == "steps_to_solve" => String::new(),
        [split @ ("train" | "validation" | "test" | "untrained" | "trained")] => format!("{split} "),
        _ => String::new(),
    };
    let unit = match metric {
        metric if is_share(metric) => " (%)",
        _ if log => " (logarithmic)",
        _ => "",
    };
    format!("{split}{}{unit}", metric.replace('_', " ")).trim_start().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(label: &str, options: &str, n: u64, seed: u64, value: f64) -> Row {
        let (label, options) = (label.to_owned(), options.to_owned());
        let layer = "attention".to_owned();
        Row { layer, label, options, n: Some(n), seed: Some(seed), value: Some(value), ..Row::default() }
    }

    #[test]
    fn options_are_read_and_text_with_commas_does_no_harm() {
        let row = row("a", "base = 64.0, mask = \"a, heads = 9\", dilations = [1, 2], heads = 4", 8, 0, 0.0);
        assert_eq!((size(&row, "heads"), size(&row, "base"), size(&row, "n")), (Some(4.0), Some(64.0), Some(8.0)));
        assert_eq!((size(&row, "mask"), text(&row, "dilations").as_deref()), (None, Some("[1, 2]")));
        let blocks = Row { options: "[dilations = [1], kernel = 3] [dilations = [2], kernel = 3]".into(), ..row };
        assert_eq!(text(&blocks, "kernel"), None);
    }

    #[test]
    fn rows_of_other_options_are_another_line_unless_they_stand_across() {
        let rows = [row("a", "heads = 1", 8, 0, 0.0), row("a", "heads = 2", 8, 0, 1.0), row("b", "", 8, 0, 0.0)];
        let rows: Vec<_> = rows.iter().collect();
        let names = |x| variants(&rows, "a", x).into_iter().map(|(name, _)| name).collect::<Vec<_>>();
        assert_eq!(names(Some("heads")), ["a"]);
        assert_eq!(names(Some("n")), ["a, heads = 1", "a, heads = 2"]);
        assert_eq!(variants(&rows, "b", None).len(), 1);
    }

    #[test]
    fn lags_are_averaged_within_a_seed_first() {
        let rows = [row("a", "", 8, 0, 0.0), row("a", "", 8, 0, 1.0), row("a", "", 8, 1, 1.0)];
        assert_eq!(seeds(&rows.iter().collect::<Vec<_>>()), [0.5, 1.0]);
    }

    #[test]
    fn a_mean_says_what_it_is_over() {
        let at = |task: &str, lag| {
            let (task, metric) = (task.to_owned(), "accuracy".to_owned());
            Row { task, metric, lag: Some(lag), ..row("a", "", 8, 0, 1.0) }
        };
        let says = Row { layer: String::new(), metric: crate::counted::ANSWERS.into(), ..at("sort", 0) };
        let rows = [at("sort", 1), at("sort", 2), at("copy", 1), at("copy", 7), at("bit", 1), says];
        let words = |tasks: &[&str]| {
            let here: Vec<_> = rows[..5].iter().filter(|row| tasks.contains(&row.task.as_str())).collect();
            averaged(&rows, &here, "accuracy")
        };
        assert_eq!(words(&["bit"]), None);
        assert_eq!(words(&["copy", "bit"]).as_deref(), Some("each seed: mean over lags"));
        assert_eq!(words(&["sort", "bit"]).as_deref(), Some("each seed: mean over answers"));
        let both = "each seed: mean over lags, of sort over answers";
        assert_eq!(words(&["copy", "sort"]).as_deref(), Some(both));
    }

    #[test]
    fn floors_of_one_height_are_one_and_failures_are_counted() {
        let floor = |label: &str, value| Row { layer: String::new(), ..row(label, "", 8, 0, value) };
        let rows = [floor("1/K", 0.25), floor("oracle", 0.256), floor("1/V", 0.03)];
        let floors = floors(&rows.iter().collect::<Vec<_>>(), "accuracy", None, true);
        let names: Vec<_> = floors.iter().map(|floor| (floor.name.as_str(), floor.height())).collect();
        assert_eq!(names, [("1/K = oracle", Some(0.25)), ("1/V", Some(0.03))]);
        let failed = [Row { error: "refused".into(), ..row("a", "", 8, 0, 0.0) }];
        let failed: Vec<_> = failed.iter().collect();
        let text = missing(&["a".into(), "z".into()], &failed, &[], |row| format!(" at n = {}", row.n.unwrap_or(0)));
        assert_eq!(text, "missing: a at n = 8 (1 failed: refused); z (no rows)");
    }
}
