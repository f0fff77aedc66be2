//! Floors as dotted upright lines, and their names above the panel: each on a row of its own, or a letter where the
//! names are too long for the panel.

use super::gathered::{Floor, height};
use super::value_axis::ValueAxis;
use crate::font;
use crate::labels::spread;
use crate::scene::{Anchor, Scene, Text};
use crate::series::distinct;
use crate::style::{DOTS, MUTED};

const EM: f64 = 11.0;
const ROW: f64 = 15.0;
/// From a line to its name.
const ASIDE: f64 = 5.0;

/// How the names of all panels of a figure stand: above their lines, or as letters.
#[derive(Debug)]
pub(super) struct Names<'a> {
    metric: &'a str,
    /// The name of each letter; none where names stand above.
    letters: Option<Vec<String>>,
    rows: usize,
}

fn text(metric: &str, floor: &Floor) -> String {
    floor.height().map_or_else(|| floor.name.clone(), |value| format!("{}: {}", floor.name, height(metric, value)))
}

/// Height of a floor: where it has several, their mean.
fn place(floor: &Floor) -> f64 {
    floor.points.iter().map(|(_, height)| height).sum::<f64>() / floor.points.len().max(1) as f64
}

/// For each floor its row from the top and on which side of its line the name stands; none if a name is too long or
/// would stand on another floor's line.
fn above(metric: &str, floors: &[Floor], axis: ValueAxis) -> Option<Vec<(usize, Anchor)>> {
    let (left, right) = (axis.from, axis.to);
    let side = |floor: &Floor| {
        let (x, width) = (axis.at(place(floor)), font::width(&text(metric, floor), EM, false) + ASIDE);
        match (x + width <= right, x - width >= left) {
            (true, _) => Some((x, width, Anchor::Start)),
            (_, true) => Some((x, width, Anchor::End)),
            _ => None,
        }
    };
    let sides = floors.iter().map(side).collect::<Option<Vec<_>>>()?;
    // Names to the right of their lines come first, the leftmost line highest: what stands lower reaches none of them.
    let mut order: Vec<usize> = (0..sides.len()).collect();
    order.sort_by(|a, b| {
        let key = |index: &usize| {
            let (x, _, anchor) = sides[*index];
            if anchor == Anchor::Start { (0, x) } else { (1, -x) }
        };
        let (a, b) = (key(a), key(b));
        a.0.cmp(&b.0).then(a.1.total_cmp(&b.1))
    });
    let mut rows = vec![(0, Anchor::Start); sides.len()];
    for (row, index) in order.iter().enumerate() {
        let (x, width, anchor) = sides[*index];
        let (from, to) = if anchor == Anchor::Start { (x, x + width) } else { (x - width, x) };
        // Lines of higher rows run past this one.
        if order[..row].iter().any(|other| (from - 2.0..to + 2.0).contains(&sides[*other].0)) {
            return None;
        }
        rows[*index] = (row, anchor);
    }
    Some(rows)
}

impl<'a> Names<'a> {
    /// Names for the floors of each panel.
    pub(super) fn of(metric: &'a str, panels: &[(&[Floor], ValueAxis)]) -> Self {
        let rows = panels.iter().map(|(floors, _)| floors.len()).max().unwrap_or(0);
        if panels.iter().all(|(floors, axis)| above(metric, floors, *axis).is_some()) {
            return Self { metric, letters: None, rows };
        }
        let names = distinct(panels.iter().flat_map(|(floors, _)| floors.iter()).map(|floor| floor.name.clone()));
        Self { metric, letters: Some(names), rows: usize::from(rows > 0) }
    }

    /// Height of the names above a panel.
    pub(super) fn height(&self) -> f64 {
        ROW * self.rows as f64
    }

    /// Draws the floors of a panel from `bottom` up to their names, which end at `top`.
    pub(super) fn draw(&self, scene: &mut Scene, floors: &[Floor], axis: ValueAxis, (top, bottom): (f64, f64)) {
        let first = top - self.height() + ROW / 2.0;
        let line = |scene: &mut Scene, floor: &Floor, to: f64| {
            let x = axis.at(place(floor));
            scene.path(vec![(x, bottom), (x, to)], MUTED, 1.4, DOTS);
        };
        let Some(names) = &self.letters else {
            for (floor, (row, anchor)) in floors.iter().zip(above(self.metric, floors, axis).unwrap_or_default()) {
                let y = first + ROW * row as f64;
                line(scene, floor, y - 4.0);
                let aside = if anchor == Anchor::Start { ASIDE } else { -ASIDE };
                let at = (axis.at(place(floor)) + aside, y);
                scene.text(Text::new(at, text(self.metric, floor), EM, MUTED, anchor));
            }
            return;
        };
        let wishes: Vec<_> = floors.iter().map(|floor| axis.at(place(floor))).collect();
        let sizes = vec![12.0; floors.len()];
        for (floor, x) in floors.iter().zip(spread(&wishes, &sizes, axis.from - 6.0, axis.to + 6.0)) {
            line(scene, floor, top);
            let index = names.iter().position(|name| *name == floor.name).unwrap_or(0);
            scene.text(Text::new((x, first), letter(index), EM, MUTED, Anchor::Middle));
        }
    }

    /// What the letters mean; empty where the names stand themselves.
    pub(super) fn key(&self, panels: &[&[Floor]]) -> String {
        let Some(names) = &self.letters else { return String::new() };
        let of_name = |(index, name): (usize, &String)| {
            let heights = panels.iter().flat_map(|floors| floors.iter()).filter(|floor| floor.name == *name);
            let heights = distinct(heights.map(|floor| height(self.metric, place(floor))));
            format!("{}: {name} ({})", letter(index), heights.join(", "))
        };
        let all: Vec<_> = names.iter().enumerate().map(of_name).collect();
        if all.is_empty() { String::new() } else { format!("dotted: {}", all.join("; ")) }
    }
}

fn letter(index: usize) -> String {
    let letter = char::from(b'a' + (index % 26) as u8);
    letter.to_string().repeat(1 + index / 26)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn floor(name: &str, height: f64) -> Floor {
        Floor { name: name.into(), points: vec![(None, height)] }
    }

    #[test]
    fn names_stand_beside_their_lines_or_become_letters() {
        let floors = [floor("1/V", 0.03), floor("1/K", 0.25), floor("oracle", 1.0)];
        let wide = ValueAxis::share((100.0, 700.0));
        let rows = above("accuracy", &floors, wide).unwrap();
        assert_eq!(rows, [(0, Anchor::Start), (1, Anchor::Start), (2, Anchor::End)]);
        let narrow = ValueAxis::share((100.0, 180.0));
        let long = [floor("a floor of a very long name", 0.5)];
        assert_eq!(above("accuracy", &long, narrow), None);
        let names = Names::of("accuracy", &[(&floors, wide), (&long, narrow)]);
        let key = names.key(&[&floors, &long]);
        assert_eq!(
            key,
            "dotted: a: 1/V (3\u{a0}%); b: 1/K (25\u{a0}%); c: oracle (100\u{a0}%); \
             d: a floor of a very long name (50\u{a0}%)"
        );
    }
}
