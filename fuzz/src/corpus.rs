//! Committed results, cut to windows of a few lines.

use crate::draw::Draw;
use crate::target::Ground;

/// A committed CSV: its header and its lines.
pub struct Csv {
    header: String,
    lines: Vec<String>,
}

impl Csv {
    /// Reads it.
    ///
    /// # Panics
    /// When it is not there.
    pub fn of(ground: &Ground, path: &str) -> Self {
        let text = String::from_utf8(ground.committed(path)).unwrap_or_else(|error| panic!("{path}: {error}"));
        let mut lines = text.split_inclusive('\n').map(str::to_owned);
        Self { header: lines.next().unwrap_or_default(), lines: lines.collect() }
    }

    /// The header, and at most so many lines from anywhere that hold `word`, one to eight fields of which are damaged; lines as
    /// they stand, where none is to be.
    pub fn window(&self, draw: &mut Draw, (word, most): (&str, usize), damaged: bool) -> String {
        let with: Vec<&String> = self.lines.iter().filter(|line| line.contains(word)).collect();
        let with = if with.is_empty() { self.lines.iter().collect() } else { with };
        let start = if draw.once_in(2) { 0 } else { draw.below(with.len()) };
        let mut lines: Vec<String> =
            with[start..].iter().take(1 + draw.below(most)).map(|line| (*line).clone()).collect();
        if damaged {
            for _ in 0..1 << draw.below(4) {
                let line = draw.below(lines.len());
                lines[line] = damage(draw, &lines[line]);
            }
        }
        format!("{}{}", self.header, lines.concat())
    }
}

/// The line with another field, quoted as CSV quotes it.
fn damage(draw: &mut Draw, line: &str) -> String {
    let mut fields: Vec<String> = line.trim_end_matches('\n').split(',').map(str::to_owned).collect();
    let at = draw.below(fields.len());
    fields[at] = match draw.below(4) {
        0 => quoted(&draw.text()),
        1 => String::new(),
        2 if fields[at].contains(' ') => words(draw, &fields[at]),
        _ => draw.number().to_owned(),
    };
    fields.join(",") + "\n"
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('"', "\"\""))
}

/// One word of several is another.
fn words(draw: &mut Draw, field: &str) -> String {
    let mut words: Vec<&str> = field.split(' ').collect();
    let at = draw.below(words.len());
    words[at] = draw.number();
    words.join(" ")
}
