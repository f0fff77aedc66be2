//! Experiment files: read, merged with a profile and overrides, checked.

mod check;
mod model;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use miette::NamedSource;
use report::Spec;
use report::claims::Claim;
use report::published::Published;
use serde::{Deserialize, Serialize};
use toml::{Table, Value};
use train::Training;

use crate::error::{LabError, nearest, suggestion, suggestion_from};
use crate::fault::Fault;
use crate::measure::Measure;
use crate::{asked, overrides};

use check::{check, check_training};
pub use model::{LayerRow, ModelSettings, Positions};

/// An experiment with everything filled in.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Experiment {
    /// What it asks.
    pub question: String,
    /// What is measured.
    #[serde(default, skip_serializing_if = "Measure::is_accuracy")]
    pub measure: Measure,
    /// Number of seeds; they are 0, 1, ….
    pub seeds: u64,
    /// The shell around the layers; its depth is that of rows which give none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<ModelSettings>,
    /// Budget of one training; a task may override parts of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub training: Option<Training>,
    /// Where trained models come from, for probes that want some.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trained: Option<TrainedBy>,
    /// The tasks, probes or works; a list as value of a setting is an axis of the grid.
    pub tasks: Vec<Table>,
    /// The series of every figure and table.
    pub layers: Vec<LayerRow>,
    /// What is drawn.
    #[serde(default)]
    pub figures: Vec<Spec>,
    /// What is claimed, written before the run.
    #[serde(default)]
    pub claims: Vec<Claim>,
    /// Numbers from elsewhere to stand beside ours.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub published: Vec<Published>,
    /// What the tasks of all profiles are called in results.
    #[serde(skip)]
    pub called: Vec<String>,
}

impl Experiment {
    /// Refuses a name that no task has: neither one of this file, nor one of those that there are.
    ///
    /// # Errors
    /// Names the nearest.
    pub fn knows(&self, what: &str, name: &str) -> Result<(), LabError> {
        let mut all = self.measure.tasks();
        all.extend(self.called.iter().map(String::as_str));
        if all.contains(&name) {
            return Ok(());
        }
        Err(LabError::usage(format!("{what}: there is no task `{name}`"), suggestion(name, all)))
    }
}

/// The experiment that trains the models which probes look at. Its layer rows are rows here, too.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrainedBy {
    /// Its name.
    pub experiment: String,
    /// Its task.
    pub task: String,
}

/// How much is run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
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
pub fn load(root: &Path, path: &Path, profile: Profile, edits: &[String]) -> Result<Experiment, LabError> {
    let text = std::fs::read_to_string(path).map_err(|e| LabError::file("cannot read", path, e).refused())?;
    let mut settings: Table = parse(&text, path)?;
    let called = called_in(&settings);
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
    experiment.called.clone_from(&called);
    let of_trainer = trainer_rows(root, &experiment, profile)?;
    import(&mut experiment, &of_trainer)?;
    check(&experiment)?;
    // Claims and figures speak of the file's own layers, whatever an override makes of these.
    let mut asked = in_file.unwrap_or_else(|_| experiment.clone());
    import(&mut asked, &of_trainer)?;
    asked.called = called;
    asked::check(&asked)?;
    // Settings are of one profile; shown and run again, they claim no more than it does.
    experiment.claims.retain(|claim| claim.profiles.iter().any(|name| name == profile.name()));
    Ok(experiment)
}

/// The layer rows of the experiment that trains the models for this one.
fn trainer_rows(root: &Path, experiment: &Experiment, profile: Profile) -> Result<Vec<LayerRow>, LabError> {
    let Some(trained) = &experiment.trained else { return Ok(Vec::new()) };
    let (_, path) = find(root, &trained.experiment)?;
    let trainer = load(root, &path, profile, &[])?;
    if trainer.measure != Measure::Accuracy {
        let message = format!("trained.experiment = \"{}\" trains nothing", trained.experiment);
        return Err(LabError::usage(message, "name an experiment that measures accuracy, such as long-range"));
    }
    Ok(trainer.layers)
}

/// Puts the trainer's rows before the experiment's own. One that is there already, as in resolved settings, must be the same.
fn import(experiment: &mut Experiment, rows: &[LayerRow]) -> Result<(), LabError> {
    let mut missing = Vec::new();
    for row in rows {
        match experiment.layers.iter().find(|own| own.label == row.label) {
            None => missing.push(row.clone()),
            Some(own) if own == row => {}
            Some(_) => {
                let message = format!("layer `{}` has other options than in the experiment that trains it", row.label);
                return Err(LabError::usage(message, "take the row out, it is imported; or give yours another label"));
            }
        }
    }
    experiment.layers.splice(0..0, missing);
    Ok(())
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
pub const TASK_KEYS: [&str; 5] = ["name", "as", "of", "training", "layers"];

/// What an entry of `tasks` is called in results: what `as` says; else its name, and of a probe the task that trained
/// what it looks at.
pub fn called(row: &Table) -> String {
    let text = |key: &str| row.get(key).and_then(Value::as_str);
    let name = text("name").unwrap_or_default();
    match (text("as"), text("of")) {
        (Some(own), _) => own.to_owned(),
        (None, Some(of)) => format!("{name} {of}"),
        (None, None) => name.to_owned(),
    }
}

/// The same for one setting of the grid: `{key}` in the name is the value of that key, so that settings which have no column in the
/// results are told apart.
///
/// # Errors
/// When a key has no value, or the name is then none.
pub fn called_with(row: &Table, settings: &Table) -> Result<String, LabError> {
    let mut name = called(row);
    for (key, value) in settings {
        let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        name = name.replace(&format!("{{{key}}}"), &text);
    }
    if check::is_name(&name) {
        return Ok(name);
    }
    let keys = settings.keys().map(String::as_str).collect::<Vec<_>>().join(", ");
    Err(LabError::usage(
        format!("`as` of a task gives the name `{name}`, which is none"),
        format!("a name has letters, digits, `-`, `_`, and blanks between them; in braces may stand: {keys}"),
    ))
}

/// What the tasks of all profiles are called.
fn called_in(settings: &Table) -> Vec<String> {
    let rows = |table: &Table| {
        let rows = table.get("tasks").and_then(Value::as_array).cloned().unwrap_or_default();
        rows.iter().filter_map(Value::as_table).map(called).collect::<Vec<_>>()
    };
    let profiles = settings.get("profiles").and_then(Value::as_table);
    let of_profiles = profiles.into_iter().flat_map(|p| p.values()).filter_map(Value::as_table).flat_map(rows);
    rows(settings).into_iter().chain(of_profiles).collect()
}

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
    let mut base = Table::try_from(experiment.training.as_ref()).expect("settings are a table");
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
