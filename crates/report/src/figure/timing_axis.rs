//! Where numbers above 0 stand on a logarithmic axis, and which of them are written there.

/// Room beyond the smallest and the largest number, as a factor.
const ROOM: f64 = 1.3;
/// An axis spans at least this factor, so that it always has two numbers.
const SPAN: f64 = 10.0;

/// Logarithmic axis between two pixel rows or columns: `low` stands at `from`, `high` at `to`.
#[derive(Debug, Clone, Copy)]
pub(super) struct LogAxis {
    pub(super) low: f64,
    pub(super) high: f64,
    pub(super) from: f64,
    pub(super) to: f64,
}

impl LogAxis {
    /// An axis that holds all of `values` and a little room around them; 1 to 10 where there are none.
    pub(super) fn around(values: impl Iterator<Item = f64>, (from, to): (f64, f64)) -> Self {
        let range = values.fold(None, |range: Option<(f64, f64)>, value| {
            let (low, high) = range.unwrap_or((value, value));
            Some((low.min(value), high.max(value)))
        });
        let (low, high) = range.map_or((1.0, SPAN), |(low, high)| (low / ROOM, high * ROOM));
        let more = (SPAN / (high / low)).max(1.0).sqrt();
        Self { low: low / more, high: high * more, from, to }
    }

    /// The same numbers between other pixels.
    pub(super) fn between(self, from: f64, to: f64) -> Self {
        Self { from, to, ..self }
    }

    /// Row or column of a number.
    pub(super) fn at(self, value: f64) -> f64 {
        self.from + (value / self.low).ln() / (self.high / self.low).ln() * (self.to - self.from)
    }

    /// Numbers to write: powers of ten, with 2 and 5 between them on a short axis.
    pub(super) fn ticks(self) -> Vec<f64> {
        let steps: &[f64] = if self.high / self.low > 1e3 { &[1.0] } else { &[1.0, 2.0, 5.0] };
        let decades = self.low.log10().floor() as i32..=self.high.log10().ceil() as i32;
        let all = decades.flat_map(|decade| steps.iter().map(move |step| step * 10f64.powi(decade)));
        all.filter(|tick| (self.low..=self.high).contains(tick)).collect()
    }
}

/// 0.05, 2, 50 k, 1 M.
pub(super) fn tick_text(tick: f64) -> String {
    let decade = (tick.log10() + 1e-9).floor() as i32;
    match decade {
        ..0 => format!("{tick:.*}", decade.unsigned_abs() as usize),
        0..3 => format!("{tick:.0}"),
        3..6 => format!("{:.0}\u{a0}k", tick / 1e3),
        6..9 => format!("{:.0}\u{a0}M", tick / 1e6),
        _ => format!("{:.0}\u{a0}G", tick / 1e9),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_round_and_inside() {
        let long = LogAxis::around([30.0, 2e6].into_iter(), (300.0, 0.0));
        assert_eq!(
            long.ticks().into_iter().map(tick_text).collect::<Vec<_>>(),
            ["100", "1\u{a0}k", "10\u{a0}k", "100\u{a0}k", "1\u{a0}M"]
        );
        let short = LogAxis::around([0.04].into_iter(), (0.0, 100.0));
        assert_eq!(short.ticks().into_iter().map(tick_text).collect::<Vec<_>>(), ["0.02", "0.05", "0.1"]);
        assert!((short.at(0.04) - 50.0).abs() < 1e-9, "alone, it stands in the middle");
        assert!((short.at(short.low) - 0.0).abs() < 1e-9 && (short.at(short.high) - 100.0).abs() < 1e-9);
        assert!(LogAxis::around([].into_iter(), (0.0, 1.0)).ticks().len() > 1);
    }
}
