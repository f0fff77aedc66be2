//! One step of AdamW on the numbers of one parameter, in one pass.

use pulp::NullaryFnOnce;

use crate::isa;

/// What a step is made with, the same for every number of a parameter.
#[derive(Clone, Copy, Debug)]
pub struct Step {
    /// Decay rates of the two moments.
    pub betas: (f32, f32),
    /// 1 − βᵗ for each of the two: what the moments lack after t steps.
    pub corrections: (f32, f32),
    /// Learning rate.
    pub rate: f32,
    /// Factor of the parameter before the step: 1 − rate · weight decay, or 1.
    pub decay: f32,
    /// Added to the root of the second moment.
    pub epsilon: f32,
}

/// m ← β₁·m + (1 − β₁)·g, v ← β₂·v + (1 − β₂)·g², x ← decay·x − rate·(m/c₁)/(√(v/c₂) + ε).
///
/// # Panics
/// When lengths differ.
pub fn step(step: Step, values: &mut [f32], gradient: &[f32], first: &mut [f32], second: &mut [f32]) {
    assert!(
        [gradient.len(), first.len(), second.len()] == [values.len(); 3],
        "one gradient and moment for each number"
    );
    isa::run(Update { step, values, gradient, first, second });
}

struct Update<'a> {
    step: Step,
    values: &'a mut [f32],
    gradient: &'a [f32],
    first: &'a mut [f32],
    second: &'a mut [f32],
}

impl NullaryFnOnce for Update<'_> {
    type Output = ();

    #[inline(always)]
    fn call(self) {
        let Step { betas, corrections, rate, decay, epsilon } = self.step;
        let rate = rate / corrections.0;
        let moments = self.first.iter_mut().zip(self.second);
        for ((value, g), (m, v)) in self.values.iter_mut().zip(self.gradient).zip(moments) {
            *m = betas.0 * *m + (1.0 - betas.0) * g;
            *v = betas.1 * *v + (1.0 - betas.1) * g * g;
            *value = *value * decay - rate * *m / ((*v / corrections.1).sqrt() + epsilon);
        }
    }
}
