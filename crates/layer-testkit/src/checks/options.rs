//! The row of the table.

use std::collections::BTreeSet;

use layer::{Definition, Site};
use toml::{Table, Value};

use crate::{Check, Finding};

const UNKNOWN: &str = "no-such-option";

pub(crate) fn check(definition: &Definition) -> Finding {
    let mut faults = Vec::new();
    let kebab = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    if definition.name.is_empty() || !definition.name.chars().all(kebab) {
        faults.push(format!("name `{}` is not kebab-case", definition.name));
    }
    if definition.summary.is_empty() {
        faults.push("the summary is empty".to_owned());
    }
    if !definition.variants.contains(&"") {
        faults.push("`variants` lacks \"\", the default".to_owned());
    }

    match (definition.resolve)(&Table::new()) {
        Err(e) => faults.push(format!("empty options are refused: {e}")),
        Ok(resolved) => {
            if resolved != (definition.defaults)() {
                faults.push("empty options do not resolve to the defaults".to_owned());
            }
            let documented: BTreeSet<&str> = definition.options.iter().map(|doc| doc.name).collect();
            let read: BTreeSet<&str> = resolved.keys().map(String::as_str).collect();
            faults.extend(read.difference(&documented).map(|key| format!("option `{key}` has no OptionDoc")));
            faults.extend(documented.difference(&read).map(|key| format!("OptionDoc `{key}` is no option")));
            if documented.len() != definition.options.len() {
                faults.push("an option is documented twice".to_owned());
            }
        }
    }
    let blank = definition.options.iter().filter(|doc| doc.values.is_empty() || doc.meaning.is_empty());
    faults.extend(blank.map(|doc| format!("OptionDoc `{}` has no values or no meaning", doc.name)));

    let site = Site { time: 4, width: 4, seed: 1 };
    let unknown = Table::from_iter([(UNKNOWN.to_owned(), Value::Integer(1))]);
    if (definition.build)(&unknown, site).is_ok() || (definition.resolve)(&unknown).is_ok() {
        faults.push(format!("the unknown option `{UNKNOWN}` is taken"));
    }
    match (definition.build)(&Table::new(), site) {
        Ok(layer) if layer.name() == definition.name => {}
        Ok(layer) => faults.push(format!("the layer says its name is `{}`", layer.name())),
        Err(e) => faults.push(format!("the default does not build at time 4, width 4: {e}")),
    }
    Finding::faults(Check::Options, &faults)
}
