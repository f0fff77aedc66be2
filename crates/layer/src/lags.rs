//! A set of lags as unbroken runs: what a kernel of a million taps sees is one run, and not a million numbers.

use std::fmt;
use std::ops::RangeInclusive;

/// More pairs of runs than this are not listed.
const MOST_PAIRS: usize = 1 << 20;

/// Sums over more steps than this are not worked out: no sequence is as long by far.
const LONGEST: usize = 1 << 30;

/// Lags in increasing order, holes included.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lags(
    /// First and last of each run, increasing, with a hole between any two.
    Vec<(isize, isize)>,
);

impl FromIterator<isize> for Lags {
    fn from_iter<T: IntoIterator<Item = isize>>(lags: T) -> Self {
        Self::of_runs(lags.into_iter().map(|lag| (lag, lag)).collect())
    }
}

impl Lags {
    /// Every lag of a range.
    pub fn run(range: RangeInclusive<isize>) -> Self {
        Self::of_runs(vec![range.into_inner()].into_iter().filter(|(first, last)| first <= last).collect())
    }

    /// Runs in any order, which may touch or overlap.
    fn of_runs(mut runs: Vec<(isize, isize)>) -> Self {
        runs.sort_unstable();
        let mut joined: Vec<(isize, isize)> = Vec::new();
        for (first, last) in runs {
            match joined.last_mut() {
                Some((_, end)) if first <= end.saturating_add(1) => *end = last.max(*end),
                _ => joined.push((first, last)),
            }
        }
        Self(joined)
    }

    /// Whether it is one of them.
    pub fn contains(&self, lag: &isize) -> bool {
        let after = self.0.partition_point(|(first, _)| first <= lag);
        after > 0 && *lag <= self.0[after - 1].1
    }

    /// The smallest.
    pub fn first(&self) -> Option<isize> {
        self.0.first().map(|(first, _)| *first)
    }

    /// The largest.
    pub fn last(&self) -> Option<isize> {
        self.0.last().map(|(_, last)| *last)
    }

    /// Steps from the smallest to the largest; 0 where there are none.
    pub fn span(&self) -> usize {
        self.first().zip(self.last()).map_or(0, |(first, last)| last.abs_diff(first))
    }

    /// In increasing order.
    pub fn iter(&self) -> impl Iterator<Item = isize> {
        self.0.iter().flat_map(|(first, last)| *first..=*last)
    }

    /// Those of either.
    #[must_use]
    pub fn or(&self, other: &Self) -> Self {
        Self::of_runs([&self.0[..], &other.0].concat())
    }

    /// Each times `stride`.
    #[must_use]
    pub fn times(&self, stride: usize) -> Self {
        if stride == 1 {
            return self.clone();
        }
        let stride = isize::try_from(stride).unwrap_or(isize::MAX);
        self.iter().map(|lag| lag.saturating_mul(stride)).collect()
    }

    /// Sums of one of these and one of the others; `None` where they are spread over more than 2^30 steps.
    ///
    /// Two runs sum to a run. Where there are many, bits of a row as long as the sum are shifted and joined instead: a run of m
    /// lags takes log₂ m shifts, as {0 … m − 1} and the same moved by up to m are together unbroken.
    pub fn sums(&self, other: &Self) -> Option<Self> {
        let (few, many) = if self.0.len() <= other.0.len() { (self, other) } else { (other, self) };
        let (Some(low), Some(from)) = (few.first(), many.first()) else { return Some(Self::default()) };
        let span = few.span().checked_add(many.span()).filter(|span| *span <= LONGEST)?;
        let start = low.checked_add(from)?;
        let words = span / 64 + 1;
        let count = few.0.len().saturating_mul(many.0.len());
        if count <= MOST_PAIRS && count <= words.saturating_mul(few.shifts()) {
            let pairs = few.0.iter().flat_map(|a| many.0.iter().map(move |b| (a.0 + b.0, a.1 + b.1)));
            return Some(Self::of_runs(pairs.collect()));
        }
        let mut bits = vec![0u64; words];
        many.iter().for_each(|lag| set(&mut bits, lag.abs_diff(from)));
        let mut sum = vec![0u64; words];
        for (first, last) in &few.0 {
            let mut run = bits.clone();
            let (length, mut covered) = (last.abs_diff(*first) + 1, 1);
            while covered < length {
                let shift = covered.min(length - covered);
                let before = run.clone();
                join(&mut run, &before, shift);
                covered += shift;
            }
            join(&mut sum, &run, first.abs_diff(low));
        }
        Some(Self::of_bits(&sum, start))
    }

