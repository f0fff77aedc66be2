//! `key=value` on the command line: edits of the settings before they are read.

use toml::{Table, Value};

use crate::error::{LabError, suggestion};
use crate::experiment::TASK_KEYS;

/// Applies one override such as `training.steps=50`, `layers.0.depth=2`, `tasks.recall-at-lag.k=2` or, for a setting
/// of tasks, short `n=128`, which goes to every task that has it.
///
/// # Errors
/// When it has no `=`, nothing in the settings goes by that key, or a value would take the place of tables.
pub fn apply(settings: &mut Table, text: &str) -> Result<(), LabError> {
    let Some((path, value)) = text.split_once('=') else {
        return Err(LabError::usage(format!("`{text}` is no override"), "write key=value, such as training.steps=50"));
    };
    let (path, value) = (path.trim(), parse(value.trim()));
    let known: Vec<String> = settings.keys().cloned().collect();
    let mut segments: Vec<&str> = path.split('.').collect();
    if segments.len() == 1 && !settings.contains_key(path) {
        return to_every_task(settings, path, &value, &known);
    }
    let last = segments.pop().expect("split gives at least one");
    let mut place = settings;
    let mut rest = segments.as_slice();
    let mut in_row = false;
    while let Some((segment, more)) = rest.split_first() {
        rest = more;
        let keys: Vec<String> = place.keys().cloned().collect();
        // A row need not write these tables out to have them changed.
        if in_row && ["options", "training"].contains(segment) {
            place.entry(*segment).or_insert_with(|| Value::Table(Table::new()));
        }
        let Some(inner) = place.get_mut(*segment) else {
            return Err(unknown(path, segment, &keys));
        };
        place = match inner {
            Value::Table(table) => table,
            Value::Array(rows) => {
                let Some((row, more)) = rest.split_first() else {
                    return Err(unknown(path, last, &row_names(rows)));
                };
                rest = more;
                let names = row_names(rows);
                let index = row.parse().ok().filter(|i: &usize| *i < rows.len());
                let index = index.or_else(|| names.iter().position(|name| name == row));
                in_row = true;
                match index.and_then(|i| rows[i].as_table_mut()) {
                    Some(table) => table,
                    None => return Err(unknown(path, row, &names)),
                }
            }
            _ => return Err(unknown(path, segment, &keys)),
        };
    }
    if place.get(last).is_some_and(holds_tables) && !holds_tables(&value) {
        return Err(LabError::usage(
            format!("override `{path}`: `{last}` holds settings, and is no value itself"),
            "name the setting to change, such as training.steps=50 or tasks.0.k=2",
        ));
    }
    // A key that the settings do not have yet may be one with a default; whether it is one is checked on reading.
    place.insert(last.to_owned(), value);
    Ok(())
}

fn to_every_task(settings: &mut Table, key: &str, value: &Value, known: &[String]) -> Result<(), LabError> {
    let tasks = settings.get_mut("tasks").and_then(Value::as_array_mut);
    let mut found = false;
    let mut keys = known.to_vec();
    for task in tasks.into_iter().flatten().filter_map(Value::as_table_mut) {
        keys.extend(task.keys().filter(|k| !TASK_KEYS.contains(&k.as_str())).cloned());
        if !TASK_KEYS.contains(&key) && task.contains_key(key) {
            task.insert(key.to_owned(), value.clone());
            found = true;
        }
    }
    keys.sort();
    keys.dedup();
    if found { Ok(()) } else { Err(unknown(key, key, &keys)) }
}

fn unknown(path: &str, segment: &str, known: &[String]) -> LabError {
    LabError::usage(
        format!("override `{path}`: nothing goes by `{segment}`"),
        suggestion(segment, known.iter().map(String::as_str)),
    )
}

fn holds_tables(value: &Value) -> bool {
    value.is_table() || value.as_array().is_some_and(|rows| rows.iter().any(Value::is_table))
}

fn row_names(rows: &[Value]) -> Vec<String> {
    let name = |row: &Value| ["label", "name", "id"].iter().find_map(|key| row.get(key)?.as_str().map(str::to_owned));
    rows.iter().map(|row| name(row).unwrap_or_default()).collect()
}

/// TOML where it is TOML, else a string: `over=time` needs no quotes.
fn parse(text: &str) -> Value {
    let document = format!("value = {text}").parse::<Table>();
    match document {
        Ok(mut table) if table.len() == 1 => table.remove("value").expect("just written"),
        _ => Value::String(text.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings() -> Table {
        "[training]\nsteps = 1\n[[tasks]]\nname = \"a\"\nn = 8\n[[tasks]]\nname = \"b\"\nn = 8\nk = 2\n[[layers]]\nlabel = \"x, y\""
            .parse()
            .unwrap()
    }

    #[test]
    fn paths_reach_tables_rows_and_every_task() {
        let mut table = settings();
        for text in [
            "training.steps=50",
            "n=128",
            "tasks.b.k=3",
            "tasks.0.lag=[1, 2]",
            "layers.x, y.layer=conv",
            "layers.0.options.kernel=5",
        ] {
            apply(&mut table, text).unwrap();
        }
        let want = "[training]\nsteps = 50\n[[tasks]]\nname = \"a\"\nn = 128\nlag = [1, 2]\n[[tasks]]\nname = \"b\"\nn = 128\nk = 3\n[[layers]]\nlabel = \"x, y\"\nlayer = \"conv\"\noptions = { kernel = 5 }";
        assert_eq!(table, want.parse().unwrap());
    }

    #[test]
    fn slips_are_named_and_change_nothing() {
        for (text, says) in [
            ("steps", "is no override"),
            ("m=3", "nothing goes by `m`"),
            ("trainin.steps=3", "nothing goes by `trainin`"),
            ("tasks.c.k=3", "nothing goes by `c`"),
            ("tasks=3.k=1", "`tasks` holds settings"),
            ("training=3", "`training` holds settings"),
            ("tasks", "is no override"),
            ("training.steps.n=3", "nothing goes by `steps`"),
            ("tasks.2.k=3", "nothing goes by `2`"),
            ("name=c", "nothing goes by `name`"),
        ] {
            let mut table = settings();
            let error = apply(&mut table, text).expect_err(text);
            assert!(error.to_string().contains(says), "{text}: {error}");
            assert_eq!(table, settings(), "{text}");
        }
    }
}
