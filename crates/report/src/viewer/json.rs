//! Traces as JSON inside a script element: no text of theirs can end it.

use crate::traced::{Block, Head, Sequence};
use crate::traces::Row;

/// `[{"task": …, "label": …, "split": …, "seed": …, "sequence": …, "answers": […], "blocks": […]}, …]`; vectors and
/// weights are arrays by step. Weights are rounded to five decimals.
pub(super) fn sequences(sequences: &[&Sequence]) -> String {
    array(sequences.iter().map(|one| sequence(one)))
}

fn sequence(one: &Sequence) -> String {
    let answers = array(one.answers.iter().map(|row| answer(row)));
    let blocks = array(one.blocks.iter().map(block));
    format!(
        "{{\"task\":{},\"label\":{},\"split\":{},\"seed\":{},\"sequence\":{},\"answers\":{answers},\"blocks\":{blocks}}}",
        string(one.task),
        string(one.label),
        string(one.split),
        one.seed,
        one.sequence
    )
}

fn answer(row: &Row) -> String {
    let step = row.step.map_or("null".to_owned(), |step| step.to_string());
    let sure = row.values.first().map_or("null".to_owned(), |value| number(*value));
    let (right, said) = (string(&row.answer), string(&row.text));
    format!("{{\"step\":{step},\"right\":{right},\"said\":{said},\"probability\":{sure}}}")
}

fn block(one: &Block) -> String {
    let words = |words: &[&str]| array(words.iter().map(|word| string(word)));
    let keys = if one.keys == one.words { "null".to_owned() } else { words(&one.keys) };
    let heads = array(one.heads.iter().map(head));
    format!("{{\"name\":{},\"words\":{},\"keys\":{keys},\"heads\":{heads}}}", string(one.name), words(&one.words))
}

fn head(one: &Head) -> String {
    let rows = |rows: &[&[f64]]| array(rows.iter().map(|row| array(row.iter().map(|value| number(*value)))));
    let weights = one.weights.iter().map(|row| array(row.iter().map(|value| number((1e5 * value).round() / 1e5))));
    format!(
        "{{\"index\":{},\"scale\":{},\"causal\":{},\"queries\":{},\"keys\":{},\"values\":{},\"weights\":{}}}",
        one.index,
        one.scale.map_or("null".to_owned(), number),
        one.causal,
        rows(&one.queries),
        rows(&one.keys),
        rows(&one.values),
        array(weights)
    )
}

fn array(items: impl Iterator<Item = String>) -> String {
    format!("[{}]", items.collect::<Vec<_>>().join(","))
}

/// Small numbers with a power of ten: they would be rows of zeros.
fn number(value: f64) -> String {
    if value != 0.0 && value.abs() < 1e-3 { format!("{value:e}") } else { format!("{value}") }
}

/// Quoted; `<` only as a code, so that neither `</script` nor `<!--` can stand in it.
fn string(text: &str) -> String {
    let mut quoted = String::from("\"");
    for letter in text.chars() {
        match letter {
            '"' | '\\' => quoted.extend(['\\', letter]),
            '<' => quoted.push_str("\\u003c"),
            letter if letter.is_control() => quoted.push_str(&format!("\\u{:04x}", u32::from(letter))),
            letter => quoted.push(letter),
        }
    }
    quoted + "\""
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_text_ends_the_script_and_numbers_are_short() {
        assert_eq!(string("a</script><!-- \"b\\\n"), "\"a\\u003c/script>\\u003c!-- \\\"b\\\\\\u000a\"");
        let numbers = [0.0, 1.0, -0.25, 0.123, 1.2345e-5, -3.2e12].map(number);
        assert_eq!(numbers, ["0", "1", "-0.25", "0.123", "1.2345e-5", "-3200000000000"]);
    }

    #[test]
    fn weights_are_rounded_and_own_keys_are_not_repeated() {
        let rows = crate::trace_fixture::rows();
        let all = crate::traced::sequences(&rows);
        let text = sequences(&all.iter().collect::<Vec<_>>());
        assert!(text.contains("\"words\":[\"\\u003cs>\",\"i\",\"am\",\"tired\"],\"keys\":[\"ich\""));
        assert!(text.contains("\"keys\":null,\"heads\":[{\"index\":0,\"scale\":0.408"));
        let weights = text.split("\"weights\":[[").nth(1).unwrap().split("]]").next().unwrap();
        let decimals = weights.split([',', '[', ']']).filter_map(|number| number.split_once('.'));
        assert!(
            weights.starts_with("1,0,0")
                && decimals.into_iter().all(|(_, after)| after.len() <= 5 || after.contains('e'))
        );
        assert_eq!(text.matches(['{', '[']).count(), text.matches(['}', ']']).count());
    }
}
