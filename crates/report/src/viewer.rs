//! The attention viewer: one section of the page, where a reader picks a model, a sentence, a block, a head and a word.
//!
//! The traces stand in the page as JSON, and a script written by hand shows them: weights as lines and as maps, and the
//! arithmetic from query, key and value to the weighted sum, done again in the browser. Without script there are a figure
//! and tables of the weights at the read-out.

mod json;

use maud::{Markup, PreEscaped, html};

use crate::figure::Spec;
use crate::html::parts;
use crate::render;
use crate::series::distinct;
use crate::traced::{Sequence, sequences};
use crate::traces::Row;

/// Style sheet of the viewer; the page's own comes before it.
pub(crate) const STYLE: &str = include_str!("viewer/viewer.css");

/// The scripts, one for each part of the viewer, in one scope of their own.
const SCRIPTS: [&str; 6] = [
    include_str!("viewer/parts.js"),
    include_str!("viewer/arithmetic.js"),
    include_str!("viewer/heads.js"),
    include_str!("viewer/maps.js"),
    include_str!("viewer/steps.js"),
    include_str!("viewer/viewer.js"),
];

/// Text of the script element that brings every viewer of a page to life.
pub(crate) fn script() -> String {
    format!("\"use strict\";\n(() => {{\n{}}})();\n", SCRIPTS.concat())
}

/// Id of the section below the anchor of its experiment.
pub(crate) fn id(anchor: &str) -> String {
    format!("{anchor}-attention")
}

/// Heading of the section.
pub(crate) const TITLE: &str = "Attention, word by word";

/// Whether there is anything to show.
pub(crate) fn any(traces: &[Row]) -> bool {
    traces.iter().any(|row| !row.block.is_empty() && row.head.is_some())
}

/// The section of one experiment; nothing where no attention is traced.
pub(crate) fn viewer(traces: &[Row], anchor: &str) -> Markup {
    let sequences = sequences(traces);
    let sequences: Vec<_> = sequences.iter().filter(|sequence| !sequence.blocks.is_empty()).collect();
    if sequences.is_empty() {
        return html! {};
    }
    let id = id(anchor);
    html! {
        section.viewer id=(id) aria-labelledby={ (id) "-heading" } {
            h3 id={ (id) "-heading" } { (TITLE) }
            p {
                "What each head does with a sentence: each word asks with its query, every word it may see answers with its \
                 key, and the values come back in the shares that the softmax of these scores gives."
            }
            div.app hidden {}
            div.fallback { (fallback(&sequences, &id)) }
            script type="application/json" { (PreEscaped(json::sequences(&sequences))) }
        }
    }
}

/// Without script: the maps of the first trained sentence, and for each model the weights at its read-out.
fn fallback(sequences: &[&Sequence], id: &str) -> Markup {
    let trained: Vec<_> = sequences.iter().filter(|sequence| sequence.split == "trained").collect();
    let first = trained.first().copied().unwrap_or(&sequences[0]);
    let spec = Spec { id: format!("{id}-maps"), title: "Weights of attention".to_owned(), ..Spec::default() };
    let scene = crate::figure::attention_map(first, &spec);
    let models = distinct(sequences.iter().map(|sequence| (sequence.task, sequence.label)));
    let of_model = |(task, label): (&str, &str)| {
        let mine = |one: &&&&Sequence| (one.task, one.label) == (task, label);
        trained.iter().find(mine).copied().or_else(|| sequences.iter().find(|one| mine(&one)))
    };
    html! {
        @for note in &scene.notes { p.small { (note) } }
        div.scroll tabindex="0" role="region" aria-label={ "Figure: " (spec.title) } { (render::inline(&scene, &spec.id)) }
        @for sequence in models.into_iter().filter_map(of_model) {
            (parts::table(&crate::figure::attention_table(sequence), false))
        }
    }
}
