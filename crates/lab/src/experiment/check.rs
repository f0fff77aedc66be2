//! What no experiment may be: refused before anything runs.

use toml::Value;
use train::Training;

use super::{Experiment, labels_of};
use crate::error::{LabError, suggestion};
use crate::measure::Measure;

/// Letters of a name, and of a label; figures would have no room for more.
pub(super) const LONGEST_NAME: usize = 200;

pub(super) fn check(experiment: &Experiment) -> Result<(), LabError> {
    bounded("seeds", experiment.seeds as usize, 1, 1 << 16)?;
    if let Some(model) = &experiment.model {
        bounded("model.width", model.width, 1, 1 << 14)?;
        bounded("model.depth", model.depth, 1, 1 << 10)?;
    }
    needs(experiment)?;
    if experiment.layers.is_empty() || experiment.tasks.is_empty() {
        return Err(LabError::usage(
            "an experiment needs at least one of `layers` and of `tasks`",
            "add a [[layers]] row",
        ));
    }
    for (i, row) in experiment.layers.iter().enumerate() {
        bounded("depth", row.depth.unwrap_or(1), 1, 1 << 10)?;
        bounded("width", row.width.unwrap_or(1), 1, 1 << 14)?;
        if row.depth.is_some() && !row.blocks.is_empty() {
            let message = format!("layer `{}` has both `depth` and `blocks`", row.label);
            return Err(LabError::usage(message, "keep `blocks`; it gives as many mixers as it has entries"));
        }
        let is_long = row.label.chars().count() > LONGEST_NAME;
        if row.label.trim().is_empty() || row.label.chars().any(char::is_control) || is_long {
            let shown: String = row.label.chars().take(60).collect();
            let message = format!("a layer row of `{}` is labelled {shown:?}", row.layer);
            let help =
                format!("a label is a line of text, at most {LONGEST_NAME} letters; it names the series in figures");
            return Err(LabError::usage(message, help));
        }
        if experiment.layers[..i].iter().any(|other| other.label == row.label) {
            let message = format!("two layers are labelled `{}`", row.label);
            return Err(LabError::usage(message, "give each series a label of its own"));
        }
    }
    for task in &experiment.tasks {
        let labels = |value: &Value| value.as_array().is_some_and(|list| list.iter().all(Value::is_str));
        if task.get("layers").is_some_and(|value| !labels(value)) {
            return Err(LabError::usage("`layers` of a task is no list of labels", "write layers = [\"LABEL\"]"));
        }
        if task.get("training").is_some_and(|value| !value.is_table()) {
            return Err(LabError::usage("`training` of a task is no table", "write training = { steps = 100 }"));
        }
    }
    for label in experiment.tasks.iter().filter_map(labels_of).flatten() {
        if !experiment.layers.iter().any(|row| row.label == label) {
            let known = experiment.layers.iter().map(|row| row.label.as_str());
            let message = format!("`layers` of a task names `{label}`, and no layer is labelled so");
            return Err(LabError::usage(message, suggestion(label, known)));
        }
    }
    for published in &experiment.published {
        published.check().map_err(|message| LabError::usage(message, "mend [[published]]"))?;
    }
    experiment
        .claims
        .iter()
        .try_for_each(|claim| claim.check())
        .map_err(|message| LabError::usage(message, "mend [[claims]]"))?;
    experiment.training.as_ref().map_or(Ok(()), check_training)
}

/// What each kind of measurement cannot do without, and what it has no use for.
fn needs(experiment: &Experiment) -> Result<(), LabError> {
    let measure = experiment.measure;
    let there = [
        ("model", experiment.model.is_some(), measure != Measure::Throughput),
        ("training", experiment.training.is_some(), measure == Measure::Accuracy),
    ];
    for (key, is_there, wanted) in there {
        if is_there != wanted {
            let (message, help) = if wanted {
                (format!("missing field `{key}`"), format!("an experiment that measures {measure} has a table [{key}]"))
            } else {
                (format!("`{key}` has no place where {measure} is measured"), format!("take [{key}] out"))
            };
            return Err(LabError::usage(message, help));
        }
    }
    for row in &experiment.tasks {
        for key in ["as", "of"] {
            let Some(value) = row.get(key) else { continue };
            // Braces are filled in, and the name checked, when the grid is.
            let filled = |text: &str| key == "as" && is_name(&text.replace(['{', '}'], "-"));
            if !value.as_str().is_some_and(|text| is_name(text) || filled(text)) {
                return Err(LabError::usage(
                    format!("`{key}` of a task is no name: {value}"),
                    "a name has letters, digits, `-`, `_`, and blanks between them, such as \"two digits\"",
                ));
            }
        }
    }
    Ok(())
}

/// Names stand in CSV, in lists with commas between and in names of files.
pub(super) fn is_name(text: &str) -> bool {
    let plain = |c: char| c.is_alphanumeric() || c == '-' || c == '_' || c == ' ';
    (1..=LONGEST_NAME).contains(&text.chars().count()) && text.trim() == text && text.chars().all(plain)
}

pub(super) fn check_training(training: &Training) -> Result<(), LabError> {
    for (name, value) in [
        ("training.steps", training.steps),
        ("training.batch", training.batch),
        ("training.evaluate_every", training.evaluate_every),
        ("training.validation", training.validation),
        ("training.test", training.test),
    ] {
        bounded(name, value, 1, 1 << 24)?;
    }
    if training.learning_rates.is_empty() {
        return Err(LabError::usage("training.learning_rates is empty", "give at least one, such as [3e-3]"));
    }
    for rate in &training.learning_rates {
        if !(rate.is_finite() && *rate > 0.0) {
            let help = "learning rates are finite and above 0, such as 3e-3";
            return Err(LabError::usage(format!("training.learning_rates holds {rate}"), help));
        }
    }
    for (name, value, low, high) in [
        ("training.clip", training.clip, f64::MIN_POSITIVE, f64::MAX),
        ("training.weight_decay", training.weight_decay, 0.0, 1e3),
        ("training.last_rate", training.last_rate, 0.0, 1.0),
        ("training.solved", training.solved, 0.0, 1.0),
    ] {
        if !(low..=high).contains(&value) {
            return Err(LabError::usage(
                format!("{name} = {value} is out of range"),
                format!("choose {low} to {high}"),
            ));
        }
    }
    Ok(())
}

fn bounded(name: &str, value: usize, low: usize, high: usize) -> Result<(), LabError> {
    if (low..=high).contains(&value) {
        return Ok(());
    }
    Err(LabError::usage(format!("{name} = {value} is out of range"), format!("choose {low} to {high}")))
}
