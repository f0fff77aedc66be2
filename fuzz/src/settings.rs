//! Mutations of settings: TOML that stays TOML, with other values, keys and rows.

use toml::{Table, Value};

use crate::draw::Draw;

/// Changes one to eight places of `table`.
pub fn mutate(draw: &mut Draw, table: &mut Table) {
    for _ in 0..1 << draw.below(4) {
        in_table(draw, table);
    }
}

/// A value of any type.
pub fn value(draw: &mut Draw) -> Value {
    match draw.below(16) {
        0..9 => number(draw),
        9..13 => Value::String(draw.text()),
        13 => Value::Boolean(draw.once_in(2)),
        14 => Value::Array(list(draw)),
        _ => Value::Table(Table::from_iter([(draw.text(), number(draw))])),
    }
}

fn number(draw: &mut Draw) -> Value {
    let text = draw.number();
    let float = || Value::Float(text.parse().unwrap_or(f64::NAN));
    text.parse().map_or_else(|_| float(), Value::Integer)
}

/// A list, mostly short, once in a while of up to 2^16 entries.
fn list(draw: &mut Draw) -> Vec<Value> {
    let one = value(draw);
    match draw.below(20) {
        0 if !one.is_table() => vec![one; 1 << draw.below(10)],
        1 => (0..1 << draw.below(17)).map(Value::Integer).collect(),
        _ => (0..draw.below(4)).map(|_| number(draw)).chain([one]).collect(),
    }
}

fn in_table(draw: &mut Draw, table: &mut Table) {
    let keys: Vec<String> = table.keys().cloned().collect();
    if keys.is_empty() || draw.once_in(12) {
        table.insert(draw.text(), value(draw));
        return;
    }
    let key = draw.pick(&keys).clone();
    match draw.below(16) {
        0 => drop(table.remove(&key)),
        1 => {
            let moved = table.remove(&key).expect("a key of it");
            table.insert(draw.text(), moved);
        }
        _ => in_value(draw, table.get_mut(&key).expect("a key of it")),
    }
}

fn in_value(draw: &mut Draw, at: &mut Value) {
    match at {
        Value::Table(table) if !draw.once_in(16) => in_table(draw, table),
        Value::Array(rows) if !rows.is_empty() && !draw.once_in(16) => {
            let row = draw.below(rows.len());
            match draw.below(16) {
                0 => drop(rows.remove(row)),
                1 => rows.push(rows[row].clone()),
                _ => in_value(draw, &mut rows[row]),
            }
        }
        Value::String(text) if draw.once_in(4) => text.push_str(&draw.text()),
        Value::Integer(_) | Value::Float(_) if draw.once_in(8) => *at = Value::Array(list(draw)),
        Value::Integer(_) | Value::Float(_) if !draw.once_in(8) => *at = number(draw),
        _ => *at = value(draw),
    }
}
