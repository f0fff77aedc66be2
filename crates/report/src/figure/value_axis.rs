//! An axis of numbers that are not known beforehand: shares from 0 to 1, even steps, or a logarithm.

use super::log_axis::LogAxis;
use crate::font;

/// Room beyond the smallest and the largest number on an even axis, as a share of their distance.
const ROOM: f64 = 0.06;

#[derive(Debug, Clone, Copy)]
enum Scale {
    /// 0 to 1, numbered in per cent.
    Share,
    Even {
        low: f64,
        high: f64,
    },
    Log(LogAxis),
}

/// A scale from pixel `from` to pixel `to`.
#[derive(Debug, Clone, Copy)]
pub(super) struct ValueAxis {
    scale: Scale,
    pub(super) from: f64,
    pub(super) to: f64,
}

impl ValueAxis {
    /// Shares 0 to 1, numbered in per cent.
    pub(super) fn share((from, to): (f64, f64)) -> Self {
        Self { scale: Scale::Share, from, to }
    }

    /// Even steps from `low` to `high`; a little around them where they are equal.
    pub(super) fn even(low: f64, high: f64, (from, to): (f64, f64)) -> Self {
        let half = if high > low { 0.0 } else { 0.5 * low.abs().max(1e-6) };
        Self { scale: Scale::Even { low: low - half, high: high + half }, from, to }
    }

    /// An axis that holds all of `values` and a little room; one of even steps starts at 0 where that costs little.
    pub(super) fn around(values: &[f64], log: bool, ends: (f64, f64)) -> Self {
        if log {
            let positive = values.iter().copied().filter(|value| *value > 0.0);
            return Self { scale: Scale::Log(LogAxis::around(positive, (0.0, 1.0))), from: ends.0, to: ends.1 };
        }
        let (low, high) = extent(values.iter().copied()).unwrap_or((0.0, 1.0));
        let room = ROOM * (high - low);
        if low >= 0.0 && low < 0.4 * high {
            Self::even(0.0, high + room, ends)
        } else {
            Self::even(low - room, high + room, ends)
        }
    }

    /// The same numbers between other pixels.
    pub(super) fn between(self, from: f64, to: f64) -> Self {
        Self { from, to, ..self }
    }

    /// Pixel of a value; what lies beyond an end stands at that end.
    pub(super) fn at(self, value: f64) -> f64 {
        let share = match self.scale {
            Scale::Share => value.clamp(0.0, 1.0),
            Scale::Even { low, high } => (value.clamp(low, high) - low) / (high - low),
            Scale::Log(axis) => axis.at(value),
        };
        self.from + share * (self.to - self.from)
    }

    /// As [`ValueAxis::at`], but on an even axis what lies beyond an end stands beyond it.
    pub(super) fn beyond(self, value: f64) -> f64 {
        match self.scale {
            Scale::Even { low, high } => self.from + (value - low) / (high - low) * (self.to - self.from),
            _ => self.at(value),
        }
    }

    /// Round values within the axis and their texts, not many more than `most`.
    pub(super) fn ticks(self, most: usize) -> Vec<(f64, String)> {
        match self.scale {
            Scale::Share if most >= 5 => percents(&[0, 25, 50, 75, 100]),
            Scale::Share => percents(&[0, 50, 100]),
            Scale::Even { low, high } => even(low, high, most),
            Scale::Log(axis) => log(axis, most),
        }
    }

    /// As [`ValueAxis::ticks`], for an axis that runs across: texts of size `em` that would touch are left empty.
    pub(super) fn ticks_across(self, most: usize, em: f64) -> Vec<(f64, String)> {
        let mut free = f64::MIN;
        let mut ticks = self.ticks(most);
        for (value, text) in &mut ticks {
            let (middle, half) = (self.at(*value), font::width(text, em, false) / 2.0);
            if middle - half >= free {
                free = middle + half + 6.0;
            } else {
                text.clear();
            }
        }
        ticks
    }
}

/// Smallest and largest; none of nothing.
pub(super) fn extent(values: impl Iterator<Item = f64>) -> Option<(f64, f64)> {
    values.fold(None, |range, value| {
        let (low, high): (f64, f64) = range.unwrap_or((value, value));
        Some((low.min(value), high.max(value)))
    })
}

fn percents(of: &[u32]) -> Vec<(f64, String)> {
    of.iter().map(|percent| (f64::from(*percent) / 100.0, percent.to_string())).collect()
}

