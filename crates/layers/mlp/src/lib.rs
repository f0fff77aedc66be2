//! Level 2, the hinge: max(0, x·W + b)·V + c, per step or over time.
