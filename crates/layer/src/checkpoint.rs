//! Parameters to and from the bytes of a safetensors file, under their dotted names.

use safetensors::tensor::{Dtype, SafeTensors, TensorView};

use ndarray::{ArrayViewD, ArrayViewMutD};

use crate::Named;

/// A file that does not hold the parameters that it is loaded into.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CheckpointError {
    /// Not a safetensors file.
    #[error("not a readable safetensors file: {0}")]
    Unreadable(String),
    /// A parameter is missing.
    #[error("parameter `{0}` is missing from the file; was it saved from a model with other options?")]
    Missing(String),
    /// The file holds something that is no parameter.
    #[error("the file holds `{0}`, which is no parameter here; was it saved from a model with other options?")]
    Unknown(String),
    /// A parameter has another shape or number type.
    #[error("parameter `{name}`: expected f32 {expected:?}, the file has {got}")]
    Mismatch {
        /// Dotted name.
        name: String,
        /// Shape of the parameter.
        expected: Vec<usize>,
        /// What the file has.
        got: String,
    },
}

/// The parameters of a layer or a model, f32, little-endian.
pub fn to_bytes(parameters: Vec<Named<ArrayViewD<'_, f32>>>) -> Vec<u8> {
    let parameters: Vec<(String, Vec<usize>, Vec<u8>)> = parameters
        .into_iter()
        .map(|p| (p.name, p.value.shape().to_vec(), p.value.iter().flat_map(|v| v.to_le_bytes()).collect()))
        .collect();
    let views = parameters.iter().map(|(name, shape, bytes)| {
        (name, TensorView::new(Dtype::F32, shape.clone(), bytes).expect("bytes of that shape"))
    });
    safetensors::serialize(views, None).expect("names are distinct")
}

/// Overwrites every parameter by the one of the same name in the file; changes nothing on error.
///
/// # Errors
/// When the bytes are no safetensors file, or names, shapes or number type differ.
pub fn from_bytes(parameters: Vec<Named<ArrayViewMutD<'_, f32>>>, bytes: &[u8]) -> Result<(), CheckpointError> {
    let file = SafeTensors::deserialize(bytes).map_err(|e| CheckpointError::Unreadable(e.to_string()))?;
    for p in &parameters {
        let tensor = file.tensor(&p.name).map_err(|_| CheckpointError::Missing(p.name.clone()))?;
        if tensor.dtype() != Dtype::F32 || tensor.shape() != p.value.shape() {
            let got = format!("{:?} {:?}", tensor.dtype(), tensor.shape());
            return Err(CheckpointError::Mismatch { name: p.name.clone(), expected: p.value.shape().to_vec(), got });
        }
    }
    if let Some(name) = file.names().into_iter().find(|name| !parameters.iter().any(|p| p.name == *name)) {
        return Err(CheckpointError::Unknown(name.to_string()));
    }
    for mut p in parameters {
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
    use crate::{Layer as _, Norm, Stack};

    #[test]
    fn wrong_files_are_refused_and_change_nothing() {
        let stack = |width| Stack::default().with("a", Box::new(Norm::new(width)));
        let mut layer = stack(3);
        let bytes = |stack: &Stack| to_bytes(stack.parameters());
        let fail = |layer: &mut Stack, bytes: &[u8]| from_bytes(layer.parameters_mut(), bytes).unwrap_err().to_string();
        assert!(fail(&mut layer, b"not a file").contains("not a readable"));
        let other = bytes(&stack(4));
        assert_eq!(fail(&mut layer, &other), "parameter `a.gain`: expected f32 [3], the file has F32 [4]");
        let other = bytes(&Stack::default().with("b", Box::new(Norm::new(3))));
        assert!(fail(&mut layer, &other).contains("`a.gain` is missing"));
        let more = bytes(&stack(3).with("b", Box::new(Norm::new(3))));
        assert!(fail(&mut layer, &more).contains("which is no parameter here"));
        assert_eq!(bytes(&layer), bytes(&stack(3)));
        let mut other = stack(3);
        other.parameters_mut()[0].value.fill(2.5);
        from_bytes(layer.parameters_mut(), &bytes(&other)).unwrap();
        assert_eq!(bytes(&layer), bytes(&other));
    }
}
