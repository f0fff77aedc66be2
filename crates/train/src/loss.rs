//! What a wrong answer costs: softmax cross-entropy of classes, squared error of numbers.

use kernels::softmax::softmax_in_place;
use ndarray::{Array2, ArrayView1, s};
use tasks::{Answer, Target};

/// Loss and right answers to some questions, and the gradient of the read-out.
#[derive(Clone, Debug)]
pub struct Loss {
    /// −Σ ln p(class) in nats, or Σ (prediction − number)².
    pub total: f64,
    /// Answers whose class has the largest logit, or that are no farther off than the tolerance.
    pub correct: Vec<bool>,
    /// Gradient of `total` × `scale` with respect to the read-out, of the read-out's shape.
    pub d_readout: Array2<f32>,
}

/// How a read-out row of `slots · classes` numbers is to be taken.
#[derive(Clone, Copy, Debug)]
pub struct Scoring {
    /// Classes of a question; 1 where answers are numbers.
    pub classes: usize,
    /// How far off a number may be.
    pub tolerance: f64,
}

impl Scoring {
    /// Of a read-out `(rows, slots · classes)` against questions, each with its row. `scale` is usually 1/questions of
    /// the whole batch, which makes the gradient that of the mean.
    ///
    /// # Panics
    /// When a class, slot or row is out of range.
    pub fn loss<'a>(&self, readout: Array2<f32>, asked: impl Iterator<Item = (usize, &'a Target)>, scale: f32) -> Loss {
        let mut loss = Loss { total: 0.0, correct: Vec::new(), d_readout: Array2::zeros(readout.raw_dim()) };
        for (row, target) in asked {
            let columns = target.slot * self.classes..(target.slot + 1) * self.classes;
            let mut d_answer = loss.d_readout.slice_mut(s![row, columns.clone()]);
            d_answer.assign(&readout.slice(s![row, columns]));
            let d_answer = d_answer.as_slice_mut().expect("row-major");
            let (total, correct) = match target.answer {
                Answer::Class(class) => cross_entropy(d_answer, class),
                Answer::Number(number) => squared_error(d_answer, number, self.tolerance),
            };
            d_answer.iter_mut().for_each(|d| *d *= scale);
            loss.total += total;
            loss.correct.push(correct);
        }
        loss
    }

    /// The likeliest answer in a row of the read-out, and its probability; a number is taken as it stands.
    pub fn answer(&self, readout: ArrayView1<'_, f32>, target: &Target) -> (Answer, f64) {
        let answer = readout.slice(s![target.slot * self.classes..(target.slot + 1) * self.classes]);
        if let Answer::Number(_) = target.answer {
            return (Answer::Number(answer[0]), 1.0);
        }
        let mut chances = answer.to_vec();
        softmax_in_place(&mut chances);
        let best = (0..chances.len()).max_by(|a, b| chances[*a].total_cmp(&chances[*b])).expect("there are classes");
        (Answer::Class(best), f64::from(chances[best]))
    }
}

/// −ln of the softmax at `class`, and whether that logit is the largest; the logits become the gradient.
///
/// # Panics
/// When the class is out of range.
pub fn cross_entropy(logits: &mut [f32], class: usize) -> (f64, bool) {
    let logit = logits[class];
    // A tie counts as wrong: a model that says the same of every class knows nothing.
    let correct = logits.iter().enumerate().all(|(i, other)| i == class || *other < logit);
    let log_sum = softmax_in_place(logits);
    logits[class] -= 1.0;
    (f64::from(log_sum) - f64::from(logit), correct)
}

/// (prediction − number)² and whether that is within the tolerance; the prediction becomes the gradient.
fn squared_error(prediction: &mut [f32], number: f32, tolerance: f64) -> (f64, bool) {
    let off = f64::from(prediction[0]) - f64::from(number);
    prediction[0] = (2.0 * off) as f32;
    (off * off, off.abs() <= tolerance)
}
