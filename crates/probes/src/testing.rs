//! Layers for the tests of this crate.

use layer::{Layer, Reach, Site, Stack};

/// A layer of the zoo.
pub fn zoo(name: &str, options: &str, time: usize, width: usize) -> Box<dyn Layer> {
    let definition = zoo::find(name).expect("a layer of the table");
    (definition.build)(&definition.variant(options), Site { time, width, seed: 1 }).expect("options that fit")
}

/// `depth` box kernels of width 1 in a row: every weight 1/kernel, no bias, causal, nothing between them.
pub fn boxes(depth: usize, kernel: usize) -> Stack {
    (0..depth).fold(Stack::default(), |stack, i| {
        let mut conv = zoo("conv", &format!("kernel = {kernel}"), 1, 1);
        for mut parameter in conv.parameters_mut() {
            let bias = parameter.name.ends_with("bias");
            parameter.value.fill(if bias { 0.0 } else { 1.0 / kernel as f32 });
        }
        stack.with(i.to_string(), conv)
    })
}

/// Lags 0 … `depth`·(`kernel` − 1), what [`boxes`] reach.
pub fn reach_of_boxes(depth: usize, kernel: usize) -> Reach {
    Reach::lags(0..=(depth * (kernel - 1)) as isize)
}
