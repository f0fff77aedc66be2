//! Errors as people see them: what is wrong, where, and what to do.

use std::collections::HashSet;
use std::sync::Arc;

use miette::{Diagnostic, NamedSource, SourceSpan};
use report::unseen::tamed;

/// Exit codes; the table stands in `lab --help`.
pub mod exit {
    /// Everything asked for was done and holds.
    pub const FINE: u8 = 0;
    /// Some cells failed, a claim does not hold, or a file could not be written.
    pub const FAILED: u8 = 1;
    /// Bad usage or a bad settings file; nothing was changed.
    pub const USAGE: u8 = 2;
    /// Results are incomplete.
    pub const INCOMPLETE: u8 = 3;
    /// Stopped; everything finished so far is kept.
    pub const STOPPED: u8 = 130;
}

/// Anything that ends a command early.
#[derive(Debug, thiserror::Error, Diagnostic)]
pub enum LabError {
    /// Bad settings or arguments.
    #[error("{message}")]
    Usage {
        /// What is wrong.
        message: String,
        /// What to do.
        #[help]
        help: Option<String>,
    },
    /// A settings file that cannot be read, with the place.
    #[error("{message}")]
    Settings {
        /// What is wrong.
        message: String,
        /// The file.
        #[source_code]
        source_code: Arc<NamedSource<String>>,
        /// Where in it.
        #[label("here")]
        at: Option<SourceSpan>,
        /// What to do.
        #[help]
        help: Option<String>,
    },
    /// A file or folder that cannot be read or written.
    #[error("{what} {path}: {error}")]
    File {
        /// What was tried.
        what: &'static str,
        /// On what.
        path: String,
        /// Why it failed.
        error: std::io::Error,
        /// What to do.
        #[help]
        help: Option<String>,
    },
    /// Two results of one cell that are not equal.
    #[error("{message}")]
    Conflict {
        /// What and where.
        message: String,
        /// What to do.
        #[help]
        help: Option<String>,
    },
    /// Results that are not all there.
    #[error("{message}")]
    Incomplete {
        /// What is missing.
        message: String,
        /// What to do.
        #[help]
        help: Option<String>,
    },
}

impl LabError {
    /// Bad usage with a way out.
    pub fn usage(message: impl Into<String>, help: impl Into<String>) -> Self {
        Self::Usage { message: message.into(), help: Some(help.into()) }
    }

    /// A failed read or write.
    pub fn file(what: &'static str, path: &std::path::Path, error: std::io::Error) -> Self {
        let help = match error.kind() {
            std::io::ErrorKind::PermissionDenied => Some("choose a folder you may write to with --out DIR".to_owned()),
            std::io::ErrorKind::StorageFull => Some(
                "free some space or choose another folder with --out DIR, then run again: finished cells are kept"
                    .to_owned(),
            ),
            std::io::ErrorKind::NotADirectory | std::io::ErrorKind::AlreadyExists => {
                Some("the path is taken by a file; choose another folder with --out DIR".to_owned())
            }
            _ => None,
        };
        Self::File { what, path: path.display().to_string(), error, help }
    }

    /// The same as bad usage: found before anything was changed, and the way out is another argument.
    pub fn refused(self) -> Self {
        match self {
            Self::File { what, path, error, help } => Self::Usage {
                message: format!("{what} {path}: {error}"),
                help: help.or_else(|| Some("choose another path".to_owned())),
            },
            other => other,
        }
    }

    /// The same with nothing in it that a terminal would obey: messages quote files.
    pub fn tamed(self) -> Self {
        let (text, maybe) = (|text: String| tamed(&text), |text: Option<String>| text.map(|text| tamed(&text)));
        match self {
            Self::Usage { message, help } => Self::Usage { message: text(message), help: maybe(help) },
            Self::Settings { message, source_code, at, help } => {
                let source = NamedSource::new(text(source_code.name().to_owned()), text(source_code.inner().clone()));
                Self::Settings { message: text(message), source_code: Arc::new(source), at, help: maybe(help) }
            }
            Self::File { what, path, error, help } => Self::File { what, path: text(path), error, help: maybe(help) },
            Self::Incomplete { message, help } => Self::Incomplete { message: text(message), help: maybe(help) },
            Self::Conflict { message, help } => Self::Conflict { message: text(message), help: maybe(help) },
        }
    }

    /// The exit code that says so.
    pub fn code(&self) -> u8 {
        match self {
            Self::Usage { .. } | Self::Settings { .. } => exit::USAGE,
            Self::File { .. } | Self::Conflict { .. } => exit::FAILED,
            Self::Incomplete { .. } => exit::INCOMPLETE,
        }
    }
}

/// The nearest of `known` to `given`, if near enough to be a slip.
pub fn nearest<'a>(given: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    known
        .into_iter()
        .map(|name| (strsim::damerau_levenshtein(given, name), name))
        .filter(|(distance, name)| *distance <= 1 + name.len().max(given.len()) / 3)
        .min()
        .map(|(_, name)| name)
}

/// «did you mean …» and everything there is, each name once.
pub fn suggestion<'a>(given: &str, known: impl IntoIterator<Item = &'a str> + Clone) -> String {
    // A name with a comma in it would look like two.
    let quoted = |name: &str| if name.contains(',') { format!("\"{name}\"") } else { name.to_owned() };
    let mut seen = HashSet::new();
    let all = known.clone().into_iter().filter(|name| seen.insert(*name)).map(quoted).collect::<Vec<_>>().join(", ");
    match nearest(given, known) {
        Some(name) => format!("did you mean `{name}`? There are: {all}"),
        None => format!("there are: {all}"),
    }
}

/// From serde's «unknown field `x`, expected one of `a`, `b`» the way out.
pub fn suggestion_from(message: &str) -> Option<String> {
    // The printed form ends with the key, «in `filler`», which is none of the choices.
    let message = message.rsplit_once(" in `").filter(|(_, key)| key.ends_with('`')).map_or(message, |(rest, _)| rest);
    let quoted: Vec<&str> = message.split('`').skip(1).step_by(2).collect();
    let (given, known) = quoted.split_first()?;
    let slip = message.starts_with("unknown field") || message.starts_with("unknown variant");
    slip.then(|| match nearest(given, known.iter().copied()) {
        Some(name) => format!("did you mean `{name}`?"),
        None => format!("there are: {}", known.join(", ")),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn choices_are_named_once_and_the_key_is_none_of_them() {
        assert_eq!(suggestion("x", ["line", "hinge", "line", "a, b"]), "there are: line, hinge, \"a, b\"");
        let printed = "unknown variant `x`, expected `blank` or `pairs` in `filler`";
        assert_eq!(suggestion_from(printed).as_deref(), Some("there are: blank, pairs"));
        let bare = "unknown field `warmpu`, expected one of `steps`, `warmup`";
        assert_eq!(suggestion_from(bare).as_deref(), Some("did you mean `warmup`?"));
        assert_eq!(suggestion_from("missing field `n`"), None);
    }
}
