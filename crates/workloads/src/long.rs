//! Causal softmax attention over long sequences: one sequence, one head of width 64, no projections.

use std::hint::black_box;

use kernels::attention::{Heads, backward, forward};
use layer::init::normal;
use ndarray::Array2;

const WIDTH: usize = 64;

/// How long, and whether gradients are made too.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Case {
    time: usize,
    pass: Pass,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Pass {
    Forward,
    Both,
    /// A forward over as many steps as a long novel has letters.
    Book,
}

/// Every one that is timed.
#[rustfmt::skip]
pub const CASES: [Case; 7] = [
    Case { time: 4096, pass: Pass::Forward },
    Case { time: 4096, pass: Pass::Both },
    Case { time: 16_384, pass: Pass::Forward },
    Case { time: 16_384, pass: Pass::Both },
    Case { time: 65_536, pass: Pass::Forward },
    Case { time: 65_536, pass: Pass::Both },
    Case { time: 524_288, pass: Pass::Book },
];

impl Case {
    /// `long/N/forward`, `long/N/both` or `book`.
    pub fn name(self) -> String {
        match self.pass {
            Pass::Forward => format!("long/{}/forward", self.time),
            Pass::Both => format!("long/{}/both", self.time),
            Pass::Book => "book".to_owned(),
        }
    }

    /// Runs before it is timed: the longer a run, the less a first one differs from the next.
    pub fn warm_up(self) -> usize {
        match self.time {
            0..=16_384 => 3,
            16_385..=65_536 => 1,
            _ => 0,
        }
    }

    /// FLOPs over the triangle of pairs that a causal mask leaves: two products forward, and five backward, of which
    /// one makes the weights a second time.
    pub fn flops(self) -> u64 {
        let (time, width) = (self.time as u64, WIDTH as u64);
        let of_a_pair = if self.pass == Pass::Both { 4 + 10 } else { 4 };
        time * (time + 1) / 2 * of_a_pair * width
    }

    /// Makes q, k, v and the gradient of the output; the closure does one run, on the pool it is called in.
    pub(crate) fn run(self) -> Box<dyn FnMut() + Send> {
        let heads = Heads { count: 1, width: WIDTH, scale: 1.0 / (WIDTH as f32).sqrt(), causal: true };
        let time = self.time;
        let array = |purpose| -> Array2<f32> { normal((time, WIDTH), 1.0, 0, purpose) };
        let [q, k, v] = ["query", "key", "value"].map(array);
        if self.pass != Pass::Both {
            return Box::new(move || {
                black_box(forward(heads, time, q.view(), k.view(), v.view(), None));
            });
        }
        let d_mixed = array("d_mixed");
        Box::new(move || {
            let (q, k, v) = (q.view(), k.view(), v.view());
            let (mixed, log_sums) = forward(heads, time, q, k, v, None);
            black_box(backward(heads, time, q, k, v, None, mixed.view(), log_sums.view(), d_mixed.view()));
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_run_at_a_tiny_length() {
        for pass in [Pass::Forward, Pass::Both, Pass::Book] {
            Case { time: 70, pass }.run()();
        }
    }

    #[test]
    fn flops_are_those_of_the_triangle() {
        let [forward, both] = [Pass::Forward, Pass::Both].map(|pass| Case { time: 3, pass }.flops());
        assert_eq!((forward, both), (6 * 4 * 64, 6 * 14 * 64));
    }
}
