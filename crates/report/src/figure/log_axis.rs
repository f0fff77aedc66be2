//! A logarithmic axis.

/// From `first` at pixel `from` to `last` at pixel `to`, logarithmic.
#[derive(Debug, Clone, Copy)]
pub(super) struct LogAxis {
    pub(super) first: f64,
    pub(super) last: f64,
    pub(super) from: f64,
    pub(super) to: f64,
}

impl LogAxis {
    /// Pixel of a value; what lies beyond an end stands at that end.
    pub(super) fn at(self, value: f64) -> f64 {
        let inside = value.clamp(self.first, self.last);
        let share =
            if self.last > self.first { (inside / self.first).ln() / (self.last / self.first).ln() } else { 0.5 };
        self.from + share * (self.to - self.from)
    }

    /// 1, 2 and 5 times the powers of ten within the axis.
    pub(super) fn ticks(self) -> Vec<f64> {
        let powers = self.first.log10().floor() as i32..=self.last.log10().ceil() as i32;
        let all = powers.flat_map(|power| [1.0, 2.0, 5.0].map(|digit| digit * 10f64.powi(power)));
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
}
