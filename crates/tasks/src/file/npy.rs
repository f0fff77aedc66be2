//! NPY: x as `(sequences, time)` or `(sequences, time, feature)`, and labels as `(sequences)` in a second file.

use ndarray::ArrayD;
use ndarray_npy::npy::header::Header;
use ndarray_npy::{ReadNpyExt, ReadableElement};

use super::rows::Rows;
use crate::settings::TaskError;

/// Sequences and labels of two files.
///
/// # Errors
/// A header that is none or promises more than there is, another type or shape, a number that is not finite, and labels
/// of another count.
pub(super) fn read(x: &[u8], labels: &[u8], labels_name: &str) -> Result<Rows, TaskError> {
    let of_labels = |text: String| TaskError(format!("labels = \"{labels_name}\": {text}"));
    let mut numbers = Vec::new();
    let shape = array(x, &mut |number| numbers.push(number as f32)).map_err(TaskError)?;
    let (sequences, time, features) = match shape.as_slice() {
        [sequences, time] => (*sequences, *time, 1),
        [sequences, time, features] => (*sequences, *time, *features),
        other => {
            return Err(TaskError(format!(
                "its shape is {other:?}; give (sequences, time) or (sequences, time, feature)"
            )));
        }
    };
    if numbers.is_empty() {
        return Err(TaskError(format!("its shape is {shape:?}: there is no number in it")));
    }
    let width = time * features;
    if let Some(at) = numbers.iter().position(|number| !number.is_finite()) {
        let (row, place) = (at / width, at % width);
        let index = format!("[{row}, {}, {}]", place / features, place % features);
        let index = if shape.len() == 2 { format!("[{row}, {place}]") } else { index };
        return Err(TaskError(format!("x{index} is {}, which is not finite as a number of 32 bits", numbers[at])));
    }
    let mut classes: Vec<f64> = Vec::new();
    let labels_shape = array(labels, &mut |label| classes.push(label)).map_err(of_labels)?;
    if labels_shape != [sequences] {
        return Err(of_labels(format!("its shape is {labels_shape:?}, and there are {sequences} sequences")));
    }
    if let Some(at) = classes.iter().position(|label| label.fract() != 0.0) {
        return Err(of_labels(format!("label [{at}] is {}: labels are integers", classes[at])));
    }
    Ok(Rows {
        width,
        features: Some(features),
        numbers,
        labels: classes.into_iter().map(|label| format!("{label:.0}")).collect(),
        splits: None,
    })
}

/// The shape; gives `each` every number, row-major.
fn array(bytes: &[u8], each: &mut dyn FnMut(f64)) -> Result<Vec<usize>, String> {
    let mut rest = whole_header(bytes)?;
    let header = Header::from_reader(&mut rest).map_err(|error| format!("it is no NPY file: {error}"))?;
    let described = header.type_descriptor.as_string().cloned().unwrap_or_default();
    let kind = described.trim_start_matches(['<', '>', '|', '=']);
    let size = match kind {
        "i1" | "u1" => 1,
        "i2" | "u2" => 2,
        "f4" | "i4" | "u4" => 4,
        "f8" | "i8" | "u8" => 8,
        _ => return Err(format!("its type is {}; give float32, float64 or integers", header.type_descriptor)),
    };
    let count = header.shape.iter().try_fold(1usize, |all, one| all.checked_mul(*one));
    if count.and_then(|count| count.checked_mul(size)) != Some(rest.len()) {
        let (shape, held) = (&header.shape, rest.len());
        return Err(format!("its header promises shape {shape:?} of type {described}, and {held} bytes follow"));
    }
    match kind {
        "f4" => numbers::<f32>(bytes, each, f64::from),
        "f8" => numbers::<f64>(bytes, each, f64::from),
        "i1" => numbers::<i8>(bytes, each, f64::from),
        "i2" => numbers::<i16>(bytes, each, f64::from),
        "i4" => numbers::<i32>(bytes, each, f64::from),
        "i8" => numbers::<i64>(bytes, each, |number| number as f64),
        "u1" => numbers::<u8>(bytes, each, f64::from),
        "u2" => numbers::<u16>(bytes, each, f64::from),
        "u4" => numbers::<u32>(bytes, each, f64::from),
        _ => numbers::<u64>(bytes, each, |number| number as f64),
    }?;
    Ok(header.shape)
}

/// All of the bytes, if they hold the header that they begin with: its length is believed when memory is asked for.
fn whole_header(bytes: &[u8]) -> Result<&[u8], String> {
    let length = match bytes {
        [0x93, b'N', b'U', b'M', b'P', b'Y', 1, _, low, high, ..] => 10 + u64::from(u16::from_le_bytes([*low, *high])),
        [0x93, b'N', b'U', b'M', b'P', b'Y', _, _, a, b, c, d, ..] => {
            12 + u64::from(u32::from_le_bytes([*a, *b, *c, *d]))
        }
        _ => return Err("it is no NPY file: it does not begin as one".to_owned()),
    };
    if length > bytes.len() as u64 {
        return Err(format!("its header promises {length} bytes for itself, and the file has {}", bytes.len()));
    }
    Ok(bytes)
}

fn numbers<T: ReadableElement + Copy>(
    bytes: &[u8],
    each: &mut dyn FnMut(f64),
    wide: impl Fn(T) -> f64,
) -> Result<(), String> {
    let array = ArrayD::<T>::read_npy(bytes).map_err(|error| error.to_string())?;
    array.iter().for_each(|number| each(wide(*number)));
    Ok(())
}
