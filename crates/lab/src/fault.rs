//! What is wrong with settings, by key, and where that stands in their file.

use std::fmt;
use std::ops::Range;

use toml::Spanned;
use toml::de::{DeString, DeTable, DeValue};

/// A fault at a key of the settings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// What is wrong, in serde's words.
    pub message: String,
    /// The key, from the outside in; rows of lists are not counted.
    pub keys: Vec<String>,
}

impl From<&toml::de::Error> for Fault {
    fn from(error: &toml::de::Error) -> Self {
        // The key is only in the printed form: a last line «in `training.steps`».
        let shown = error.to_string();
        let path = shown.lines().last().and_then(|line| line.strip_prefix("in `")?.strip_suffix('`'));
        let keys = path.map(|path| path.split('.').map(str::to_owned).collect());
        Self { message: error.message().to_owned(), keys: keys.unwrap_or_default() }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.keys.is_empty() {
            write!(f, "{}: ", self.keys.join("."))?;
        }
        f.write_str(&self.message)
    }
}

impl Fault {
    /// Where it stands in `text`: in the profile's table if that has it, else in the shared part.
    pub fn place(&self, text: &str, profile: &str) -> Option<Range<usize>> {
        let document = DeTable::parse(text).ok()?;
        let table = document.get_ref();
        let of_profile = entries(table, "profiles").filter_map(|(_, profiles)| profiles.get_ref().as_table());
        let of_profile = of_profile.flat_map(|profiles| entries(profiles, profile).map(|(_, value)| value));
        let tables: Vec<&DeTable<'_>> =
            of_profile.filter_map(|value| value.get_ref().as_table()).chain([table]).collect();
        tables.into_iter().find_map(|table| self.place_in(table, text))
    }

    fn place_in(&self, table: &DeTable<'_>, text: &str) -> Option<Range<usize>> {
        // Serde names an unknown key in its message and gives the table around it as the place.
        let stray = self.message.strip_prefix("unknown field `").and_then(|rest| rest.split('`').next());
        let mut keys: Vec<&str> = self.keys.iter().map(String::as_str).collect();
        keys.extend(stray);
        let (last, outer) = keys.split_last()?;
        let mut tables = vec![table];
        for key in outer {
            let values = tables.into_iter().flat_map(|table| entries(table, key));
            tables = values.flat_map(|(_, value)| rows(value.get_ref())).collect();
        }
        let found: Vec<_> = tables.into_iter().flat_map(|table| entries(table, last)).collect();
        if stray.is_some() {
            return found.first().map(|(key, _)| key.span());
        }
        // Of several rows that have the key, the one whose value the message quotes.
        let quoted = found.iter().find(|(_, value)| self.message.contains(&text[value.span()]));
        quoted.or(found.first()).map(|(_, value)| value.span())
    }
}

type Entry<'a, 'i> = (&'a Spanned<DeString<'i>>, &'a Spanned<DeValue<'i>>);

fn entries<'a, 'i>(table: &'a DeTable<'i>, key: &str) -> impl Iterator<Item = Entry<'a, 'i>> + use<'a, 'i> {
    let key = key.to_owned();
    table.iter().filter(move |(name, _)| name.get_ref().as_ref() == key)
}

/// The tables in a value: itself, or the rows of a list.
fn rows<'a, 'i>(value: &'a DeValue<'i>) -> Vec<&'a DeTable<'i>> {
    match value {
        DeValue::Table(table) => vec![table],
        DeValue::Array(rows) => rows.iter().filter_map(|row| row.get_ref().as_table()).collect(),
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_is_placed_at_its_row_and_in_the_profile_first() {
        let text = "[a]\nn = 1\n[[rows]]\nn = 1\n[[rows]]\nn = \"x\"\n[profiles.quick.a]\nn = 2\n";
        let fault = |message: &str, keys: &[&str]| Fault {
            message: message.to_owned(),
            keys: keys.iter().map(|k| (*k).to_owned()).collect(),
        };
        let shown = |fault: Fault, profile: &str| fault.place(text, profile).map(|at| (at.start, &text[at]));
        assert_eq!(
            shown(fault("invalid type: string \"x\", expected u64", &["rows", "n"]), "quick"),
            Some((38, "\"x\""))
        );
        assert_eq!(shown(fault("invalid", &["a", "n"]), "quick"), Some((65, "2")));
        assert_eq!(shown(fault("invalid", &["a", "n"]), "smoke"), Some((8, "1")));
        assert_eq!(shown(fault("unknown field `n`, expected `m`", &["a"]), "smoke"), Some((4, "n")));
        assert_eq!(shown(fault("missing field `z`", &[]), "smoke"), None);
    }
}
