//! From which length on one layer costs more than another, and from which length on attention's square term rules.

use super::cut::{Curve, Sample};
use crate::fit;

/// Labels that are compared: from which n on the first costs more than the second.
pub const PAIRS: [(&str, &str); 2] = [("attention", "conv k7"), ("attention", "conv k3")];

/// Where the cost of a token of one layer passes that of another, along the lengths that both have.
#[derive(Debug, Clone, PartialEq)]
pub enum Crossing {
    /// The first is the dearer one from the shortest length on.
    Below(f64),
    /// The first is the cheaper one up to the longest length.
    NoneUpTo(f64),
    /// They pass each other at these lengths, ascending; `dearer` says which way it ends: whether the first costs more
    /// at the longest length.
    At {
        /// Lengths in steps, not whole.
        lengths: Vec<f64>,
        /// The first costs more at the longest length.
        dearer: bool,
    },
}

impl Crossing {
    /// The length, where there is exactly one, and the first costs more from there on.
    pub fn single(&self) -> Option<f64> {
        match self {
            Self::At { lengths, dearer: true } if lengths.len() == 1 => Some(lengths[0]),
            _ => None,
        }
    }
}

impl std::fmt::Display for Crossing {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Below(n) => write!(formatter, "below {n}"),
            Self::NoneUpTo(n) => write!(formatter, "none up to {n}"),
            Self::At { lengths, dearer } => {
                let all: Vec<_> = lengths.iter().map(|n| format!("{n:.0}")).collect();
                formatter.write_str(&all.join(", "))?;
                if *dearer { Ok(()) } else { formatter.write_str(" (cheaper beyond)") }
            }
        }
    }
}

/// What the FLOPs say and what the times say: none without a length that both have.
///
/// FLOPs of a token are a straight line in n, so they are interpolated on n; times are interpolated on logarithms, of n
/// and of the time.
pub fn crossings(one: &Curve, other: &Curve) -> (Option<Crossing>, Option<Crossing>) {
    let flops = |sample: &Sample| Some(sample.flops_per_sequence()? / sample.n as f64);
    let predicted = crossing(&one.points(flops), &other.points(flops), |n| n, |n| n);
    let time = |sample: &Sample| Some(sample.per_token()[1].ln());
    (predicted, crossing(&one.points(time), &other.points(time), f64::ln, f64::exp))
}

/// `place` is the axis on which the difference is a straight line between two lengths, `back` its inverse.
fn crossing(one: &[(f64, f64)], other: &[(f64, f64)], place: fn(f64) -> f64, back: fn(f64) -> f64) -> Option<Crossing> {
    let common = one.iter().filter_map(|(n, cost)| {
        let (_, against) = other.iter().find(|(length, _)| length == n)?;
        Some((*n, cost - against))
    });
    let mut differences: Vec<(f64, f64)> = common.collect();
    differences.dedup_by_key(|(n, _)| *n);
    let (first, last) = (*differences.first()?, *differences.last()?);
    let dear = |(_, difference): (f64, f64)| difference > 0.0;
    let lengths: Vec<f64> = differences
        .windows(2)
        .filter(|pair| dear(pair[0]) != dear(pair[1]))
        .map(|pair| {
            let ((from, before), (to, after)) = (pair[0], pair[1]);
            back(place(from) + before / (before - after) * (place(to) - place(from)))
        })
        .collect();
    Some(match (lengths.is_empty(), dear(first)) {
        (true, true) => Crossing::Below(first.0),
        (true, false) => Crossing::NoneUpTo(last.0),
        (false, _) => Crossing::At { lengths, dearer: dear(last) },
    })
}

/// The length at which the part of a token's cost that grows with n is as large as the rest: a/b of a + b·n, fitted at
/// n ≥ 512 to the declared FLOPs and to the times. None where a cost does not grow, or was had at fewer than two
/// lengths.
pub fn square_term(curve: &Curve) -> (Option<f64>, Option<f64>) {
    let balance = |points: Vec<(f64, f64)>| fit::linear(fit::fitted(&points))?.balance();
    let flops = curve.points(|sample| Some(sample.flops_per_sequence()? / sample.n as f64));
    (balance(flops), balance(curve.points(|sample| Some(sample.per_token()[1]))))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 10 and 1 + n/16 are equal at n = 144, between two lengths; 10 and n at 10.
    #[test]
    fn straight_lines_cross_where_they_do() {
        let lengths = [32.0, 64.0, 128.0, 256.0];
        let of = |cost: &dyn Fn(f64) -> f64| lengths.map(|n| (n, cost(n))).to_vec();
        let linear = |cost: &dyn Fn(f64) -> f64| crossing(&of(cost), &of(&|_| 10.0), |n| n, |n| n).unwrap();
        let Crossing::At { lengths: found, dearer: true } = linear(&|n| 1.0 + n / 16.0) else { panic!("no crossing") };
        assert!((found[0] - 144.0).abs() < 1e-9 && found.len() == 1);
        assert_eq!((linear(&|n| n), linear(&|n| n).to_string()), (Crossing::Below(32.0), "below 32".into()));
        assert_eq!(linear(&|n| n / 30.0).to_string(), "none up to 256");
        assert_eq!(linear(&|n| 20.0 - n / 16.0), Crossing::At { lengths: vec![160.0], dearer: false });
        assert_eq!(linear(&|n| 20.0 - n / 16.0).to_string(), "160 (cheaper beyond)");
        assert_eq!(linear(&|n| (n - 70.0).abs()).single(), None, "dear, cheap, dear again");
        assert_eq!(crossing(&of(&|n| n)[..1], &of(&|n| n)[1..], |n| n, |n| n), None);
    }

    /// In logarithms n² and 10,000 are straight: they meet at n = 100.
    #[test]
    fn powers_cross_where_they_do() {
        let of = |cost: &dyn Fn(f64) -> f64| [64.0, 128.0].map(|n: f64| (n, cost(n).ln()));
        let found = crossing(&of(&|n| n * n), &of(&|_| 1e4), f64::ln, f64::exp).unwrap().single().unwrap();
        assert!((found - 100.0).abs() < 1e-9, "{found}");
    }
}
