//! Softmax cross-entropy.

use kernels::softmax::softmax_in_place;
use ndarray::Array2;

/// Loss and right answers of some rows, and the gradient of their logits.
#[derive(Clone, Debug)]
pub struct Loss {
    /// −Σ ln p(class) over the rows, in nats.
    pub total: f64,
    /// Rows whose largest logit is that of the class.
    pub correct: Vec<bool>,
    /// Gradient of `total` × `scale` with respect to the logits, `(rows, classes)`.
    pub d_logits: Array2<f32>,
}

/// Cross-entropy of logits `(rows, classes)` against one class a row. `scale` is usually 1/rows of the whole batch,
/// which makes the gradient that of the mean.
///
/// # Panics
/// When a class is out of range.
pub fn cross_entropy(mut logits: Array2<f32>, classes: impl Iterator<Item = usize>, scale: f32) -> Loss {
    let mut total = 0.0;
    let mut correct = Vec::with_capacity(logits.nrows());
    for (mut row, class) in logits.rows_mut().into_iter().zip(classes) {
        let row = row.as_slice_mut().expect("row-major");
        let logit = row[class];
        // A tie counts as wrong: a model that says the same of every class knows nothing.
        correct.push(row.iter().enumerate().all(|(i, other)| i == class || *other < logit));
        let log_sum = softmax_in_place(row);
        total += f64::from(log_sum) - f64::from(logit);
        row[class] -= 1.0;
        row.iter_mut().for_each(|d| *d *= scale);
    }
    Loss { total, correct, d_logits: logits }
}
