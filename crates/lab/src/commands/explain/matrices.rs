//! One head for all words at once: its scores and its weights as tables, words down and words across.

use super::Explained;
use super::numbers::decimals;
use super::text::{NAME, Width};

/// Q·Kᵀ/√d and its softmax.
pub fn matrices(explained: &Explained, width: Width) -> String {
    let (head, _) = explained.head();
    let cell = width.cell(explained.length + 1);
    let scaled = |value: f64| decimals(value, usize::from(cell > 5));
    let share = |value: f64| if 100.0 * value < 0.5 { "·".to_owned() } else { decimals(100.0 * value, 0) };
    let factor = match head.root() {
        Some(_) => format!("Q·Kᵀ / √{}", head.head_width),
        None => format!("Q·Kᵀ × {}", head.scale),
    };
    let mut text = format!("All words at once, as matrices (layer {}, head {}): ", explained.shown.layer, head.head);
    text += &format!("queries down, keys across\n\n{factor}\n");
    text += &grid(explained, cell, false, |query| {
        explained.steps().map(|key| scaled(head.all_scaled[query][key])).collect()
    });
    text += "\nsoftmax of each row, in % (·: below 0.5; last column: all blanks together)\n";
    text += &grid(explained, cell, true, |query| {
        let row = &head.all_weights[query];
        let on_words = explained.steps().map(|key| row[key]);
        on_words.chain([explained.on_blanks(row)]).map(share).collect()
    });
    text
}

fn grid(explained: &Explained, cell: usize, with_blanks: bool, row: impl Fn(usize) -> Vec<String>) -> String {
    // The longest sentence and its blanks then fit 80 columns, too.
    let last = if cell > 4 { cell } else { 3 };
    let letters = |word: &str, columns: usize| word.chars().take(columns - 1).collect::<String>();
    let mut names: Vec<String> = explained.steps().map(|step| letters(&explained.words[step], cell)).collect();
    if with_blanks {
        names.push(letters("blanks", last));
    }
    let line = |name: &str, cells: &[String]| {
        let mut line = format!("{name:<NAME$}");
        for (at, text) in cells.iter().enumerate() {
            let columns = if at < explained.length { cell } else { last };
            line += &format!("{text:>columns$}");
        }
        line + "\n"
    };
    let mut text = line("", &names);
    for step in explained.steps() {
        text += &line(&explained.marked(step), &row(step));
    }
    text
}
