//! Sizes of a batch of sequences, and the error for sizes that do not fit.

use std::fmt;

/// Sizes of an array `(batch, time, feature)`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Shape {
    /// Sequences.
    pub batch: usize,
    /// Steps of a sequence.
    pub time: usize,
    /// Numbers at a step.
    pub feature: usize,
}

impl Shape {
    /// From the sizes in order.
    pub fn new(batch: usize, time: usize, feature: usize) -> Self {
        Self { batch, time, feature }
    }

    /// Steps of all sequences.
    pub fn steps(self) -> usize {
        self.batch * self.time
    }

    /// Numbers in the array.
    pub fn len(self) -> usize {
        self.steps() * self.feature
    }

    /// Whether the array has no numbers.
    pub fn is_empty(self) -> bool {
        self.len() == 0
    }

    /// This shape with another feature size.
    pub fn with_feature(self, feature: usize) -> Self {
        Self { feature, ..self }
    }

    /// As an ndarray dimension.
    pub fn dim(self) -> (usize, usize, usize) {
        (self.batch, self.time, self.feature)
    }

    /// Refuses any feature size but `expected`.
    ///
    /// # Errors
    /// [`ShapeError`] with both sizes and `fix`, the setting to change.
    pub fn expect_feature(self, layer: &'static str, expected: usize, fix: &'static str) -> Result<(), ShapeError> {
        ShapeError::unless_equal(layer, "feature", expected, self.feature, fix)
    }

    /// Refuses any time size but `expected`.
    ///
    /// # Errors
    /// [`ShapeError`] with both sizes and `fix`, the setting to change.
    pub fn expect_time(self, layer: &'static str, expected: usize, fix: &'static str) -> Result<(), ShapeError> {
        ShapeError::unless_equal(layer, "time", expected, self.time, fix)
    }
}

impl From<(usize, usize, usize)> for Shape {
    fn from((batch, time, feature): (usize, usize, usize)) -> Self {
        Self { batch, time, feature }
    }
}

impl fmt::Display for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "(batch {}, time {}, feature {})", self.batch, self.time, self.feature)
    }
}

/// An input that a layer cannot take.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{layer}: expected {axis} = {expected}, got {got}; {fix}")]
pub struct ShapeError {
    /// Which layer refuses.
    pub layer: &'static str,
    /// Which axis does not fit.
    pub axis: &'static str,
    /// The size that would fit.
    pub expected: usize,
    /// The size that came.
    pub got: usize,
    /// The setting to change.
    pub fix: &'static str,
}

impl ShapeError {
    pub(crate) fn unless_equal(
        layer: &'static str,
        axis: &'static str,
        expected: usize,
        got: usize,
        fix: &'static str,
    ) -> Result<(), Self> {
        if expected == got { Ok(()) } else { Err(Self { layer, axis, expected, got, fix }) }
    }
}
