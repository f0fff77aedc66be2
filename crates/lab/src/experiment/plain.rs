//! Texts of an experiment file that would be obeyed where they are printed.

use report::unseen::is_unseen;
use toml::{Table, Value};

use crate::fault::Fault;

/// The first key or text that holds a character which a terminal obeys, or which turns text around.
pub(super) fn fault(settings: &Table) -> Option<Fault> {
    in_table(settings).map(|mut keys| {
        keys.reverse();
        let message = "this text holds a control character or one that turns the direction of text".to_owned();
        Fault { message, keys: keys.iter().map(|key| report::unseen::tamed(key)).collect() }
    })
}

/// Its keys, from the inside out.
fn in_table(table: &Table) -> Option<Vec<String>> {
    table.iter().find_map(|(key, value)| {
        let mut keys = if key.chars().any(is_unseen) { Vec::new() } else { in_value(value)? };
        keys.push(key.clone());
        Some(keys)
    })
}

fn in_value(value: &Value) -> Option<Vec<String>> {
    match value {
        Value::String(text) => text.chars().any(is_unseen).then(Vec::new),
        Value::Array(values) => values.iter().find_map(in_value),
        Value::Table(table) => in_table(table),
        _ => None,
    }
}
