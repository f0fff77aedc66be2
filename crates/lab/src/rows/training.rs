//! Trained cells as rows of `scores.csv`.

use std::collections::{BTreeMap, HashSet};

use super::{base_row, failed_row, task_row};
use crate::error::LabError;
use crate::finished::{Finished, Outcome};
use crate::measure::training::Scores;
use crate::model;
use crate::plan::{Cell, Planned};
use report::counted::ANSWERS;
use report::scores::Row;

/// The rows of an experiment: for each task setting its floors, then every cell in the order of the plan.
///
/// # Errors
/// When a task of the plan cannot be built.
pub(super) fn scores(
    experiment: &str,
    planned: &[Planned],
    finished: &[Option<Finished>],
    is_training: &dyn Fn(&Planned) -> bool,
) -> Result<Vec<Row>, LabError> {
    let mut rows = Vec::new();
    let (mut floor, mut several) = (0.0, false);
    let mut last: Option<&Cell> = None;
    let mut reaches = HashSet::new();
    for (plan, finished) in planned.iter().zip(finished).filter(|(plan, _)| is_training(plan)) {
        let cell = &plan.cell;
        if last.is_none_or(|last| last.called != cell.called || last.settings != cell.settings) {
            let floors;
            (floors, floor, several) = floor_rows(experiment, cell)?;
            rows.extend(floors);
        }
        last = Some(cell);
        let Some(finished) = finished else { continue };
        let base = base_row(experiment, plan);
        let within = floor_within(plan)?;
        let sees_any = |within: &BTreeMap<usize, f64>| within.keys().any(|lag| plan.reach.contains(*lag as isize));
        if let Some(within) = &within
            && sees_any(within)
            && reaches.insert((cell.called.clone(), cell.settings.to_string(), base.reach.clone()))
        {
            rows.extend(within.iter().map(|(lag, value)| Row {
                label: format!("copier within {}", base.reach),
                reach: base.reach.clone(),
                lag: Some(*lag as u64),
                value: Some(*value),
                metric: "accuracy".into(),
                split: "test".into(),
                ..task_row(experiment, cell)
            }));
        }
        let floor = |lag: usize| within.as_ref().and_then(|w| w.get(&lag)).copied().unwrap_or(floor);
        match &finished.outcome {
            Err(error) => rows.push(failed_row(base, "accuracy", error)),
            Ok(Outcome::Accuracy(scores)) => rows.extend(cell_rows(&base, scores, several, &floor)),
            Ok(_) => unreachable!("a training gives scores"),
        }
    }
    Ok(rows)
}

/// `several`: a sequence asks more than one question.
fn cell_rows(base: &Row, scores: &Scores, several: bool, floor: &dyn Fn(usize) -> f64) -> Vec<Row> {
    let metric = |name: &str, split: &str, value: f64| Row {
        metric: name.into(),
        split: split.into(),
        value: Some(value),
        ..base.clone()
    };
    let by_lag = scores.accuracy.iter().map(|(lag, accuracy)| Row {
        lag: Some(*lag as u64),
        floor: Some(floor(*lag)),
        ..metric("accuracy", "test", *accuracy)
    });
    let mut rows: Vec<Row> = by_lag.collect();
    // Some lags may be asked for more often than others, and then a mean over lags is not the share of right answers.
    if several {
        let over_questions = |of: &dyn Fn(usize) -> f64| {
            let sum: f64 = scores.asked.iter().map(|(lag, asked)| of(*lag) * *asked as f64).sum();
            Some(sum / scores.asked.values().sum::<usize>() as f64)
        };
        let (value, floor) = (over_questions(&|lag| scores.accuracy[&lag]), over_questions(floor));
        rows.push(Row { value, floor, ..metric(MICRO, "test", 0.0) });
    }
    rows.push(metric("loss", "test", scores.loss));
    rows.extend(scores.exact.map(|exact| metric("exact", "test", exact)));
    rows.push(metric("accuracy", "validation", scores.validation_accuracy));
    rows.push(metric("loss", "validation", scores.validation_loss));
    rows.push(metric("loss", "train", scores.train_loss));
    rows.push(metric("learning_rate", "", scores.learning_rate));
    rows.push(metric("steps", "", scores.steps as f64));
    rows.push(metric("solved", "validation", f64::from(u8::from(scores.steps_to_solve.is_some()))));
    rows.extend(scores.steps_to_solve.map(|steps| metric("steps_to_solve", "validation", steps as f64)));
    rows
}

/// Accuracy over all questions, each of the same weight: the micro average.
const MICRO: &str = "micro_accuracy";

/// The floor of a layer that sees only some of the lags.
fn floor_within(plan: &Planned) -> Result<Option<BTreeMap<usize, f64>>, LabError> {
    let task = model::task_of(&plan.cell)?;
    let sees = |lag: usize| plan.reach.contains(lag as isize);
    // A layer that sees all of the lags is held to the floors of the task.
    Ok(if task.lags().into_iter().all(sees) { None } else { task.floor_within(&sees) })
}

/// The floors of a task and the number of answers where a sequence asks for several at once; the floor to beat; and whether a
/// sequence asks more than one question.
fn floor_rows(experiment: &str, cell: &Cell) -> Result<(Vec<Row>, f64, bool), LabError> {
    let task = model::task_of(cell)?;
    let base = Row { metric: "accuracy".into(), split: "test".into(), ..task_row(experiment, cell) };
    let floors = task.floors(0);
    let best = floors.first().map_or(0.0, |f| f.accuracy);
    const SEQUENCES: usize = 200;
    let (mut right, mut asked, mut at_several_lags) = (0, 0, false);
    for sequence in (0..SEQUENCES as u64).map(|i| task.sequence(0, tasks::Split::Test, i)) {
        let answers = task.oracle(&sequence);
        right += sequence.targets.iter().zip(&answers).filter(|(t, a)| t.answer == **a).count();
        asked += answers.len();
        at_several_lags |= sequence.targets.iter().any(|target| target.lag != sequence.targets[0].lag);
    }
    let answers = at_several_lags.then(|| Row {
        label: "answers of a sequence".into(),
        metric: ANSWERS.into(),
        split: String::new(),
        value: Some(asked as f64 / SEQUENCES as f64),
        ..base.clone()
    });
    let losses = task.loss_floors();
    // Where nobody knows the rule there is no oracle, and so no answer of one.
    let oracle = (asked > 0).then(|| (String::from("oracle"), right as f64 / asked as f64));
    let named = floors.into_iter().map(|f| (f.name.to_owned(), f.accuracy)).chain(oracle);
    let accuracies: Vec<_> = named.map(|(label, value)| Row { label, value: Some(value), ..base.clone() }).collect();
    let several = asked > SEQUENCES;
    let micro: Vec<_> = accuracies.iter().filter(|_| several).cloned().collect();
    let micro = micro.into_iter().map(|row| Row { metric: MICRO.into(), ..row });
    let losses = losses.into_iter().map(|(label, value)| Row {
        label: label.to_owned(),
        metric: "loss".into(),
        value: Some(value),
        ..base.clone()
    });
    Ok((accuracies.into_iter().chain(micro).chain(losses).chain(answers).collect(), best, several))
}
