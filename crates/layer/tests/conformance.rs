//! The parts that models are made of, held against what they declare.

use std::collections::VecDeque;

use layer::affine::Affine;
use layer::definition::NONE;
use layer::{Cache, Cost, Gradients, Layer, Named, Norm, Reach, Residual, Shape, ShapeError, Stack, Stream};
use layer_testkit::{CountingAllocator, assert_built_conforms, assert_conforms};
use ndarray::{Array2, Array3, ArrayView2, ArrayView3, ArrayViewD, ArrayViewMutD, s};

#[global_allocator]
static ALLOCATOR: CountingAllocator = CountingAllocator::new();

/// y[t] = x[t − steps]·W + b, with zeros before the start: a layer whose reach is one lag, not 0.
struct Delay {
    affine: Affine,
    steps: usize,
}

impl Delay {
    fn boxed(width: usize, steps: usize, seed: u64, name: &str) -> Box<dyn Layer> {
        Box::new(Self { affine: Affine::new(width, width, seed, name), steps })
    }
}

impl Layer for Delay {
    fn name(&self) -> &'static str {
        "delay"
    }

    fn output_shape(&self, input: Shape) -> Result<Shape, ShapeError> {
        input.expect_feature("delay", self.affine.input(), "build it with the width of its input").map(|()| input)
    }

    fn forward(&self, x: Array3<f32>) -> (Array3<f32>, Cache) {
        let mut late = Array3::zeros(x.dim());
        let steps = self.steps.min(x.dim().1);
        late.slice_mut(s![.., steps.., ..]).assign(&x.slice(s![.., ..x.dim().1 - steps, ..]));
        (self.affine.sequences(late.view()), Cache::new(late))
    }

    fn backward(&self, cache: &Cache, d_y: ArrayView3<'_, f32>) -> (Array3<f32>, Gradients) {
        let late: &Array3<f32> = cache.get();
        let (d_late, gradients) = self.affine.backward_sequences(late.view(), d_y);
        let mut d_x = Array3::zeros(late.dim());
        let steps = self.steps.min(late.dim().1);
        d_x.slice_mut(s![.., ..late.dim().1 - steps, ..]).assign(&d_late.slice(s![.., steps.., ..]));
        (d_x, gradients)
    }

    fn parameters(&self) -> Vec<Named<ArrayViewD<'_, f32>>> {
        self.affine.parameters("")
    }

    fn parameters_mut(&mut self) -> Vec<Named<ArrayViewMutD<'_, f32>>> {
        self.affine.parameters_mut("")
    }

    fn reach(&self) -> Reach {
        Reach::lags([self.steps as isize])
    }

    fn cost(&self, input: Shape) -> Cost {
        let flops = self.affine.flops(input.steps());
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

    fn is_permutation_equivariant(&self) -> bool {
        self.steps == 0
    }

    fn stream(&self, batch: usize) -> Option<Box<dyn Stream + '_>> {
        let silence = Array2::zeros((batch, self.affine.input()));
        Some(Box::new(Queue { affine: &self.affine, waiting: vec![silence; self.steps].into() }))
    }
}

/// The steps of a [`Delay`] that have not come out yet.
struct Queue<'a> {
    affine: &'a Affine,
    waiting: VecDeque<Array2<f32>>,
}

impl Stream for Queue<'_> {
    fn step(&mut self, x: ArrayView2<'_, f32>) -> Array2<f32> {
        self.waiting.push_back(x.to_owned());
        self.affine.rows(self.waiting.pop_front().expect("one was just put in").view())
    }

    fn state(&self) -> usize {
        self.waiting.len() * self.affine.input()
    }
}

#[test]
fn none() {
    assert_conforms(&NONE);
}

#[test]
fn norm() {
    assert_built_conforms("norm", &|site| Ok(Box::new(Norm::new(site.width))));
}

/// The residual adds lag 0 to a reach that lacks it.
#[test]
fn residual() {
    assert_built_conforms("residual", &|site| Ok(Box::new(Residual(Delay::boxed(site.width, 2, site.seed, "delay")))));
}

/// A pre-norm model in small: the reach is the sum of the residuals' lags, {0, 1} + {0, 3}, with a hole at 2.
#[test]
fn stack() {
    assert_built_conforms("stack", &|site| {
        let delay = |steps, name: &str| {
            let inside = Stack::default()
                .with("norm", Box::new(Norm::new(site.width)))
                .with("delay", Delay::boxed(site.width, steps, site.seed, name));
            Box::new(Residual(Box::new(inside)))
        };
        let stack = Stack::default().with("0", delay(1, "0")).with("1", delay(3, "1"));
        assert_eq!(stack.reach(), Reach::lags([0, 1, 3, 4]));
        Ok(Box::new(stack))
    });
}

/// Parts that are blind to order make a stack that is, and one that is not ends it; what a stack remembers is what its
/// parts do.
#[test]
fn equivariant_stack() {
    let stack = |width, seed| {
        Stack::default()
            .with("norm", Box::new(Norm::new(width)))
            .with("a", Box::new(Residual(Delay::boxed(width, 0, seed, "a"))))
    };
    assert_built_conforms("equivariant-stack", &|site| Ok(Box::new(stack(site.width, site.seed))));
    assert!(stack(4, 1).is_permutation_equivariant());
    let late = stack(4, 1).with("b", Delay::boxed(4, 3, 1, "b")).with("c", Delay::boxed(4, 2, 1, "c"));
    assert!(!late.is_permutation_equivariant());
    assert_eq!(late.stream(2).expect("every part has one").state(), (3 + 2) * 4);
}

/// Affine parts make an affine stack; one norm and it is none.
#[test]
fn affine_stack() {
    let stack = |width, seed| {
        Stack::default()
            .with("a", Delay::boxed(width, 0, seed, "a"))
            .with("b", Box::new(Residual(Delay::boxed(width, 1, seed, "b"))))
    };
    assert_built_conforms("affine-stack", &|site| Ok(Box::new(stack(site.width, site.seed))));
    assert!(stack(4, 1).is_affine());
    assert!(!stack(4, 1).with("norm", Box::new(Norm::new(4))).is_affine());
}
