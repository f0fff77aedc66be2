//! The six steps of one head for one word, as a table with a row for each word.

use super::Explained;
use super::numbers::{NUMBER, bar, decimals, percent, vector};
use super::shown::Shown;
use super::steps::{Head, sum};
use super::text::{NAME, Width};

/// The steps in words, then in numbers.
pub fn steps(explained: &Explained, width: Width) -> String {
    let (head, heads) = explained.head();
    let (word, Shown { layer, asked, weight_on_noun, .. }) = (&explained.word.text, &explained.shown);
    let size = head.head_width;
    let (divided, by) = scaling(head);
    let layers: Vec<String> = explained.layers.iter().map(|attention| attention.layer.to_string()).collect();
    let mut text = format!("What \"{word}\" does in layer {layer}, head {}", head.head);
    if *asked {
        text += ": as asked for\n";
    } else {
        let weight = percent(*weight_on_noun);
        text += &format!("\n(picked on validation sentences, where \"it\" puts {} on its noun)\n", weight.trim());
    }
    let all_heads = if heads > 1 { format!("0 to {}", heads - 1) } else { "0".to_owned() };
    text += &format!("(layers of attention: {}; heads: {all_heads}; ", layers.join(", "));
    text += "choose with --layer and --head)\n\n";
    text += &format!(
        "1  Each word has a query (what it looks for), a key (what it answers to) and a\n   \
         value (what it says): {size} numbers each. The query of \"{word}\":\n   {}\n",
        vector(&head.query, width.query_numbers())
    );
    text += &format!("2  Its score with each word is query times key, number by number, summed: q·k\n3  {by}\n");
    text += "4  Softmax: e to the power of each, divided by the sum of all these\n";
    text += "5  Each value times this share\n6  Summed up: what the head hands on\n\n";
    text += &table(explained, head, &divided, width);
    text
}

/// The third step: as a header, and as a sentence.
fn scaling(head: &Head) -> (String, String) {
    match head.root() {
        Some(root) => {
            // As √16 = 4 and √8 = 2.83.
            let root = decimals(root, if root.fract() == 0.0 { 0 } else { 2 });
            let why = "or scores would grow with the length of the vectors";
            (format!("÷ {root}"), format!("Divided by √{} = {root}, {why}", head.head_width))
        }
        None => {
            let scale = decimals(head.scale, 2);
            (format!("× {scale}"), format!("Times {}, the scale of this layer", head.scale))
        }
    }
}

fn table(explained: &Explained, head: &Head, divided: &str, width: Width) -> String {
    let numbers = width.vector_numbers();
    // A vector's numbers, the spaces between and the sign that there are more.
    let vector_width = (NUMBER + 1) * numbers + 1;
    let bar_width = width.bar();
    let line =
        |name: &str, key: &str, value: &str, score: &str, scaled: &str, share: &str, bar: &str, weighted: &str| {
            let cells = format!(
                "{name:<NAME$} {key:<vector_width$}  {value:<vector_width$} {score:>6} {scaled:>6} {share:>7} \
             {bar:<bar_width$} {weighted}"
            );
            format!("{}\n", cells.trim_end())
        };
    let rule = format!("{}\n", "─".repeat(width.columns()));
    let mut text = line("", "1", "1", "2", "3", "4", "", "5");
    text += &line("word", "key", "value", "q·k", divided, "softmax", "", "share × value");
    text += &rule;
    for step in explained.steps() {
        text += &line(
            &explained.marked(step),
            &vector(&head.keys[step], numbers),
            &vector(&head.values[step], numbers),
            &decimals(head.scores[step], 1),
            &decimals(head.scaled[step], 1),
            &percent(head.weights[step]),
            &bar(head.weights[step], bar_width),
            &vector(&head.weighted_values[step], numbers),
        );
    }
    let blanks: Vec<usize> = (0..explained.words.len()).filter(|step| !explained.steps().contains(step)).collect();
    let on_blanks = explained.on_blanks(&head.weights);
    let of_blanks = sum(blanks.iter().map(|step| &head.weighted_values[*step]), head.head_width);
    let blank = format!("{} steps", blanks.len());
    let (share, shown) = (percent(on_blanks), bar(on_blanks, bar_width));
    text += &line(" blanks", &blank, "", "", "", &share, &shown, &vector(&of_blanks, numbers));
    text += &rule;
    let total = percent(head.weights.iter().sum());
    text += &line(" 6 sum", "", "", "", "", &total, "", &vector(&head.sum, numbers));
    text
}
