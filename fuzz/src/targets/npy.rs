//! NPY files of the task `file`.

use std::fs;
use std::path::PathBuf;

use super::tasks::look_at;
use crate::bytes;
use crate::draw::Draw;
use crate::target::{Ground, Input, Target};

struct Npy {
    folder: PathBuf,
    settings: toml::Table,
}

/// Numbers and labels, either of them damaged.
pub fn build(ground: &Ground) -> Box<dyn Target> {
    let settings = "path = \"x.npy\"\nlabels = \"y.npy\"\nvalidation_share = 0.25\ntest_share = 0.25";
    Box::new(Npy { folder: ground.folder.clone(), settings: settings.parse().expect("TOML") })
}

/// A file of a version, with this header and these bytes behind it.
fn file(version: u8, header: &str, body: &[u8]) -> Vec<u8> {
    let mut file = [b"\x93NUMPY".as_slice(), &[version, 0]].concat();
    match version {
        1 => file.extend((header.len() as u16 + 1).to_le_bytes()),
        _ => file.extend((header.len() as u32 + 1).to_le_bytes()),
    }
    [&file, header.as_bytes(), b"\n", body].concat()
}

const TYPES: [(&str, usize); 12] = [
    ("<f4", 4),
    (">f4", 4),
    ("<f8", 8),
    ("|i1", 1),
    ("|u1", 1),
    ("<i2", 2),
    (">u2", 2),
    ("<i4", 4),
    ("<i8", 8),
    ("<u8", 8),
    ("<c8", 8),
    ("O", 8),
];

fn drawn(draw: &mut Draw, shape: &[usize]) -> Vec<u8> {
    let (kind, size) = *draw.pick(&TYPES);
    let order = if draw.once_in(4) { "True" } else { "False" };
    let sizes = shape.iter().map(|size| if draw.once_in(8) { draw.number().to_owned() } else { size.to_string() });
    let sizes = sizes.collect::<Vec<_>>().join(", ");
    let header = format!("{{'descr': '{kind}', 'fortran_order': {order}, 'shape': ({sizes},), }}");
    let header = if draw.once_in(40) { "(".repeat(1 << draw.below(16)) } else { header };
    let body: Vec<u8> = (0..shape.iter().product::<usize>() * size).map(|at| (at / size % 3) as u8).collect();
    let version = *draw.pick(&[1, 1, 1, 2, 3]);
    let mut whole = file(version, &header, &body);
    if draw.once_in(2) {
        bytes::mutate(draw, &mut whole, &[]);
    }
    whole
}

impl Target for Npy {
    fn make(&mut self, draw: &mut Draw) -> Input {
        let x = if draw.once_in(2) { drawn(draw, &[8, 3]) } else { drawn(draw, &[8, 3, 2]) };
        vec![x, drawn(draw, &[8])]
    }

    fn take(&mut self, input: &Input) -> Result<(), String> {
        for (name, bytes) in ["x.npy", "y.npy"].into_iter().zip(input) {
            fs::write(self.folder.join(name), bytes).map_err(|error| error.to_string())?;
        }
        let task = tasks::build("file", &self.settings, &self.folder).map_err(|error| error.to_string())?;
        look_at(task.as_ref());
        Ok(())
    }
}
