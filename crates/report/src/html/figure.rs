//! A figure on the page: drawing, boxes to hide series, what is claimed about its task, floors, and its numbers.

use maud::{Markup, html};

use super::{Figure, Judged, claims, parts};
use crate::figure::{Drawn, Spec};

/// `before` is an earlier figure of the same task: claims about the task stand there.
pub(super) fn figure(figure: &Figure, anchor: &str, judged: &[Judged], before: Option<&Spec>) -> Markup {
    let spec = &figure.spec;
    let own: Vec<_> = judged.iter().filter(|judged| judged.claim.task == spec.task).collect();
    html! {
        article id={ (anchor) "-" (spec.id) } {
            h3 { (spec.title) }
            @if !spec.question.trim().is_empty() { p.question { (spec.question.trim()) } }
            @if figure.drawn.is_empty() { p.fails { "Nothing could be drawn." } }
            @for drawn in &figure.drawn { (one(drawn, &spec.title, anchor)) }
            @match before {
                _ if own.is_empty() => {},
                Some(before) => p.small {
                    "Claims about the same task stand under " a href={ "#" (anchor) "-" (before.id) } { (before.title) } "."
                },
                None => { h4 { "Claims" } (claims::list(&own)) },
            }
        }
    }
}

fn one(drawn: &Drawn, title: &str, anchor: &str) -> Markup {
    let prefix = format!("{anchor}--{}", drawn.stem());
    html! {
        figure id=(prefix) {
            @if !drawn.notes().is_empty() {
                figcaption { @for note in drawn.notes() { p.small { (note) } } }
            }
            div.scroll tabindex="0" role="region" aria-label={ "Figure: " (title) } { (drawn.inline(&prefix)) }
            (boxes(drawn))
            @if !drawn.floors().is_empty() {
                p.small { "Floors, reached without the information asked for: " (drawn.floors().join(" · ")) }
            }
            details { summary { "The numbers as a table" } (parts::table(drawn.table(), false)) }
        }
    }
}

/// A box for each series; its number is the number in the classes of the drawing.
fn boxes(drawn: &Drawn) -> Markup {
    let series = drawn.series();
    html! {
        @if !series.is_empty() {
            fieldset {
                legend { "Series" }
                @for (index, (label, swatch)) in series.into_iter().enumerate() {
                    label {
                        input type="checkbox" checked class={ "t t" (index) } data-toggles=(index);
                        (swatch) span { (label) }
                    }
                }
                span.all hidden { button type="button" data-all="1" { "all" } button type="button" data-all="" { "none" } }
            }
        }
    }
}
