//! One page with everything that was measured: no network, no other file, readable without script.
//!
//! The page is a pure function of what it is given. Text from data goes through maud, which escapes it; the only raw
//! parts are the style sheet and the script beside this file.

mod claims;
mod figure;
pub(crate) mod parts;

use maud::{DOCTYPE, Markup, PreEscaped, html};

use crate::claims::{Claim, Verdict};
use crate::figure::{Drawn, Spec};
use crate::table::Table;
use crate::{traces, viewer};

/// Everything of one experiment in one profile.
#[derive(Debug, Clone, Default)]
pub struct Experiment {
    /// Name of the experiment.
    pub name: String,
    /// `quick` or `full`; empty where there is only one.
    pub profile: String,
    /// What is asked.
    pub question: String,
    /// Command that makes the numbers.
    pub command: String,
    /// In the order of the page.
    pub figures: Vec<Figure>,
    /// Claims that this profile is held to, each with what came of it.
    pub claims: Vec<Judged>,
    /// Tables of the experiment as a whole.
    pub tables: Vec<Table>,
    /// Name and value: revision, machine, settings.
    pub provenance: Vec<(String, String)>,
    /// What should be there and is not, one line each.
    pub gaps: Vec<String>,
    /// What attention did with single sequences, for the viewer.
    pub traces: Vec<traces::Row>,
}

/// What a specification asked for.
#[derive(Debug, Clone)]
pub struct Figure {
    /// The specification.
    pub spec: Spec,
    /// What [`crate::drawn`] made of it: one for each length and number of pairs.
    pub drawn: Vec<Drawn>,
}

/// A claim and its verdict.
#[derive(Debug, Clone)]
pub struct Judged {
    /// The claim.
    pub claim: Claim,
    /// What came of it.
    pub verdict: Verdict,
}

/// What the page says of itself.
#[derive(Debug, Clone, Default)]
pub struct Made {
    /// Title of the page.
    pub title: String,
    /// A sentence or two below it.
    pub lead: String,
    /// Command that makes the page.
    pub command: String,
}

/// Nothing but what stands in the page itself may be loaded or run.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:; \
                      base-uri 'none'; form-action 'none'";

/// The page; the same input gives the same bytes.
///
/// `reports` differ in name or profile, or anchors of two would be the same.
pub fn page(reports: &[Experiment], made: &Made) -> String {
    let drawn = reports.iter().flat_map(|report| &report.figures).flat_map(|figure| &figure.drawn);
    let series = drawn.map(|drawn| drawn.series().len()).max().unwrap_or(0);
    let traced = reports.iter().any(|report| viewer::any(&report.traces));
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta http-equiv="Content-Security-Policy" content=(POLICY);
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { (made.title) }
                link rel="icon" href="data:,";
                style { (PreEscaped(include_str!("html/page.css"))) (PreEscaped(toggles(series)))
                    @if traced { (PreEscaped(viewer::STYLE)) }
                }
            }
            body {
                a.skip href="#content" { "To the content" }
                header {
                    h1 { (made.title) }
                    @if !made.lead.is_empty() { p { (made.lead) } }
                    @if !made.command.is_empty() { p.small { "Made by " code { (made.command) } } }
                }
                (contents(reports))
                main id="content" { @for report in reports { (experiment(report)) } }
                div id="ring" aria-hidden="true" hidden {}
                div id="tip" role="status" aria-live="polite" hidden {}
                script { (PreEscaped(include_str!("html/page.js"))) }
                @if traced { script { (PreEscaped(viewer::script())) } }
            }
        }
    };
    page.into_string()
}

/// Style rules that hide what belongs to a series whose box is not ticked; no script is needed for it.
fn toggles(series: usize) -> String {
    (0..series).map(|index| format!("figure:has(.t{index}:not(:checked)) .s{index}{{display:none}}\n")).collect()
}

/// Start of every id of an experiment.
fn anchor(report: &Experiment) -> String {
    let name =
        if report.profile.is_empty() { report.name.clone() } else { format!("{}-{}", report.name, report.profile) };
    name.chars().map(|letter| if letter.is_ascii_alphanumeric() { letter } else { '-' }).collect()
}

fn heading(report: &Experiment) -> Markup {
    html! {
        (report.name)
        @if !report.profile.is_empty() { span.profile { (report.profile) " profile" } }
    }
}

fn contents(reports: &[Experiment]) -> Markup {
    html! {
        nav aria-label="Contents" {
            h2 { "Contents" }
            ol {
                @for report in reports {
                    @let anchor = anchor(report);
                    li {
                        a href={ "#" (anchor) } { (heading(report)) }
                        " " span.small { (claims::count(&report.claims)) }
                        @if !report.gaps.is_empty() { " " span.small.fails { (report.gaps.len()) " missing" } }
                        ol {
                            @for figure in &report.figures {
                                li { a href={ "#" (anchor) "-" (figure.spec.id) } { (figure.spec.title) } }
                            }
                            @if viewer::any(&report.traces) {
                                li { a href={ "#" (viewer::id(&anchor)) } { (viewer::TITLE) } }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn experiment(report: &Experiment) -> Markup {
    let anchor = anchor(report);
    let first = |index: usize| {
        let task = &report.figures[index].spec.task;
        report.figures[..index].iter().find(|other| other.spec.task == *task)
    };
    let shown = |claim: &Claim| report.figures.iter().any(|figure| figure.spec.task == claim.task);
    let others: Vec<_> = report.claims.iter().filter(|judged| !shown(&judged.claim)).collect();
    html! {
        section id=(anchor) aria-labelledby={ (anchor) "-heading" } {
            h2 id={ (anchor) "-heading" } { (heading(report)) }
            @if !report.question.is_empty() { p.question { (report.question) } }
            @if !report.command.is_empty() { p.small { "Made by " code { (report.command) } } }
            @if !report.claims.is_empty() { p { (claims::count(&report.claims)) "." } }
            (parts::gaps(&report.gaps))
            @for (index, figure) in report.figures.iter().enumerate() {
                (figure::figure(figure, &anchor, &report.claims, first(index).map(|other| &other.spec)))
            }
            (viewer::viewer(&report.traces, &anchor))
            @if !others.is_empty() {
                h3 { @if report.figures.is_empty() { "Claims" } @else { "Other claims" } }
                (claims::list(&others))
            }
            @for table in &report.tables { (parts::table(table, true)) }
            (parts::provenance(&report.provenance))
        }
    }
}
