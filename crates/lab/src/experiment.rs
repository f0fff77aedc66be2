//! Experiment files: read, merged with a profile and overrides, checked.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use miette::NamedSource;
use report::Spec;
use report::claims::Claim;
use serde::{Deserialize, Serialize};
use toml::{Table, Value};
use train::Training;

use crate::error::{LabError, nearest, suggestion, suggestion_from};
use crate::fault::Fault;
use crate::{asked, overrides};

/// An experiment with everything filled in.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Experiment {
    /// What it asks.
    pub question: String,
    /// Number of seeds; they are 0, 1, ….
    pub seeds: u64,
    /// The shell around the layers.
    pub model: ModelSettings,
    /// Budget of one training; a task may override parts of it.
    pub training: Training,
    /// The tasks; a list as value of a setting is an axis of the grid.
    pub tasks: Vec<Table>,
    /// The series of every figure and table.
    pub layers: Vec<LayerRow>,
    /// What is drawn.
    #[serde(default)]
    pub figures: Vec<Spec>,
    /// What is claimed, written before the run.
    #[serde(default)]
    pub claims: Vec<Claim>,
}

/// The shell, equal for every layer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ModelSettings {
    /// Features at a step.
    pub width: usize,
    /// Mixers in a row.
    pub depth: usize,
    /// Whether each mixer is followed by a per-step MLP.
    pub mlp: bool,
    /// Position vectors added to every layer's input alike.
    pub positions: Positions,
}

/// Position vectors that the shell adds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Positions {
    /// None.
    None,
    /// Sinusoids of Vaswani et al. 2017, base 10,000.
    Sinusoidal,
}

/// One series.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LayerRow {
    /// Its name in figures and tables.
    pub label: String,
    /// Its row in the layer table.
    pub layer: String,
    /// Options of the layer.
    #[serde(default)]
    pub options: Table,
    /// Mixers in a row, if not `model.depth`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub depth: Option<usize>,
    /// Options of each mixer in a row, laid over `options`; there are as many mixers as entries.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub blocks: Vec<Table>,
}

/// How much is run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Profile {
    /// Seconds: does it run at all.
    Smoke,
    /// Minutes: the committed figures.
    #[default]
    Quick,
    /// Up to hours: more lengths and seeds.
    Full,
}

impl Profile {
    /// Its key in `[profiles]`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Smoke => "smoke",
            Self::Quick => "quick",
            Self::Full => "full",
        }
    }
}

/// Names of all experiment files under `root`, sorted.
pub fn names(root: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(root.join("experiments")).into_iter().flatten().flatten();
    let mut names: Vec<String> = entries
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|e| e == "toml"))
        .filter_map(|path| Some(path.file_stem()?.to_str()?.to_owned()))
        .collect();
    names.sort();
    names
}

/// The file of an experiment: a name, or a path that ends in `.toml`.
///
/// # Errors
/// When there is none; names the nearest.
pub fn find(root: &Path, name: &str) -> Result<(String, PathBuf), LabError> {
    let given = Path::new(name);
    if given.extension().is_some_and(|e| e == "toml") {
        let stem = given.file_stem().and_then(|s| s.to_str()).unwrap_or("experiment").to_owned();
        return Ok((stem, given.to_owned()));
    }
    let known = names(root);
    if known.iter().any(|k| k == name) {
        return Ok((name.to_owned(), root.join("experiments").join(format!("{name}.toml"))));
    }
    Err(LabError::usage(format!("there is no experiment `{name}`"), suggestion(name, known.iter().map(String::as_str))))
}

/// Reads, merges the profile, applies overrides, checks.
///
/// # Errors
/// When the file cannot be read (with line and caret), or the settings make no experiment.
pub fn load(path: &Path, profile: Profile, edits: &[String]) -> Result<Experiment, LabError> {
    let text = std::fs::read_to_string(path).map_err(|e| LabError::file("cannot read", path, e).refused())?;
    let mut settings: Table = parse(&text, path)?;
    merge_profile(&mut settings, profile, &text, path)?;
    // Whatever is wrong in the file itself is shown there; what an override breaks is not in the file.
    let in_file = read(settings.clone());
    for edit in edits {
        overrides::apply(&mut settings, edit)?;
    }
    let mut experiment = match (read(settings), &in_file) {
        (Ok(experiment), _) => experiment,
        (Err(_), Err(fault)) => return Err(located(fault, profile, &text, path)),
        (Err(fault), Ok(_)) => {
            return Err(LabError::Usage { help: suggestion_from(&fault.message), message: fault.to_string() });
        }
    };
    check(&experiment)?;
    // Claims and figures speak of the file's own layers, whatever an override makes of these.
    asked::check(in_file.as_ref().unwrap_or(&experiment))?;
    // Settings are of one profile; shown and run again, they claim no more than it does.
    experiment.claims.retain(|claim| claim.profiles.iter().any(|name| name == profile.name()));
    Ok(experiment)
}

fn parse(text: &str, path: &Path) -> Result<Table, LabError> {
    text.parse().map_err(|error: toml::de::Error| LabError::Settings {
        message: format!("this is not TOML: {}", error.message()),
        source_code: Arc::new(NamedSource::new(path.display().to_string(), text.to_owned())),
        at: error.span().map(Into::into),
        help: None,
    })
}

