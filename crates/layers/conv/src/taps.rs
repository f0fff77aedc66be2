//! Which steps a tap of a kernel connects.

use std::ops::Range;

use layer::Reach;

use crate::Padding;

/// The lag of each tap, in the order of the taps. Increasing.
pub(crate) fn lags(kernel: usize, dilation: usize, padding: Padding) -> Vec<isize> {
    let ahead = match padding {
        Padding::Causal => 0,
        Padding::Centred => (kernel / 2) as isize,
    };
    (0..kernel as isize).map(|tap| (tap - ahead) * dilation as isize).collect()
}

/// The input and output steps that a tap of this lag connects, equally many;
/// `None` when it looks past the sequence from everywhere.
pub(crate) fn overlap(lag: isize, time: usize) -> Option<(Range<usize>, Range<usize>)> {
    let shift = lag.unsigned_abs();
    let steps = time.checked_sub(shift).filter(|steps| *steps > 0)?;
    let (early, late) = (0..steps, shift..time);
    Some(if lag >= 0 { (early, late) } else { (late, early) })
}

/// `reach` followed by a convolution with these lags, which are evenly spaced.
///
/// The taps are joined by doubling: {0 … m − 1} and the same set shifted by up to m are together an unbroken run. A
/// kernel of k taps so takes log₂ k sums of two lags instead of a product of sizes.
pub(crate) fn then(reach: &Reach, lags: &[isize]) -> Reach {
    let Some(first) = lags.first() else { return reach.clone() };
    let mut reach = reach.then(&Reach::lags([*first]));
    let mut covered = 1;
    while covered < lags.len() {
        let shift = covered.min(lags.len() - covered);
        reach = reach.then(&Reach::lags([0, lags[shift] - first]));
        covered += shift;
    }
    reach
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn doubling_equals_the_sum_of_all_pairs() {
        for (kernel, dilation, padding) in
            [(1, 4, Padding::Causal), (2, 3, Padding::Causal), (5, 2, Padding::Centred), (11, 1, Padding::Causal)]
        {
            let lags = lags(kernel, dilation, padding);
            let before = Reach::lags([0, 1, 7]);
            assert_eq!(then(&before, &lags), before.then(&Reach::lags(lags.iter().copied())), "{lags:?}");
        }
    }

    #[test]
    fn overlaps_are_the_steps_that_exist() {
        assert_eq!(overlap(0, 5), Some((0..5, 0..5)));
        assert_eq!(overlap(2, 5), Some((0..3, 2..5)));
        assert_eq!(overlap(-2, 5), Some((2..5, 0..3)));
        assert_eq!(overlap(4, 5), Some((0..1, 4..5)));
        assert_eq!(overlap(5, 5), None);
        assert_eq!(overlap(-9, 5), None);
    }
}
