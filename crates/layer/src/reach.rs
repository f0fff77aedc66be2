//! Which input steps can touch an output step.
//!
//! A **lag** is output step minus input step: 0 is the step itself, 3 is three
//! steps back, −1 is one step ahead.

use std::collections::BTreeSet;
use std::fmt;

use crate::{Lags, Pace};

/// A layer's receptive field, declared as a set of lags, holes included.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reach {
    /// Exactly these lags, wherever the input step exists.
    Lags(Lags),
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

    /// Whether each output step sees its own input step and no other.
    pub fn is_step(&self) -> bool {
        *self == Self::step()
    }

    /// Exactly these lags.
    pub fn lags(lags: impl IntoIterator<Item = isize>) -> Self {
        Self::Lags(lags.into_iter().collect())
    }

    /// Every lag of an unbroken run.
    pub fn run(range: std::ops::RangeInclusive<isize>) -> Self {
        Self::Lags(Lags::run(range))
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
            Self::Lags(lags) => lags.first().is_none_or(|lag| lag >= 0),
            Self::Past => true,
            Self::Everywhere => false,
        }
    }

    /// The furthest step back within `time` steps.
    pub fn longest_lag(&self, time: usize) -> usize {
        let last = time.saturating_sub(1);
        match self {
            Self::Lags(lags) => lags.last().map_or(0, |lag| usize::try_from(lag).unwrap_or(0).min(last)),
            Self::Past | Self::Everywhere => last,
        }
    }

    /// How many layers of this reach in a row it takes until the first of `time` steps can touch the last; `None` if no
    /// number of them is enough. One step is there already: 0.
    ///
    /// That is (time − 1) / longest lag, rounded up, unless there are holes. Then lags have to add up: those of a kernel
    /// with dilation 2 never give an odd lag.
    pub fn depth_to_connect(&self, time: usize) -> Option<usize> {
        let last = time.saturating_sub(1);
        let Self::Lags(lags) = self else { return Some(last.min(1)) };
        let longest = self.longest_lag(time);
        if longest > 0 && (1..=longest).all(|lag| lags.contains(&(lag as isize))) {
            return Some(last.div_ceil(longest));
        }
        // Steps that a path from the first one enters at this depth and not before. Like every path through a stack, it
        // stays within the sequence.
        let (mut entered, mut front, mut depth) = (vec![false; last + 1], vec![0_usize], 0);
        while !front.contains(&last) {
            let hops = front.iter().flat_map(|step| lags.iter().filter_map(|lag| step.checked_add_signed(lag)));
            front = hops.filter(|step| *step <= last && !std::mem::replace(&mut entered[*step], true)).collect();
            depth += 1;
            if front.is_empty() {
                return None;
            }
        }
        Some(depth)
    }

    /// All lags that exist within `time` steps.
    pub fn within(&self, time: usize) -> BTreeSet<isize> {
        let time = time as isize;
        ((1 - time)..time).filter(|lag| self.contains(*lag)).collect()
    }

    /// The reach of `self` followed by `next`: sums of a lag of each. Sums that are spread over more than 2^30 steps count as
    /// [`Everywhere`](Self::Everywhere).
    #[must_use]
    pub fn then(&self, next: &Self) -> Self {
        match (self, next) {
            (Self::Lags(a), Self::Lags(b)) => a.sums(b).map_or(Self::Everywhere, Self::Lags),
            // "The past" with a shift that leaves out its own step, or with a look ahead, is declared as the smallest kind
            // that covers it; a sum of "every step" with anything is every step.
            (Self::Past, other) | (other, Self::Past) if other.is_causal() => Self::Past,
            _ => Self::Everywhere,
        }
    }

    /// The reach of `self`, whose steps go on at `pace`, followed by `next`.
    ///
    /// A step of `next` that looks b steps back looks b·stride input steps back, so lags are a + stride·b: the factor that a
    /// kernel behind a stride gets in the size of a receptive field, 1 + Σ (kernel − 1)·dilation·(product of the strides before).
    #[must_use]
    pub fn then_at(&self, pace: Pace, next: &Self) -> Self {
        match next {
            Self::Lags(lags) => self.then(&Self::Lags(lags.times(pace.stride))),
            Self::Past | Self::Everywhere => self.then(next),
        }
    }

    /// The reach of two paths side by side.
    #[must_use]
    pub fn or(&self, other: &Self) -> Self {
        match (self, other) {
            (Self::Lags(a), Self::Lags(b)) => Self::Lags(a.or(b)),
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
            Self::Lags(lags) => lags.fmt(f),
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

    /// Kernels 5, 3, 3, each with stride 2: 1 + 4 + 2·2 + 2·4 steps.
    #[test]
    fn a_kernel_behind_a_stride_counts_by_it() {
        let paces = [1, 2, 4].map(|stride| Pace { stride, lost: 0 });
        let kernels = [5, 3, 3].map(|size| kernel(size, 1));
        let reach = kernels.iter().zip(paces).fold(Reach::step(), |reach, (next, pace)| reach.then_at(pace, next));
        assert_eq!(reach, Reach::lags(0..17));
        // Behind a stride of 4, a kernel of 2 leaves holes.
        assert_eq!(kernel(2, 1).then_at(paces[2], &kernel(2, 1)), Reach::lags([0, 1, 4, 5]));
        assert_eq!(Reach::Past.then_at(paces[1], &kernel(3, 1)), Reach::Past);
        assert_eq!(kernel(3, 1).then_at(paces[1], &Reach::Everywhere), Reach::Everywhere);
    }

    #[test]
    fn kinds_compose() {
        assert_eq!(Reach::Past.then(&kernel(3, 1)), Reach::Past);
        assert_eq!(Reach::Past.then(&Reach::lags([-1, 0, 1])), Reach::Everywhere);
        assert_eq!(Reach::step().or(&Reach::Past), Reach::Past);
        assert_eq!(Reach::step().or(&kernel(2, 5)), Reach::lags([0, 5]));
        assert!(Reach::step().is_step() && Reach::step().then(&Reach::step()).is_step());
        assert!([Reach::Past, Reach::lags([]), Reach::lags([1]), kernel(2, 5)].iter().all(|reach| !reach.is_step()));
    }

    #[test]
    fn depth_that_connects_the_first_step_with_the_last() {
        for reach in [Reach::Past, Reach::Everywhere] {
            assert_eq!([0, 1, 2, 8192].map(|time| reach.depth_to_connect(time)), [0, 0, 1, 1].map(Some));
        }
        assert_eq!([1, 2, 64].map(|time| Reach::step().depth_to_connect(time)), [Some(0), None, None]);
        assert_eq!([1, 2, 3, 4, 64].map(|time| kernel(3, 1).depth_to_connect(time)), [0, 1, 1, 2, 32].map(Some));
        assert_eq!(kernel(7, 1).depth_to_connect(8192), Some(8191_usize.div_ceil(6)));
        let dilated = kernel(3, 1).then(&kernel(3, 2)).then(&kernel(3, 4));
        assert_eq!([15, 16, 64].map(|time| dilated.depth_to_connect(time)), [1, 2, 5].map(Some));
    }

    #[test]
    fn holes_have_to_add_up() {
        assert_eq!([5, 6, 7].map(|time| kernel(3, 2).depth_to_connect(time)), [Some(1), None, Some(2)]);
        // 7 = 4 + 3, 8 = 4 + 4, 10 = 4 + 3 + 3.
        let reach = Reach::lags([0, 3, 4]);
        assert_eq!([8, 9, 11].map(|time| reach.depth_to_connect(time)), [2, 2, 3].map(Some));
        // There and one back; past the end is no way.
        assert_eq!(Reach::lags([-1, 3]).depth_to_connect(6), Some(3));
        assert_eq!(Reach::lags([-1, 3]).depth_to_connect(3), None);
        assert_eq!(Reach::lags([-2, -1, 0]).depth_to_connect(3), None);
    }

    #[test]
    fn lags_within_a_length() {
        assert_eq!(Reach::Past.within(3), BTreeSet::from([0, 1, 2]));
        assert_eq!(Reach::Everywhere.within(2), BTreeSet::from([-1, 0, 1]));
        assert_eq!(Reach::lags([0, 9]).within(4), BTreeSet::from([0]));
        assert_eq!(Reach::lags([-2, 0]).longest_lag(9), 0);
    }
}
