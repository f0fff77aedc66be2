//! Learning rate by step: linear warm-up, then a cosine.

use serde::{Deserialize, Serialize};

/// Warm-up over the first steps, then a cosine from the peak down to `last` × peak just after the final step.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Schedule {
    /// Steps of linear warm-up.
    pub warmup: usize,
    /// Steps in all.
    pub steps: usize,
    /// Share of the peak that is left at the end.
    pub last: f64,
}

impl Schedule {
    /// Factor on the peak learning rate at `step`, counted from 0.
    pub fn factor(&self, step: usize) -> f64 {
        if step < self.warmup {
            return (step + 1) as f64 / self.warmup as f64;
        }
        let rest = self.steps.saturating_sub(self.warmup).max(1) as f64;
        let done = ((step - self.warmup) as f64 / rest).min(1.0);
        self.last + (1.0 - self.last) * 0.5 * (1.0 + (std::f64::consts::PI * done).cos())
    }
}
