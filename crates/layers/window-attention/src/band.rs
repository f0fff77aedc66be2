//! Which keys a query sees, and how queries are put together into blocks.

use std::ops::Range;

use layer::Reach;

use crate::Mask;

/// Queries of a block: with fewer, products become too small to be fast; with more, most pairs of a short window are hidden.
const QUERIES: (usize, usize) = (32, 64);

/// The band of a matrix (query, key) that a window leaves to be seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Band {
    /// Steps to each side that are seen, the step itself included.
    pub window: usize,
    /// Whether they lie before the step, or to both sides.
    pub mask: Mask,
}

/// Neighbouring queries, and the keys that any of them sees.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Block {
    pub(crate) queries: Range<usize>,
    pub(crate) keys: Range<usize>,
}

impl Band {
    /// The keys that a query sees in a sequence of `time` steps.
    pub fn keys(self, query: usize, time: usize) -> Range<usize> {
        let end = match self.mask {
            Mask::Causal => query + 1,
            Mask::Centred => time.min(query + self.window),
        };
        (query + 1).saturating_sub(self.window)..end
    }

    /// Queries of a block.
    pub fn block(self) -> usize {
        self.window.clamp(QUERIES.0, QUERIES.1)
    }

    /// The blocks of a sequence, in order.
    pub(crate) fn blocks(self, time: usize) -> impl Iterator<Item = Block> {
        (0..time).step_by(self.block()).map(move |start| {
            let queries = start..(start + self.block()).min(time);
            let keys = self.keys(start, time).start..self.keys(queries.end - 1, time).end;
            Block { queries, keys }
        })
    }

    /// Pairs (query, key) of a sequence that are worked on, hidden ones of a block included.
    pub fn pairs(self, time: usize) -> u64 {
        self.blocks(time).map(|block| (block.queries.len() * block.keys.len()) as u64).sum()
    }

    /// Most keys of any block.
    pub(crate) fn widest(self, time: usize) -> usize {
        let both = if self.mask == Mask::Centred { 2 } else { 1 };
        time.min(self.block() + both * (self.window - 1))
    }

    /// Lags that are seen.
    pub(crate) fn reach(self) -> Reach {
        let end = self.window as isize;
        Reach::run(if self.mask == Mask::Centred { 1 - end } else { 0 }..=end - 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_cover_every_query_once_and_all_keys_that_it_sees() {
        for mask in [Mask::Causal, Mask::Centred] {
            for window in [1, 2, 16, 31, 32, 40, 64, 65, 200, 1 << 20] {
                let band = Band { window, mask };
                for time in [0, 1, 5, 32, 33, 64, 131, 400] {
                    let mut next = 0;
                    for Block { queries, keys } in band.blocks(time) {
                        assert!(queries.start == next && !queries.is_empty() && keys.end <= time);
                        assert!(keys.len() <= band.widest(time));
                        let seen: Vec<_> = queries.clone().map(|query| band.keys(query, time)).collect();
                        assert_eq!(seen.iter().map(|keys| keys.start).min(), Some(keys.start));
                        assert_eq!(seen.iter().map(|keys| keys.end).max(), Some(keys.end));
                        next = queries.end;
                    }
                    assert_eq!(next, time);
                    for query in 0..time {
                        let plain = (0..time).filter(|key| match mask {
                            Mask::Causal => *key <= query && query - key < window,
                            Mask::Centred => key.abs_diff(query) < window,
                        });
                        assert_eq!(band.keys(query, time).collect::<Vec<_>>(), plain.collect::<Vec<_>>());
                    }
                }
            }
        }
    }

    /// Blocks of 32 queries: the first sees 32 keys, each next one 15 more.
    #[test]
    fn pairs_by_hand() {
        let causal = Band { window: 16, mask: Mask::Causal };
        assert_eq!(causal.pairs(96), 32 * 32 + 2 * 32 * 47);
        assert_eq!(Band { mask: Mask::Centred, ..causal }.pairs(96), 2 * 32 * 47 + 32 * 62);
        assert_eq!(causal.pairs(1 << 20) / (1 << 20), 46);
    }
}
