//! The checks themselves: each takes a [`Subject`] and returns what it measured.

mod adjoint;
mod affine;
mod batch;
mod cost;
mod determinism;
mod equivariance;
mod gradient;
mod lengths;
pub(crate) mod options;
mod range;
mod reach;
mod shapes;
mod step;
mod stream;

use crate::subject::Subject;
use crate::{Check, Finding};

type OnShape = fn(&Subject<'_>) -> Vec<Finding>;
type OnVariant = fn(&[Subject<'_>]) -> Vec<Finding>;

/// Run on each shape; the check named is blamed when the layer panics.
pub(crate) const EACH_SHAPE: &[(Check, OnShape)] = &[
    (Check::Shapes, shapes::shapes),
    (Check::Lengths, lengths::lengths),
    (Check::Parameters, shapes::parameters),
    (Check::Gradient, gradient::directions),
    (Check::GradientElements, gradient::elements),
    (Check::BatchRows, batch::rows),
    (Check::BatchLeak, batch::leak),
    (Check::FutureLeak, reach::future),
    (Check::ReachSound, reach::reach),
    (Check::ForwardStep, step::forward),
    (Check::MatchStep, step::weights),
    (Check::Stream, stream::rows),
    (Check::StreamState, stream::state),
    (Check::ParameterCount, cost::parameters),
    (Check::Flops, cost::flops),
    (Check::Seed, determinism::seed),
    (Check::Repeat, determinism::repeat),
    (Check::Checkpoint, determinism::checkpoint),
    (Check::Finite, range::finite),
    (Check::Adjoint, adjoint::adjoint),
];

/// Run once for each variant, on the shapes at which it builds.
pub(crate) const EACH_VARIANT: &[(Check, OnVariant)] = &[
    (Check::ReachTight, reach::long),
    (Check::BytesKept, cost::bytes),
    (Check::Affine, affine::affine),
    (Check::Equivariance, equivariance::equivariance),
];