/// Multiples of 1, 2 or 5 times a power of ten; at least two, though that be more than `most`.
fn even(low: f64, high: f64, most: usize) -> Vec<(f64, String)> {
    let rough = (high - low) / most.max(1) as f64;
    let power = 10f64.powf(rough.log10().floor());
    let within = |step: f64| ((low / step - 1e-9).ceil() as i64, (high / step + 1e-9).floor() as i64);
    let digits = [0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0];
    let place = digits.iter().position(|digit| digit * power >= rough * (1.0 - 1e-9)).unwrap_or(digits.len() - 1);
    let mut steps = digits[..=place].iter().rev().map(|digit| digit * power);
    let several = |step: &f64| within(*step).1 > within(*step).0;
    let step = steps.find(several).unwrap_or(digits[0] * power);
    let decimals = (-(step.log10() + 1e-9).floor()).max(0.0) as usize;
    let (first, last) = within(step);
    let text = |value: f64| {
        let plain = if step >= 1000.0 { format!("{}k", value / 1000.0) } else { format!("{value:.decimals$}") };
        if value == 0.0 { "0".to_owned() } else { plain.replace('-', "−") }
    };
    (first..=last).map(|place| place as f64 * step).map(|value| (value, text(value))).collect()
}

fn log(axis: LogAxis, most: usize) -> Vec<(f64, String)> {
    let is_power = |tick: &f64| (tick.log10() - tick.log10().round()).abs() < 1e-6;
    let mut ticks = axis.ticks();
    if ticks.len() > most && ticks.iter().filter(|tick| is_power(tick)).count() > 1 {
        ticks.retain(is_power);
    }
    let every = ticks.len().div_ceil(most.max(1));
    ticks.into_iter().step_by(every).map(|tick| (tick, log_text(tick))).collect()
}

/// 2, 50k, 0.05, and 2·10⁻⁵ where zeros would have to be counted.
fn log_text(tick: f64) -> String {
    let power = (tick.log10() + 1e-9).floor() as i32;
    if (-3..6).contains(&power) {
        let text = super::log_axis::tick_text(tick);
        return text.replace("\u{a0}k", "k");
    }
    let digit = (tick / 10f64.powi(power)).round();
    let raised: String = power.to_string().chars().map(superscript).collect();
    if digit == 1.0 { format!("10{raised}") } else { format!("{digit}·10{raised}") }
}

fn superscript(letter: char) -> char {
    let raised = ['⁰', '¹', '²', '³', '⁴', '⁵', '⁶', '⁷', '⁸', '⁹'];
    letter.to_digit(10).map_or('⁻', |digit| raised[digit as usize])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(axis: ValueAxis, most: usize) -> String {
        axis.ticks(most).into_iter().map(|(_, text)| text).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn ticks_are_round_and_few() {
        let ends = (100.0, 0.0);
        assert_eq!(texts(ValueAxis::share(ends), 3), "0 50 100");
        assert_eq!(texts(ValueAxis::even(-1.0, 1.0, ends), 4), "−1.0 −0.5 0 0.5 1.0");
        assert_eq!(texts(ValueAxis::around(&[0.01, 0.093], false, ends), 3), "0 0.05");
        assert_eq!(texts(ValueAxis::even(-1.8, 4.8, ends), 3), "0 2 4");
        assert_eq!(texts(ValueAxis::around(&[5e4], false, ends), 3), "40k 60k");
        assert_eq!(texts(ValueAxis::around(&[], false, ends), 2), "0 1");
        assert_eq!(texts(ValueAxis::around(&[2e-6, 0.9], true, ends), 4), "10⁻⁵ 0.001 0.1");
        assert_eq!(texts(ValueAxis::around(&[0.01, 0.1], true, ends), 8), "0.01 0.02 0.05 0.1");
    }

    #[test]
    fn values_have_places_and_those_beyond_stand_at_the_end() {
        let axis = ValueAxis::even(0.0, 4.0, (100.0, 0.0));
        assert_eq!([axis.at(0.0), axis.at(1.0), axis.at(9.0)], [100.0, 75.0, 0.0]);
        assert_eq!([axis.beyond(1.0), axis.beyond(8.0)], [75.0, -100.0]);
        let log = ValueAxis::around(&[0.0, 1.0, 100.0], true, (0.0, 200.0));
        assert!((log.at(10.0) - 100.0).abs() < 1e-9 && log.at(0.0) == 0.0);
        let alone = ValueAxis::around(&[3.0], false, (0.0, 10.0));
        assert!((alone.at(3.0) - 5.0).abs() < 1e-9, "alone, it stands in the middle");
    }

    #[test]
    fn texts_across_keep_apart() {
        let axis = ValueAxis::even(0.0, 1.0, (0.0, 60.0));
        let kept: Vec<_> = axis.ticks_across(10, 12.0).into_iter().filter(|(_, text)| !text.is_empty()).collect();
        assert!(kept.len() > 1 && kept.len() < 5, "{kept:?}");
    }
}
