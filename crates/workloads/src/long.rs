//! Causal softmax attention over long sequences: one sequence, one head of width 64, no projections.

use std::hint::black_box;

use kernels::attention::{Heads, Projected};
use layer::init::normal;
use ndarray::Array2;

const WIDTH: usize = 64;
/// Scale 1/√64.
const HEADS: Heads = Heads { count: 1, width: WIDTH, scale: 0.125, causal: true };

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

    /// FLOPs over the triangle of pairs that a causal mask leaves.
    pub fn flops(self) -> u64 {
        let backward = if self.pass == Pass::Both { HEADS.flops_backward(1, self.time) } else { 0 };
        HEADS.flops_forward(1, self.time) + backward
    }

    /// Makes q, k, v and the gradient of the output; the closure does one run, on the pool it is called in.
    pub(crate) fn run(self) -> Box<dyn FnMut() + Send> {
        let time = self.time;
        let array = |purpose| -> Array2<f32> { normal((time, WIDTH), 1.0, 0, purpose) };
        let [q, k, v] = ["query", "key", "value"].map(array);
        if self.pass != Pass::Both {
            return Box::new(move || {
                let projected = Projected { query: q.view(), key: k.view(), value: v.view() };
                black_box(HEADS.forward(projected, time, None));
            });
        }
        let d_values = array("d_values");
        Box::new(move || {
            let projected = Projected { query: q.view(), key: k.view(), value: v.view() };
            let mixed = HEADS.forward(projected, time, None);
            black_box(HEADS.backward(projected, time, None, &mixed, d_values.view()));
        })
    }
}
