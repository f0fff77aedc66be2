//! Draws from one random stream: every input is a function of (seed, target, index).

use rand::Rng as _;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng as _;

use crate::words::{KEYS, NUMBERS, TEXTS};

/// The random stream of one input.
pub struct Draw(ChaCha8Rng);

impl Draw {
    /// That of input `index` of a target.
    pub fn of(seed: u64, target: &str, index: u64) -> Self {
        let hash = blake3::hash(format!("{seed} {target}").as_bytes());
        let mut rng = ChaCha8Rng::from_seed(*hash.as_bytes());
        rng.set_stream(index);
        Self(rng)
    }

    /// A number below `count`, which is not 0.
    pub fn below(&mut self, count: usize) -> usize {
        self.0.random_range(0..count)
    }

    /// True once in so many times.
    pub fn once_in(&mut self, times: usize) -> bool {
        self.below(times) == 0
    }

    /// A byte.
    pub fn byte(&mut self) -> u8 {
        self.0.random()
    }

    /// One of these.
    pub fn pick<'a, T>(&mut self, all: &'a [T]) -> &'a T {
        &all[self.below(all.len())]
    }

    /// A number, as text.
    pub fn number(&mut self) -> &'static str {
        NUMBERS[self.below(NUMBERS.len())]
    }

    /// A word, a text or a number; once in a while a very long one.
    pub fn text(&mut self) -> String {
        match self.below(40) {
            0 => "x".repeat(1 << self.below(18)),
            1 => self.pick(&TEXTS).repeat(1 + self.below(1000)),
            2..10 => self.number().to_owned(),
            10..20 => (*self.pick(&KEYS)).to_owned(),
            _ => (*self.pick(&TEXTS)).to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Draw;

    #[test]
    fn an_input_is_a_function_of_seed_target_and_index() {
        let draws = |seed, target, index| {
            let mut draw = Draw::of(seed, target, index);
            (0..8).map(|_| draw.byte()).collect::<Vec<u8>>()
        };
        assert_eq!(draws(0, "npy", 7), draws(0, "npy", 7));
        for other in [draws(1, "npy", 7), draws(0, "csv", 7), draws(0, "npy", 8)] {
            assert_ne!(other, draws(0, "npy", 7));
        }
    }
}
