//! Which steps a tap of a kernel connects.

use std::ops::Range;

use layer::{Pace, Reach};

use crate::Padding;

/// Steps from the first tap of a kernel to its last.
pub(crate) fn span(kernel: usize, dilation: usize) -> usize {
    (kernel - 1) * dilation
}

/// The lag of each tap, in the order of the taps. Increasing.
pub(crate) fn lags(kernel: usize, dilation: usize, padding: Padding) -> Vec<isize> {
    let ahead = (span(kernel, dilation) - padding.before(kernel, dilation)) as isize;
    (0..kernel).map(|tap| (tap * dilation) as isize - ahead).collect()
}

/// What a kernel with this stride makes of a number of steps.
pub(crate) fn pace(kernel: usize, dilation: usize, padding: Padding, stride: usize) -> Pace {
    let zeros = padding.before(kernel, dilation) + padding.after(kernel, dilation);
    Pace { stride, lost: span(kernel, dilation) - zeros }
}

/// The input and the output steps that a tap of this lag connects, equally many, where as many steps come out as go in. `None`
/// when it looks past the sequence from everywhere.
pub(crate) fn overlap(lag: isize, time: usize) -> Option<(Range<usize>, Range<usize>)> {
    // Output step t sees input step t − lag.
    let end = time.checked_add_signed(lag)?.min(time);
    let first = usize::try_from(lag).unwrap_or(0);
    (first < end).then(|| (first.wrapping_add_signed(-lag)..end.wrapping_add_signed(-lag), first..end))
}

/// `reach`, whose steps go on at `pace`, followed by a convolution with these lags, which are evenly spaced.
///
/// The taps are joined by doubling: {0 … m − 1} and the same set shifted by up to m are together an unbroken run. A
/// kernel of k taps so takes log₂ k sums of two lags instead of a product of sizes.
pub(crate) fn then(reach: &Reach, pace: Pace, lags: &[isize]) -> Reach {
    let Some(first) = lags.first() else { return reach.clone() };
    let mut reach = reach.then_at(pace, &Reach::lags([*first]));
    let mut covered = 1;
    while covered < lags.len() {
        let shift = covered.min(lags.len() - covered);
        reach = reach.then_at(pace, &Reach::lags([0, lags[shift] - first]));
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
            for pace in [Pace::KEPT, Pace { stride: 3, lost: 0 }] {
                let all = before.then_at(pace, &Reach::lags(lags.iter().copied()));
                assert_eq!(then(&before, pace, &lags), all, "{lags:?}");
            }
        }
    }

    #[test]
    fn overlaps_are_the_steps_that_exist() {
        let kept = |lag| overlap(lag, 5);
        assert_eq!(kept(0), Some((0..5, 0..5)));
        assert_eq!(kept(2), Some((0..3, 2..5)));
        assert_eq!(kept(-2), Some((2..5, 0..3)));
        assert_eq!(kept(4), Some((0..1, 4..5)));
        assert_eq!(kept(5), None);
        assert_eq!(kept(-9), None);
    }
}
