//! Which numbers of steps a layer can take.

use std::fmt;

/// Lengths of sequences that a layer accepts, as it declares them; the kit holds
/// [`output_shape`](crate::Layer::output_shape) and [`forward`](crate::Layer::forward) against them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lengths {
    /// Whatever comes: the weights do not know of the length.
    Any,
    /// One step up to that many: there are weights for each step, and a shorter sequence uses the first ones.
    AtMost(usize),
    /// That many and no other.
    Exactly(usize),
}

impl Lengths {
    /// Whether `time` steps are accepted.
    pub fn contains(self, time: usize) -> bool {
        match self {
            Self::Any => true,
            Self::AtMost(most) => time <= most,
            Self::Exactly(only) => time == only,
        }
    }

    /// What two layers in a row accept that both keep the length. If no length suits both, the first one's.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::Any, other) => other,
            (Self::AtMost(a), Self::AtMost(b)) => Self::AtMost(a.min(b)),
            (Self::AtMost(most), Self::Exactly(only)) if only <= most => other,
            _ => self,
        }
    }
}

impl fmt::Display for Lengths {
    /// `any`, `1 … 64` or `64 alone`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Any => f.write_str("any"),
            Self::AtMost(most) => write!(f, "1 … {most}"),
            Self::Exactly(only) => write!(f, "{only} alone"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Lengths::{Any, AtMost, Exactly};

    #[test]
    fn what_a_stack_accepts() {
        assert_eq!(Any.and(Exactly(4)), Exactly(4));
        assert_eq!(Exactly(4).and(Any), Exactly(4));
        assert_eq!(AtMost(8).and(AtMost(4)), AtMost(4));
        assert_eq!(AtMost(8).and(Exactly(4)), Exactly(4));
        assert_eq!(Exactly(4).and(AtMost(8)), Exactly(4));
        assert_eq!([3, 4, 5].map(|time| AtMost(4).contains(time)), [true, true, false]);
        assert_eq!([3, 4, 5].map(|time| Exactly(4).contains(time)), [false, true, false]);
    }
}
