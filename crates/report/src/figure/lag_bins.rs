//! Many lags in few points: neighbours are put together, so that lines stay legible.

use crate::series::Group;

/// With so many lags each still has a point of its own.
const EACH: usize = 64;
/// Points where there are more, evenly spaced on a logarithmic axis; fewer where lags are sparse.
const POINTS: f64 = 40.0;

/// The lags of a figure, those of one point together; ascending.
#[derive(Debug)]
pub(super) struct LagBins(Vec<Vec<u64>>);

impl LagBins {
    /// No point stands on both sides of where a reach ends.
    pub(super) fn of(group: &Group) -> Self {
        let ends: Vec<u64> = group.series.iter().filter_map(|series| series.reach().end()).collect();
        Self::new(&group.lags, &ends)
    }

    fn new(lags: &[u64], ends: &[u64]) -> Self {
        // Lag 0 has a place, too.
        let height = |lag: u64| (lag as f64 + 1.0).ln();
        let [first, last] = [lags.first(), lags.last()].map(|lag| lag.map_or(0.0, |lag| height(*lag)));
        // The last one goes with its neighbours.
        let place = |lag: u64| ((height(lag) - first) / (last - first) * POINTS).min(POINTS - 1.0) as u64;
        let apart = |a: u64, b: u64| place(a) != place(b) || ends.iter().any(|end| (a..b).contains(end));
        let together = |a: &u64, b: &u64| lags.len() > EACH && !apart(*a, *b);
        Self(lags.chunk_by(together).map(<[u64]>::to_vec).collect())
    }

    pub(super) fn iter(&self) -> impl DoubleEndedIterator<Item = &[u64]> + Clone {
        self.0.iter().map(Vec::as_slice)
    }

    /// Whether any point stands for several lags.
    pub(super) fn any_together(&self) -> bool {
        self.iter().any(|bin| bin.len() > 1)
    }
}

/// The lag at which the point of a bin stands.
pub(super) fn middle(bin: &[u64]) -> u64 {
    bin[bin.len() / 2]
}

/// `lag 3`, `lags 4–6`.
pub(super) fn name(bin: &[u64]) -> String {
    match bin {
        [lag] => format!("lag {lag}"),
        bin => format!("lags {}–{}", bin[0], bin[bin.len() - 1]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_lags_stand_alone_and_many_together() {
        let few: Vec<u64> = (0..64).collect();
        assert!(!LagBins::new(&few, &[]).any_together());
        let many: Vec<u64> = (0..600).collect();
        let bins = LagBins::new(&many, &[]);
        assert!(bins.iter().count() <= 40 && bins.any_together());
        assert_eq!(bins.iter().flatten().copied().collect::<Vec<_>>(), many, "each lag once, in order");
        assert_eq!(LagBins::new(&[], &[]).iter().count(), 0);
    }

    #[test]
    fn the_end_of_a_reach_parts_points() {
        let many: Vec<u64> = (1..600).collect();
        for end in [30, 126, 333] {
            let bins = LagBins::new(&many, &[end]);
            assert!(bins.iter().all(|bin| bin[0] > end || bin[bin.len() - 1] <= end), "{end}");
        }
    }

    #[test]
    fn a_point_is_named_after_its_lags() {
        assert_eq!((name(&[3]), middle(&[3])), ("lag 3".to_owned(), 3));
        assert_eq!((name(&[4, 5, 6]), middle(&[4, 5, 6])), ("lags 4–6".to_owned(), 5));
    }
}
