//! A logarithmic axis.

/// Room beyond the smallest and the largest number, as a factor.
const ROOM: f64 = 1.3;
/// Numbers beyond these are none that anybody measured; an axis up to infinity would have ticks for ever.
const MEASURED: [f64; 2] = [1e-100, 1e100];
/// An axis around numbers spans at least this factor, so that it always has two ticks.
const SPAN: f64 = 10.0;

/// From `first` at pixel `from` to `last` at pixel `to`, logarithmic.
#[derive(Debug, Clone, Copy)]
pub(super) struct LogAxis {
    pub(super) first: f64,
    pub(super) last: f64,
    pub(super) from: f64,
    pub(super) to: f64,
}

impl LogAxis {
    /// An axis that holds all of `values` and a little room around them; 1 to 10 where there are none.
    pub(super) fn around(values: impl Iterator<Item = f64>, (from, to): (f64, f64)) -> Self {
        let range = values.fold(None, |range: Option<(f64, f64)>, value| {
            let value = value.clamp(MEASURED[0], MEASURED[1]);
            let (low, high) = range.unwrap_or((value, value));
            Some((low.min(value), high.max(value)))
        });
        let (low, high) = range.map_or((1.0, SPAN), |(low, high)| (low / ROOM, high * ROOM));
        let more = (SPAN / (high / low)).max(1.0).sqrt();
        Self { first: low / more, last: high * more, from, to }
    }

    /// The same numbers between other pixels.
    pub(super) fn between(self, from: f64, to: f64) -> Self {
        Self { from, to, ..self }
    }

    /// Pixel of a value; what lies beyond an end stands at that end.
    pub(super) fn at(self, value: f64) -> f64 {
        let inside = value.clamp(self.first, self.last);
        let share =
            if self.last > self.first { (inside / self.first).ln() / (self.last / self.first).ln() } else { 0.5 };
        self.from + share * (self.to - self.from)
    }

    /// Powers of ten within the axis, with 2 and 5 times these on a short one.
    pub(super) fn ticks(self) -> Vec<f64> {
        let digits: &[f64] = if self.last / self.first > 2e3 { &[1.0] } else { &[1.0, 2.0, 5.0] };
        let powers = self.first.log10().floor() as i32..=self.last.log10().ceil() as i32;
        let all = powers.flat_map(|power| digits.iter().map(move |digit| digit * 10f64.powi(power)));
        let (low, high) = (self.first * (1.0 - 1e-9), self.last * (1.0 + 1e-9));
        all.filter(|tick| (low..=high).contains(tick)).collect()
    }
}

/// 1, 2, 4, … below `last`, then `last`; a power of two right below it is left out, since the two would touch.
pub(super) fn doublings(last: u64) -> Vec<u64> {
    let mut all: Vec<u64> = (0..64).map(|power| 1 << power).take_while(|power| power * 4 < last * 3).collect();
    all.push(last.max(1));
    all
}

/// The shortest text of a tick: `0.5`, `20`.
pub(super) fn number(tick: f64) -> String {
    format!("{}", (tick * 1e6).round() / 1e6)
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
    fn equal_factors_are_equal_steps_and_ticks_are_round() {
        let axis = LogAxis { first: 0.5, last: 128.0, from: 300.0, to: 20.0 };
        assert_eq!((axis.at(0.5), axis.at(128.0), axis.at(0.0), axis.at(1e9)), (300.0, 20.0, 300.0, 20.0));
        assert!((axis.at(8.0) - 160.0).abs() < 1e-9);
        assert_eq!(axis.ticks().into_iter().map(number).collect::<Vec<_>>().join(" "), "0.5 1 2 5 10 20 50 100");
        assert_eq!(doublings(64), [1, 2, 4, 8, 16, 32, 64]);
        assert_eq!(doublings(63), [1, 2, 4, 8, 16, 32, 63]);
        assert_eq!(doublings(33), [1, 2, 4, 8, 16, 33]);
        assert_eq!(doublings(1), [1]);
    }

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
        assert!((short.at(short.first) - 0.0).abs() < 1e-9 && (short.at(short.last) - 100.0).abs() < 1e-9);
        let endless = LogAxis::around([0.0, 1e-320, f64::INFINITY].into_iter(), (0.0, 1.0));
        assert!(endless.ticks().len() < 300 && (0.0..=1.0).contains(&endless.at(f64::INFINITY)));
        assert!(LogAxis::around([].into_iter(), (0.0, 1.0)).ticks().len() > 1);
    }
}
