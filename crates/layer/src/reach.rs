//! Which input steps can touch an output step.
//!
//! A **lag** is output step minus input step: 0 is the step itself, 3 is three
//! steps back, −1 is one step ahead.

use std::collections::BTreeSet;
use std::fmt;

/// A layer's receptive field, declared as a set of lags, holes included.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reach {
    /// Exactly these lags, wherever the input step exists.
    Lags(BTreeSet<isize>),
    /// Every step up to and including the output's own.
    Past,
    /// Every step of the sequence.
    Everywhere,
}

impl Reach {
    /// Each output step sees its own input step alone.
    pub fn step() -> Self {
        Self::lags([0])
    }

    /// Exactly these lags.
    pub fn lags(lags: impl IntoIterator<Item = isize>) -> Self {
        Self::Lags(lags.into_iter().collect())
    }

    /// Whether an input `lag` steps back can touch the output.
    pub fn contains(&self, lag: isize) -> bool {
        match self {
            Self::Lags(lags) => lags.contains(&lag),
            Self::Past => lag >= 0,
            Self::Everywhere => true,
        }
    }

    /// Whether no future step can touch the output.
    pub fn is_causal(&self) -> bool {
        match self {
            Self::Lags(lags) => lags.iter().all(|lag| *lag >= 0),
            Self::Past => true,
            Self::Everywhere => false,
        }
    }

    /// The furthest step back within `time` steps.
    pub fn longest_lag(&self, time: usize) -> usize {
        let last = time.saturating_sub(1);
        match self {
            Self::Lags(lags) => lags.last().map_or(0, |lag| usize::try_from(*lag).unwrap_or(0).min(last)),
            Self::Past | Self::Everywhere => last,
        }
    }

    /// All lags that exist within `time` steps.
    pub fn within(&self, time: usize) -> BTreeSet<isize> {
        let time = time as isize;
        ((1 - time)..time).filter(|lag| self.contains(*lag)).collect()
    }

    /// The reach of `self` followed by `next`: sums of a lag of each.
    #[must_use]
    pub fn then(&self, next: &Self) -> Self {
        match (self, next) {
            (Self::Lags(a), Self::Lags(b)) => Self::lags(a.iter().flat_map(|a| b.iter().map(move |b| a + b))),
            // "The past" with a shift that leaves out its own step, or with a look ahead, is declared as the smallest kind
            // that covers it; a sum of "every step" with anything is every step.
            (Self::Past, other) | (other, Self::Past) if other.is_causal() => Self::Past,
            _ => Self::Everywhere,
        }
    }

    /// The reach of two paths side by side.
    #[must_use]
    pub fn or(&self, other: &Self) -> Self {
        match (self, other) {
            (Self::Lags(a), Self::Lags(b)) => Self::lags(a.union(b).copied()),
            (a, b) if a.is_causal() && b.is_causal() => Self::Past,
            _ => Self::Everywhere,
        }
    }
}

impl fmt::Display for Reach {
    /// `0`, `0..6`, `0,1,3,4`, `past` or `everywhere`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Past => f.write_str("past"),
            Self::Everywhere => f.write_str("everywhere"),
            Self::Lags(lags) => {
                let mut rest = lags.iter().copied().peekable();
                let mut first = true;
                while let Some(start) = rest.next() {
                    let mut end = start;
                    while rest.peek() == Some(&(end + 1)) {
                        end += 1;
                        rest.next();
                    }
                    f.write_str(if first { "" } else { "," })?;
                    first = false;
                    match end - start {
                        0 => write!(f, "{start}")?,
                        1 => write!(f, "{start},{end}")?,
                        _ => write!(f, "{start}..{end}")?,
                    }
                }
                Ok(())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kernel(kernel: isize, dilation: isize) -> Reach {
        Reach::lags((0..kernel).map(|i| i * dilation))
    }

    #[test]
    fn dilated_kernels_leave_holes() {
        let reach = kernel(2, 1).then(&kernel(2, 3));
        assert_eq!(reach, Reach::lags([0, 1, 3, 4]));
        assert_eq!(reach.to_string(), "0,1,3,4");
        assert_eq!(kernel(3, 1).then(&kernel(3, 1)).then(&kernel(3, 1)).to_string(), "0..6");
    }

    /// The two configurations of the TCN paper: two convolutions a level, dilation 2^level.
    #[test]
    fn receptive_fields_of_tcn() {
        for (size, steps) in [(7, 3061), (8, 3571)] {
            let reach = (0..8).fold(Reach::step(), |reach, level| {
                reach.then(&kernel(size, 1 << level)).then(&kernel(size, 1 << level))
            });
            assert_eq!(reach.longest_lag(10_000) + 1, steps);
        }
    }

    #[test]
    fn kinds_compose() {
        assert_eq!(Reach::Past.then(&kernel(3, 1)), Reach::Past);
        assert_eq!(Reach::Past.then(&Reach::lags([-1, 0, 1])), Reach::Everywhere);
        assert_eq!(Reach::step().or(&Reach::Past), Reach::Past);
        assert_eq!(Reach::step().or(&kernel(2, 5)), Reach::lags([0, 5]));
    }

    #[test]
    fn lags_within_a_length() {
        assert_eq!(Reach::Past.within(3), BTreeSet::from([0, 1, 2]));
        assert_eq!(Reach::Everywhere.within(2), BTreeSet::from([-1, 0, 1]));
        assert_eq!(Reach::lags([0, 9]).within(4), BTreeSet::from([0]));
        assert_eq!(Reach::lags([-2, 0]).longest_lag(9), 0);
    }
}
