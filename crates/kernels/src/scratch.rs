//! Working space that a thread keeps, so that a kernel asks for no memory once it has run before.

use std::cell::Cell;

/// A cache line, and the widest vector register.
#[repr(align(64))]
#[derive(Clone, Copy)]
struct Line(#[allow(dead_code)] [f32; 16]);

thread_local! {
    static SPARE: Cell<Vec<Line>> = const { Cell::new(Vec::new()) };
}

/// Space on loan from the thread. A value in place of a closure's argument: what a closure does would be compiled without
/// the instruction set of the code around it.
pub(crate) struct Scratch(Vec<Line>);

impl Scratch {
    /// `N` pieces of these lengths at least.
    pub(crate) fn of<const N: usize>(lengths: [usize; N]) -> Self {
        // A kernel within a kernel finds nothing to take, and allocates.
        let mut lines = SPARE.take();
        let needed: usize = lengths.iter().map(|length| length.div_ceil(16)).sum();
        if lines.len() < needed {
            lines.resize(needed, Line([0.0; 16]));
        }
        Self(lines)
    }

    /// The pieces, each aligned to a cache line. What they hold at the start is left from before.
    pub(crate) fn pieces<const N: usize>(&mut self, lengths: [usize; N]) -> [&mut [f32]; N] {
        let mut rest = &mut self.0[..];
        lengths.map(|length| {
            let (piece, after) = std::mem::take(&mut rest).split_at_mut(length.div_ceil(16));
            rest = after;
            as_numbers(piece)
        })
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        SPARE.set(std::mem::take(&mut self.0));
    }
}

#[allow(unsafe_code)]
fn as_numbers(lines: &mut [Line]) -> &mut [f32] {
    // SAFETY: a line is 16 floats and nothing else: its size is 64, which is also its alignment.
    unsafe { std::slice::from_raw_parts_mut(lines.as_mut_ptr().cast(), lines.len() * 16) }
}

#[cfg(test)]
mod tests {
    use super::Scratch;

    #[test]
    fn pieces_are_aligned_apart_and_large_enough() {
        let lengths = [3, 17, 0, 64];
        let mut scratch = Scratch::of(lengths);
        for (i, piece) in scratch.pieces(lengths).into_iter().enumerate() {
            assert!(piece.len() >= lengths[i] && (piece.as_ptr() as usize).is_multiple_of(64));
            piece.fill(i as f32);
            Scratch::of([40]).pieces([40])[0].fill(-1.0);
            assert!(piece.iter().all(|x| *x == i as f32));
        }
    }
}
