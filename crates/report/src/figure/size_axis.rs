//! An axis of sizes: each that was measured has a place, and a number where there is room for one.

use crate::font;

/// Between two pixel columns, of even steps or logarithmic.
#[derive(Debug, Clone)]
pub(super) struct SizeAxis {
    /// Ascending.
    pub(super) sizes: Vec<f64>,
    pub(super) log: bool,
    pub(super) left: f64,
    pub(super) right: f64,
}

impl SizeAxis {
    /// Column of a size. A logarithm has no place for 0: it stands left of the smallest above it, as half of that would.
    pub(super) fn x(&self, size: f64) -> f64 {
        let least = self.sizes.iter().copied().find(|size| *size > 0.0).unwrap_or(1.0);
        let place = |size: f64| if self.log { size.max(least / 2.0).ln() } else { size };
        let (first, last) = (place(self.sizes[0]), place(self.sizes[self.sizes.len() - 1]));
        let share = if last > first { (place(size) - first) / (last - first) } else { 0.5 };
        self.left + share * (self.right - self.left)
    }

    /// Sizes whose numbers fit beside each other, and these numbers; the last always stands.
    pub(super) fn numbered(&self, em: f64) -> Vec<(f64, String)> {
        let text = |size: f64| size_text(size, &self.sizes);
        let half = |text: &str| font::width(text, em, false) / 2.0;
        let mut kept: Vec<(f64, String)> = Vec::new();
        for size in self.sizes.iter().rev() {
            let here = text(*size);
            let fits = |(next, other): &(f64, String)| self.x(*size) + half(&here) + 6.0 <= self.x(*next) - half(other);
            if kept.last().is_none_or(fits) {
                kept.push((*size, here));
            }
        }
        kept.reverse();
        kept
    }
}

/// 64, 1k, 256k: thousands are 1024 where all large `sizes` are multiples of it, else 1000.
pub(super) fn size_text(size: f64, sizes: &[f64]) -> String {
    let binary = sizes.iter().filter(|size| **size >= 1024.0).all(|size| size % 1024.0 == 0.0);
    let thousand = if binary { 1024.0 } else { 1000.0 };
    if size >= thousand && size % thousand == 0.0 { format!("{}k", size / thousand) } else { format!("{size}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn powers_of_two_are_short_and_keep_apart() {
        let sizes: Vec<f64> = (6..20).map(|power| f64::from(1 << power)).collect();
        let axis = SizeAxis { sizes, log: true, left: 80.0, right: 600.0 };
        let texts: Vec<_> = axis.numbered(12.0).into_iter().map(|(_, text)| text).collect();
        assert_eq!((texts[0].as_str(), texts[4].as_str(), texts.last().unwrap().as_str()), ("64", "1k", "512k"));
        let step = axis.x(128.0) - axis.x(64.0);
        assert!((axis.x(524_288.0) - axis.x(262_144.0) - step).abs() < 1e-9);
        let narrow = SizeAxis { right: 200.0, ..axis };
        assert!(narrow.numbered(12.0).len() < 6);
        assert_eq!(
            (size_text(2000.0, &[2000.0]), size_text(1500.0, &[1500.0]), size_text(0.5, &[])),
            ("2k".into(), "1500".into(), "0.5".into())
        );
    }

    #[test]
    fn zero_stands_left_of_the_smallest() {
        let axis = SizeAxis { sizes: vec![0.0, 1.0, 2.0, 64.0], log: true, left: 0.0, right: 70.0 };
        let places = [0.0, 1.0, 2.0, 64.0].map(|size| axis.x(size).round());
        assert_eq!(places, [0.0, 10.0, 20.0, 70.0]);
        let even = SizeAxis { log: false, right: 64.0, ..axis };
        assert_eq!([even.x(0.0), even.x(2.0)], [0.0, 2.0]);
    }
}
