//! SVG for a page: it takes ink, grid and background from the page's style sheet, groups what belongs to a series, and
//! lets each measured point be rested on or stepped to.

use std::collections::BTreeMap;

use maud::{Markup, html};

use super::image::href;
use super::path::{Outline, line, number, outline};
use crate::scene::{Anchor, Item, Point, Scene, Shape, Text};
use crate::style::{CARD, Color, GRID, INK, MUTED, tinted};

/// More points than this are no help to whoever steps through them: none of them can be.
pub(crate) const STEPS: usize = 400;
/// Room below the drawing for the text of a point.
const STRIP: f64 = 24.0;
/// Half an x-height of DejaVu in em: how far a baseline stands below the middle of a line of text.
const DROP: f64 = 0.2735;

/// Outlines with no more path data than this many bytes are written out each time.
const LONG: usize = 40;

/// The part of a scene below its header. Ids in it begin with `prefix`.
pub(crate) fn inline(scene: &Scene, prefix: &str) -> Markup {
    let items: Vec<_> = scene.items.iter().filter(|item| !heads(&item.shape, scene.header)).collect();
    let page = Page {
        prefix,
        labels: scene.labels(),
        outlines: repeated(&items),
        steps: items.iter().filter(|item| !item.tip.is_empty()).count() <= STEPS,
    };
    let height = scene.height.round() - scene.header + STRIP;
    let view = format!("0 {} {} {}", number(scene.header), number(scene.width), number(height));
    let description = format!("{prefix}-description");
    let runs = items.chunk_by(|one, next| one.series == next.series);
    html! {
        svg xmlns="http://www.w3.org/2000/svg" role="group" aria-label=(scene.title) aria-describedby=(description)
            width=(number(scene.width)) height=(number(height)) viewBox=(view)
            style=(format!("--row:{}px", number(scene.header + height - STRIP / 2.0 + 4.0))) {
            desc id=(description) { (scene.description) }
            @if !page.outlines.is_empty() {
                defs {
                    @for (outline, index) in &page.outlines { path id=(page.outline(*index)) d=(outline) {} }
                }
            }
            @for run in runs { (page.run(run)) }
            @if page.steps && items.iter().any(|item| !item.tip.is_empty()) {
                text.hint.muted font-size="12" { "Rest on a mark, or step to it with Tab, to read its numbers here." }
            }
        }
    }
}

/// Line and marker of a series as they stand in the scene.
pub(crate) fn swatch(scene: &Scene, label: &str) -> Markup {
    let shapes = || scene.items.iter().filter(|item| item.series == label).map(|item| &item.shape);
    let width = |shape: &Shape| match shape {
        Shape::Path { width, .. } => *width,
        _ => 0.0,
    };
    // Thinner lines are leaders and edges of bands.
    let line = shapes().filter(|shape| width(shape) >= 1.2).max_by(|a, b| width(a).total_cmp(&width(b)));
    let small = |points: &[Point]| extent(points).is_some_and(|[left, _, right, _]| right - left < 14.0);
    let marker = shapes().find_map(|shape| match shape {
        Shape::Polygon { points, color, opacity } if *color != CARD && *opacity == 1.0 && small(points) => {
            Some((points, *color))
        }
        _ => None,
    });
    html! {
        svg.swatch aria-hidden="true" width="34" height="16" viewBox="0 0 34 16" {
            @if let Some(Shape::Path { color, dash, width, .. }) = line {
                path class=(stroked(class(*color))) color=[literal(*color)] d="M1 8h32" stroke-width=(number(*width))
                    stroke-dasharray=[dashes(dash)] {}
            }
            @if let Some((points, color)) = marker {
                @let [left, top, right, bottom] = extent(points).unwrap_or_default();
                @let centred: Vec<_> = points.iter()
                    .map(|(x, y)| (x - (left + right) / 2.0 + 17.0, y - (top + bottom) / 2.0 + 8.0)).collect();
                path class=[class(color)] color=[literal(color)] d=(outline(&centred).whole()) {}
            }
        }
    }
}

/// What all items of a drawing share.
struct Page<'a> {
    prefix: &'a str,
    labels: Vec<&'a str>,
    /// Outlines that are drawn more than once, and their numbers.
    outlines: BTreeMap<String, usize>,
    /// Whether points can be stepped to.
    steps: bool,
}

