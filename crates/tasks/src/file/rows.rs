//! What a file holds, whatever its format.

use crate::settings::TaskError;
use crate::{Split, settings::at_most};

/// Sequences as numbers, with their labels as text.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Rows {
    /// Numbers of a sequence: steps × features.
    pub(super) width: usize,
    /// Numbers of a step, where the file says it.
    pub(super) features: Option<usize>,
    /// `(sequence, number)`, row-major.
    pub(super) numbers: Vec<f32>,
    /// One for each sequence.
    pub(super) labels: Vec<String>,
    /// One for each sequence, where the file says it.
    pub(super) splits: Option<Vec<Split>>,
}

/// Words of the classes and the class of each sequence: integers in their order, or else words in theirs.
///
/// # Errors
/// When there are fewer than two.
pub(super) fn classes(labels: &[String]) -> Result<(Vec<String>, Vec<usize>), TaskError> {
    let mut words: Vec<String> = labels.to_vec();
    let integers: Option<Vec<i64>> = labels.iter().map(|label| label.parse().ok()).collect();
    if integers.is_some() {
        words.sort_by_key(|label| label.parse::<i64>().ok());
    } else {
        words.sort();
    }
    // `07` and `7` are one class where labels are integers.
    let key = |label: &String| match integers {
        Some(_) => label.parse::<i64>().map(|integer| integer.to_string()).unwrap_or_default(),
        None => label.clone(),
    };
    let mut words: Vec<String> = words.iter().map(key).collect();
    words.dedup();
    if let [only] = words.as_slice() {
        return Err(TaskError(format!("every label is `{only}`: a task takes two classes or more")));
    }
    at_most("the number of classes", words.len(), 2, 1 << 12)?;
    let places: std::collections::BTreeMap<&String, usize> = words.iter().zip(0..).collect();
    let classes = labels.iter().map(|label| places[&key(label)]).collect();
    Ok((words, classes))
}

/// Vocabulary of each channel: one more than the largest symbol in it.
///
/// # Errors
/// When a number is no symbol.
pub(super) fn vocabularies(rows: &Rows, channels: usize) -> Result<Vec<usize>, TaskError> {
    let mut sizes = vec![1; channels];
    for (at, number) in rows.numbers.iter().enumerate() {
        if number.fract() != 0.0 || !(0.0..=65_535.0).contains(number) {
            let (sequence, place) = (at / rows.width + 1, at % rows.width);
            return Err(TaskError(format!(
                "tokens = true, and number t{place} of sequence {sequence} is {number}: symbols are 0, 1, … 65535"
            )));
        }
        let size = &mut sizes[at % channels];
        *size = (*size).max(*number as usize + 1);
    }
    Ok(sizes)
}
