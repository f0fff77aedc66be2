//! Figures, claims and published numbers of an experiment, held against what there is before anything runs: a claim about a series that
//! does not exist would otherwise never be judged, and a figure of a task that does not exist never be drawn.

use report::{KINDS, Spec};

use crate::error::{LabError, suggestion};
use crate::experiment::Experiment;
use crate::measure::Measure;

/// Refuses figures, claims and published numbers that speak of something unknown.
///
/// # Errors
/// Names the figure or claim, the unknown name, and the nearest known one.
pub fn check(experiment: &Experiment) -> Result<(), LabError> {
    for (index, figure) in experiment.figures.iter().enumerate() {
        check_figure(experiment, figure)?;
        distinct("figures", &figure.id, experiment.figures[..index].iter().map(|f| f.id.as_str()))?;
    }
    for published in &experiment.published {
        let what = format!("published `{}`", published.what);
        experiment.knows(&what, &published.task)?;
        known(&what, "metric", &published.metric, experiment.measure.metrics().iter().copied())?;
        if let Some(label) = &published.layer {
            known(&what, "layer labelled", label, experiment.layers.iter().map(|row| row.label.as_str()))?;
        }
    }
    for (index, claim) in experiment.claims.iter().enumerate() {
        let what = format!("claim `{}`", claim.id);
        distinct("claims", &claim.id, experiment.claims[..index].iter().map(|c| c.id.as_str()))?;
        experiment.knows(&what, &claim.task)?;
        let labels: Vec<&str> = experiment.layers.iter().map(|row| row.label.as_str()).collect();
        if claim.layers.is_empty() {
            return Err(LabError::usage(format!("{what} is about no layers"), "give `layers` the labels it is about"));
        }
        known(&what, "metric", &claim.metric, experiment.measure.metrics().iter().copied())?;
        for label in &claim.layers {
            // Crossings have a label of their own, made of two.
            let pair = label.split_once(" against ").filter(|_| experiment.measure == Measure::Throughput);
            let parts = pair.map_or(vec![label.as_str()], |(one, other)| vec![one, other]);
            for part in parts {
                known(&what, "layer labelled", part, labels.iter().copied())?;
            }
        }
        for profile in &claim.profiles {
            known(&what, "profile", profile, ["smoke", "quick", "full"])?;
        }
    }
    Ok(())
}

fn check_figure(experiment: &Experiment, figure: &Spec) -> Result<(), LabError> {
    let what = format!("figure `{}`", figure.id);
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    if figure.id.is_empty() || !figure.id.chars().all(plain) {
        let help = "an id is a file name without an end: letters, digits, `-` and `_`";
        return Err(LabError::usage(format!("{what}: this id cannot be a file name"), help));
    }
    known(&what, "kind of figure", &figure.kind, KINDS)?;
    if !figure.task.is_empty() || experiment.measure == Measure::Accuracy {
        // Some figures draw several tasks.
        figure.task.split(',').try_for_each(|task| experiment.knows(&what, task.trim()))?;
    }
    let labels: Vec<&str> = experiment.layers.iter().map(|row| row.label.as_str()).collect();
    for label in &figure.layers {
        known(&what, "layer labelled", label, labels.iter().copied())?;
    }
    known(&what, "pass", &figure.pass, ["", "forward", "both"])?;
    if !figure.metric.is_empty() {
        known(&what, "metric", &figure.metric, experiment.measure.metrics().iter().copied())?;
    }
    if !figure.x.is_empty() {
        let options = experiment.layers.iter().filter_map(|row| zoo::find(&row.layer)).flat_map(|layer| layer.options);
        let sizes = ["n", "k", "lag", "depth", "width"].into_iter();
        known(&what, "size", &figure.x, sizes.chain(options.map(|option| option.name)))?;
    }
    for axis in &figure.log {
        known(&what, "axis", axis, ["x", "y"])?;
    }
    if !experiment.measure.kinds().contains(&figure.kind.as_str()) {
        let message = format!("{what}: `{}` is not drawn where {} is measured", figure.kind, experiment.measure);
        return Err(LabError::usage(message, format!("there are: {}", experiment.measure.kinds().join(", "))));
    }
    for layer in figure.panels.iter().flat_map(|panel| &panel.layers) {
        known(&what, "layer", layer, zoo::LAYERS.iter().map(|l| l.name).chain(labels.iter().copied()))?;
    }
    Ok(())
}

fn distinct<'a>(list: &str, id: &str, mut before: impl Iterator<Item = &'a str>) -> Result<(), LabError> {
    if before.any(|other| other == id) {
        return Err(LabError::usage(format!("two {list} have the id `{id}`"), "give each an id of its own"));
    }
    Ok(())
}

fn known<'a>(
    what: &str,
    kind: &str,
    name: &str,
    all: impl IntoIterator<Item = &'a str> + Clone,
) -> Result<(), LabError> {
    if all.clone().into_iter().any(|known| known == name) {
        return Ok(());
    }
    Err(LabError::usage(format!("{what}: there is no {kind} `{name}`"), suggestion(name, all)))
}
