//! One layer alone: given x and the gradient of y, make y, the gradient of x and those of all parameters.

use std::hint::black_box;

use layer::init::normal;
use layer::{Layer, Shape, Site};
use toml::Table;

use crate::batched::forward_backward;

/// A layer under the name that works have for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Row {
    name: &'static str,
    /// The row of `zoo::LAYERS`.
    layer: &'static str,
    /// Its options, as TOML.
    options: &'static str,
}

const LAYERS: [Row; 5] = [
    Row { name: "linear", layer: "linear", options: "" },
    Row { name: "mlp", layer: "mlp", options: "" },
    Row { name: "conv3", layer: "conv", options: "kernel = 3" },
    Row { name: "conv7", layer: "conv", options: "kernel = 7" },
    Row { name: "attention", layer: "attention", options: "heads = 4" },
];

/// Batch, time and width. The first three hold the same numbers; the last one is for what fills no cache.
const SIZES: [(usize, usize, usize); 4] = [(32, 128, 64), (8, 512, 64), (2, 2048, 64), (8, 512, 256)];

/// A layer and a size.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Case {
    row: Row,
    size: (usize, usize, usize),
}

/// Every layer at every size.
pub fn cases() -> impl Iterator<Item = Case> {
    LAYERS.into_iter().flat_map(|row| SIZES.map(|size| Case { row, size }))
}

impl Case {
    /// `layer/L/BxTxD`.
    pub fn name(self) -> String {
        let (batch, time, width) = self.size;
        format!("layer/{}/{batch}x{time}x{width}", self.row.name)
    }

    /// FLOPs of forward and backward, as the layer declares them.
    pub fn flops(self) -> u64 {
        self.layer().cost(Shape::from(self.size)).flops()
    }

    /// Makes layer, input and gradient; the closure does one run.
    pub(crate) fn run(self) -> Box<dyn FnMut() + Send> {
        let layer = self.layer();
        let [x, d_y] = ["x", "d_y"].map(|purpose| normal(self.size, 1.0, 0, purpose));
        Box::new(move || {
            black_box(forward_backward(layer.as_ref(), x.view(), d_y.view()));
        })
    }

    fn layer(self) -> Box<dyn Layer> {
        let (_, time, width) = self.size;
        let definition = zoo::find(self.row.layer).expect("a row of the zoo");
        let options: Table = self.row.options.parse().expect("options are TOML");
        (definition.build)(&options, Site { time, width, seed: 0 }).expect("options that fit the size")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_layer_runs_at_a_tiny_size() {
        for row in LAYERS {
            let case = Case { row, size: (3, 5, 8) };
            assert_eq!(case.name(), format!("layer/{}/3x5x8", row.name));
            assert!(case.flops() > 0);
            case.run()();
        }
    }

    /// What other implementations are told to do, in numbers: a projection is 2·D·D a step, and a backward is twice that.
    #[test]
    fn flops_are_those_of_the_formula() {
        let flops = |name: &str| cases().find(|case| case.name() == name).unwrap().flops();
        let projection = 3 * 2 * 64 * 64 * (32 * 128);
        assert_eq!(flops("layer/linear/32x128x64"), projection);
        assert_eq!(flops("layer/mlp/32x128x64"), 8 * projection);
        assert!(flops("layer/conv7/32x128x64") > 2 * flops("layer/conv3/32x128x64"));
        assert!(flops("layer/attention/32x128x64") > 4 * projection);
    }
}
