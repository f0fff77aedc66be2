//! The whole page for people, at most 100 columns wide, readable without colour.

use comfy_table::Table;

use super::Explained;
use super::matrices::matrices;
use super::model::EXPERIMENT;
use super::numbers::percent;
use super::table::steps;

/// Columns of a word's name in tables: a marker and eight letters.
pub const NAME: usize = 9;

/// Columns before what is said of the sentence.
const INDENT: usize = 10;

/// How wide the page may be.
#[derive(Clone, Copy, Debug)]
pub struct Width(usize);

impl Width {
    /// 80 to 100 columns, as the terminal has; 100 elsewhere.
    pub fn of_terminal() -> Self {
        Self(Table::new().width().map_or(100, |width| usize::from(width).clamp(80, 100)))
    }

    /// Columns of a line.
    pub fn columns(self) -> usize {
        self.0
    }

    /// Numbers shown of a vector in a table.
    pub fn vector_numbers(self) -> usize {
        if self.0 < 100 { 2 } else { 3 }
    }

    /// Numbers shown of a vector in a line of its own.
    pub fn query_numbers(self) -> usize {
        (self.0 - 8) / 6
    }

    /// Columns of a bar.
    pub fn bar(self) -> usize {
        if self.0 < 100 { 4 } else { 6 }
    }

    /// Columns of a cell of a matrix that has so many.
    pub fn cell(self, cells: usize) -> usize {
        ((self.0 - NAME) / cells).clamp(4, 6)
    }
}

/// The page.
pub fn text(explained: &Explained, width: Width) -> String {
    let parts = [
        summary(explained, width),
        steps(explained, width),
        matrices(explained, width),
        every_head(explained),
        limits(explained),
    ];
    parts.join("\n")
}

/// The sentence, the model and its answer.
fn summary(explained: &Explained, width: Width) -> String {
    let Explained { word, answer, right, adjective, .. } = explained;
    let tagged = explained.steps().map(|step| match (&explained.tags[step], explained.kinds[step]) {
        (Some(tag), Some(kind)) => format!("{}[{tag}, {kind}]", explained.words[step]),
        (None, Some(kind)) => format!("{}[{kind}]", explained.words[step]),
        _ => explained.words[step].clone(),
    });
    let tagged: Vec<String> = tagged.collect();
    let mut lines = vec![
        format!("Sentence  {}", wrapped(&tagged, width)),
        "Told      in [ ], beside each word: a tag, new in each sentence, and the kind of thing".to_owned(),
        format!("Model     {} (seed 0), accuracy {:.3} on test sentences", explained.model, explained.accuracy),
        format!("Answer    \"it\" is the {answer}, with probability {}", percent(explained.probability).trim()),
        format!(
            "Grammar   \"it\" is the {right}, for only that is ever \"{adjective}\": the model is {}",
            if answer == right { "right" } else { "wrong" }
        ),
    ];
    if word.times > 1 {
        let times = word.times;
        lines.push(format!("Word      \"{}\" is {times} times in the sentence; this is the first of them", word.text));
    }
    lines.join("\n") + "\n"
}

/// Where the word looks in each head of each layer.
fn every_head(explained: &Explained) -> String {
    let mut text = format!("Head by head: on which words \"{}\" puts its weight\n\n", explained.word.text);
    for attention in &explained.layers {
        for head in &attention.heads {
            let shown = (attention.layer, head.head) == (explained.shown.layer, explained.shown.head);
            let mut steps: Vec<usize> = explained.steps().collect();
            steps.sort_by(|a, b| head.weights[*b].total_cmp(&head.weights[*a]));
            let most = steps[..3].iter().map(|step| {
                let share = format!("{:.0} %", 100.0 * head.weights[*step]);
                format!("{:<9} {share:>5}", explained.name(*step))
            });
            let marker = if shown { "▸" } else { " " };
            text += &format!(
                "{marker}layer {} head {}  {}  blanks {:>3.0} %\n",
                attention.layer,
                head.head,
                most.collect::<Vec<_>>().join("  "),
                100.0 * explained.on_blanks(&head.weights),
            );
        }
    }
    text
}

/// What can be relied on, and what cannot.
fn limits(explained: &Explained) -> String {
    format!(
        "Weights computed anew from q and k in f64 differ from the model's own by {:.0e} at\n\
         most, over all words and heads.\n\
         What this does not show: whether the answer needs a head. A weight says where a\n\
         head looks and is no explanation. What is answered without the head is measured:\n\
         see the rows `ablation {EXPERIMENT}` of: lab run {EXPERIMENT}\n",
        explained.largest_difference
    )
}

/// Words in lines that begin below the first one.
fn wrapped(words: &[String], width: Width) -> String {
    let (mut text, mut column) = (String::new(), INDENT);
    for word in words {
        let letters = word.chars().count();
        if column > INDENT && column + 1 + letters > width.columns() {
            text += &format!("\n{}", " ".repeat(INDENT));
            column = INDENT;
        } else if column > INDENT {
            text.push(' ');
            column += 1;
        }
        text += word;
        column += letters;
    }
    text
}
