//! What a head does with a sentence, in numbers: computed anew in f64 from its queries, keys and values, and held
//! against the weights that the model itself used.

use layer::Matching;
use ndarray::{Array3, ArrayView2, s};
use serde::Serialize;

/// A layer of attention.
#[derive(Debug, Serialize)]
pub struct Attention {
    /// Which block of the model, from 0.
    pub layer: usize,
    /// Its dotted path in the model.
    pub name: String,
    /// Its heads, in order.
    pub heads: Vec<Head>,
}

/// What one head does for one word, the asked one; a row for each step of the sequence, blanks included.
#[derive(Debug, Serialize)]
pub struct Head {
    /// From 0.
    pub head: usize,
    /// Numbers of a query, a key or a value.
    pub head_width: usize,
    /// Factor of the scores.
    pub scale: f64,
    /// What the word looks for, (head width).
    pub query: Vec<f64>,
    /// What each step answers to, (step, head width).
    pub keys: Vec<Vec<f64>>,
    /// What each step says, (step, head width).
    pub values: Vec<Vec<f64>>,
    /// Query times key, (step).
    pub scores: Vec<f64>,
    /// Scores times `scale`, (step); −∞, null in JSON, where a mask hides the step.
    pub scaled: Vec<f64>,
    /// Their softmax, (step).
    pub weights: Vec<f64>,
    /// Weight times value, (step, head width).
    pub weighted_values: Vec<Vec<f64>>,
    /// The sum of these over the steps, (head width).
    pub sum: Vec<f64>,
    /// `scaled` of every step as query, (query, key).
    pub all_scaled: Vec<Vec<f64>>,
    /// `weights` of every step as query, (query, key).
    pub all_weights: Vec<Vec<f64>>,
    /// Between `all_weights` and the weights of the model's own forward in f32.
    pub largest_difference: f64,
}

impl Attention {
    /// What was matched in the only sequence of a batch, as it concerns `step`.
    pub fn of(matching: &Matching, step: usize) -> Self {
        let heads = matching.weights.dim().1;
        let heads = (0..heads).map(|head| Head::of(matching, head, step)).collect();
        Self { layer: layer_of(matching), name: matching.name.clone(), heads }
    }
}

/// Which block of the model matches: the number in its path, `blocks.1.mixer`.
pub fn layer_of(matching: &Matching) -> usize {
    matching.name.split('.').find_map(|part| part.parse().ok()).unwrap_or_default()
}

impl Head {
    /// √head width, where scores are divided by that.
    pub fn root(&self) -> Option<f64> {
        let root = (self.head_width as f64).sqrt();
        ((self.scale * root - 1.0).abs() < 1e-6).then_some(root)
    }

    fn of(matching: &Matching, head: usize, step: usize) -> Self {
        let (_, heads, time, _) = matching.weights.dim();
        let head_width = matching.query.dim().2 / heads;
        let rows = |all: &Array3<f32>| -> Vec<Vec<f64>> {
            let columns = head * head_width..(head + 1) * head_width;
            (0..time).map(|at| all.slice(s![0, at, columns.clone()]).mapv(f64::from).to_vec()).collect()
        };
        let (queries, keys, values) = (rows(&matching.query), rows(&matching.key), rows(&matching.value));
        let scale = f64::from(matching.scale);
        let all_scaled: Vec<Vec<f64>> = queries
            .iter()
            .enumerate()
            .map(|(at, query)| {
                let hidden = |key: usize| matching.causal && key > at;
                let scaled = |key: usize| if hidden(key) { f64::NEG_INFINITY } else { scale * dot(query, &keys[key]) };
                (0..time).map(scaled).collect()
            })
            .collect();
        let all_weights: Vec<Vec<f64>> = all_scaled.iter().map(|row| softmax(row)).collect();
        let own: ArrayView2<'_, f32> = matching.weights.slice(s![0, head, .., ..]);
        let differences =
            own.indexed_iter().map(|((query, key), own)| (f64::from(*own) - all_weights[query][key]).abs());
        let largest_difference = differences.fold(0.0, f64::max);
        let query = queries[step].clone();
        let (scaled, weights) = (all_scaled[step].clone(), all_weights[step].clone());
        let weighted = |(value, weight): (&Vec<f64>, &f64)| value.iter().map(|number| weight * number).collect();
        let weighted_values: Vec<Vec<f64>> = values.iter().zip(&weights).map(weighted).collect();
        Self {
            head,
            head_width,
            scale,
            scores: keys.iter().map(|key| dot(&query, key)).collect(),
            sum: sum(&weighted_values, head_width),
            query,
            keys,
            values,
            scaled,
            weights,
            weighted_values,
            all_scaled,
            all_weights,
            largest_difference,
        }
    }
}

fn dot(one: &[f64], other: &[f64]) -> f64 {
    one.iter().zip(other).map(|(a, b)| a * b).sum()
}

/// exp of each, divided by the sum of all; the largest is taken away first, so that none overflows.
fn softmax(row: &[f64]) -> Vec<f64> {
    let largest = row.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let exps: Vec<f64> = row.iter().map(|logit| (logit - largest).exp()).collect();
    let total: f64 = exps.iter().sum();
    exps.iter().map(|exp| exp / total).collect()
}

/// The sum of vectors of that width.
pub fn sum<'a>(vectors: impl IntoIterator<Item = &'a Vec<f64>>, width: usize) -> Vec<f64> {
    vectors.into_iter().fold(vec![0.0; width], |sum, vector| sum.iter().zip(vector).map(|(a, b)| a + b).collect())
}
