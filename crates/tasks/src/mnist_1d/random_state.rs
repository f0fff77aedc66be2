//! NumPy's legacy random numbers, bit for bit: the `RandomState` behind `np.random.seed` and its likes.
//!
//! A Mersenne Twister MT19937 (Matsumoto & Nishimura 1998), and on it what NumPy has frozen since 1.17: doubles of 53
//! bits, integers by masked rejection, normal numbers by the polar method, and the shuffle of Fisher and Yates from the end.

use rand_mt::Mt;

/// The generator, and the second normal number of a pair until it is asked for.
pub(super) struct RandomState {
    twister: Mt,
    kept: Option<f64>,
}

impl RandomState {
    /// `np.random.seed(seed)`.
    pub(super) fn new(seed: u32) -> Self {
        Self { twister: Mt::new(seed), kept: None }
    }

    /// `rand()`: uniform in [0, 1), a multiple of 2⁻⁵³.
    pub(super) fn uniform(&mut self) -> f64 {
        let (high, low) = (self.twister.next_u32() >> 5, self.twister.next_u32() >> 6);
        (f64::from(high) * 67_108_864.0 + f64::from(low)) / 9_007_199_254_740_992.0
    }

    /// `randint(0, count)`, and `choice(count)`, which is the same: uniform below `count`.
    pub(super) fn below(&mut self, count: u32) -> usize {
        let last = count - 1;
        if last == 0 {
            return 0;
        }
        // Bits enough for the last number; what is beyond it is drawn again.
        let mask = u32::MAX >> last.leading_zeros();
        loop {
            let drawn = self.twister.next_u32() & mask;
            if drawn <= last {
                return drawn as usize;
            }
        }
    }

    /// `randn()`: normal with mean 0 and deviation 1. They come in pairs, and the first made is the second given.
    pub(super) fn normal(&mut self) -> f64 {
        if let Some(kept) = self.kept.take() {
            return kept;
        }
        loop {
            let (a, b) = (2.0 * self.uniform() - 1.0, 2.0 * self.uniform() - 1.0);
            let square = a * a + b * b;
            if square < 1.0 && square != 0.0 {
                let factor = (-2.0 * square.ln() / square).sqrt();
                self.kept = Some(factor * a);
                return factor * b;
            }
        }
    }

    /// `permutation(count)`: 0, 1, … in a drawn order.
    pub(super) fn permutation(&mut self, count: usize) -> Vec<usize> {
        let mut order: Vec<usize> = (0..count).collect();
        for last in (1..count).rev() {
            order.swap(last, self.below(last as u32 + 1));
        }
        order
    }
}
