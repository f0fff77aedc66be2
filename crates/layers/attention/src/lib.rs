//! Level 3, the match: softmax(Q·Kᵀ/√d)·V with heads, masks and positions.
