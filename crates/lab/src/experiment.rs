//! Experiment files: read, merged with a profile and overrides, checked.

mod check;
mod model;
mod named;
mod plain;

use std::fs::File;
use std::io::Read as _;
use std::ops::Range;
use std::path::Path;
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
pub use named::{find, named, names};

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

/// Reads, merges the profile, applies overrides, checks.
///
/// # Errors
/// When the file cannot be read (with line and caret), or the settings make no experiment.
pub fn load(root: &Path, path: &Path, profile: Profile, edits: &[String]) -> Result<Experiment, LabError> {
    of_text(root, (path, &text_of(path)?), profile, edits)
}

/// The experiment that trains the models which another one looks at.
///
/// # Errors
/// As [`load`], and when it trains nothing.
pub fn trainer(root: &Path, trained: &TrainedBy, profile: Profile) -> Result<Experiment, LabError> {
    let (_, path) = named(root, &trained.experiment)?;
    let text = text_of(&path)?;
    // Seen before anything else of it is: two that name each other would be read for ever.
    let measure = parse(&text, &path)?.get("measure").and_then(Value::as_str).map(str::to_owned);
    if measure.is_some_and(|measure| measure != Measure::Accuracy.to_string()) {
        let message = format!("trained.experiment = \"{}\" trains nothing", trained.experiment);
        return Err(LabError::usage(message, "name an experiment that measures accuracy, such as long-range"));
    }
    of_text(root, (&path, &text), profile, &[])
}

/// The text of a file, at most one byte more than an experiment may have.
fn text_of(path: &Path) -> Result<String, LabError> {
    let mut text = String::new();
    let file = File::open(path).and_then(|file| file.take(MOST_BYTES as u64 + 1).read_to_string(&mut text));
    file.map_err(|e| LabError::file("cannot read", path, e).refused())?;
    Ok(text)
}

/// The same of a text; the path is what errors call it.
///
/// # Errors
/// As [`load`].
pub fn of_text(
    root: &Path,
    (path, text): (&Path, &str),
    profile: Profile,
    edits: &[String],
) -> Result<Experiment, LabError> {
    if text.len() > MOST_BYTES {
        let message =
            format!("{}: it has {} bytes, and an experiment has at most {MOST_BYTES}", path.display(), text.len());
        return Err(LabError::usage(
            message,
            "leave data in files of their own, which the task `file` reads by `path`",
        ));
    }
    let mut settings: Table = parse(text, path)?;
    let called = called_in(&settings);
    merge_profile(&mut settings, profile, text, path)?;
    // Whatever is wrong in the file itself is shown there; what an override breaks is not in the file.
    let in_file = read(settings.clone());
    for edit in edits {
        overrides::apply(&mut settings, edit)?;
    }
    if let Some(fault) = plain::fault(&settings) {
        return Err(located(&fault, profile, text, path));
    }
    let mut experiment = match (read(settings), &in_file) {
        (Ok(experiment), _) => experiment,
        (Err(_), Err(fault)) => return Err(located(fault, profile, text, path)),
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
    if experiment.measure != Measure::Reach {
        return Err(LabError::usage("`trained` is for an experiment that measures reach", "take it out"));
    }
    Ok(trainer(root, trained, profile)?.layers)
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
    text.parse().map_err(|error: toml::de::Error| {
        pointed(format!("this is not TOML: {}", error.message()), (text, path), error.span(), None)
    })
}

/// A fault that is shown in its line; of a line that no screen could hold, the file is named instead.
fn pointed(message: String, (text, path): (&str, &Path), at: Option<Range<usize>>, help: Option<String>) -> LabError {
    let at = at.filter(|_| text.lines().all(|line| line.len() <= LONGEST_LINE));
    let message = if at.is_some() { message } else { format!("{}: {message}", path.display()) };
    let source_code = Arc::new(NamedSource::new(path.display().to_string(), text.to_owned()));
    LabError::Settings { message, source_code, at: at.map(Into::into), help }
}

/// Bytes of an experiment file; the longest of ours has some thousand.
const MOST_BYTES: usize = 1 << 22;

/// Bytes of a line that is shown with a mark under the fault.
const LONGEST_LINE: usize = 1 << 12;

fn read(settings: Table) -> Result<Experiment, Fault> {
    settings.try_into().map_err(|e: toml::de::Error| Fault::from(&e))
}

/// A fault in the settings, shown where it stands in the file.
fn located(fault: &Fault, profile: Profile, text: &str, path: &Path) -> LabError {
    // What is not there has no place.
    pointed(fault.to_string(), (text, path), fault.place(text, profile.name()), suggestion_from(&fault.message))
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
        // A value may be a whole file, and stand in the name more than once.
        if name.len() > 4 * check::LONGEST_NAME {
            name.clear();
            break;
        }
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
