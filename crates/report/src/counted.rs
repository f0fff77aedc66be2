//! What the column `lag` of a task's scores tells apart, and so what a mean over it is a mean of.

use crate::scores::Row;
use crate::series::distinct;

/// Metric of the row without a layer that says of a task how many answers one sequence is asked for, where their lags differ.
pub const ANSWERS: &str = "answers";

/// What is counted by lag.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Counted {
    /// Each sequence asks at one lag: lags are the distances that the task is about.
    Lags,
    /// Each sequence asks for several answers, at a lag each: a mean over lags is one over answers.
    Answers,
    /// There is no lag, or what is asked for always stands at the very step that answers.
    Nothing,
}

impl Counted {
    /// In the rows of one metric of a task.
    pub fn of(rows: &[Row], task: &str, metric: &str) -> Self {
        let of_task = || rows.iter().filter(|row| row.task == task);
        let lags = distinct(of_task().filter(|row| !row.is_floor() && row.metric == metric).filter_map(|row| row.lag));
        if lags.iter().all(|lag| *lag == 0) {
            return Self::Nothing;
        }
        if of_task().any(|row| row.is_floor() && row.metric == ANSWERS) { Self::Answers } else { Self::Lags }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_lag_of_none_is_not_told_and_answers_are_no_lags() {
        let row = |task: &str, lag: u64| {
            let (layer, label) = ("conv".to_owned(), "a".to_owned());
            let (task, metric) = (task.to_owned(), "accuracy".to_owned());
            Row { task, layer, label, metric, lag: Some(lag), value: Some(1.0), ..Row::default() }
        };
        let says = |task: &str| Row { layer: String::new(), lag: None, metric: ANSWERS.into(), ..row(task, 0) };
        let rows = [row("copy", 0), row("copy", 3), row("line", 0), row("sort", 1), row("sort", 2), says("sort")];
        let counted = |task: &str| Counted::of(&rows, task, "accuracy");
        assert_eq!(counted("copy"), Counted::Lags);
        assert_eq!(counted("line"), Counted::Nothing);
        assert_eq!(counted("sort"), Counted::Answers);
        assert_eq!(Counted::of(&rows, "sort", "loss"), Counted::Nothing, "a metric that is not had by lag");
    }
}
