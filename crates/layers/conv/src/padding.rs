//! Where a kernel lies around its step.

use serde::de::{Error, Unexpected, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::taps::span;

/// Where a kernel lies around its step, by the zeros that are put around the sequence.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Padding {
    /// Its step and steps before it: zeros before the sequence alone, as many as the kernel spans.
    #[default]
    Causal,
    /// As many steps after its step as before it.
    Centred,
    /// That many zeros at either end. With fewer than half of the kernel's span, fewer steps come out than went in.
    Zeros(usize),
}

impl Padding {
    /// Zeros before the first step.
    pub(crate) fn before(self, kernel: usize, dilation: usize) -> usize {
        match self {
            Self::Causal => span(kernel, dilation),
            Self::Centred => span(kernel, dilation) / 2,
            Self::Zeros(zeros) => zeros,
        }
    }

    /// Zeros behind the last step.
    pub(crate) fn after(self, kernel: usize, dilation: usize) -> usize {
        match self {
            Self::Causal => 0,
            Self::Centred | Self::Zeros(_) => self.before(kernel, dilation),
        }
    }
}

impl Serialize for Padding {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Causal => to.serialize_str("causal"),
            Self::Centred => to.serialize_str("centred"),
            Self::Zeros(zeros) => to.serialize_u64(*zeros as u64),
        }
    }
}

impl<'de> Deserialize<'de> for Padding {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(Named)
    }
}

struct Named;

impl Visitor<'_> for Named {
    type Value = Padding;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("\"causal\", \"centred\" or a number of zeros at either end")
    }

    fn visit_str<E: Error>(self, name: &str) -> Result<Padding, E> {
        match name {
            "causal" => Ok(Padding::Causal),
            "centred" => Ok(Padding::Centred),
            other => Err(E::invalid_value(Unexpected::Str(other), &self)),
        }
    }

    fn visit_i64<E: Error>(self, zeros: i64) -> Result<Padding, E> {
        let zeros = usize::try_from(zeros).map_err(|_| E::invalid_value(Unexpected::Signed(zeros), &self))?;
        Ok(Padding::Zeros(zeros))
    }
}
