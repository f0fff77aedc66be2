//! Mutations of bytes, for formats of which the damage knows nothing.

use crate::draw::Draw;

/// Longest input; mutations that copy stop there.
const MOST: usize = 1 << 18;

/// Damages `bytes` in one to eight places; `others` is what pieces are taken from.
pub fn mutate(draw: &mut Draw, bytes: &mut Vec<u8>, others: &[Vec<u8>]) {
    for _ in 0..1 << draw.below(4) {
        once(draw, bytes, others);
    }
}

fn once(draw: &mut Draw, bytes: &mut Vec<u8>, others: &[Vec<u8>]) {
    let at = draw.below(bytes.len() + 1);
    let end = at + draw.below((bytes.len() - at).min(64) + 1);
    match draw.below(11) {
        0 => bytes.truncate(at),
        1 => drop(bytes.drain(at..end)),
        2 if at < bytes.len() => bytes[at] ^= 1 << draw.below(8),
        3 if at < bytes.len() => bytes[at] = draw.byte(),
        4 => insert(bytes, at, draw.text().as_bytes()),
        5 => insert(bytes, at, draw.number().as_bytes()),
        6 | 7 => replace_number(draw, bytes, at),
        8 => {
            let piece = bytes[at..end].to_vec();
            insert(bytes, at, &piece.repeat(1 << draw.below(8)));
        }
        9 if !others.is_empty() => {
            let other = draw.pick(others);
            let from = draw.below(other.len() + 1);
            bytes.truncate(at);
            bytes.extend_from_slice(&other[from..]);
        }
        _ => {
            let brackets: [&[u8]; 5] = [b"[", b"{\"a\":", b"(", b"[[", b"a."];
            let nest = draw.pick(&brackets).repeat(1 << draw.below(15));
            if draw.once_in(8) {
                insert(bytes, at, &nest);
            }
        }
    }
    bytes.truncate(MOST);
}

fn insert(bytes: &mut Vec<u8>, at: usize, piece: &[u8]) {
    if bytes.len() + piece.len() <= MOST {
        bytes.splice(at..at, piece.iter().copied());
    }
}

/// Puts an absurd number where the next number stands.
fn replace_number(draw: &mut Draw, bytes: &mut Vec<u8>, at: usize) {
    let digit = |byte: &u8| byte.is_ascii_digit() || *byte == b'.';
    let Some(start) = bytes[at..].iter().position(digit).map(|from| at + from) else { return };
    let length = bytes[start..].iter().take_while(|byte| digit(byte)).count();
    bytes.splice(start..start + length, draw.number().bytes());
}
