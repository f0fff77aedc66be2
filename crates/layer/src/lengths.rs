//! Which numbers of steps a layer can take.

use std::fmt;

/// Lengths of sequences that a layer accepts, as it declares them; the kit holds
/// [`output_shape`](crate::Layer::output_shape), [`forward`](crate::Layer::forward) and
/// [`backward`](crate::Layer::backward) against them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lengths {
    /// Whatever comes: the weights do not know of the length.
    Any,
    /// That many steps or more: some of them stand before the others and have to be there.
    AtLeast(usize),
    /// One step up to that many: there are weights for each step, and a shorter sequence uses the first ones.
    AtMost(usize),
    /// From so many to so many, both included.
    Between(usize, usize),
    /// That many and no other.
    Exactly(usize),
}

impl Lengths {
    /// Whether `time` steps are accepted.
    pub fn contains(self, time: usize) -> bool {
        let (least, most) = self.range();
        (least..=most).contains(&time)
    }

    /// What two layers in a row accept that both keep the length. If no length suits both, the first one's.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        let (a, b) = (self.range(), other.range());
        match (a.0.max(b.0), a.1.min(b.1)) {
            (least, most) if least > most => self,
            (least, most) => Self::of_range(least, most),
        }
    }

    /// From so many to so many.
    pub(crate) fn of_range(least: usize, most: usize) -> Self {
        match (least, most) {
            (1, usize::MAX) => Self::Any,
            (least, usize::MAX) => Self::AtLeast(least),
            (least, most) if least == most => Self::Exactly(least),
            (1, most) => Self::AtMost(most),
            (least, most) => Self::Between(least, most),
        }
    }

    /// The shortest and the longest.
    pub(crate) fn range(self) -> (usize, usize) {
        match self {
            Self::Any => (1, usize::MAX),
            Self::AtLeast(least) => (least, usize::MAX),
            Self::AtMost(most) => (1, most),
            Self::Between(least, most) => (least, most),
            Self::Exactly(only) => (only, only),
        }
    }
}

impl fmt::Display for Lengths {
    /// `any`, `5 or more`, `1 … 64`, `5 … 64` or `64 alone`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Any => f.write_str("any"),
            Self::AtLeast(least) => write!(f, "{least} or more"),
            Self::AtMost(most) => write!(f, "1 … {most}"),
            Self::Between(least, most) => write!(f, "{least} … {most}"),
            Self::Exactly(only) => write!(f, "{only} alone"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Lengths::{self, Any, AtLeast, AtMost, Between, Exactly};

    /// Every pair, held against what the two contain.
    #[test]
    fn what_a_stack_accepts_is_what_both_accept() {
        let all = [Any, AtLeast(3), AtMost(8), AtMost(4), Between(2, 5), Exactly(4), Exactly(1)];
        for (a, b) in all.iter().flat_map(|a| all.iter().map(move |b| (*a, *b))) {
            let both = |time: &usize| a.contains(*time) && b.contains(*time);
            let want: Vec<usize> = (1..20).filter(both).collect();
            let got: Vec<usize> = (1..20).filter(|time| a.and(b).contains(*time)).collect();
            if want.is_empty() {
                assert_eq!(a.and(b), a);
            } else {
                assert_eq!(got, want, "{a} and {b}");
            }
        }
        assert_eq!(AtLeast(3).and(AtMost(8)), Between(3, 8));
        assert_eq!(AtMost(8).and(Exactly(4)), Exactly(4));
        assert_eq!(Any.and(AtMost(4)), AtMost(4));
    }

    #[test]
    fn what_is_contained() {
        let at = |lengths: Lengths| [0, 3, 4, 5].map(|time| lengths.contains(time));
        assert_eq!(at(Any), [false, true, true, true]);
        assert_eq!(at(AtLeast(4)), [false, false, true, true]);
        assert_eq!(at(AtMost(4)), [false, true, true, false]);
        assert_eq!(at(Between(4, 4)), [false, false, true, false]);
        assert_eq!(at(Exactly(4)), [false, false, true, false]);
    }
}
