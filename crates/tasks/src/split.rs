//! Splits, and the random stream of each sequence.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;

/// What a sequence is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Split {
    /// Fits the parameters.
    Train,
    /// Picks the learning rate and says when to stop.
    Validation,
    /// Scores, once, at the end. No choice ever depends on it.
    Test,
}

impl Split {
    /// Name in CSV.
    pub fn name(self) -> &'static str {
        match self {
            Self::Train => "train",
            Self::Validation => "validation",
            Self::Test => "test",
        }
    }
}

/// The random stream of sequence `index` of a split: each (seed, split, index)
/// has a ChaCha8 stream of its own, so splits cannot overlap and order is free.
pub fn rng(seed: u64, split: Split, index: u64) -> ChaCha8Rng {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    rng.set_stream(index << 2 | split as u64);
    rng
}