    /// Shifts that a row of bits takes for all of these.
    fn shifts(&self) -> usize {
        self.0.iter().map(|(first, last)| 2 + last.abs_diff(*first).checked_ilog2().unwrap_or(0) as usize).sum()
    }

    fn of_bits(bits: &[u64], start: isize) -> Self {
        let (mut runs, mut at, end) = (Vec::new(), 0, bits.len() * 64);
        while let Some(first) = next(bits, at, true) {
            at = next(bits, first, false).unwrap_or(end);
            runs.push((start + first as isize, start + at as isize - 1));
        }
        Self(runs)
    }
}

fn set(bits: &mut [u64], at: usize) {
    bits[at / 64] |= 1 << (at % 64);
}

/// Adds `other`, moved up by `shift`.
fn join(bits: &mut [u64], other: &[u64], shift: usize) {
    let (words, rest) = (shift / 64, shift % 64);
    for at in words..bits.len() {
        let low = if rest > 0 && at > words { other[at - words - 1] >> (64 - rest) } else { 0 };
        bits[at] |= other[at - words] << rest | low;
    }
}

/// The next bit from `at` on that is set, or not set.
fn next(bits: &[u64], at: usize, wanted: bool) -> Option<usize> {
    let mask = |word: u64| if wanted { word } else { !word };
    let first = mask(*bits.get(at / 64)?) >> (at % 64) << (at % 64);
    let rest = bits.iter().enumerate().skip(at / 64 + 1).map(|(place, word)| (place, mask(*word)));
    std::iter::once((at / 64, first))
        .chain(rest)
        .find(|(_, word)| *word != 0)
        .map(|(place, word)| place * 64 + word.trailing_zeros() as usize)
}

impl fmt::Display for Lags {
    /// `0`, `0..6` or `0,1,3,4`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, (first, last)) in self.0.iter().enumerate() {
            f.write_str(if place == 0 { "" } else { "," })?;
            match last - first {
                0 => write!(f, "{first}")?,
                1 => write!(f, "{first},{last}")?,
                _ => write!(f, "{first}..{last}")?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::Lags;

    fn kernel(taps: isize, dilation: isize) -> Lags {
        (0..taps).map(|tap| tap * dilation - 5).collect()
    }

    #[test]
    #[allow(clippy::reversed_empty_ranges, reason = "an empty run is what is tested")]
    fn runs_are_what_they_are_made_of() {
        let lags: Lags = [4, 0, 1, -3, 9, 3].into_iter().collect();
        assert_eq!(lags.to_string(), "-3,0,1,3,4,9");
        assert_eq!(lags.iter().collect::<Vec<_>>(), [-3, 0, 1, 3, 4, 9]);
        assert_eq!([-4, -3, 2, 4, 5].map(|lag| lags.contains(&lag)), [false, true, false, true, false]);
        assert_eq!((lags.first(), lags.last(), lags.span()), (Some(-3), Some(9), 12));
        assert_eq!(Lags::run(2..=4).times(3).to_string(), "6,9,12");
    }

    /// Both ways of summing, against all pairs.
    #[test]
    fn sums_are_those_of_all_pairs() {
        let sparse: Lags = (0..900).map(|i: isize| i * i % 4001).collect();
        let all = [kernel(1, 1), kernel(70, 1), kernel(200, 2), kernel(300, 3), kernel(2, 64), sparse];
        for (a, b) in all.iter().flat_map(|a| all.iter().map(move |b| (a, b))) {
            let pairs: BTreeSet<isize> = a.iter().flat_map(|a| b.iter().map(move |b| a + b)).collect();
            assert_eq!(a.sums(b).unwrap().iter().collect::<Vec<_>>(), pairs.into_iter().collect::<Vec<_>>());
        }
    }

    /// Two kernels of 2^19 taps with holes between have 2^38 pairs.
    #[test]
    fn what_is_long_is_summed_all_the_same() {
        let taps = 1 << 19;
        let (one, holes) = (Lags::run(0..=taps), (0..taps).map(|tap| 2 * tap).collect::<Lags>());
        assert_eq!(one.sums(&one), Some(Lags::run(0..=2 * taps)));
        assert_eq!(one.sums(&holes), Some(Lags::run(0..=3 * taps - 2)));
        assert_eq!(Lags::run(0..=1 << 30).sums(&one), None);
    }
}
