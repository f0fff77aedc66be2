//! AdamW (Loshchilov & Hutter 2019, arXiv 1711.05101) and gradient clipping.

use kernels::adamw::{self, Step};
use kernels::split;
use layer::{Gradients, Named};
use ndarray::ArrayViewMutD;

const BETAS: (f32, f32) = (0.9, 0.999);
const EPSILON: f32 = 1e-8;

/// Moments of every parameter. Weight decay is decoupled and touches matrices
/// only: biases, gains and other vectors are left alone.
#[derive(Clone, Debug, Default)]
pub struct AdamW {
    moments: Vec<(Vec<f32>, Vec<f32>)>,
    step: i32,
}

impl AdamW {
    /// One step: parameters in the order of the gradients.
    ///
    /// # Panics
    /// When parameters and gradients are not of the same model.
    pub fn step(
        &mut self,
        parameters: Vec<Named<ArrayViewMutD<'_, f32>>>,
        gradients: &Gradients,
        learning_rate: f32,
        weight_decay: f32,
    ) {
        assert_eq!(parameters.len(), gradients.len(), "one gradient for each parameter");
        self.step += 1;
        if self.moments.is_empty() {
            self.moments = gradients.slices().map(|g| (vec![0.0; g.len()], vec![0.0; g.len()])).collect();
        }
        assert_eq!(self.moments.len(), gradients.len(), "an optimiser serves one model");
        let corrections = (1.0 - BETAS.0.powi(self.step), 1.0 - BETAS.1.powi(self.step));
        let parts: Vec<_> = parameters.into_iter().zip(gradients.slices()).zip(&mut self.moments).collect();
        split::for_each(parts, |((mut parameter, gradient), (first, second))| {
            let decay = if parameter.value.ndim() > 1 { 1.0 - learning_rate * weight_decay } else { 1.0 };
            let step = Step { betas: BETAS, corrections, rate: learning_rate, decay, epsilon: EPSILON };
            let values = parameter.value.as_slice_mut().expect("parameters are row-major");
            adamw::step(step, values, gradient, first, second);
        });
    }
}

/// Scales the gradients down to a global norm of at most `limit`; returns the norm they had.
pub fn clip(gradients: &mut Gradients, limit: f64) -> f64 {
    let norm = gradients.norm();
    if norm > limit {
        gradients.scale((limit / norm) as f32);
    }
    norm
}
