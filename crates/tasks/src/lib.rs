//! Synthetic data with known answers: pure functions of (settings, seed, split, index).
