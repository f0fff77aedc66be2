//! Tables, provenance, gaps.

use maud::{Markup, html};

use crate::table::Table;

/// A table in a box of its own that scrolls sideways; the first column names the rows.
pub(crate) fn table(table: &Table, heading: bool) -> Markup {
    let caption = (!table.title.is_empty()).then_some(&table.title);
    html! {
        @if heading && let Some(title) = caption { h3 { (title) } }
        div.scroll tabindex="0" role="region" aria-label={ "Table: " (table.title) } {
            table {
                @if !heading && let Some(title) = caption { caption { span { (title) } } }
                thead { tr { @for header in &table.headers { th scope="col" { (cell(header)) } } } }
                tbody {
                    @for row in &table.rows {
                        tr {
                            @for (column, text) in row.iter().enumerate() {
                                @if column == 0 { th scope="row" { span { (cell(text)) } } } @else { td { (cell(text)) } }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// Text between backticks is code, as it is in Markdown.
fn cell(text: &str) -> Markup {
    let code = text.strip_prefix('`').and_then(|text| text.strip_suffix('`'));
    html! { @if let Some(code) = code { code { (code) } } @else { (text) } }
}

pub(super) fn gaps(gaps: &[String]) -> Markup {
    html! {
        @if !gaps.is_empty() {
            div.gaps {
                p { strong.fails { "missing" } " These numbers should be here and are not:" }
                ul { @for gap in gaps { li { (gap) } } }
            }
        }
    }
}

pub(super) fn provenance(pairs: &[(String, String)]) -> Markup {
    html! {
        @if !pairs.is_empty() {
            details {
                summary { "Where the numbers come from" }
                dl { @for (name, value) in pairs { dt { (name) } dd { (value) } } }
            }
        }
    }
}
