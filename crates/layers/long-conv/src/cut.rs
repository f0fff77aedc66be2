//! How the sum over all lags is cut into parts that a product or a Fourier transform can do.
//!
//! One transform over the whole sequence would be quick, but its rounding carries every step into every other: a large step
//! at the end would change bits at the start. So a causal sum is cut along its diagonal, until each part goes from steps to
//! steps that all come later:
//!
//! ```text
//! output ↓, input →          D: the sum within a block, as a product
//!   D                        2: from one block to the next, transforms of 2 blocks
//!   2 D                      4: from two blocks to the next two, transforms of 4 blocks
//!   4 4 D
//!   4 4 2 D                  and so on
//! ```

use std::ops::Range;

use crate::Padding;
use crate::fourier::transform_flops;

/// Steps of a block. Half of a block's product is with lags ahead, which are 0; smaller blocks would have less of that, and
/// one more level of transforms.
pub(crate) const BLOCK: usize = 64;

/// The cut for one length of sequences.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Cut {
    /// Steps of a sequence.
    pub(crate) time: usize,
    /// Steps of a block within which all lags are a product; 0 if there is none.
    pub(crate) block: usize,
    /// Steps filled up to whole blocks.
    pub(crate) padded: usize,
    /// From the shortest lags to the longest.
    pub(crate) levels: Vec<Level>,
    /// Steps ahead that are seen.
    pub(crate) ahead: usize,
}

/// Parts that use the same transform of the filter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Level {
    /// Length of the transforms.
    pub(crate) size: usize,
    pub(crate) pieces: Vec<Piece>,
}

/// All sums from some steps to some steps. Lags from the one to the other are all different within the transform's length.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Piece {
    pub(crate) from: Range<usize>,
    pub(crate) to: Range<usize>,
}

impl Cut {
    pub(crate) fn new(padding: Padding, time: usize) -> Self {
        match padding {
            Padding::Causal => Self::causal(time),
            Padding::Centred => Self::centred(time),
        }
    }

    fn causal(time: usize) -> Self {
        let block = time.min(BLOCK);
        let padded = if block == 0 { 0 } else { time.next_multiple_of(block) };
        let halves = std::iter::successors(Some(block), |half| half.checked_mul(2)).take_while(|half| *half < time);
        let level = |half: usize| {
            let starts = (0..time - half).step_by(2 * half);
            let piece = |start| Piece { from: start..start + half, to: start + half..(start + 2 * half).min(time) };
            Level { size: 2 * half, pieces: starts.map(piece).collect() }
        };
        Self { time, block, padded, levels: halves.filter(|half| *half > 0).map(level).collect(), ahead: 0 }
    }

    /// What is ahead is seen anyway: one transform, long enough for no lag to come round to another.
    fn centred(time: usize) -> Self {
        let whole = || Level {
            size: (2 * time - 1).next_power_of_two().max(2),
            pieces: vec![Piece { from: 0..time, to: 0..time }],
        };
        let levels = if time == 0 { Vec::new() } else { vec![whole()] };
        Self { time, block: 0, padded: time, levels, ahead: time.saturating_sub(1) }
    }

    /// Length of the longest transform; 0 if there is none.
    pub(crate) fn largest(&self) -> usize {
        self.levels.last().map_or(0, |level| level.size)
    }

    /// FLOPs of one feature of that many sequences, forward and backward.
    pub(crate) fn flops(&self, batch: usize) -> [u64; 2] {
        let near = 2 * (batch * self.padded * self.block) as u64;
        let far = |filter: usize, piece: usize| -> u64 {
            let transforms = |level: &Level| (filter + piece * batch * level.pieces.len()) as u64;
            self.levels.iter().map(|level| transforms(level) * transform_flops(level.size)).sum()
        };
        [near + far(1, 2), 2 * near + far(2, 3)]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every pair of steps that is connected, in just one part, and no other pair.
    #[test]
    fn parts_cover_each_pair_once() {
        for padding in [Padding::Causal, Padding::Centred] {
            for time in [0, 1, 2, 5, 63, 64, 65, 128, 131, 300] {
                let cut = Cut::new(padding, time);
                let mut covered = vec![0; time * time];
                let mut cover = |from: Range<usize>, to: Range<usize>, reach: &dyn Fn(usize, usize) -> bool| {
                    for (s, t) in from.flat_map(|s| to.clone().map(move |t| (s, t))) {
                        covered[t * time + s] += usize::from(reach(s, t));
                    }
                };
                for start in (0..if cut.block > 0 { time } else { 0 }).step_by(cut.block.max(1)) {
                    let block = start..(start + cut.block).min(time);
                    cover(block.clone(), block, &|s, t| s <= t);
                }
                for Level { size, pieces } in &cut.levels {
                    for Piece { from, to } in pieces {
                        assert!(to.end - from.start <= *size && size.is_power_of_two() && from.start <= to.start);
                        if padding == Padding::Causal {
                            assert!(from.end <= to.start, "no step sees one ahead");
                        } else {
                            assert!(from.len() + to.len() - 1 <= *size, "no lag comes round to another");
                        }
                        cover(from.clone(), to.clone(), &|_, _| true);
                    }
                }
                for (pair, times) in covered.into_iter().enumerate() {
                    let seen = padding == Padding::Centred || pair % time <= pair / time;
                    assert_eq!(times, usize::from(seen), "{padding:?}, {time} steps, pair {pair}");
                }
            }
        }
    }
}
