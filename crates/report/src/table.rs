//! Tables: title, headers, rows of text.

mod crossover;
mod numbers;
mod peers;
mod reach;
mod scaling;
mod throughput;
mod verdict;

pub use crossover::crossover;
pub use numbers::numbers;
pub use peers::{PeersError, peers};
pub use reach::{exact, reach};
pub use scaling::scaling;
pub(crate) use throughput::short;
pub use throughput::throughput;
pub use verdict::{TableError, verdict};
pub(crate) use verdict::{dash, si};

/// Text that stays text in Markdown: no tag, no link, no picture, and on one line.
pub fn markdown(text: &str) -> String {
    text.replace('<', "&lt;").replace("](", "]\\(").replace(['\n', '\r'], " ")
}

/// A table ready to print.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Table {
    /// What the table shows.
    pub title: String,
    /// Column names.
    pub headers: Vec<String>,
    /// Cells, as many in each row as there are headers.
    pub rows: Vec<Vec<String>>,
}

impl Table {
    /// Markdown: the title in bold, then a table padded so that it reads well as plain text. The first column stands
    /// left, the others right.
    pub fn to_markdown(&self) -> String {
        let escaped =
            |cells: &[String]| -> Vec<String> { cells.iter().map(|cell| markdown(cell).replace('|', "\\|")).collect() };
        let headers = escaped(&self.headers);
        let rows: Vec<_> = self.rows.iter().map(|row| escaped(row)).collect();
        let widths: Vec<usize> = (0..headers.len())
            .map(|column| {
                let cells = rows.iter().filter_map(|row| row.get(column)).chain([&headers[column]]);
                cells.map(|cell| cell.chars().count()).max().unwrap_or(0).max(3)
            })
            .collect();
        let line = |cells: &[String]| {
            let padded = cells.iter().zip(&widths).enumerate().map(|(column, (cell, width))| match column {
                0 => format!("{cell:<width$}"),
                _ => format!("{cell:>width$}"),
            });
            format!("| {} |\n", padded.collect::<Vec<_>>().join(" | "))
        };
        let rule: Vec<_> = widths
            .iter()
            .enumerate()
            .map(|(column, width)| if column == 0 { "-".repeat(*width) } else { "-".repeat(width - 1) + ":" })
            .collect();
        let title = if self.title.is_empty() { String::new() } else { format!("**{}**\n\n", markdown(&self.title)) };
        title + &line(&headers) + &line(&rule) + &rows.iter().map(|row| line(row)).collect::<String>()
    }
}
