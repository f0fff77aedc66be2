//! Parameters to and from the bytes of a safetensors file, under their dotted names.

use safetensors::tensor::{Dtype, SafeTensors, TensorView};

use crate::Layer;

/// A file that does not hold the parameters of the layer it is loaded into.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CheckpointError {
    /// Not a safetensors file.
    #[error("not a readable safetensors file: {0}")]
    Unreadable(String),
    /// A parameter is missing.
    #[error("parameter `{0}` is missing from the file; was it saved from a layer with other options?")]
    Missing(String),
    /// The file holds something that the layer does not have.
    #[error("the file holds `{0}`, which this layer does not have; was it saved from a layer with other options?")]
    Unknown(String),
    /// A parameter has another shape or number type.
    #[error("parameter `{name}`: expected f32 {expected:?}, the file has {got}")]
    Mismatch {
        /// Dotted name.
        name: String,
        /// Shape in the layer.
        expected: Vec<usize>,
        /// What the file has.
        got: String,
    },
}

/// All parameters of `layer`, f32, little-endian.
pub fn to_bytes(layer: &dyn Layer) -> Vec<u8> {
    let parameters: Vec<(String, Vec<usize>, Vec<u8>)> = layer
        .parameters()
        .into_iter()
        .map(|p| (p.name, p.value.shape().to_vec(), p.value.iter().flat_map(|v| v.to_le_bytes()).collect()))
        .collect();
    let views = parameters.iter().map(|(name, shape, bytes)| {
        (name, TensorView::new(Dtype::F32, shape.clone(), bytes).expect("bytes of that shape"))
    });
    safetensors::serialize(views, None).expect("names are distinct")
}

/// Overwrites every parameter of `layer` by the one of the same name; changes nothing on error.
///
/// # Errors
/// When the bytes are no safetensors file, or names, shapes or number type differ.
pub fn from_bytes(layer: &mut dyn Layer, bytes: &[u8]) -> Result<(), CheckpointError> {
    let file = SafeTensors::deserialize(bytes).map_err(|e| CheckpointError::Unreadable(e.to_string()))?;
    let mut wanted = Vec::new();
    for p in layer.parameters() {
        let tensor = file.tensor(&p.name).map_err(|_| CheckpointError::Missing(p.name.clone()))?;
        if tensor.dtype() != Dtype::F32 || tensor.shape() != p.value.shape() {
            let got = format!("{:?} {:?}", tensor.dtype(), tensor.shape());
            return Err(CheckpointError::Mismatch { name: p.name, expected: p.value.shape().to_vec(), got });
        }
        wanted.push(p.name);
    }
    if let Some(name) = file.names().into_iter().find(|name| !wanted.iter().any(|w| w == name)) {
        return Err(CheckpointError::Unknown(name.to_string()));
    }
    for mut p in layer.parameters_mut() {
        let tensor = file.tensor(&p.name).expect("checked above");
        for (v, bytes) in p.value.iter_mut().zip(tensor.data().chunks_exact(4)) {
            *v = f32::from_le_bytes(bytes.try_into().expect("four bytes"));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Norm, Stack};

    #[test]
    fn wrong_files_are_refused_and_change_nothing() {
        let stack = |width| Stack::default().with("a", Box::new(Norm::new(width)));
        let mut layer = stack(3);
        let fail = |layer: &mut Stack, bytes: &[u8]| from_bytes(layer, bytes).unwrap_err().to_string();
        assert!(fail(&mut layer, b"not a file").contains("not a readable"));
        let other = to_bytes(&stack(4));
        assert_eq!(fail(&mut layer, &other), "parameter `a.gain`: expected f32 [3], the file has F32 [4]");
        let other = to_bytes(&Stack::default().with("b", Box::new(Norm::new(3))));
        assert!(fail(&mut layer, &other).contains("`a.gain` is missing"));
        let more = to_bytes(&stack(3).with("b", Box::new(Norm::new(3))));
        assert!(fail(&mut layer, &more).contains("which this layer does not have"));
        assert_eq!(to_bytes(&layer), to_bytes(&stack(3)));
    }
}
