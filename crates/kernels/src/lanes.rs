//! Sums and maxima in independent lanes.

/// Number of lanes: wide enough for any vector register, and fixed, so that the order of summation does not depend on the
/// machine.
pub(crate) const LANES: usize = 16;

/// All lanes in one, by halves: in a row they would wait for each other for longer than a short row takes.
#[inline(always)]
pub(crate) fn reduce(mut lanes: [f32; LANES], both: impl Fn(f32, f32) -> f32) -> f32 {
    let mut half = LANES / 2;
    while half > 0 {
        for i in 0..half {
            lanes[i] = both(lanes[i], lanes[i + half]);
        }
        half /= 2;
    }
    lanes[0]
}
