//! Level 1, the line: y = x·W + b, per step, over time or flattened.
