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

/// The input and output steps that a tap of this lag connects, equally many: of `time` input steps every `stride`-th from
/// the first of the range on, and of the output steps all of the range. `None` when it looks past the sequence from
/// everywhere.
pub(crate) fn overlap(lag: isize, time: usize, pace: Pace) -> Option<(Range<usize>, Range<usize>)> {
    // Output step t sees input step t·stride − lag.
    let first = usize::try_from(lag).map_or(0, |back| back.div_ceil(pace.stride));
    let end = time.checked_add_signed(lag)?.div_ceil(pace.stride).min(pace.output(time));
    let input = (first * pace.stride).checked_add_signed(-lag)?;
    (first < end).then(|| (input..input + (end - 1 - first) * pace.stride + 1, first..end))
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
        let kept = |lag| overlap(lag, 5, Pace::KEPT);
        assert_eq!(kept(0), Some((0..5, 0..5)));
        assert_eq!(kept(2), Some((0..3, 2..5)));
        assert_eq!(kept(-2), Some((2..5, 0..3)));
        assert_eq!(kept(4), Some((0..1, 4..5)));
        assert_eq!(kept(5), None);
        assert_eq!(kept(-9), None);
    }

    /// By asking for each output step whether the input step exists.
    #[test]
    fn overlaps_of_any_pace_are_the_steps_that_exist() {
        for (kernel, dilation, stride) in [(1, 1, 1), (5, 1, 2), (3, 2, 2), (3, 1, 3), (4, 3, 1), (2, 1, 4)] {
            for padding in [Padding::Causal, Padding::Zeros(0), Padding::Zeros(1)] {
                if padding == Padding::Zeros(1) && span(kernel, dilation) < 2 {
                    continue;
                }
                let pace = pace(kernel, dilation, padding, stride);
                for (time, lag) in
                    (1..20).flat_map(|n| lags(kernel, dilation, padding).into_iter().map(move |l| (n, l)))
                {
                    let pairs = (0..pace.output(time)).filter_map(|output| {
                        let input = (output * stride).checked_add_signed(-lag)?;
                        (input < time).then_some((input, output))
                    });
                    let got = overlap(lag, time, pace);
                    let got = got.into_iter().flat_map(|(from, to)| from.step_by(stride).zip(to));
                    assert!(pairs.eq(got), "kernel {kernel} dilation {dilation} {pace:?} {padding:?} {time} {lag}");
                }
            }
        }
    }
}
