//! From which length on one layer costs more than another.

use super::cut::{Curve, Sample};

/// Labels that are compared: from which n on the first costs more than the second.
pub const PAIRS: [(&str, &str); 2] = [("attention", "conv k7"), ("attention", "conv k3")];

/// Where the cost of a token of one layer passes that of another, along the lengths that both have.
#[derive(Debug, Clone, PartialEq)]
pub enum Crossing {
    /// The first is the dearer one from the shortest length on.
    Below(f64),
    /// The first is the cheaper one up to the longest length.
    NoneUpTo(f64),
    /// They pass each other at these places, ascending; `dearer` says which way it ends: whether the first costs more
    /// at the longest length.
    At {
        /// At least one.
        places: Vec<Place>,
        /// The first costs more at the longest length.
        dearer: bool,
    },
}

/// A place where two costs are equal.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Place {
    /// Steps, not whole.
    N(f64),
    /// The neighbouring lengths, more than a doubling apart: a number between them would be a guess.
    Between(f64, f64),
}

impl Crossing {
    /// The length, where there is exactly one, known to a doubling, and the first costs more from there on.
    pub fn single(&self) -> Option<f64> {
        match self {
            Self::At { places, dearer: true } => match places[..] {
                [Place::N(n)] => Some(n),
                _ => None,
            },
            _ => None,
        }
    }
}

impl std::fmt::Display for Crossing {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Below(n) => write!(formatter, "below {n}"),
            Self::NoneUpTo(n) => write!(formatter, "none up to {n}"),
            Self::At { places, dearer } => {
                let text = |place: &Place| match place {
                    Place::N(n) => format!("{n:.0}"),
                    Place::Between(from, to) => format!("between {from} and {to}"),
                };
                formatter.write_str(&places.iter().map(text).collect::<Vec<_>>().join(", "))?;
                if *dearer { Ok(()) } else { formatter.write_str(" (cheaper beyond)") }
            }
        }
    }
}

/// What the FLOPs say and what the times say: none without a length that both have.
///
/// The cost of a token is near a + b·n in both, so the difference of two costs is taken as a straight line in n between
/// neighbouring lengths.
pub fn crossings(one: &Curve, other: &Curve) -> (Option<Crossing>, Option<Crossing>) {
    let flops = |sample: &Sample| Some(sample.flops_per_sequence()? / sample.n as f64);
    let time = |sample: &Sample| Some(sample.per_token()[1]);
    (crossing(&one.points(flops), &other.points(flops)), crossing(&one.points(time), &other.points(time)))
}

/// Points are (n, cost), ascending in n.
fn crossing(one: &[(f64, f64)], other: &[(f64, f64)]) -> Option<Crossing> {
    let common = one.iter().filter_map(|(n, cost)| {
        let (_, against) = other.iter().find(|(length, _)| length == n)?;
        Some((*n, cost - against))
    });
    let mut differences: Vec<(f64, f64)> = common.collect();
    differences.dedup_by_key(|(n, _)| *n);
    let (first, last) = (*differences.first()?, *differences.last()?);
    let dear = |(_, difference): (f64, f64)| difference > 0.0;
    let places: Vec<Place> = differences
        .windows(2)
        .filter(|pair| dear(pair[0]) != dear(pair[1]))
        .map(|pair| {
            let ((from, before), (to, after)) = (pair[0], pair[1]);
            if to > 2.0 * from {
                Place::Between(from, to)
            } else {
                Place::N(from + before / (before - after) * (to - from))
            }
        })
        .collect();
    Some(match (places.is_empty(), dear(first)) {
        (true, true) => Crossing::Below(first.0),
        (true, false) => Crossing::NoneUpTo(last.0),
        (false, _) => Crossing::At { places, dearer: dear(last) },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 10 against a cost, at these lengths.
    fn found(lengths: &[f64], cost: impl Fn(f64) -> f64) -> Crossing {
        let of = |cost: &dyn Fn(f64) -> f64| lengths.iter().map(|n| (*n, cost(*n))).collect::<Vec<_>>();
        crossing(&of(&cost), &of(&|_| 10.0)).unwrap()
    }

    /// 10 and 1 + n/16 are equal at n = 144, between two lengths; 10 and n at 10.
    #[test]
    fn straight_lines_cross_where_they_do() {
        let linear = |cost: fn(f64) -> f64| found(&[32.0, 64.0, 128.0, 256.0], cost);
        let up = linear(|n| 1.0 + n / 16.0);
        assert!((up.single().unwrap() - 144.0).abs() < 1e-9, "{up:?}");
        assert_eq!((linear(|n| n), linear(|n| n).to_string()), (Crossing::Below(32.0), "below 32".into()));
        assert_eq!(linear(|n| n / 30.0).to_string(), "none up to 256");
        let down = linear(|n| 20.0 - n / 16.0);
        assert_eq!(down, Crossing::At { places: vec![Place::N(160.0)], dearer: false });
        assert_eq!((down.to_string().as_str(), down.single()), ("160 (cheaper beyond)", None));
        assert_eq!(linear(|n| (n - 70.0).abs()).single(), None, "dear, cheap, dear again");
        assert_eq!(crossing(&[(32.0, 1.0)], &[(64.0, 1.0)]), None);
    }

    /// Between lengths that are far apart the place is a range, and no number that could be claimed.
    #[test]
    fn far_neighbours_give_a_range() {
        let wide = found(&[32.0, 512.0, 1024.0], |n| n / 16.0);
        assert_eq!((wide.to_string().as_str(), wide.single()), ("between 32 and 512", None));
        let twice = found(&[32.0, 512.0, 1024.0], |n| if n == 512.0 { 14.0 } else { 6.0 });
        assert_eq!(twice.to_string(), "between 32 and 512, 768 (cheaper beyond)");
    }
}
