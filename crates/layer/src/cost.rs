//! What a layer costs, as it declares it.

use std::iter::Sum;
use std::ops::Add;

/// Declared cost for one input shape. The conformance kit holds each number
/// against a count: parameters, FLOPs of the products really done, and bytes
/// still allocated after a forward.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cost {
    /// Numbers that are learned.
    pub parameters: u64,
    /// FLOPs of the matrix products of a forward; 1 multiply-add = 2 FLOPs.
    pub flops_forward: u64,
    /// FLOPs of the matrix products of a backward.
    pub flops_backward: u64,
    /// Bytes that a forward keeps for its backward.
    pub bytes_kept: u64,
}

impl Cost {
    /// FLOPs of one training step.
    pub fn flops(self) -> u64 {
        self.flops_forward + self.flops_backward
    }
}

impl Add for Cost {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            parameters: self.parameters + other.parameters,
            flops_forward: self.flops_forward + other.flops_forward,
            flops_backward: self.flops_backward + other.flops_backward,
            bytes_kept: self.bytes_kept + other.bytes_kept,
        }
    }
}

impl Sum for Cost {
    fn sum<I: Iterator<Item = Self>>(costs: I) -> Self {
        costs.fold(Self::default(), Add::add)
    }
}