impl Page<'_> {
    fn outline(&self, index: usize) -> String {
        format!("{}-o{index}", self.prefix)
    }

    /// Items one after the other that belong to the same series, or to none.
    fn run(&self, items: &[&Item]) -> Markup {
        let label = &items[0].series;
        let Some(index) = self.labels.iter().position(|other| other == label) else {
            return html! { @for item in items { (self.item(item, None)) } };
        };
        let color = items.iter().map(|item| color_of(&item.shape)).find(|color| class(*color).is_none());
        html! {
            g class={ "s s" (index) } data-series=(label) color=[color.and_then(literal)] {
                @for item in items { (self.item(item, color)) }
            }
        }
    }

    fn item(&self, item: &Item, around: Option<Color>) -> Markup {
        let shape = self.shape(&item.shape, around);
        if item.tip.is_empty() {
            return shape;
        }
        let named = item.series.is_empty() || item.tip.starts_with(&item.series);
        let tip = if named { item.tip.clone() } else { format!("{}: {}", item.series, item.tip) };
        html! {
            @if self.steps {
                g.p tabindex="0" role="img" { title { (tip) } (shape) text.v { (tip) } }
            } @else {
                g { title { (tip) } (shape) }
            }
        }
    }

    /// A shape whose colour is left out where it is that of the group around it.
    fn shape(&self, shape: &Shape, around: Option<Color>) -> Markup {
        let (color, opacity) = match shape {
            Shape::Path { color, .. } => tinted(*color).unwrap_or((*color, 1.0)),
            Shape::Polygon { color, opacity, .. } => (*color, *opacity),
            Shape::Text(text) => (text.color, 1.0),
            Shape::Image { .. } => (CARD, 1.0),
        };
        let own = (Some(color) != around).then_some(color);
        let (class, literal) = (own.and_then(class), own.and_then(literal));
        let opacity = (opacity < 1.0).then(|| number(opacity));
        match shape {
            Shape::Path { points, dash, width, .. } => html! {
                path class=(stroked(class)) color=[literal] d=(line(points)) stroke-width=(number(*width))
                    stroke-dasharray=[dashes(dash)] stroke-opacity=[opacity] {}
            },
            Shape::Polygon { points, .. } => {
                let Outline { start, rest } = outline(points);
                match self.outlines.get(&rest) {
                    Some(index) => html! {
                        use class=[class] color=[literal] href={ "#" (self.outline(*index)) } x=(number(start.0))
                            y=(number(start.1)) fill-opacity=[opacity] {}
                    },
                    None => html! {
                        path class=[class] color=[literal] d=(outline(points).whole()) fill-opacity=[opacity] {}
                    },
                }
            }
            Shape::Text(text) => words(text, class, literal),
            Shape::Image { at, size, columns, pixels } => html! {
                image x=(number(at.0)) y=(number(at.1)) width=(number(size.0)) height=(number(size.1))
                    preserveAspectRatio="none" style="image-rendering:pixelated" href=[href(*columns, pixels).ok()] {}
            },
        }
    }
}

fn words(text: &Text, class: Option<&str>, literal: Option<String>) -> Markup {
    let (x, y) = text.at;
    let drop = DROP * text.em;
    let (x, y) = if text.upward { (x + drop, y) } else { (x, y + drop) };
    let turn = text.upward.then(|| format!("rotate(-90 {} {})", number(x), number(y)));
    let anchor = match text.anchor {
        Anchor::Start => None,
        Anchor::Middle => Some("middle"),
        Anchor::End => Some("end"),
    };
    html! {
        text class=[class] color=[literal] x=(number(x)) y=(number(y)) font-size=(number(text.em))
            font-weight=[text.bold.then_some("bold")] text-anchor=[anchor] transform=[turn] { (text.text) }
    }
}

/// Name in the page's style sheet of a colour that is another one on a dark page. A black series becomes ink.
fn class(color: Color) -> Option<&'static str> {
    match color {
        INK | (0, 0, 0) => Some("ink"),
        MUTED => Some("muted"),
        GRID => Some("grid"),
        CARD => Some("card"),
        _ => None,
    }
}

/// Classes of a line.
fn stroked(class: Option<&str>) -> String {
    class.map_or_else(|| "l".to_owned(), |class| format!("l {class}"))
}

fn literal(color: Color) -> Option<String> {
    class(color).is_none().then(|| format!("#{:02x}{:02x}{:02x}", color.0, color.1, color.2))
}

fn color_of(shape: &Shape) -> Color {
    match shape {
        Shape::Path { color, .. } => tinted(*color).map_or(*color, |(full, _)| full),
        Shape::Polygon { color, .. } => *color,
        Shape::Text(text) => text.color,
        Shape::Image { .. } => CARD,
    }
}

/// Title and notes, which the page writes itself.
fn heads(shape: &Shape, header: f64) -> bool {
    matches!(shape, Shape::Text(text) if text.at.1 < header)
}

fn dashes(dash: &[f64]) -> Option<String> {
    (!dash.is_empty()).then(|| dash.iter().map(|length| number(*length)).collect::<Vec<_>>().join(" "))
}

/// Long outlines that are drawn more than once, numbered in the order of their text.
fn repeated(items: &[&Item]) -> BTreeMap<String, usize> {
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for item in items {
        if let Shape::Polygon { points, .. } = &item.shape {
            *counts.entry(outline(points).rest).or_default() += 1;
        }
    }
    let often = counts.into_iter().filter(|(rest, count)| *count > 1 && rest.len() > LONG);
    often.enumerate().map(|(index, (rest, _))| (rest, index)).collect()
}

/// Left, top, right, bottom; none without points.
fn extent(points: &[Point]) -> Option<[f64; 4]> {
    let first = points.first()?;
    Some(points.iter().fold([first.0, first.1, first.0, first.1], |[left, top, right, bottom], (x, y)| {
        [left.min(*x), top.min(*y), right.max(*x), bottom.max(*y)]
    }))
}

#[cfg(test)]
mod tests;
