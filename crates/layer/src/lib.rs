//! The [`Layer`] trait and what every layer shares.
//!
//! Arrays are f32 of shape `(batch, time, feature)`, feature innermost, so that
//! `(batch·time, feature)` is a free reshape. Values go in and values come out:
//! [`Layer::forward`] returns the output **and** a [`Cache`];
//! [`Layer::backward`] borrows that cache. Nothing is hidden in the layer, so
//! one layer serves many threads, one forward serves many backwards (the
//! receptive-field probe needs that), and no gradient has to be zeroed.
//!
//! | module | what |
//! |---|---|
//! | [`shape`] | sizes, and the error that names expected, got, and the fix |
//! | [`cache`], [`gradients`] | what a forward keeps, what a backward returns |
//! | [`reach`], [`lags`], [`mod@pace`], [`cost`], [`lengths`] | what a layer declares of itself, and tests measure |
//! | [`mod@stream`] | a layer that is fed one step after the other |
//! | [`affine`], [`norm`], [`identity`], [`residual`], [`stack`] | parts that layers and models are made of |
//! | [`definition`] | a row of the layer table: options, builder, variants |
//! | [`mod@matching`] | what a layer that matches steps did in a forward |
//! | [`positions`] | sinusoidal position vectors |
//! | [`init`], [`checkpoint`] | random streams by name; parameters as safetensors |

pub mod affine;
pub mod cache;
pub mod checkpoint;
pub mod cost;
pub mod definition;
pub mod gradients;
pub mod identity;
pub mod init;
pub mod lags;
pub mod lengths;
pub mod matching;
pub mod norm;
pub mod pace;
pub mod positions;
pub mod reach;
pub mod residual;
pub mod shape;
pub mod stack;
pub mod stream;

use ndarray::{Array2, Array3, Array4, ArrayView3, ArrayViewD, ArrayViewMutD, Axis};

pub use affine::Affine;
pub use cache::Cache;
pub use cost::Cost;
pub use definition::{BuildError, Definition, OptionDoc, Options, Site};
pub use gradients::Gradients;
pub use identity::Identity;
pub use lags::Lags;
pub use lengths::Lengths;
pub use matching::Matching;
pub use norm::Norm;
pub use pace::Pace;
pub use reach::Reach;
pub use residual::Residual;
pub use shape::{Shape, ShapeError};
pub use stack::Stack;
pub use stream::{PerStep, Stream};

/// A parameter or gradient with its dotted name, such as `query.weight`.
#[derive(Debug)]
pub struct Named<T> {
    /// Dotted path from the layer down; the same name as in a safetensors file.
    pub name: String,
    /// The value.
    pub value: T,
}

/// Shorthand for a [`Named`].
pub fn named<T>(name: impl Into<String>, value: T) -> Named<T> {
    Named { name: name.into(), value }
}

/// One differentiable map on sequences, `(batch, time, feature)` to the same
/// batch, and to the same time and features unless it says otherwise ([`pace`](Layer::pace),
/// [`output_shape`](Layer::output_shape)).
///
/// What a layer **declares** ([`reach`](Layer::reach), [`cost`](Layer::cost),
/// [`is_affine`](Layer::is_affine)) is a claim that the conformance kit
/// measures. See `CONTRIBUTING.md` for how to add one.
pub trait Layer: Send + Sync {
    /// Kebab-case name, as in the layer table.
    fn name(&self) -> &'static str;

    /// The shape that comes out for `input`.
    ///
    /// # Errors
    /// When the layer cannot take `input`; says expected, got and the setting to
    /// change. This is the one place where shapes are refused: `forward` only asserts.
    fn output_shape(&self, input: Shape) -> Result<Shape, ShapeError>;

    /// The output for `x`, and what `backward` will need.
    ///
    /// Shapes: `x` (batch, time, feature) to `output_shape`. `x` comes by value,
    /// since nearly every layer keeps it.
    fn forward(&self, x: Array3<f32>) -> (Array3<f32>, Cache);

    /// Gradients of Σ `d_y`·y: with respect to the input (same shape as `x`), and
    /// to every parameter in the order of [`parameters`](Layer::parameters).
    ///
    /// # Panics
    /// When `cache` is not from this layer's `forward`.
    fn backward(&self, cache: &Cache, d_y: ArrayView3<'_, f32>) -> (Array3<f32>, Gradients);

    /// All parameters, in one fixed order.
    fn parameters(&self) -> Vec<Named<ArrayViewD<'_, f32>>>;

    /// The same parameters in the same order, to be written to.
    fn parameters_mut(&mut self) -> Vec<Named<ArrayViewMutD<'_, f32>>>;

    /// Which input steps can touch an output step. Lags count from the input step at which the output step stands.
    fn reach(&self) -> Reach;

    /// How many steps come out of how many, and where they stand: by default as many, each at its own.
    fn pace(&self) -> Pace {
        Pace::KEPT
    }

    /// Parameters, FLOPs and kept bytes for `input`.
    fn cost(&self, input: Shape) -> Cost;

    /// Whether the map is affine in its input (f(x) = A·x + b). A model built of
    /// affine layers leaves out its norms, so that a straight line stays one.
    fn is_affine(&self) -> bool {
        false
    }

    /// Which numbers of steps it takes: what [`output_shape`](Layer::output_shape) accepts, said beforehand.
    fn lengths(&self) -> Lengths {
        Lengths::Any
    }

    /// Whether steps that change places take their outputs with them: f(P·x) = P·f(x) for every order P of the steps. Such a
    /// layer does not see where a step stands.
    fn is_permutation_equivariant(&self) -> bool {
        false
    }

    /// The same map fed one step after the other, with nothing remembered yet, for `batch` sequences. `None` when there is no
    /// such form, or nobody wrote it.
    fn stream(&self, _batch: usize) -> Option<Box<dyn Stream + '_>> {
        None
    }

    /// The mixing weights of that forward, `(batch, heads, query, key)`, if the
    /// layer forms such weights from its input.
    fn attention_weights(&self, _cache: &Cache) -> Option<Array4<f32>> {
        None
    }

    /// All that was matched in that forward, in order, if the layer or parts of it match steps with steps.
    fn matchings(&self, _cache: &Cache) -> Vec<Matching> {
        Vec::new()
    }

    /// The output of one step, `(batch, feature)`: that row of [`forward`](Layer::forward), up to the order of sums.
    ///
    /// Shape: `x` (batch, time, feature), row-major. A layer overrides this where it can read one step out without
    /// making the others. That is reading less, not another formula: the kit holds it against the forward.
    ///
    /// # Panics
    /// When `step` is no step of `x`.
    fn forward_step(&self, x: ArrayView3<'_, f32>, step: usize) -> Array2<f32> {
        self.forward(x.to_owned()).0.index_axis(Axis(1), step).to_owned()
    }

    /// The mixing weights of one step's query, `(batch, heads, key)`: that row of
    /// [`attention_weights`](Layer::attention_weights), without the others. A layer that has the one has the other.
    ///
    /// # Panics
    /// When `step` is no step of `x` (batch, time, feature).
    fn match_step(&self, _x: ArrayView3<'_, f32>, _step: usize) -> Option<Array3<f32>> {
        None
    }
}