fn read(settings: Table) -> Result<Experiment, Fault> {
    settings.try_into().map_err(|e: toml::de::Error| Fault::from(&e))
}

/// A fault in the settings, shown where it stands in the file.
fn located(fault: &Fault, profile: Profile, text: &str, path: &Path) -> LabError {
    let at = fault.place(text, profile.name());
    // What is not there has no place; the file is named in the message instead.
    let message = if at.is_some() { fault.to_string() } else { format!("{}: {fault}", path.display()) };
    LabError::Settings {
        message,
        source_code: Arc::new(NamedSource::new(path.display().to_string(), text.to_owned())),
        at: at.map(Into::into),
        help: suggestion_from(&fault.message),
    }
}

fn merge_profile(settings: &mut Table, profile: Profile, text: &str, path: &Path) -> Result<(), LabError> {
    let Some(profiles) = settings.remove("profiles") else {
        return match profile {
            Profile::Quick => Ok(()),
            other => Err(LabError::usage(
                format!("{} has no profiles, so no `{}`", path.display(), other.name()),
                format!("leave out --{}", other.name()),
            )),
        };
    };
    let Value::Table(mut profiles) = profiles else {
        let fault =
            Fault { message: "this is a table of smoke, quick and full".to_owned(), keys: vec!["profiles".to_owned()] };
        return Err(located(&fault, profile, text, path));
    };
    const KNOWN: [&str; 3] = ["smoke", "quick", "full"];
    if let Some(other) = profiles.keys().find(|k| !KNOWN.contains(&k.as_str())) {
        let near = nearest(other, KNOWN).map(|n| format!(", did you mean `{n}`?")).unwrap_or_default();
        let keys = vec!["profiles".to_owned(), other.clone()];
        return Err(located(&Fault { message: format!("unknown profile `{other}`{near}"), keys }, profile, text, path));
    }
    match profiles.remove(profile.name()) {
        Some(Value::Table(over)) => {
            merge(settings, over);
            Ok(())
        }
        _ => Err(LabError::usage(
            format!("{} has no profile `{}`", path.display(), profile.name()),
            format!("it has: {}", profiles.keys().cloned().collect::<Vec<_>>().join(", ")),
        )),
    }
}

/// Lays `over` on `base`, table into table.
pub fn merge(base: &mut Table, over: Table) {
    for (key, value) in over {
        match (base.get_mut(&key), value) {
            (Some(Value::Table(base)), Value::Table(over)) => merge(base, over),
            (_, value) => {
                base.insert(key, value);
            }
        }
    }
}

/// Keys of a task row that are not settings of the task.
pub const TASK_KEYS: [&str; 3] = ["name", "training", "layers"];

/// The labels that a task row is restricted to, if it is.
pub fn labels_of(task: &Table) -> Option<Vec<&str>> {
    let labels = task.get("layers")?.as_array()?;
    Some(labels.iter().filter_map(Value::as_str).collect())
}

/// The training settings of one task: the experiment's, with the task's own laid over them.
///
/// # Errors
/// Unknown keys or values outside their range.
pub fn training_of(experiment: &Experiment, task: &Table) -> Result<Training, LabError> {
    let mut base = Table::try_from(&experiment.training).expect("settings are a table");
    if let Some(Value::Table(over)) = task.get("training") {
        merge(&mut base, over.clone());
    }
    let training: Training = base.try_into().map_err(|e: toml::de::Error| LabError::Usage {
        help: suggestion_from(e.message()),
        message: format!("training of a task: {}", Fault::from(&e)),
    })?;
    check_training(&training)?;
    Ok(training)
}

fn check(experiment: &Experiment) -> Result<(), LabError> {
    let model = &experiment.model;
    bounded("seeds", experiment.seeds as usize, 1, 1 << 16)?;
    bounded("model.width", model.width, 1, 1 << 14)?;
    bounded("model.depth", model.depth, 1, 1 << 10)?;
    if experiment.layers.is_empty() || experiment.tasks.is_empty() {
        return Err(LabError::usage(
            "an experiment needs at least one of `layers` and of `tasks`",
            "add a [[layers]] row",
        ));
    }
    for (i, row) in experiment.layers.iter().enumerate() {
        bounded("depth", row.depth.unwrap_or(1), 1, 1 << 10)?;
        if row.depth.is_some() && !row.blocks.is_empty() {
            let message = format!("layer `{}` has both `depth` and `blocks`", row.label);
            return Err(LabError::usage(message, "keep `blocks`; it gives as many mixers as it has entries"));
        }
        if row.label.trim().is_empty() || row.label.chars().any(char::is_control) {
            let message = format!("a layer row of `{}` is labelled {:?}", row.layer, row.label);
            return Err(LabError::usage(message, "a label is a line of text; it names the series in figures"));
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
    experiment
        .claims
        .iter()
        .try_for_each(|claim| claim.check())
        .map_err(|message| LabError::usage(message, "mend [[claims]]"))?;
    check_training(&experiment.training)
}

fn check_training(training: &Training) -> Result<(), LabError> {
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
