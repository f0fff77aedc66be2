//! Finished cells and trained weights.

use lab::doors::Cell;

use crate::bytes;
use crate::draw::Draw;
use crate::target::{Ground, Input, Target};

struct Kept {
    cell: Cell,
    weights_alone: bool,
}

/// The file of a cell, with a checksum that fits in half of the cases, and its weights.
pub fn cell(ground: &Ground) -> Box<dyn Target> {
    Box::new(Kept { cell: made(ground), weights_alone: false })
}

/// Weights that no checksum holds.
pub fn weights(ground: &Ground) -> Box<dyn Target> {
    Box::new(Kept { cell: made(ground), weights_alone: true })
}

fn made(ground: &Ground) -> Cell {
    let seed = include_str!("../../seeds/accuracy.toml");
    Cell::of(&ground.workspace, seed, &ground.folder).unwrap_or_else(|error| panic!("the seed trains: {error}"))
}

/// As the store writes it.
fn summed(body: &[u8]) -> Vec<u8> {
    let sum = blake3::hash(body).to_hex()[..32].to_owned();
    [sum.as_bytes(), b"\n", body].concat()
}

impl Target for Kept {
    fn make(&mut self, draw: &mut Draw) -> Input {
        let (file, weights) = &self.cell.whole;
        let (mut file, mut weights) = (file.clone(), weights.clone());
        if self.weights_alone {
            bytes::mutate(draw, &mut weights, &[]);
            if draw.once_in(4) {
                weights.splice(..weights.len().min(8), header_length(draw));
            }
            return vec![weights];
        }
        if draw.once_in(2) {
            bytes::mutate(draw, &mut file, &[]);
        } else {
            let start = file.iter().position(|byte| *byte == b'\n').map_or(0, |end| end + 1);
            let mut body = file.split_off(start);
            bytes::mutate(draw, &mut body, &[]);
            file = summed(&body);
        }
        if draw.once_in(16) {
            bytes::mutate(draw, &mut weights, &[]);
        }
        vec![file, weights]
    }

    fn take(&mut self, input: &Input) -> Result<(), String> {
        if self.weights_alone { self.cell.load(&input[0]) } else { self.cell.read(&input[0], &input[1]).map(drop) }
    }
}

/// The first eight bytes of a safetensors file: how long its header is.
fn header_length(draw: &mut Draw) -> [u8; 8] {
    let length: u64 = draw.number().parse().unwrap_or(u64::MAX);
    length.to_le_bytes()
}
