//! How many steps come out of how many, and where they stand.
//!
//! Most layers keep the time. A strided convolution, and one without zeros around the sequence, does not; what it
//! declares of that is two numbers.

use crate::Lengths;

/// n steps become ⌈(n − `lost`)/`stride`⌉, and output step t stands at input step t·`stride`: the lags of a
/// [`Reach`](crate::Reach) count from there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pace {
    /// Input steps from one output step to the next; at least 1.
    pub stride: usize,
    /// Steps at the end of the sequence at which no output step can stand.
    pub lost: usize,
}

impl Default for Pace {
    fn default() -> Self {
        Self::KEPT
    }
}

impl Pace {
    /// As many steps as come in.
    pub const KEPT: Self = Self { stride: 1, lost: 0 };

    /// Whether as many steps come out as go in, whatever their number.
    pub fn keeps(self) -> bool {
        self == Self::KEPT
    }

    /// How many steps come out of `time`; 0 when those that are lost are all there are.
    pub fn output(self, time: usize) -> usize {
        time.saturating_sub(self.lost).div_ceil(self.stride)
    }

    /// The input step at which an output step stands.
    pub fn home(self, output: usize) -> usize {
        output.saturating_mul(self.stride)
    }

    /// The last output step that stands at `input` or before it, if that many come out.
    pub fn last_at(self, input: usize) -> usize {
        input / self.stride
    }

    /// The pace of `self` followed by `next`.
    ///
    /// ⌈(⌈(n − l)/s⌉ − l′)/s′⌉ = ⌈(n − l − s·l′)/(s·s′)⌉, since l′ and s′ are whole.
    #[must_use]
    pub fn then(self, next: Self) -> Self {
        // Beyond the longest sequence by far, what a number is does not matter.
        let lost = self.lost.saturating_add(self.stride.saturating_mul(next.lost));
        Self { stride: self.stride.saturating_mul(next.stride), lost }
    }

    /// The lengths of which this makes lengths that `after` accepts.
    pub fn before(self, after: Lengths) -> Lengths {
        let (least, most) = after.range();
        let least = least.saturating_sub(1).saturating_mul(self.stride).saturating_add(self.lost).saturating_add(1);
        Lengths::of_range(least, most.saturating_mul(self.stride).saturating_add(self.lost))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// By going through both: two in a row are one with the pace of both.
    #[test]
    fn paces_compose() {
        let all = || (1..4).flat_map(|stride| (0..4).map(move |lost| Pace { stride, lost }));
        for (first, next) in all().flat_map(|a| all().map(move |b| (a, b))) {
            for time in 1..40 {
                assert_eq!(first.then(next).output(time), next.output(first.output(time)), "{first:?} {next:?} {time}");
            }
        }
        assert!(Pace::KEPT.then(Pace::KEPT).keeps());
    }

    /// 40 steps through kernels 5, 3, 3 with stride 2 and a zero at either end.
    #[test]
    fn three_strided_kernels() {
        let pace = [Pace { stride: 2, lost: 2 }, Pace { stride: 2, lost: 0 }, Pace { stride: 2, lost: 0 }];
        assert_eq!(
            pace.iter()
                .scan(40, |time, pace| {
                    *time = pace.output(*time);
                    Some(*time)
                })
                .collect::<Vec<_>>(),
            [19, 10, 5]
        );
        assert_eq!(pace.into_iter().reduce(Pace::then).unwrap().output(40), 5);
    }

    #[test]
    fn lengths_before_are_those_whose_output_is_accepted() {
        for pace in [Pace::KEPT, Pace { stride: 3, lost: 0 }, Pace { stride: 2, lost: 5 }] {
            for after in
                [Lengths::Any, Lengths::AtLeast(3), Lengths::AtMost(4), Lengths::Between(2, 3), Lengths::Exactly(3)]
            {
                let before = pace.before(after);
                for time in 1..30 {
                    let accepted = pace.output(time) > 0 && after.contains(pace.output(time));
                    assert_eq!(before.contains(time), accepted, "{pace:?} {after:?} {time}");
                }
            }
        }
    }
}
