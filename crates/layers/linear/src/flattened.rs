//! The line over a whole sequence at once: the most that fixed wiring can do.

use layer::affine::unflatten;
use layer::{Affine, Cache, Cost, Gradients, Layer, Lengths, Named, Reach, Shape, ShapeError};
use ndarray::{Array2, Array3, ArrayView2, ArrayView3, ArrayViewD, ArrayViewMutD};

/// y = x·weight + bias on sequences laid out as one row, step after step.
#[derive(Clone, Debug)]
pub struct Flattened {
    affine: Affine,
    time: usize,
    width: usize,
}

impl Flattened {
    /// For sequences of `time` steps of `width` features.
    pub fn new(time: usize, width: usize, bias: bool, seed: u64) -> Self {
        let mut affine = Affine::new(time * width, time * width, seed, "");
        affine.bias = affine.bias.filter(|_| bias);
        Self { affine, time, width }
    }

    /// `(batch, time·width)` to `(batch, time, width)`.
    fn sequences(&self, rows: Array2<f32>) -> Array3<f32> {
        let batch = rows.nrows();
        let steps = rows.into_shape_with_order((batch * self.time, self.width)).expect("rows of time·width");
        unflatten(steps, batch, self.time)
    }
}

impl Layer for Flattened {
    fn name(&self) -> &'static str {
        "linear"
    }

    fn output_shape(&self, input: Shape) -> Result<Shape, ShapeError> {
        input.expect_time("linear", self.time, "over = \"flattened\" is built for one length: set n to it")?;
        input.expect_feature("linear", self.width, "build it with the width of its input").map(|()| input)
    }

    fn forward(&self, x: Array3<f32>) -> (Array3<f32>, Cache) {
        (self.sequences(self.affine.rows(rows(&x.view()))), Cache::new(x))
    }

    fn backward(&self, cache: &Cache, d_y: ArrayView3<'_, f32>) -> (Array3<f32>, Gradients) {
        let x = cache.get::<Array3<f32>>().view();
        let (d_x, gradients) = self.affine.backward_rows(rows(&x), rows(&d_y));
        (self.sequences(d_x), gradients)
    }

    fn parameters(&self) -> Vec<Named<ArrayViewD<'_, f32>>> {
        self.affine.parameters("")
    }

    fn parameters_mut(&mut self) -> Vec<Named<ArrayViewMutD<'_, f32>>> {
        self.affine.parameters_mut("")
    }

    fn reach(&self) -> Reach {
        Reach::Everywhere
    }

    fn cost(&self, input: Shape) -> Cost {
        let flops = self.affine.flops(input.batch);
        Cost {
            parameters: self.affine.parameter_count(),
            flops_forward: flops,
            flops_backward: 2 * flops,
            bytes_kept: 4 * input.len() as u64,
        }
    }

    fn is_affine(&self) -> bool {
        true
    }

    fn lengths(&self) -> Lengths {
        Lengths::Exactly(self.time)
    }
}

/// `(batch, time, width)` as `(batch, time·width)`, without a copy.
fn rows<'a>(x: &'a ArrayView3<'_, f32>) -> ArrayView2<'a, f32> {
    let (batch, time, width) = x.dim();
    let numbers = x.as_slice().expect("sequences are row-major");
    ArrayView2::from_shape((batch, time * width), numbers).expect("sizes of the same array")
}
